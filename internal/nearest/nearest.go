// Package nearest finds the name that a person probably meant.
//
// It must never decide for them: what it gives goes into a hint, nothing else.
package nearest

import "slices"

// Name gives the known name with the fewest letters to change, the first in
// alphabetical order where several are as near; "" if there is none.
func Name(name string, known []string) string {
	if len(known) == 0 {
		return ""
	}
	return slices.MinFunc(slices.Sorted(slices.Values(known)), func(a, b string) int {
		return distance(name, a) - distance(name, b)
	})
}

// Alike is Name, but "" if half of the name or more would have to change.
func Alike(name string, known []string) string {
	near := Name(name, known)
	if near == "" || distance(name, near) > len(name)/2 {
		return ""
	}
	return near
}

// distance counts the bytes to insert, remove or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
