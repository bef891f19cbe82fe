package config

import (
	"fmt"
	"sort"
	"strings"
)

// Problem is one thing that is wrong with a file, and what to do about it.
type Problem struct {
	File   string
	Line   int // 0 when it is about something that is missing
	Key    string
	What   string
	Remedy string
}

func (p Problem) String() string {
	where := p.File
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	s := fmt.Sprintf("%s: %s: %s", where, p.Key, p.What)
	if p.Remedy != "" {
		s += " (" + p.Remedy + ")"
	}
	return s
}

// At is the key of an element of a list.
func At(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }

// Problems are all that is wrong with a file.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, 0, len(ps)+1)
	for _, p := range ps {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

// orNil gives the problems in the order of each file, nil if there are none. The
// file that was found wrong first comes first.
func (ps Problems) orNil() error {
	if len(ps) == 0 {
		return nil
	}
	order := map[string]int{}
	for i, p := range ps {
		if _, seen := order[p.File]; !seen {
			order[p.File] = i
		}
	}
	sort.SliceStable(ps, func(i, j int) bool {
		a, b := ps[i], ps[j]
		if a.File != b.File {
			return order[a.File] < order[b.File]
		}
		return a.Line < b.Line
	})
	return ps
}
