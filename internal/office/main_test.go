package office_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/dsrd/dsrd/internal/office"
)

func TestMain(m *testing.M) {
	code := office.Main(m)
	if err := goleak.Find(); code == 0 && err != nil { // who fails has said so
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
