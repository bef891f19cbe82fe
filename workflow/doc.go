// Package workflow is the law of a data subject request: its states, the events
// that move it, the effects they order and the moments to look again.
//
// It must never do anything: no clock, no network, no file, no log. Every
// function here gives the same answer to the same arguments.
package workflow
