package archtest_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/internal/archtest"
)

const module = "example.org/house"

// small is a house with a law, a room that stores, one that reads, and a cellar
// full of other rooms.
func small() archtest.Plan {
	return archtest.Plan{
		Module: module,
		Rooms: map[string]archtest.Room{
			"law":         {},
			"store":       {May: []string{"law"}, Tests: []string{"cellar/*"}},
			"reader":      {May: []string{"cellar/*"}},
			"cellar/wine": {},
			"cellar/coal": {},
		},
		Fences: []archtest.Fence{
			{Library: "lib.example/redis", May: []string{"store"}, Why: "one room"},
			{Library: "lib.example/redis/fake", Tests: []string{"*"}, Why: "a stand-in"},
			{Library: "lib.example/text", May: []string{"cellar/*"}, Why: "words"},
			{Library: "math/rand", Tests: []string{"reader"}, Why: "chance is an argument"},
		},
		Impure: map[string][]string{"law": {"os", "log"}},
	}
}

func tidy() map[string]archtest.Package {
	return map[string]archtest.Package{
		"law": {Imports: []string{"fmt", "time"}, TestImports: []string{"os"}},
		"store": {
			Imports:      []string{"context", module + "/law", "lib.example/redis/v9"},
			XTestImports: []string{module + "/store", module + "/cellar/coal", "lib.example/redis/fake"},
		},
		"reader":      {Imports: []string{"logger", module + "/cellar/wine"}, TestImports: []string{"math/rand/v2"}},
		"cellar/wine": {Imports: []string{"lib.example/text/unicode"}},
		"cellar/coal": {},
	}
}

func listed(rooms map[string]archtest.Package) []archtest.Package {
	var all []archtest.Package
	for name, p := range rooms {
		p.ImportPath = module + "/" + name
		all = append(all, p)
	}
	return all
}

func TestBreachesAreNamed(t *testing.T) {
	imports := func(names ...string) archtest.Package { return archtest.Package{Imports: names} }
	xtests := func(names ...string) archtest.Package { return archtest.Package{XTestImports: names} }
	for name, c := range map[string]struct {
		room string
		pkg  archtest.Package
		want string
	}{
		"a door that is not on the plan": {
			"reader", imports(module + "/law"),
			"reader imports example.org/house/law: the plan has no such door",
		},
		"a door to a room that begins like an allowed one": {
			"store", imports(module + "/lawless"),
			"store imports example.org/house/lawless: the plan has no such door",
		},
		"the parent is not one of its children": {
			"reader", imports(module + "/cellar"),
			"reader imports example.org/house/cellar: the plan has no such door",
		},
		"a door that only tests may use": {
			"store", imports(module + "/cellar/coal"),
			"store imports example.org/house/cellar/coal: the plan has no such door",
		},
		"a test through a door that is not on the plan": {
			"law", xtests(module + "/store"),
			"law imports example.org/house/store in its tests: the plan has no such door",
		},
		"a new room": {"attic", imports(), "attic is not on the plan"},
		"a new room below an old one": {
			"cellar/wine/red", imports(), "cellar/wine/red is not on the plan",
		},
		"a package at the root": {"", imports(), " is not on the plan"},
		"a library that leaked": {
			"reader", imports("lib.example/redis"),
			"reader imports lib.example/redis: the library is fenced: one room",
		},
		"a part of a library that leaked": {
			"reader", imports("lib.example/redis/v9/pool"),
			"reader imports lib.example/redis/v9/pool: the library is fenced: one room",
		},
		"a library that leaked into tests": {
			"reader", xtests("lib.example/redis"),
			"reader imports lib.example/redis in its tests: the library is fenced: one room",
		},
		"a stand-in outside tests, behind its own fence": {
			"store", imports("lib.example/redis/fake"),
			"store imports lib.example/redis/fake: the library is fenced: a stand-in",
		},
		"a library that nobody decided about": {
			"reader", imports("lib.example/new"),
			"reader imports lib.example/new: no fence names this library: decide who may have it",
		},
		"the law asks the system": {
			"law", imports("os"), "law imports os: the room is pure",
		},
		"the law logs": {
			"law", imports("log/slog"), "law imports log/slog: the room is pure",
		},
		"a fenced part of the standard library": {
			"store", imports("math/rand/v2"),
			"store imports math/rand/v2: the library is fenced: chance is an argument",
		},
	} {
		t.Run(name, func(t *testing.T) {
			rooms := tidy()
			old := rooms[c.room]
			old.Imports = slices.Concat(old.Imports, c.pkg.Imports)
			old.XTestImports = slices.Concat(old.XTestImports, c.pkg.XTestImports)
			rooms[c.room] = old
			all := listed(rooms)
			if c.room == "" {
				all = append(listed(tidy()), archtest.Package{ImportPath: module})
			}
			if diff := cmp.Diff([]string{c.want}, small().Check(all)); diff != "" {
				t.Errorf("breaches (-want +got):\n%s", diff)
			}
		})
	}
}

func TestATidyHouseHasNoBreach(t *testing.T) {
	if got := small().Check(listed(tidy())); len(got) != 0 {
		t.Errorf("got %q, want none", got)
	}
}

func TestARoomThatIsGoneIsNamed(t *testing.T) {
	rooms := tidy()
	delete(rooms, "cellar/coal")
	want := []string{"cellar/coal is on the plan but does not exist"}
	if diff := cmp.Diff(want, small().Check(listed(rooms))); diff != "" {
		t.Errorf("breaches (-want +got):\n%s", diff)
	}
}

func TestListReadsThisModule(t *testing.T) {
	packages, err := archtest.List(".")
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) != 1 || packages[0].ImportPath != "github.com/dsrd/dsrd/internal/archtest" {
		t.Fatalf("got %+v, want this package alone", packages)
	}
	if !slices.Contains(packages[0].XTestImports, "github.com/google/go-cmp/cmp") {
		t.Errorf("got test imports %q, want those of this file among them", packages[0].XTestImports)
	}
	if _, err := archtest.List("no-such-folder"); err == nil {
		t.Error("want an error for a folder that does not exist")
	}
}
