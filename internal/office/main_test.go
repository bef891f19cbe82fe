package office_test

import (
	"os"
	"testing"

	"github.com/dsrd/dsrd/internal/office"
)

func TestMain(m *testing.M) { os.Exit(office.Main(m)) }
