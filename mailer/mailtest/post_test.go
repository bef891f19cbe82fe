package mailtest_test

import (
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, time.May, 4, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return noon }

func newPost(t *testing.T, config mailtest.PostConfig) *mailtest.Post {
	t.Helper()
	config.Now = clock
	p, err := mailtest.NewPost(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close the post office: %v", err)
		}
	})
	for _, address := range []string{"desk@dsrd.test", "Ann@customer.test"} {
		if err := p.AddUser(address, "secret"); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// submit sends one mail as a mail program does: STARTTLS with verification, AUTH, one mail.
func submit(p *mailtest.Post, user, password, to, raw string) error {
	conn, err := net.Dial("tcp", p.SMTP.Addr())
	if err != nil {
		return err
	}
	defer conn.Close()
	secure := p.CA.Client()
	secure.ServerName = "127.0.0.1"
	c, err := smtp.NewClientStartTLS(conn, secure)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Hello("laptop.customer.test"); err != nil {
		return err
	}
	if err := c.Auth(sasl.NewPlainClient("", user, password)); err != nil {
		return err
	}
	return c.SendMail(user, []string{to}, strings.NewReader(raw))
}

func TestMailSubmittedToAPlusAddressLiesInItsOwnersInbox(t *testing.T) {
	p := newPost(t, mailtest.PostConfig{
		Stamp: func(e mailtest.Envelope, _ []byte) []string { return []string{"X-Stamp: " + e.User} },
	})
	raw := "Subject: my data\r\n\r\n.a dot\r\n"
	if err := submit(p, "ann@customer.test", "secret", "Desk+Confirm@dsrd.test", raw); err != nil {
		t.Fatal(err)
	}
	got, err := p.IMAP.Stored("desk@dsrd.test", "INBOX")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 {
		t.Fatalf("got %d mails, want 1", len(got))
	}
	want := "Return-Path: <ann@customer.test>\r\nDelivered-To: Desk+Confirm@dsrd.test\r\n" +
		"Received: from laptop.customer.test ([127.0.0.1])\r\n" +
		"\tby mail.example.test with ESMTPSA id 1\r\n" +
		"\tfor <Desk+Confirm@dsrd.test>; Mon, 4 May 2026 12:00:00 +0000\r\n" +
		"X-Stamp: ann@customer.test\r\n" + raw
	if diff := cmp.Diff(want, string(got[0].Raw)); diff != "" {
		t.Errorf("the delivered mail differs (-want +got):\n%s", diff)
	}
	if !got[0].Arrived.Equal(noon) {
		t.Errorf("got arrival %v, want %v", got[0].Arrived, noon)
	}
	if sent := p.SMTP.Accepted(); len(sent) != 1 || string(sent[0].Raw) != raw {
		t.Errorf("got accepted %+v, want the one mail as submitted", sent)
	}
}

func TestThePostOfficeRefuses(t *testing.T) {
	p := newPost(t, mailtest.PostConfig{})
	for _, c := range []struct {
		name, password, to string
		code               int
	}{
		{"a wrong password", "guess", "desk@dsrd.test", 535},
		{"a recipient without an account", "secret", "nobody@dsrd.test", 550},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := submit(p, "ann@customer.test", c.password, c.to, "Subject: x\r\n\r\n")
			var answer *smtp.SMTPError
			if !errors.As(err, &answer) || answer.Code != c.code {
				t.Errorf("got %v, want code %d", err, c.code)
			}
		})
	}
}

func TestCertificatesAreVerified(t *testing.T) {
	p := newPost(t, mailtest.PostConfig{})
	_, err := tls.Dial("tcp", p.IMAP.Addr(), &tls.Config{ServerName: "127.0.0.1"})
	var unknown *tls.CertificateVerificationError
	if !errors.As(err, &unknown) {
		t.Errorf("got %v from a client without our authority, want a verification error", err)
	}
}
