package app

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/dsrd/dsrd/mailer/authentic"
)

// Resolver asks the given name servers (host:port) instead of the system's, in turn
// while one does not answer. Without servers it asks as the system does.
func Resolver(servers []string) authentic.Resolver {
	if len(servers) == 0 {
		return DNS()
	}
	var all inTurn
	for _, address := range servers {
		all = append(all, authentic.DNS{Net: asking(address), Timeout: patience(len(servers))})
	}
	return all
}

// asking is a resolver that dials one address, whatever the system's files name.
func asking(address string) *net.Resolver {
	return &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}
}

// patience is how long one of several servers is waited for: together they must
// answer within what a verifier spends on a mail. 0 leaves it to the verifier.
func patience(servers int) time.Duration {
	if servers == 1 {
		return 0
	}
	return 8 * time.Second / time.Duration(servers)
}

// inTurn are resolvers of which the next is asked when one has no answer. An answer
// is one also when it says that there is no such record.
type inTurn []authentic.Resolver

// LookupTXT asks one after the other.
func (all inTurn) LookupTXT(ctx context.Context, name string) (txt []string, err error) {
	for _, r := range all {
		txt, err = r.LookupTXT(ctx, name)
		if err == nil || !errors.Is(err, authentic.ErrTemporary) || ctx.Err() != nil {
			break
		}
	}
	return txt, err
}

// resolver is the configured one, else that of the options.
func (a *App) resolver() authentic.Resolver {
	if servers := a.options.Config.DNS.Servers; len(servers) > 0 {
		return Resolver(servers)
	}
	return a.options.Resolver
}
