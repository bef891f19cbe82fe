// Package config reads dsrd.yaml and the key file: strict, all problems at once,
// each with file, line, key and remedy.
//
// It must never guess: an unknown key or a missing decision is an error, and a
// secret is never taken from the file itself.
package config
