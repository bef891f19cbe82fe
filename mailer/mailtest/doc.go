// Package mailtest is a post office in one process: an IMAP server, an SMTP server and the
// roads between them, for tests and for the demonstration.
//
// It must never serve a real mailbox: it keeps everything in memory, forgets it at Close, and
// does on request what a server must not do.
package mailtest
