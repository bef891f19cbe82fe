// Package app puts the rooms together and runs them: the one place that knows
// everything.
//
// It must never decide anything about a request; it only connects.
package app
