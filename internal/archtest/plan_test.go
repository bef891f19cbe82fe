package archtest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/archtest"
)

const root = "../.."

func TestTheHouseIsAsPlanned(t *testing.T) {
	packages, err := archtest.List(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, breach := range archtest.House().Check(packages) {
		t.Error(breach)
	}
}

// A plan that names a room or a library twice, or a door to nowhere, has a line
// that somebody believes in and that does nothing.
func TestThePlanIsConsistent(t *testing.T) {
	plan := archtest.House()
	exists := func(name string) bool {
		if name == "*" {
			return true
		}
		_, ok := plan.Rooms[strings.TrimSuffix(name, "/*")]
		return ok
	}
	for name, room := range plan.Rooms {
		for _, door := range append(room.May, room.Tests...) {
			if !exists(door) {
				t.Errorf("%s has a door to %s, which is no room", name, door)
			}
		}
	}
	known := map[string]bool{}
	for _, f := range plan.Fences {
		if known[f.Library] {
			t.Errorf("%s is fenced twice", f.Library)
		}
		known[f.Library] = true
		for _, name := range append(f.May, f.Tests...) {
			if !exists(name) {
				t.Errorf("the fence of %s names %s, which is no room", f.Library, name)
			}
		}
		if f.Why == "" {
			t.Errorf("the fence of %s has no reason", f.Library)
		}
	}
}

// go.mod and the fences must agree: a library that nobody may import has no
// business there.
func TestEveryDirectRequirementIsFenced(t *testing.T) {
	mod, err := os.ReadFile(root + "/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(mod), "\n") {
		fields := strings.Fields(line)
		if len(fields) != 2 || !strings.HasPrefix(line, "\t") {
			continue // not a requirement, or an indirect one
		}
		fenced := false
		for _, f := range archtest.House().Fences {
			fenced = fenced || f.Library == fields[0] || strings.HasPrefix(f.Library, fields[0]+"/")
		}
		if !fenced {
			t.Errorf("go.mod requires %s, which no fence names", fields[0])
		}
	}
}
