package matrix_test

import (
	"os"
	"testing"

	"github.com/dsrd/dsrd/internal/office"
)

func TestMain(m *testing.M) { os.Exit(office.Main(m)) }

// full says whether the long sizes are wanted: MATRIX=full.
func full() bool { return os.Getenv("MATRIX") == "full" }

// size is the first number in a short run, the second one in a full one.
func size(short, long int) int {
	if full() {
		return long
	}
	return short
}
