package authentic

import (
	"slices"
	"time"
)

// A Result is what became of one signature, or of a whole mail.
type Result string

const (
	// Pass: of a signature, the signer's key made it over these bytes; of a
	// mail, rules ack/from and ack/authentic hold, so From did write it.
	Pass Result = "pass"
	// Fail: it was checked and does not hold, and never will.
	Fail Result = "fail"
	// None: of a mail, nobody signed it who could speak for From.
	None Result = "none"
	// TempError: a look-up failed for now; ask again later, accept nothing.
	TempError Result = "temperror"
)

// Rule names one of the acknowledgement rules that this package judges.
type Rule string

const (
	// RuleFrom: From occurs once and can be read in one way only.
	RuleFrom Rule = "ack/from"
	// RuleAuthentic: an aligned DKIM signature proves From, Date and
	// Message-ID, as computed here or as the pinned server says, and no field
	// that matters occurs twice.
	RuleAuthentic Rule = "ack/authentic"
)

// A Way is how rule ack/authentic came to hold.
type Way string

const (
	// ByDKIM: the signature was computed here, on the bytes as they are.
	ByDKIM Way = "dkim"
	// ByAuthenticationResults: the signature no longer fits the bytes, and the
	// pinned server says that it did when the mail came in.
	ByAuthenticationResults Way = "authentication-results"
)

// A Failure is a rule that does not hold. Why is for the operator: it names
// fields, domains and tags, but no address and no text of the mail.
type Failure struct {
	Rule Rule
	Why  string
}

func (f Failure) String() string { return string(f.Rule) + ": " + f.Why }

// A Verdict is what the bytes of one mail prove about who wrote it.
type Verdict struct {
	Result Result
	// Way says how Pass was reached; empty if it was not.
	Way Way
	// From is the one address that wrote the mail, in FoldAddress's form;
	// empty where ack/from refuses. It is a claim unless Result is Pass.
	From       string
	FromDomain string
	// DKIM holds the signatures that were computed, in the mail's order.
	DKIM []Signature
	// Unchecked counts signatures left out because there were too many.
	Unchecked int
	// Proof is the index in DKIM of the signature that carries Pass, else -1.
	// Its own result is a fail if the Way is ByAuthenticationResults.
	Proof int
	// Date is the Date field strictly read (RFC 5322 3.3 with a numeric zone
	// or GMT); zero where it is missing, doubled or says anything else.
	Date time.Time
	// Failures say why Result is not Pass; empty when it is.
	Failures []Failure
}

// Confirmable reports whether ack/from and ack/authentic both hold. It says
// nothing of the other rules: whether a person wrote the mail, and what.
func (v Verdict) Confirmable() bool { return v.Result == Pass && len(v.Failures) == 0 }

// ProofCovers reports whether the signature that proves the mail covers a header field, named
// in any case; false where nothing proves it.
func (v Verdict) ProofCovers(field string) bool {
	return v.Proof >= 0 && v.Proof < len(v.DKIM) && v.DKIM[v.Proof].Covers(field)
}

// SignedAt is t= of the signature that proves the mail; zero if there is no
// such signature or it does not say.
func (v Verdict) SignedAt() time.Time {
	if v.Proof < 0 || v.Proof >= len(v.DKIM) {
		return time.Time{}
	}
	return v.DKIM[v.Proof].SignedAt
}

// ReplayKeys are the Digests of all aligned signatures that pass, nil if the
// mail is not proven. All are to be kept, and a mail that carries any of those
// kept is the same mail again: whoever replays a mail that was signed twice can
// leave one of the two signatures out. Of a mail that was rewritten they are
// those of all aligned signatures, since none of them passes any more.
func (v Verdict) ReplayKeys() []string {
	if v.Proof < 0 {
		return nil
	}
	var keys []string
	for _, s := range v.DKIM {
		if s.Aligned && s.Digest != "" && (s.Result == Pass || v.Way == ByAuthenticationResults) {
			keys = append(keys, s.Digest)
		}
	}
	return keys
}

// A Signature is one DKIM-Signature field and what became of it.
type Signature struct {
	Domain    string // d=, lower case
	Selector  string // s=, lower case
	Identity  string // i=, or "@" and d= where it is missing
	Algorithm string // a=
	Result    Result // pass, fail or temperror
	// Aligned says that d= may speak for the From domain.
	Aligned bool
	// Why is empty on a pass.
	Why string
	// Altered: it fails as the signature of a mail does that was rewritten.
	Altered bool
	// Weak lists what keeps a passing signature from proving anything: l=, a
	// key in test mode, several keys under one name.
	Weak []string
	// Headers is h= in its order, lower case.
	Headers []string
	// SignedAt and ExpiresAt are t= and x=; zero where missing.
	SignedAt, ExpiresAt time.Time
	// Digest is the SHA-256 of the signature's value in hex, whatever white
	// space it was written with.
	Digest string
}

// Covers reports whether the signature's h= lists the field.
func (s Signature) Covers(name string) bool {
	return slices.Contains(s.Headers, lower(name))
}
