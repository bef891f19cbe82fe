package envelope

import (
	"crypto/hmac"
	"regexp"
	"strings"
	"time"
)

// digestMark is what a digest bears: "d-DAY-TENANT-HMAC", the tenant as a digest of its id.
var digestMark = regexp.MustCompile(`^d-([0-9]{8}-[0-9a-f]{12})-([0-9a-f]{12})$`)

// DigestMessageID is the id of the mail that tells a tenant's admin on that day (in UTC)
// how much waits, without angle brackets; the same however often it is made.
func (m Marks) DigestMessageID(tenant string, day time.Time) string {
	return m.digestDetail(tenant, day) + "@" + m.Domain
}

// DigestBounce is the envelope sender of that mail.
func (m Marks) DigestBounce(tenant string, day time.Time) string {
	return withDetail(m.Bounce, m.digestDetail(tenant, day))
}

func (m Marks) digestDetail(tenant string, day time.Time) string {
	id := day.UTC().Format("20060102") + "-" + m.mac("digest-tenant", tenant)
	return "d-" + id + "-" + m.mac("digest", id)
}

// IsDigest reports whether a Message-ID is that of a digest made here; false when
// somebody else made it up. Case is ignored: some programs fold it.
func (m Marks) IsDigest(id string) bool {
	left, domain, _ := strings.Cut(strings.ToLower(strings.Trim(id, "<> ")), "@")
	parts := digestMark.FindStringSubmatch(left)
	return parts != nil && domain == strings.ToLower(m.Domain) &&
		hmac.Equal([]byte(parts[2]), []byte(m.mac("digest", parts[1])))
}
