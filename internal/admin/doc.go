// Package admin lets operators look at the queue and post events over a unix
// socket: the server in the daemon, the client in the command line.
//
// It must never set a state and never release data: there is no approve. What an
// operator may do is an event like any other, and the workflow may refuse it.
package admin
