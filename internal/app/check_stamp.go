package app

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/workflow"
)

// lookAtStamps says whose Authentication-Results (RFC 8601) stand on top of the
// latest mails: what authserv_id may be pinned to, or whether the pinned one occurs.
func (k *Checkup) lookAtStamps(m config.Mailbox) []Finding {
	headers, read := k.seen.of(m.Name)
	if !read {
		return []Finding{skipped("the mailbox could not be read", "mend imap first")}
	}
	own := workflow.Address(k.config.SMTP.From).Domain()
	ids, seen, inner := map[string]int{}, 0, 0
	for _, h := range headers {
		if senderDomain(h) == own || len(h.Header["Received"]) == 0 {
			continue // nobody stamps what never came in from outside
		}
		seen++
		if id, stamped := topStamp(h); stamped {
			ids[id]++
			if innerBorder(h, id, m) {
				inner++
			}
		}
	}
	found := k.pinned(m, ids, seen)
	if stamps := total(ids); stamps > 0 && inner*2 >= stamps {
		found = append(found, warning(fmt.Sprintf("%d of %d stamped mails seem to come from an internal address: "+
			"what a stranger forges could not be told from a stamp", inner, stamps),
			"let the outermost server write the true address into Received, or pin nothing"))
	}
	return found
}

func (k *Checkup) pinned(m config.Mailbox, ids map[string]int, seen int) []Finding {
	pin := strings.ToLower(m.AuthservID)
	switch {
	case seen == 0:
		return []Finding{skipped("no mail from outside is in the mailbox yet", "look again when some have come")}
	case pin == "" && len(ids) == 0:
		return []Finding{good("no mail carries Authentication-Results: signatures alone count")}
	case pin == "":
		best := mostFrequent(ids)
		return []Finding{{Grade: GradeOK, What: fmt.Sprintf(
			"not pinned: DKIM signatures alone count; %s stands on %d of %d mails", pinOf(best), ids[best], seen),
			Remedy: "only if signatures are broken on their way, as by Exchange: authserv_id: " + pinOf(best)}}
	}
	if pin == authentic.WithoutAuthServID {
		pin = ""
	}
	n := ids[pin]
	switch {
	case n == 0 && len(ids) > 0:
		return []Finding{failing(fmt.Sprintf("the pinned %s stands on none of %d mails", m.AuthservID, seen),
			"write authserv_id: "+pinOf(mostFrequent(ids))+", or take it out")}
	case n == 0:
		return []Finding{failing(fmt.Sprintf("the pinned %s stands on none of %d mails", m.AuthservID, seen),
			"take authserv_id out")}
	case n < seen:
		return []Finding{warning(fmt.Sprintf("the pinned %s is missing on %d of %d mails: a border that does not stamp "+
			"all mail may let a forged stamp through", m.AuthservID, seen-n, seen), "see which way those mails took")}
	}
	return []Finding{good("the pinned %s stands on all of %d mails", m.AuthservID, seen)}
}

// pinOf is how an id is pinned.
func pinOf(id string) string {
	if id == "" {
		return authentic.WithoutAuthServID
	}
	return id
}

func mostFrequent(ids map[string]int) string {
	best := ""
	for i, id := range slices.Sorted(maps.Keys(ids)) {
		if i == 0 || ids[id] > ids[best] {
			best = id
		}
	}
	return best
}

func total(ids map[string]int) (n int) {
	for _, c := range ids {
		n += c
	}
	return n
}

// topStamp is the authserv-id of the topmost Authentication-Results, "" where the
// server does not name itself, as Microsoft's.
func topStamp(h header) (id string, stamped bool) {
	fields := h.Header["Authentication-Results"]
	if len(fields) == 0 {
		return "", false
	}
	text := comments.ReplaceAllString(fields[0], " ")
	first, _, _ := strings.Cut(text, ";")
	words := strings.Fields(first)
	if len(words) == 0 || strings.Contains(words[0], "=") {
		return "", true
	}
	return strings.ToLower(strings.Trim(words[0], `"`)), true
}

// comments of a header field (RFC 5322 3.2.2), nested ones but for the outer round.
var comments = regexp.MustCompile(`\([^()]*\)`)

// innerBorder reports whether the server that took a mail from outside, the lowest
// of ours, says that it came from a private address.
func innerBorder(h header, id string, m config.Mailbox) bool {
	border := ""
	for _, r := range h.Header["Received"] {
		if !ours(receivedBy(r), id, m) {
			break
		}
		border = r
	}
	from, _, _ := strings.Cut(border, " by ")
	found := false
	for _, literal := range bracketed.FindAllStringSubmatch(from, -1) {
		a, err := netip.ParseAddr(strings.TrimPrefix(strings.ToLower(literal[1]), "ipv6:"))
		if err != nil {
			continue
		}
		if !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
			return false
		}
		found = true
	}
	return found
}

var (
	bracketed = regexp.MustCompile(`\[([0-9A-Fa-f:.IPv]+)\]`)
	byHost    = regexp.MustCompile(`(?i)\bby\s+([A-Za-z0-9.-]+)`)
)

func receivedBy(field string) string {
	match := byHost.FindStringSubmatch(field)
	if match == nil {
		return ""
	}
	return strings.ToLower(match[1])
}

// ours reports whether a server seems to be of the mailbox's provider: its name ends
// as that of the stamp, of the mailbox's host or of its address.
func ours(host, id string, m config.Mailbox) bool {
	for _, known := range []string{id, m.Host, workflow.Address(m.Address).Domain()} {
		if end := lastLabels(known); end != "" && (host == end || strings.HasSuffix(host, "."+end)) {
			return true
		}
	}
	return false
}

// lastLabels is roughly what was registered of a name; "" for an address or a
// name of one label.
func lastLabels(host string) string {
	labels := strings.Split(strings.ToLower(host), ".")
	if _, err := netip.ParseAddr(host); err == nil || len(labels) < 2 {
		return ""
	}
	return strings.Join(labels[len(labels)-2:], ".")
}
