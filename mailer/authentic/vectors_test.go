package authentic_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/authentic"
)

// lines gives an RFC's example the line ends of the wire.
func lines(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

const dinner = `From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game. Are you hungry yet?

Joe.
`

// RFC 6376 A.2 and A.3 (its key, in C).
const rfc6376 = `DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;
      c=simple/simple; q=dns/txt; i=joe@football.example.com;
      h=Received : From : To : Subject : Date : Message-ID;
      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB
      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut
      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV
      4bmp/YzhwvcubU4=;
Received: from client1.football.example.com  [192.0.2.1]
      by submitserver.example.com with SUBMISSION;
      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)
` + dinner

// RFC 8463 A.3.
const rfc8463 = `DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
` + dinner

var rfcZone = authentic.Zone{
	"brisbane._domainkey.example.com": {"v=DKIM1; p=" +
		"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkM" +
		"oGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/R" +
		"tdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToI" +
		"MmPSPDdQPNUYckcQ2QIDAQAB"},
	"brisbane._domainkey.football.example.com": {"v=DKIM1; k=ed25519; " +
		"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="},
	"test._domainkey.football.example.com": {"v=DKIM1; k=rsa; p=" +
		"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6" +
		"Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/" +
		"e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G" +
		"+2kryOTIKT+l/K4w3QIDAQAB"},
}

var long = time.Date(2018, 6, 10, 14, 0, 0, 0, time.UTC)

func TestTheExampleOfRFC6376Passes(t *testing.T) {
	d := verifyIn(rfcZone, lines(rfc6376), long)
	if !d.Confirmable() || d.From != "joe@football.example.com" || len(d.DKIM) != 1 {
		t.Fatalf("got %s from %q (%s)", d.Result, d.From, why(d))
	}
	s := d.DKIM[0]
	if s.Identity != "joe@football.example.com" || s.Selector != "brisbane" || !s.Aligned {
		t.Errorf("got signature %+v", s)
	}
}

func TestBothSignaturesOfRFC8463Pass(t *testing.T) {
	d := verifyIn(rfcZone, lines(rfc8463), long)
	if !d.Confirmable() || len(d.DKIM) != 2 {
		t.Fatalf("got %s with %d signatures (%s)", d.Result, len(d.DKIM), why(d))
	}
	for _, s := range d.DKIM {
		if s.Result != authentic.Pass {
			t.Errorf("%s: got %s (%s)", s.Algorithm, s.Result, s.Why)
		}
	}
	if want := time.Unix(1528637909, 0); !d.SignedAt().Equal(want) {
		t.Errorf("signed at %v, want %v", d.SignedAt(), want)
	}
}

func TestAFileWithBareLineFeedsIsReadAsIfTheyWereCRLF(t *testing.T) {
	if d := verifyIn(rfcZone, rfc6376, long); !d.Confirmable() {
		t.Errorf("got %s (%s)", d.Result, why(d))
	}
}

func TestTheExamplesFailWithOneLetterChanged(t *testing.T) {
	for _, mail := range []string{rfc6376, rfc8463} {
		for _, change := range [][2]string{{"hungry", "Hungry"}, {"dinner", "supper"}} {
			d := verifyIn(rfcZone, lines(strings.Replace(mail, change[0], change[1], 1)), long)
			wantRefused(t, d, authentic.Fail, "ack/authentic")
		}
	}
}
