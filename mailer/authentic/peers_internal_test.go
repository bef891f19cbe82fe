package authentic

import "testing"

// The peers stand behind a scanner that is stricter than both; here they are
// asked alone.
func TestPeersRefuseWhatTheyReadOtherwise(t *testing.T) {
	const a, b = "a@x.example", "b@y.example"
	if err := peersAgree([]byte("From: A <"+a+">\r\nTo: t@x.example\r\n"), a); err != nil {
		t.Fatal(err)
	}
	for _, head := range []string{
		"", "To: " + a, "From: " + b, "From: " + b + "\r\nFrom: " + a, "From: " + a + "\r\nFrom: " + b,
		"From: " + a + ", " + b, "From: g: " + a + ", " + b + ";", "From: <" + a + "> x", " From: " + a,
		"From : " + b + "\r\nFrom: " + a, "From\r\n : " + a, "From: \"a\"b@x.example",
	} {
		if err := peersAgree([]byte(head), a); err == nil {
			t.Errorf("%q: the peers agree", head)
		}
	}
}

func TestGoMsgauthIsAskedAboutThisSignatureAlone(t *testing.T) {
	c := &claim{Signature: Signature{Domain: "x.example", Selector: "s"}}
	dns := &memo{seen: map[string]answer{keyName(c): {txt: []string{"p="}}}}
	raw := []byte("DKIM-Signature: v=1; a=rsa-sha256; d=x.example; s=s; h=from; bh=; b=\r\n" +
		"From: a\r\n\r\n")
	for position, why := range map[int]string{
		0: "go-msgauth does not agree", 1: "go-msgauth reads other signatures",
		maxSecond: "too many signatures stand above it",
	} {
		if err := secondOpinion(raw, c, position, dns); err == nil || err.Error() != why {
			t.Errorf("position %d: got %v, want %s", position, err, why)
		}
	}
}
