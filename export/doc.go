// Package export compiles the package that answers a request: it reads the sources of a tenant,
// checks every row against the customer, hides other people, and has the rest archived.
//
// It must never pass over a gap in silence: what was not read, was left out or was made unreadable
// stands in the manifest, or the package is not made. Who may have which data is workflow's table;
// here it is only obeyed.
package export
