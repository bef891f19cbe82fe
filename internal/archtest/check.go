package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// A Package is what `go list` says of one, as far as the plan asks.
type Package struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// Check compares what is there with the plan and returns every breach, one
// sentence each, sorted; none when the house is as planned.
func (p Plan) Check(packages []Package) []string {
	var breaches []string
	seen := map[string]bool{}
	for _, pkg := range packages {
		room := p.room(pkg.ImportPath)
		seen[room] = true
		breaches = append(breaches, p.checkRoom(room, pkg)...)
	}
	for room := range p.Rooms {
		if !seen[room] {
			breaches = append(breaches, fmt.Sprintf("%s is on the plan but does not exist", room))
		}
	}
	slices.Sort(breaches)
	return slices.Compact(breaches)
}

func (p Plan) room(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, p.Module), "/")
}

func (p Plan) checkRoom(room string, pkg Package) []string {
	rules, planned := p.Rooms[room]
	if !planned {
		return []string{fmt.Sprintf("%s is not on the plan", room)}
	}
	var breaches []string
	say := func(imported, why string) {
		breaches = append(breaches, fmt.Sprintf("%s imports %s: %s", room, imported, why))
	}
	for _, i := range pkg.Imports {
		if why := p.refuse(room, rules.May, i, false); why != "" {
			say(i, why)
		}
	}
	inTests := slices.Concat(rules.May, rules.Tests, []string{room})
	for _, i := range slices.Concat(pkg.TestImports, pkg.XTestImports) {
		if why := p.refuse(room, inTests, i, true); why != "" {
			say(i+" in its tests", why)
		}
	}
	return breaches
}

// refuse says why a room may not import a package; "" when it may.
func (p Plan) refuse(room string, doors []string, imported string, inTest bool) string {
	if imported == p.Module || strings.HasPrefix(imported, p.Module+"/") {
		if matches(doors, p.room(imported)) {
			return ""
		}
		return "the plan has no such door"
	}
	if !inTest && slices.ContainsFunc(p.Impure[room], below(imported)) {
		return "the room is pure"
	}
	fence, fenced := p.fence(imported)
	switch {
	case !fenced && standardLibrary(imported):
		return ""
	case !fenced:
		return "no fence names this library: decide who may have it"
	case matches(fence.May, room), inTest && matches(fence.Tests, room):
		return ""
	}
	return "the library is fenced: " + fence.Why
}

// fence finds the narrowest fence around a library.
func (p Plan) fence(imported string) (Fence, bool) {
	var found Fence
	for _, f := range p.Fences {
		if below(imported)(f.Library) && len(f.Library) > len(found.Library) {
			found = f
		}
	}
	return found, found.Library != ""
}

// below asks whether a package is the one named or lies below it.
func below(imported string) func(string) bool {
	return func(name string) bool {
		return imported == name || strings.HasPrefix(imported, name+"/")
	}
}

// matches knows a room by its name, by "parent/*" or by "*".
func matches(names []string, room string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		parent, wild := strings.CutSuffix(name, "*")
		return name == room || wild && strings.HasPrefix(room, parent)
	})
}

// standardLibrary tells by the first element: only a host's name has a dot.
func standardLibrary(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}
