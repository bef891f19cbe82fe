package envelope

import (
	"crypto/hmac"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// probeBytes of chance name a probe.
const probeBytes = 8

// NewProbe draws the id of a probe.
func NewProbe(chance io.Reader) (string, error) {
	b := make([]byte, probeBytes)
	if _, err := io.ReadFull(chance, b); err != nil {
		return "", fmt.Errorf("draw the id of a probe: %v", err)
	}
	return fmt.Sprintf("%x", b), nil
}

// probeMark is what a probe's addresses bear: "p-ID-HMAC". No locator has a hyphen.
var probeMark = regexp.MustCompile(`^p-([0-9a-f]{16})-([0-9a-f]{12})$`)

// ProbeAddress is where the answer to a probe is asked to.
func (m Marks) ProbeAddress(id string) string { return withDetail(m.Reply, m.probeDetail(id)) }

// ProbeBounce is the envelope sender of a probe.
func (m Marks) ProbeBounce(id string) string { return withDetail(m.Bounce, m.probeDetail(id)) }

// ProbeMessageID is the id of a probe's mail, without angle brackets.
func (m Marks) ProbeMessageID(id string) string { return m.probeDetail(id) + "@" + m.Domain }

func (m Marks) probeDetail(id string) string { return "p-" + id + "-" + m.mac("probe", id) }

// Probe reads the probe's id out of an address or a Message-ID made here; false when
// somebody else made it up. Case is ignored: some programs fold it.
func (m Marks) Probe(mark string) (string, bool) {
	detail, found := detailOf(m.Reply, mark)
	if !found {
		detail, found = detailOf(m.Bounce, mark)
	}
	if !found {
		left, domain, _ := strings.Cut(strings.ToLower(strings.Trim(mark, "<> ")), "@")
		detail, found = left, domain == strings.ToLower(m.Domain)
	}
	parts := probeMark.FindStringSubmatch(detail)
	if !found || parts == nil {
		return "", false
	}
	return parts[1], hmac.Equal([]byte(parts[2]), []byte(m.mac("probe", parts[1])))
}
