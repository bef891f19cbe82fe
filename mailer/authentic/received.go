package authentic

import (
	"net/netip"
	"strings"
)

// exchangeOnline is the network in which the servers of Exchange Online hand
// mail to each other, as their Received fields show.
var exchangeOnline = netip.MustParsePrefix("2603:1000::/24")

// insideHop reports whether a Received field tells of a hop within the mailbox
// provider: every address in it is one that cannot come from outside, or it has
// none and the hop was LMTP, which RFC 2033 5 keeps to local delivery. What a
// stranger can put into the field, a HELO or an envelope address, adds
// addresses to it and takes none away.
func insideHop(f field, microsoft bool) bool {
	words := strings.FieldsFunc(unfold(f.value()), func(r rune) bool {
		return !isWordOfHop(r)
	})
	found := false
	for i, w := range words {
		addr, ok := hopAddress(w)
		if !ok || isQueueID(words[:i]) {
			continue
		}
		if !isInside(addr) && !(microsoft && exchangeOnline.Contains(addr)) {
			return false
		}
		found = true
	}
	return found || strings.HasPrefix(hopProtocol(words), "lmtp")
}

func isWordOfHop(r rune) bool {
	return r < 0x80 && isAlnum(byte(r)) || strings.ContainsRune(".:-_%", r)
}

// hopAddress reads 192.0.2.1, 192.0.2.1:25, 2001:db8::1 and IPv6:2001:db8::1.
func hopAddress(w string) (netip.Addr, bool) {
	w = strings.TrimPrefix(lower(w), "ipv6:")
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

// isQueueID: Exchange writes its version behind id, 15.1.225.42. A HELO can be
// one word and so not both of those that have to stand before.
func isQueueID(before []string) bool {
	n := len(before)
	return n > 0 && lower(before[n-1]) == "id" && index(before[:n-1], "by") >= 0
}

// hopProtocol is the word behind the first with that follows by (RFC 5321 4.4).
func hopProtocol(words []string) string {
	by := index(words, "by")
	if by < 0 {
		return ""
	}
	words = words[by:]
	with := index(words, "with")
	if with < 0 || with+1 == len(words) {
		return ""
	}
	return lower(words[with+1])
}

func index(words []string, word string) int {
	for i, w := range words {
		if lower(w) == word {
			return i
		}
	}
	return -1
}
