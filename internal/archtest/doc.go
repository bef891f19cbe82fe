// Package archtest is the floor plan of the house as a test: which rooms there
// are, which of them may import which, and which room may touch which library.
//
// It must never be imported, and never be loosened in passing: a new door is a
// line here and a line in ARCHITECTURE.md, with its reason.
package archtest
