// Package reader turns the bytes of one mail into facts: who wrote, what class of mail it is,
// what was newly written, what is asked for, what bounced. It must never fail, never panic,
// never spend without bound, and never decide anything about a request.
package reader
