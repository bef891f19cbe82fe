package authentic_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/emersion/go-msgauth/dkim"
	"github.com/google/go-cmp/cmp"
)

func TestASignatureIsReportedAsItWasMade(t *testing.T) {
	tags := usual + "; t=1793610062; x=1793696462; i=Anna@acme.example"
	d := verify(seal(rsaKey(), tags, letter("Anna <"+anna+">")))
	got := d.DKIM
	if len(got) != 1 || len(got[0].Digest) != 64 {
		t.Fatalf("got signatures %+v", got)
	}
	got[0].Digest = ""
	want := []authentic.Signature{{
		Domain: "acme.example", Selector: "s1", Identity: "Anna@acme.example",
		Algorithm: "rsa-sha256", Result: authentic.Pass, Aligned: true,
		Headers:   []string{"from", "to", "subject", "date", "message-id", "mime-version"},
		SignedAt:  time.Unix(1793610062, 0).UTC(),
		ExpiresAt: time.Unix(1793696462, 0).UTC(),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !d.Date.Equal(written) {
		t.Errorf("got Date %v, want %v", d.Date, written)
	}
}

func TestWhatGoMsgauthSignsPasses(t *testing.T) {
	mail := "Received: by x\r\n\twith y;  \r\n Mon, 2 Nov 2026 10:01:03 +0100\r\n" +
		letter("Anna \t Admin  <"+anna+">")
	keys := map[string]crypto.Signer{"s1": rsaKey(), "ed": edKey()}
	oversigned := strings.Split("From:From:To:To:Cc:Subject:Subject:Date:Date:"+
		"Message-ID:Message-ID:Reply-To", ":")
	for selector, key := range keys {
		for _, head := range forms {
			for _, text := range forms {
				for _, names := range [][]string{nil, oversigned} {
					wantPass(t, verify(peerSign(t, mail, dkim.SignOptions{
						Domain: "acme.example", Selector: selector, Signer: key, HeaderKeys: names,
						HeaderCanonicalization: head, BodyCanonicalization: text,
					})))
				}
			}
		}
	}
}

func TestBodiesOfEveryEndPass(t *testing.T) {
	head, _, _ := strings.Cut(letter(anna), "\r\n\r\n")
	for _, text := range []string{
		"", "\r\n", "\r\n\r\n\r\n", " ", " \r\n", "x", "x\r\n", "x\r\n\r\n", "x \t\r\n \r\n",
		"\r\n\r\nx", "a  b\r\n\t c \r\n", strings.Repeat("long line ", 3000) + "\r\n",
		strings.Repeat("\r\n", 9000) + "x\r\n",
	} {
		for _, kind := range forms {
			wantPass(t, verify(peerSign(t, head+"\r\n\r\n"+text, dkim.SignOptions{
				Domain: "acme.example", Selector: "s1", Signer: rsaKey(),
				HeaderCanonicalization: kind, BodyCanonicalization: kind,
			})))
		}
	}
}

// The tags of each signature replace the usual ones; the signature is right for
// what it says.
func TestSignaturesThatProveNothing(t *testing.T) {
	with := func(old, new string) string {
		if !strings.Contains(usual, old) {
			t.Fatalf("no %q in the usual tags", old)
		}
		return strings.Replace(usual, old, new, 1)
	}
	for name, c := range map[string]struct {
		tags, reason string
		result       authentic.Result // of the signature itself
	}{
		"l= of all the body":    {usual + "; l=1", "l= leaves", authentic.Pass},
		"l= of nothing":         {with("h=", "l=; h="), "l= is no number", authentic.Fail},
		"l= beyond the body":    {usual + "; l=1111111111", "longer than", authentic.Fail},
		"l= overflowing":        {with("h=", "l=99999999999999999999; h="), "", authentic.Fail},
		"rsa-sha1":              {with("rsa-sha256", "rsa-sha1"), "rsa-sha1", authentic.Fail},
		"another algorithm":     {with("rsa-sha256", "rsa-sha512"), "a= is", authentic.Fail},
		"algorithm of the key":  {with("rsa-sha256", "ed25519-sha256"), "another kind", authentic.Fail},
		"no version":            {with("v=1; ", ""), "v= is not 1", authentic.Fail},
		"another version":       {with("v=1", "v=2"), "v= is not 1", authentic.Fail},
		"version 1.0":           {with("v=1", "v=1.0"), "v= is not 1", authentic.Fail},
		"no algorithm":          {with("a=rsa-sha256; ", ""), "a= is", authentic.Fail},
		"no selector":           {with("s=s1; ", ""), "s= is", authentic.Fail},
		"selector with a slash": {with("s=s1", "s=s/1"), "s= is", authentic.Fail},
		"tag twice":             {usual + "; s=s1", "s= occurs twice", authentic.Fail},
		"unknown tag twice":     {usual + "; zz=1; zz=1", "zz= occurs twice", authentic.Fail},
		"empty tag":             {with("; s=", ";; s="), "without =", authentic.Fail},
		"tag without =":         {usual + "; hello", "without =", authentic.Fail},
		"tag with a digit name": {usual + "; 1a=x", "proper name", authentic.Fail},
		"8 bits in a tag":       {usual + "; n=\xc3\xa4", "byte that is not allowed", authentic.Fail},
		"unknown c=":            {with("relaxed/relaxed", "relaxed/no"), "c= is", authentic.Fail},
		"unknown q=":            {usual + "; q=http", "q= is unknown", authentic.Fail},
		"From not signed":       {with("h=From:", "h="), "From is not signed", authentic.Fail},
		"h= with a space":       {with("From:To", "From:T o"), "no field name", authentic.Fail},
		"h= with nothing in it": {with("From:To", "From::To"), "no field name", authentic.Fail},
		"Date not signed":       {with("Date:", ""), "date is not signed", authentic.Pass},
		"Message-ID not signed": {with(":Message-ID", ""), "message-id is not signed", authentic.Pass},
		"i= elsewhere":          {usual + "; i=anna@evil.example", "outside d=", authentic.Fail},
		"i= of a longer name":   {usual + "; i=anna@notacme.example", "outside d=", authentic.Fail},
		"i= without at":         {usual + "; i=acme.example", "no @", authentic.Fail},
		"t= not a number":       {usual + "; t=-1", "t= is no time", authentic.Fail},
		"x= not a number":       {usual + "; x=soon", "x= is no time", authentic.Fail},
		"x= before t=":          {usual + "; t=1893456000; x=1893455999", "x= is not", authentic.Fail},
		"401 names in h=":       {usual + strings.Repeat(":x", 395), "over 400", authentic.Fail},
		"no key":                {with("s=s1", "s=s2"), "publishes no key", authentic.Fail},
		"d= no domain":          {with("d=acme.example", "d=acme..example"), "d= is", authentic.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			d := verify(seal(rsaKey(), c.tags, letter(anna)))
			if len(d.DKIM) != 1 || d.DKIM[0].Result != c.result {
				t.Errorf("got signatures %+v, want one that gives %s", d.DKIM, c.result)
			}
			if d.Confirmable() || !strings.Contains(why(d)+d.DKIM[0].Why, c.reason) {
				t.Errorf("got %s (%s), want %q", d.Result, why(d), c.reason)
			}
		})
	}
}

func TestValuesThatWereTamperedWithFail(t *testing.T) {
	good := seal(rsaKey(), usual, letter(anna))
	for !strings.Contains(good, "A==\r\nFrom") { // one spelling in four ends so
		good = seal(rsaKey(), usual+"; n="+rand.Text(), letter(anna))
	}
	wantPass(t, verify(good))
	b := tagOf(strings.ReplaceAll(good[:strings.Index(good, "\r\nFrom:")], "\r\n", ""), "b")
	other := base64.StdEncoding.EncodeToString(make([]byte, 256))
	for name, c := range map[string]struct{ old, new, reason string }{
		"b= of zeros":          {b, other, "does not fit"},
		"b= empty":             {b, "", "b= is missing"},
		"b= spelt otherwise":   {"A==\r\nFrom", "B==\r\nFrom", "b= is missing"},
		"b= cut":               {b, b[:len(b)-4], ""},
		"b= not base64":        {b, "!" + b[1:], "b= is missing"},
		"bh= of something":     {"bh=", "bh=AAAA", "bh= is missing"},
		"body":                 {"I confirm", "I  confirm not", "body was changed"},
		"blank line into body": {"I confirm.\r\n", "I confirm.\r\n\r\n", "body was changed"},
		"signed field":         {"Re: please", "Re: pleased", "does not fit"},
		"signed field gone":    {"MIME-Version: 1.0\r\n", "", "does not fit"},
		"From":                 {"From: " + anna, "From: eve.admin@acme.example", "does not fit"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(good, c.old, c.new, 1)
			if bad == good {
				t.Fatal("nothing was changed")
			}
			wantRefused(t, verify(bad), authentic.Fail, c.reason)
		})
	}
}

