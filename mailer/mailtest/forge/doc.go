// Package forge writes mail that lies, and mail that does not: spoofed and honest answers
// to a confirmation, signed or not, and mail that is made to hurt its reader. It is for
// tests, and gives the same bytes in every process; the daemon must never import it.
package forge
