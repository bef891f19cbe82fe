// Package archive writes an export package and checks one: a zip with data, manifest, checksums and
// signature, sealed for the person who may open it.
//
// It must never write a package in the clear when encryption was asked for, never hold a whole
// package in memory, and never put anything into it that loads from elsewhere.
package archive
