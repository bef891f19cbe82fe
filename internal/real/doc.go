// Package real starts the servers that dsrd works with, as they are installed on this machine:
// redis-server, Dovecot, Postfix, and stand-ins for what no machine has (a DNS with our names, an
// Azure-shaped API). Its tests drive the built program among them, from outside.
//
// It must never touch a server that it did not start, listen anywhere but on the loopback, or
// leave anything running behind it.
package real
