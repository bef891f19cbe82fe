// Package engine turns events into committed changes and due tasks into carried
// effects.
//
// It must never decide: what an event means is the law's, in package workflow.
package engine
