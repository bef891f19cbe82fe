// Package inbox reads one IMAP account: it hands each mail to a handler, and marks and moves what
// the handler has taken.
//
// It must never mark, move or remove a mail before its handler has returned without error, and
// never expunge without naming the UIDs.
//
// Scan is the truth and level-triggered: it looks at whole folders, not at news. Every wait is
// bounded and none is a sleep; the caller decides when to scan again. Watch only hints that now would
// be a good moment.
package inbox
