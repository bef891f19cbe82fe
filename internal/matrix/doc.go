// Package matrix holds the faults that dsrd must survive, a test a row. It never runs outside tests.
package matrix
