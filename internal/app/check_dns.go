package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/mail"
	"slices"
	"strings"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/workflow"
)

// resolver asks the network.
type resolver struct {
	authentic.Resolver
	nets []*net.Resolver
}

// namesOf asks the configured servers, or the system's.
func namesOf(c *config.Config) Names {
	r := resolver{Resolver: Resolver(c.DNS.Servers)}
	for _, address := range c.DNS.Servers {
		r.nets = append(r.nets, asking(address))
	}
	if len(r.nets) == 0 {
		r.nets = []*net.Resolver{net.DefaultResolver}
	}
	return r
}

// LookupMX gives the names of a domain's mail servers.
func (r resolver) LookupMX(ctx context.Context, domain string) ([]string, error) {
	for _, n := range r.nets {
		found, err := n.LookupMX(ctx, strings.TrimSuffix(domain, ".")+".")
		var failed *net.DNSError
		switch {
		case len(found) > 0:
			var hosts []string
			for _, mx := range found {
				hosts = append(hosts, strings.TrimSuffix(mx.Host, "."))
			}
			return hosts, nil
		case err == nil, errors.As(err, &failed) && failed.IsNotFound:
			return nil, authentic.ErrNoRecord
		}
	}
	return nil, authentic.ErrTemporary
}

// lookAtDomain looks at what others will ask the DNS about our mail.
func (k *Checkup) lookAtDomain(ctx context.Context) []Finding {
	from := workflow.Address(k.config.SMTP.From).Domain()
	found := k.mailServers(ctx)
	found = append(found, k.senderPolicy(ctx, workflow.Address(k.config.SMTP.Bounce).Domain())...)
	return append(found, k.domainPolicy(ctx, from)...)
}

// mailServers looks whether answers and bounces find their way to us.
func (k *Checkup) mailServers(ctx context.Context) (found []Finding) {
	domains := map[string]bool{}
	for _, a := range []string{k.config.SMTP.From, k.config.SMTP.Reply, k.config.SMTP.Bounce} {
		domains[workflow.Address(a).Domain()] = true
	}
	for _, d := range slices.Sorted(maps.Keys(domains)) {
		hosts, err := k.Names.LookupMX(ctx, d)
		switch {
		case errors.Is(err, authentic.ErrNoRecord):
			found = append(found, failing("MX: "+d+" has no mail server: nobody can answer us",
				"publish an MX record that leads to the mailbox"))
		case err != nil:
			found = append(found, unanswered("MX of "+d))
		default:
			found = append(found, good("MX: mail to %s goes to %s", d, few(hosts)))
		}
	}
	return found
}

// senderPolicy looks at SPF (RFC 7208) of the domain that bounces go to, since the
// envelope's sender is what SPF is about.
func (k *Checkup) senderPolicy(ctx context.Context, domain string) []Finding {
	texts, err := k.Names.LookupTXT(ctx, domain)
	if err != nil && !errors.Is(err, authentic.ErrNoRecord) {
		return []Finding{unanswered("SPF of " + domain)}
	}
	policies := begin(texts, "v=spf1")
	switch {
	case len(policies) == 0:
		return []Finding{warning("SPF: "+domain+" publishes none", "publish v=spf1 with the relay, and -all")}
	case len(policies) > 1: // RFC 7208 4.5
		return []Finding{failing("SPF: "+domain+" publishes several, so none counts", "leave one of them")}
	case strings.Contains(policies[0]+" ", " +all ") || strings.Contains(policies[0]+" ", " all "):
		return []Finding{failing("SPF: "+domain+" lets everybody send in its name", "end it with -all")}
	}
	return []Finding{good("SPF: %s says %s", domain, clip(policies[0]))}
}

