package authentic

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// DNS is a Resolver that asks the network.
type DNS struct {
	// Net does the asking; nil means the system's resolver.
	Net *net.Resolver
	// Timeout is for one look-up; 0 means 10 s.
	Timeout time.Duration
}

// LookupTXT asks for the TXT records of name, which is taken as absolute.
func (d DNS) LookupTXT(ctx context.Context, name string) ([]string, error) {
	timeout := d.Timeout
	if timeout <= 0 {
		timeout = defaultBudget
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r := d.Net
	if r == nil {
		r = net.DefaultResolver
	}
	// The dot keeps the search domains of the machine out.
	txt, err := r.LookupTXT(ctx, strings.TrimSuffix(name, ".")+".")
	if err != nil {
		return nil, fmt.Errorf("look up TXT: %w", dnsKind(err))
	}
	return txt, nil
}

// dnsKind sorts the errors of net.Resolver. Only a clear answer is final: a
// time-out, a refused connection or a server's failure may pass.
func dnsKind(err error) LookupError {
	var de *net.DNSError
	if errors.As(err, &de) && de.IsNotFound && !de.IsTemporary && !de.IsTimeout {
		return ErrNoRecord
	}
	return ErrTemporary
}
