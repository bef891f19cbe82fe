// Package mailer turns mail that came in into events of the workflow, and the
// letters that the workflow orders into mail.
//
// It must never decide what an event leads to, and never send data to an address
// that came in by mail: every recipient is the registry's, asked at that moment.
package mailer
