package faulty

// A Mode is a way to break connections.
type Mode struct {
	refuse, swallow, strip bool
	cutAfter, dropReply    int64
	perSecond, slice       int
}

// Pass breaks nothing.
func Pass() Mode { return Mode{} }

// Refuse ends all connections, and every new one at once.
func Refuse() Mode { return Mode{refuse: true} }

// Swallow keeps connections open, and nothing arrives: neither side hears of the other.
func Swallow() Mode { return Mode{swallow: true} }

// CutAfter lets n more bytes of the server pass, of all connections together, and cuts the one on
// which the last of them went.
func CutAfter(n int) Mode { return Mode{cutAfter: int64(n)} }

// DropReply lets the nth burst of the clients pass, waits until the server begins to answer it,
// and cuts the connection instead of passing that on. Others go on.
func DropReply(nth int) Mode { return Mode{dropReply: int64(nth)} }

// Slow passes at most so many bytes a second, of each connection in each direction.
func Slow(bytesPerSecond int) Mode { return Mode{perSecond: bytesPerSecond} }

// Slice passes everything in pieces of at most n bytes.
func Slice(n int) Mode { return Mode{slice: n} }

// StripSTARTTLS lets a server look as if it offered no TLS, as somebody in the middle does. It is
// the one mode that changes what passes, and only before TLS.
func StripSTARTTLS() Mode { return Mode{strip: true} }