// domainPolicy looks at DMARC (RFC 7489 6.6.3) of From's domain.
func (k *Checkup) domainPolicy(ctx context.Context, domain string) []Finding {
	name, policies := domain, []string(nil)
	for {
		texts, err := k.Names.LookupTXT(ctx, "_dmarc."+name)
		if err != nil && !errors.Is(err, authentic.ErrNoRecord) {
			return []Finding{unanswered("DMARC of " + domain)}
		}
		_, above, more := strings.Cut(name, ".")
		if policies = begin(texts, "v=DMARC1"); len(policies) > 0 || !more || !strings.Contains(above, ".") {
			break
		}
		name = above
	}
	switch {
	case len(policies) == 0:
		return []Finding{warning("DMARC: "+domain+" publishes none: others may write in our name",
			"publish v=DMARC1; p=reject once SPF and DKIM are right")}
	case len(policies) > 1:
		return []Finding{failing("DMARC: "+name+" publishes several, so none counts", "leave one of them")}
	case tag(policies[0], "p") == "none":
		return []Finding{warning("DMARC: "+name+" says p=none: others may write in our name",
			"write p=quarantine or p=reject once SPF and DKIM are right")}
	}
	return []Finding{good("DMARC: %s says p=%s", name, clip(tag(policies[0], "p")))}
}

// lookAtSelectors looks up the DKIM keys of our own mail, whose selectors are learnt
// from mails of ours that came back into a mailbox.
func (k *Checkup) lookAtSelectors(ctx context.Context) (found []Finding) {
	own := workflow.Address(k.config.SMTP.From).Domain()
	names := map[string]bool{}
	for _, m := range k.config.Mailboxes {
		headers, _ := k.seen.of(m.Name)
		for _, h := range headers {
			for _, field := range h.Header["Dkim-Signature"] {
				d, s := strings.ToLower(tag(field, "d")), strings.ToLower(tag(field, "s"))
				if s != "" && (d == own || strings.HasSuffix(own, "."+d) || strings.HasSuffix(d, "."+own)) {
					names[s+"._domainkey."+d] = true
				}
			}
		}
	}
	if len(names) == 0 {
		return []Finding{skipped("DKIM: no mail of "+own+" with a signature was seen, so its selector is not known",
			"send a mail from our address to the mailbox through smtp.host, and look again")}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		texts, err := k.Names.LookupTXT(ctx, name)
		switch {
		case errors.Is(err, authentic.ErrNoRecord):
			found = append(found, failing("DKIM: our mail is signed, but "+name+" has no key",
				"publish the relay's key there"))
		case err != nil:
			found = append(found, unanswered("DKIM key "+name))
		case tag(strings.Join(texts, ""), "p") == "": // RFC 6376 3.6.1
			found = append(found, failing("DKIM: the key at "+name+" is withdrawn", "publish the relay's key there"))
		default:
			found = append(found, good("DKIM: our mail is signed, and the key is at %s", name))
		}
	}
	return found
}

func unanswered(what string) Finding {
	return warning(what+": the DNS did not answer", "look again; is dns.servers right, and may we ask them?")
}

// begin are those texts that begin with a version.
func begin(texts []string, version string) (found []string) {
	for _, t := range texts {
		rest, ok := cutFold(t, version)
		if ok && (rest == "" || strings.IndexByte(" ;\t", rest[0]) >= 0) {
			found = append(found, t)
		}
	}
	return found
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// tag is the value of a tag in a list such as "v=1; d=example.com" (RFC 6376 3.2).
func tag(list, name string) string {
	for part := range strings.SplitSeq(list, ";") {
		n, value, found := strings.Cut(part, "=")
		if found && strings.TrimSpace(n) == name {
			return strings.Join(strings.Fields(value), "")
		}
	}
	return ""
}

// senderDomain is the domain that a mail claims to be from; "" when it is unclear.
func senderDomain(h header) string {
	a, err := mail.ParseAddress(h.Get("From"))
	if err != nil {
		return ""
	}
	return workflow.FoldAddress(a.Address).Domain()
}

// told is the name of a server for a finding.
func told(kind, name string) string { return fmt.Sprintf("%s %s", kind, name) }
