// Package storetest is what a store promises, written once and run against every
// kind of Redis that dsrd supports. It breaks the store on purpose: replies get
// lost, rivals commit in between, claim holders die, blobs are tampered with.
//
// It must never pass by luck: a race is arranged, not hoped for.
package storetest
