// Package office is a whole provider for tests: real mail servers, a real Redis, the built daemon
// and the people who write to it. It never looks inside the daemon.
package office
