// Package onehost runs the operator's page, docs/operating.md, command by
// command: in namespaces of its own, on a copy of this machine's file system that
// is thrown away, with a systemd that starts the real services.
//
// It must never change the machine that it runs on.
package onehost
