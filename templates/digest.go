package templates

import "time"

// Digest tells an admin how many requests wait because nothing proves who wrote them. It
// belongs to no request, holds no code, and no answer to it decides anything.
type Digest struct {
	ProviderName string
	TenantName   string
	Waiting      int       // requests; 1 or more
	Since        time.Time // when the first of them came to wait
	ADay         int       // letters that ask, at most, in a day
	Contact      string    // whom to ask: an address or a telephone number of the provider's
}

// Digest writes to the admin of a tenant that is flooded.
func (s *Set) Digest(language string, d Digest) (Letter, error) {
	return s.write("digest", language, d)
}
