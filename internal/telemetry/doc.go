// Package telemetry tells operators what dsrd does: a log without personal data,
// an observer of the workflow, and metrics.
//
// It must never write an address, a name or a line of a mail, and never let what
// a stranger wrote become the name of a metric's series.
package telemetry
