package authentic

import (
	"net/netip"
	"strings"
)

// exchangeOnline is the network in which the servers of Exchange Online hand
// mail to each other (2603:1096::, 2603:10a6:: and so on, by region), as their
// Received fields show; machines that Azure rents out are below 2603:1080::.
var exchangeOnline = netip.MustParsePrefix("2603:1080::/25")

// insideHop reports whether a Received field tells of a hop within the mailbox
// provider: every address in it is one that cannot come from outside, or it has
// none and the hop was LMTP, which RFC 2033 5 keeps to local delivery. What a
// stranger can put into the field, a HELO or an envelope address, adds
// addresses to it and takes none away.
func insideHop(f field, microsoft bool) bool {
	words := hopWords(unfold(f.value()))
	if isSubmission(words) {
		return false
	}
	found := false
	for i, w := range words {
		addr, ok := hopAddress(w.text)
		if !ok || i > 0 && isQueueID(words[i-1], w) {
			continue
		}
		if !isInside(addr) && !(microsoft && exchangeOnline.Contains(addr)) {
			return false
		}
		found = true
	}
	return found || strings.HasPrefix(hopProtocol(words), "lmtp")
}

// isSubmission reports whether somebody logged in and handed the mail over, which RFC
// 3848 and RFC 6531 4.3 mark by an A behind the protocol: whoever has an account at
// the provider is outside too, also where the server hides the client's address.
func isSubmission(words []hopWord) bool {
	for i, w := range words[min(len(words), 1):] {
		if words[i].text != "with" {
			continue
		}
		switch strings.TrimPrefix(w.text, "utf8") {
		case "esmtpa", "esmtpsa", "smtpa", "smtpsa", "lmtpa", "lmtpsa":
			return true
		}
	}
	return false
}

// A hopWord is a name, number or address in a Received field.
type hopWord struct {
	text  string // lower case
	depth int    // of brackets around it, never below 0
}

func hopWords(v string) []hopWord {
	var words []hopWord
	depth, start := 0, -1
	for i := 0; i <= len(v); i++ {
		if i < len(v) && (isAlnum(v[i]) || strings.IndexByte(".:-_%", v[i]) >= 0) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			words = append(words, hopWord{lower(v[start:i]), depth})
			start = -1
		}
		if i < len(v) && (v[i] == '(' || v[i] == '[') {
			depth++
		} else if i < len(v) && (v[i] == ')' || v[i] == ']') {
			depth = max(0, depth-1)
		}
	}
	return words
}

// isQueueID: Exchange writes its version behind id, 15.1.225.42. Addresses of
// clients stand in brackets.
func isQueueID(before, w hopWord) bool {
	return before == hopWord{text: "id"} && w.depth == 0
}

// hopAddress reads 192.0.2.1, 192.0.2.1:25, 2001:db8::1 and ipv6:2001:db8::1.
func hopAddress(w string) (netip.Addr, bool) {
	w = strings.TrimPrefix(w, "ipv6:")
	if a, err := netip.ParseAddr(w); err == nil {
		return a.WithZone("").Unmap(), true
	}
	if a, err := netip.ParseAddrPort(w); err == nil {
		return a.Addr().Unmap(), true
	}
	return netip.Addr{}, false
}

func isInside(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast()
}

// hopProtocol is the word behind the first with that follows by (RFC 5321 4.4).
func hopProtocol(words []hopWord) string {
	seenBy := false
	for i, w := range words[:max(0, len(words)-1)] {
		switch {
		case w.text == "by":
			seenBy = true
		case w.text == "with" && seenBy:
			return words[i+1].text
		}
	}
	return ""
}