func TestSpellingOfTheSignatureDoesNotChangeItsDigest(t *testing.T) {
	one := seal(rsaKey(), usual, letter(anna))
	at := strings.Index(one, "\r\n b=") + 20
	two := one[:at] + "\r\n \t " + one[at:]
	a, b := verify(one), verify(two)
	wantPass(t, b)
	if diff := cmp.Diff(a.ReplayKeys(), b.ReplayKeys()); diff != "" || len(a.ReplayKeys()) != 1 {
		t.Error("a fold inside b= made another replay key", diff)
	}
}

func TestKeyRecords(t *testing.T) {
	rsa2048 := strings.TrimPrefix(rsaRecord(rsaKey()), "v=DKIM1; k=rsa; ")
	for name, c := range map[string]struct {
		txt    []string
		reason string // empty: it proves
	}{
		"plain":                   {[]string{rsa2048}, ""},
		"1024 bits":               {nil, ""}, // below, with its own key
		"all flags for mail":      {[]string{"v=DKIM1; h=sha1:sha256; s=x:email; n=a; " + rsa2048}, ""},
		"any service":             {[]string{"s=*; " + rsa2048}, ""},
		"t=s":                     {[]string{"t=s; " + rsa2048}, ""},
		"unknown tags":            {[]string{"v=DKIM1; foo=bar; " + rsa2048 + ";"}, ""},
		"empty tags":              {[]string{"v=DKIM1;; " + rsa2048 + "; ;"}, ""},
		"space in the key":        {[]string{strings.Replace(rsa2048, "A", "A ", 3)}, ""},
		"revoked":                 {[]string{"v=DKIM1; p="}, "revoked"},
		"no p=":                   {[]string{"v=DKIM1; k=rsa"}, "no key"},
		"test mode":               {[]string{"v=DKIM1; t=y; " + rsa2048}, "test mode"},
		"test mode and more":      {[]string{"v=DKIM1; t=s:y; " + rsa2048}, "test mode"},
		"another version":         {[]string{"v=DKIM2; " + rsa2048}, "version"},
		"version not first":       {[]string{"k=rsa; v=DKIM1; " + rsa2048}, "version"},
		"another hash":            {[]string{"h=sha1; " + rsa2048}, "hash"},
		"another service":         {[]string{"s=tlsrpt; " + rsa2048}, "not for mail"},
		"another mailbox":         {[]string{"g=newsletter; " + rsa2048}, "certain mailboxes"},
		"other mailboxes":         {[]string{"g=news*; " + rsa2048}, "certain mailboxes"},
		"another kind":            {[]string{"k=dsa; " + rsa2048}, "another kind"},
		"tag twice":               {[]string{"p=; " + rsa2048}, "malformed"},
		"not base64":              {[]string{"p=%%%"}, "base64"},
		"no key in it":            {[]string{"p=AAAA"}, "no RSA key"},
		"Ed25519 under k=rsa":     {[]string{"k=rsa; p=" + tagOf(edRecord(edKey()), "p")}, "no RSA key"},
		"RSA under k=ed25519":     {[]string{"k=ed25519; " + rsa2048}, "another kind"},
		"exponent 1":              {[]string{rsaRecord(withExponent(1))}, "void exponent"},
		"even exponent":           {[]string{rsaRecord(withExponent(4))}, "void exponent"},
		"9000 bits":               {[]string{rsaRecord(hugeKey())}, "over 8192 bits"},
		"another key":             {[]string{rsaRecord(shortKey())}, "does not fit"},
		"no record":               {[]string{}, "publishes no key"},
		"something else":          {[]string{"v=spf1 -all"}, "version"},
		"two keys":                {[]string{rsaRecord(shortKey()), rsa2048}, "several keys"},
		"look-up fails for good":  {[]string{"!perm"}, "cannot succeed"},
		"key beside another text": {[]string{"v=spf1 -all", rsa2048}, "go-msgauth"},
	} {
		t.Run(name, func(t *testing.T) {
			z := zone()
			key := rsaKey()
			if c.txt == nil {
				key, c.txt = shortKey(), []string{rsaRecord(shortKey())}
			}
			z["s1._domainkey.acme.example"] = c.txt
			d := verifyIn(z, seal(key, usual, letter(anna)), arrived)
			if c.reason == "" {
				wantPass(t, d)
				return
			}
			wantRefused(t, d, authentic.Fail, c.reason)
		})
	}
}

