package forge

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"math/big"
)

// Kind is the algorithm and size of a key.
type Kind string

// The kinds of keys; RFC 8301 3.2 forbids the two smallest.
const (
	Ed25519 Kind = "ed25519"
	RSA2048 Kind = "rsa2048"
	RSA1024 Kind = "rsa1024"
	RSA768  Kind = "rsa768"
	RSA512  Kind = "rsa512"
)

// Key is a signing key of a domain, with the name under which it is published. What it
// signs with depends on nothing but its domain, selector and kind.
type Key struct {
	Domain, Selector string
	Kind             Kind
	ed               ed25519.PrivateKey
	modulus, private *big.Int // of RSA, whose public exponent is 65537
}

// NewKey is the key of a domain under a selector: the same in every process. Those of
// RSA take a moment to find; keep them.
func NewKey(domain, selector string, kind Kind) Key {
	k := Key{Domain: domain, Selector: selector, Kind: kind}
	chance := stream{seed: sha256.Sum256([]byte(domain + " " + selector + " " + string(kind)))}
	switch kind {
	case RSA2048:
		k.modulus, k.private = pair(&chance, 2048)
	case RSA1024:
		k.modulus, k.private = pair(&chance, 1024)
	case RSA768:
		k.modulus, k.private = pair(&chance, 768)
	case RSA512:
		k.modulus, k.private = pair(&chance, 512)
	default:
		k.ed = ed25519.NewKeyFromSeed(chance.bytes(ed25519.SeedSize))
	}
	return k
}

// Name is where the key is published (RFC 6376 3.6.2.1).
func (k Key) Name() string { return k.Selector + "._domainkey." + k.Domain }

// Record is the TXT record that publishes the key (RFC 6376 3.6.1, RFC 8463 4).
func (k Key) Record() string { return "v=DKIM1; k=" + k.family() + "; p=" + k.public() }

func (k Key) family() string {
	if k.modulus == nil {
		return "ed25519"
	}
	return "rsa"
}

// public is p= of the record.
func (k Key) public() string {
	if k.modulus == nil {
		return base64.StdEncoding.EncodeToString(k.ed.Public().(ed25519.PublicKey))
	}
	der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: k.modulus, E: exponent})
	if err != nil {
		return "" // which revokes it: no signature passes
	}
	return base64.StdEncoding.EncodeToString(der)
}

// Zone is what the DNS says: TXT records by name, without the dot at the end.
type Zone map[string][]string

// Publish lets the zone have the keys.
func (z Zone) Publish(keys ...Key) {
	for _, k := range keys {
		z[k.Name()] = []string{k.Record()}
	}
}

// With is both zones together; where they disagree, the other one has the last word.
func (z Zone) With(other Zone) Zone {
	both := maps.Clone(z)
	maps.Copy(both, other)
	return both
}

const exponent = 65537

// pair finds an RSA key of that many bits. The library's own never gives the same key
// twice, and none below 1024 bits.
func pair(chance *stream, bits int) (modulus, private *big.Int) {
	one, e := big.NewInt(1), big.NewInt(exponent)
	for {
		p, q := prime(chance, bits/2), prime(chance, bits/2)
		order := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(e, order)
		if n := new(big.Int).Mul(p, q); d != nil && n.BitLen() == bits && p.Cmp(q) != 0 {
			return n, d
		}
	}
}

func prime(chance *stream, bits int) *big.Int {
	p := new(big.Int).SetBytes(chance.bytes(bits / 8))
	p.SetBit(p, bits-1, 1).SetBit(p, bits-2, 1).SetBit(p, 0, 1)
	for two := big.NewInt(2); !p.ProbablyPrime(1); {
		p.Add(p, two)
	}
	return p
}

// stream is chance that a seed decides.
type stream struct {
	seed [sha256.Size]byte
	n    uint64
}

func (s *stream) bytes(n int) []byte {
	var out []byte
	for len(out) < n {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(s.seed[:], s.n))
		out, s.n = append(out, sum[:]...), s.n+1
	}
	return out[:n]
}

func (k Key) String() string { return fmt.Sprintf("%s (%s)", k.Name(), k.Kind) }
