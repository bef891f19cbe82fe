package chaos_test

import (
	"flag"
	"os"
	"testing"

	"github.com/dsrd/dsrd/internal/office"
)

var (
	kills = flag.Int("chaos.kills", 20, "how many servers and daemons are killed")
	seed  = flag.Uint64("chaos.seed", 0, "what chance begins with; 0: the time")
)

func TestMain(m *testing.M) { os.Exit(office.Main(m)) }