func withExponent(e int) *rsa.PrivateKey {
	return &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: rsaKey().N, E: e}}
}

func hugeKey() *rsa.PrivateKey {
	n := new(big.Int).SetBit(big.NewInt(1), 8999, 1)
	return &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: 65537}}
}

func TestAnRSAKeyUnder1024BitsProvesNothing(t *testing.T) {
	// go-msgauth rounds the modulus up to whole bytes, so 1020 bits pass there.
	t.Setenv("GODEBUG", "rsa1024min=0")
	for _, bits := range []int{512, 1020} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		z := zone()
		z["s1._domainkey.acme.example"] = []string{rsaRecord(key)}
		d := verifyIn(z, seal(key, usual, letter(anna)), arrived)
		wantRefused(t, d, authentic.Fail, "under 1024 bits")
	}
}

func TestAStrictKeyWantsTheIdentityAtItsOwnDomain(t *testing.T) {
	z := zone()
	record := strings.TrimPrefix(rsaRecord(rsaKey()), "v=DKIM1;")
	z["s1._domainkey.acme.example"] = []string{"t=s;" + record}
	wantPass(t, verifyIn(z, seal(rsaKey(), usual+"; i=anna@acme.example", letter(anna)), arrived))
	d := verifyIn(z, seal(rsaKey(), usual+"; i=anna@mail.acme.example", letter(anna)), arrived)
	wantRefused(t, d, authentic.Fail, "i= to be d= itself")
	wantPass(t, verify(seal(rsaKey(), usual+"; i=anna@mail.acme.example", letter(anna))))
}
