// Package child starts the programs that tests work with: it finds them, gives them ports of the
// loopback, and ends them with the process that started them, however that one ends.
//
// It must never know what a program does, nor leave one running.
package child
