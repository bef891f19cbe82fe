// Package parts takes the bytes of one mail apart into headers and a tree of MIME parts.
// It must never refuse a mail, never follow a structure past its limits, and never hide
// that something was odd: what it had to guess is a defect by name.
//
// It walks the bytes itself instead of using go-message v0.18.2, which gives up a whole mail
// for one header line without a colon, a mbox "From " line, or a Content-Transfer-Encoding of
// "8-bit", and whose nested readers cost quadratic time (4,000 levels: 6.6 s).
package parts
