package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// keyed is what stands in Redis for something that may be personal: it can be
// recognised, and not be read back or guessed without the master key. kind keeps
// digests of one use from being compared with those of another.
func (s *Store) keyed(kind string, parts ...string) (string, error) {
	if len(s.cfg.MasterKey) == 0 {
		return "", errNoMasterKey
	}
	mac := hmac.New(sha256.New, s.cfg.MasterKey)
	fmt.Fprintf(mac, "%s|", kind)
	for _, p := range parts {
		fmt.Fprintf(mac, "%d:%s|", len(p), p) // lengths, so that no two lists collide
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16]), nil
}
