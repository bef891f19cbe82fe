// Package faulty is a proxy that breaks a connection in a chosen way. It never changes a byte.
package faulty
