// Package store remembers requests, tasks, mails, leases and blobs in Redis, so
// that everything a decision changes appears together or not at all.
//
// It must never decide: it keeps what the law decided, tells the time from its
// arguments alone, and lets nothing that is true expire by itself.
package store
