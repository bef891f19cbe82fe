package parts

// Limits bound what one mail may cost. The zero value refuses everything; use DefaultLimits.
type Limits struct {
	HeaderBytes int // of one header block, in bytes
	Fields      int // header fields in one block
	LineBytes   int // of one header field with its continuation lines, in bytes
	Depth       int // multiparts inside multiparts
	Parts       int // parts of one mail, all levels together
	Unpacked    int // bytes of multiparts under a transfer encoding, once decoded, all together
}

// DefaultLimits are far above what mail clients write: RFC 5322 2.1.1 allows lines of 998
// bytes, and the largest genuine header blocks seen hold some 200 fields.
func DefaultLimits() Limits {
	return Limits{HeaderBytes: 256 << 10, Fields: 500, LineBytes: 64 << 10, Depth: 10, Parts: 200,
		Unpacked: 16 << 20}
}
