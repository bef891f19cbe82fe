// Package recovery tells a first start from a normal one and from a store that lost something,
// and rebuilds what was lost from the mailboxes. It never sends, and never releases anything.
package recovery
