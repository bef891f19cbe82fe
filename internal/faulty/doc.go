// Package faulty is a proxy that breaks connections in a chosen way. It never changes what it
// passes on, except that it can take the offer of STARTTLS out.
package faulty
