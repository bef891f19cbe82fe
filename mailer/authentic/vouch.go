package authentic

import (
	"encoding/base64"
	"strings"
)

// minSignaturePrefix is how much of b= a header.b has to show (RFC 6008 3).
const minSignaturePrefix = 8

// vouches reports whether the result says that a signature of the From
// organisation passed. Header.i and header.from are no d=.
func (r methodResult) vouches(from string) bool {
	if r.method != "dkim" || r.result != "pass" {
		return false
	}
	d, err := foldDomain(r.props["header.d"])
	return err == nil && related(d, from)
}

// vouched finds the signature that a pass is about. Where the result leaves
// open which one it is, each that it could be has to be good: of two with one
// d=, the server may have meant the one with l=.
func (e *examination) vouched(st *stamp, r methodResult) (int, Result, string) {
	if why := r.defect(); why != "" {
		return -1, Fail, why
	}
	proof := -1
	for _, c := range e.read {
		if c.Domain != "" && !r.mayMean(c) {
			continue
		}
		if result, why := e.weigh(st, c); result != Pass {
			return -1, result, "the vouched signature: " + why
		}
		if proof < 0 {
			proof = e.indexOf(c)
		}
	}
	if proof < 0 {
		return -1, Fail, "the signature that the stamp vouches for is not in the mail"
	}
	return proof, Pass, ""
}

// defect says what keeps a result from meaning one signature alone.
func (r methodResult) defect() string {
	if b, ok := r.props["header.b"]; ok && len(b) < minSignaturePrefix {
		return "the stamp's header.b is too short to mean anything"
	}
	d, _ := foldDomain(r.props["header.d"])
	if i, ok := r.props["header.i"]; ok && !isWithin(i, d) {
		return "the stamp's header.i is outside its header.d"
	}
	return ""
}

// isWithin reports whether an identity is at a domain or below it (RFC 6376
// 3.5, i=).
func isWithin(identity, domain string) bool {
	host, err := foldDomain(identity[strings.LastIndexByte(identity, '@')+1:])
	return err == nil && (host == domain || strings.HasSuffix(host, "."+domain))
}

// mayMean reports whether nothing in a result speaks against its being about
// this signature.
func (r methodResult) mayMean(c *claim) bool {
	if v, ok := r.props["header.d"]; ok {
		if d, err := foldDomain(v); err != nil || d != c.Domain {
			return false
		}
	}
	if v, ok := r.props["header.i"]; ok && !isWithin(v, c.Domain) {
		return false
	}
	if v, ok := r.props["header.s"]; ok && lower(v) != c.Selector {
		return false
	}
	v, ok := r.props["header.b"]
	return !ok || strings.HasPrefix(base64.StdEncoding.EncodeToString(c.value), v)
}

// weigh passes a signature that the pinned server's word makes good, or says why
// it proves nothing even so. A stamp makes up for what rewriting breaks, and for
// nothing else that is asked of a signature.
func (e *examination) weigh(st *stamp, c *claim) (Result, string) {
	switch {
	case c.Domain == "":
		return Fail, c.Why
	case c.field.start < st.field.start:
		return Fail, "it stands above the stamp"
	case e.indexOf(c) < 0:
		return Fail, "too many signatures"
	case c.Result == TempError:
		return TempError, c.Why
	case !c.Aligned && e.policyErr != nil:
		return TempError, "the DMARC look-up failed for now"
	case !c.Aligned:
		return Fail, "the From domain wants d= to be itself"
	case c.Result == Pass:
		return Fail, "it passes, and is no proof all the same"
	case !c.Altered:
		return Fail, c.Why
	case len(c.Weak) > 0:
		return Fail, strings.Join(c.Weak, ", ")
	case c.keyDoubt != "":
		return Fail, c.keyDoubt
	case st.contradicts(c):
		return Fail, "the stamp has two results for it"
	}
	for _, name := range proofFields {
		if !c.Covers(name) {
			return Fail, name + " is not signed"
		}
	}
	return Pass, ""
}

// contradicts reports a result other than pass that may be about a signature.
func (st *stamp) contradicts(c *claim) bool {
	for _, r := range st.results {
		if r.method == "dkim" && r.result != "pass" && r.mayMean(c) {
			return true
		}
	}
	return false
}

// indexOf is where an examined signature stands in Verdict.DKIM, else -1.
func (e *examination) indexOf(c *claim) int {
	for i, other := range e.claims {
		if other == c {
			return i
		}
	}
	return -1
}
