// Package chaos kills real servers and daemons at random under load, and counts what is lost.
// It never runs outside tests.
package chaos
