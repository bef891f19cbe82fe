// Package telemetry tells operators what dsrd does: a log without personal data
// and an observer of the workflow.
//
// It must never write an address, a name or a line of a mail.
package telemetry
