package app_test

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// scripted looks at a mailbox on a server that says what it was told to say.
func scripted(t *testing.T, settings, caps string, rules ...mailtest.Rule) (*mailtest.Script, []app.Finding) {
	t.Helper()
	s, err := mailtest.NewScript(caps, rules...)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	p := newPlace(t, extra(sourceSettings))
	_, port, _ := net.SplitHostPort(s.Addr())
	_, own, _ := net.SplitHostPort(p.Post.IMAP.Addr())
	p.edit(t, "dsrd.yaml", "    host: localhost\n    port: "+own,
		"    host: 127.0.0.1\n    security: none\n    port: "+port+settings)
	c := checkupOf(t, p)
	c.File = filepath.Join(p.Dir, "dsrd.yaml")
	c.Only = []string{"imap", "authserv_id", "dns", "clock"}
	return s, c.Run(t.Context())
}

const inboxAlone = `* LIST () "/" INBOX`

func TestMailboxOnOddServers(t *testing.T) {
	list := mailtest.Rule{On: `LIST "" "*"`, Say: []string{inboxAlone, `* LIST (\Noselect) "/" "old \"mail\""`, "TAG OK done"}}
	for name, k := range map[string]struct {
		settings, caps string
		rules          []mailtest.Rule
		want           []string
	}{
		"a server that can little": {"", "", []mailtest.Rule{list}, []string{
			"warn imap dsr: the server has no UIDPLUS: mails that are done stay in the folder",
			"warn imap dsr: the server has no MOVE: ", "warn imap dsr: the server has no IDLE: ",
			"! in clear", "ok imap dsr: folder INBOX is there, with 0 mails", // nothing leaves this machine
		}},
		"a server of today": {"", "IMAP4rev2", []mailtest.Rule{list}, []string{"ok imap dsr: the server has UIDPLUS, MOVE, IDLE"}},
		"IDLE is not wanted": {"\n    idle: false", "UIDPLUS MOVE", []mailtest.Rule{list},
			[]string{"ok imap dsr: the server has UIDPLUS, MOVE (", "! no IDLE"}},
		"a folder that is not there": {"\n    folder: Anfragen", "", []mailtest.Rule{list},
			[]string{`fail imap dsr: there is no folder "Anfragen" (write one of these as folder: INBOX, old "mail")`}},
		"a junk folder that is not there": {"\n    junk: Spam", "", []mailtest.Rule{list},
			[]string{`fail imap dsr: there is no folder "Spam" (write one of these as junk: INBOX, old "mail")`}},
		"a folder of another alphabet": {"\n    folder: Anträge & mehr", "", []mailtest.Rule{{On: `LIST "" "*"`,
			Say: []string{`* LIST () "/" "Antr&AOQ-ge &- mehr"`, "TAG OK done"}}},
			[]string{"ok imap dsr: folder Anträge & mehr is there"}},
		"a folder of full width": {"\n    folder: Ｐ", "", []mailtest.Rule{{On: `LIST "" "*"`,
			Say: []string{`* LIST () "/" "&,zA-"`, "TAG OK done"}}}, []string{"ok imap dsr: folder Ｐ is there"}},
		"a folder named by a literal": {"\n    folder: Requests", "", []mailtest.Rule{{On: `LIST "" "*"`,
			Say: []string{`* LIST () "/" ` + mailtest.Text("Requests"), "TAG OK done"}}},
			[]string{"ok imap dsr: folder Requests is there"}},
		"no keywords": {"", "", []mailtest.Rule{list, {On: "EXAMINE", Say: []string{"* 3 EXISTS",
			`* OK [PERMANENTFLAGS (\Seen \Deleted)] limited`, "TAG OK done"}}},
			[]string{"with 3 mails", "warn imap dsr: the server keeps no keywords of ours"}},
		"a folder that is ours alone to list": {"", "", []mailtest.Rule{list, {On: "EXAMINE", Say: []string{"TAG NO not yours"}}},
			[]string{`fail imap dsr: open the folder "INBOX": the server said NO not yours`}},
		"a mailbox that is nearly full": {"", "QUOTA", []mailtest.Rule{list, {On: "GETQUOTAROOT", Say: []string{
			`* QUOTAROOT INBOX "User quota"`, `* QUOTA "User quota" (STORAGE 900 1000 MESSAGE 5 100)`, "TAG OK done"}}},
			[]string{"warn imap dsr: quota: 90 % of storage are used", "ok imap dsr: quota: 5 % of message are used"}},
		"a mailbox that is full": {"", "QUOTA", []mailtest.Rule{list, {On: "GETQUOTAROOT", Say: []string{
			`* QUOTA "" (STORAGE 999 1000)`, "TAG OK done"}}}, []string{"fail imap dsr: quota: 99 % of storage are used (make room"}},
		"a server that has trouble": {"", "", []mailtest.Rule{{On: "AUTHENTICATE", Say: []string{"TAG NO [UNAVAILABLE] later"}}},
			[]string{"fail imap dsr: log in as dsr-requests@provider.example: the server cannot log us in now (UNAVAILABLE)"}},
		"a server that repeats the password": {"", "", []mailtest.Rule{{On: "AUTHENTICATE", Say: []string{"TAG NO bad secret of X"}}},
			[]string{"the login is refused", "! secret of"}},
		"a greeting that is none": {"", "", []mailtest.Rule{{On: "GREETING", Say: []string{"220 smtp here"}, Drop: true}},
			[]string{`fail imap dsr: connect to 127.0.0.1:`, `wait for the greeting: the server said "220 smtp here"`}},
		"a server that hangs up": {"", "", []mailtest.Rule{{On: `LIST "" "*"`, Drop: true}},
			[]string{"fail imap dsr: list the folders: EOF"}},
		"a literal without end": {"", "", []mailtest.Rule{{On: `LIST "" "*"`, Say: []string{`* LIST () "/" {999999999}`}, Drop: true}},
			[]string{"the server sends 999999999 bytes at once"}},
		"a line without end": {"", "", []mailtest.Rule{{On: `LIST "" "*"`, Say: []string{"* LIST " + strings.Repeat("x", 100_000)}, Drop: true}},
			[]string{"a line without end"}},
		"somebody else's mailbox in the namespace": {"", "NAMESPACE", []mailtest.Rule{
			{On: "NAMESPACE", Say: []string{`* NAMESPACE (("INBOX." ".")) NIL NIL`, "TAG OK done"}},
			{On: `LIST "" ""`, Say: []string{`* LIST () "." ""`, "TAG OK done"}},
			{On: `LIST "" "*"`, Say: []string{`* LIST () "." INBOX`, `* LIST () "." INBOX.DSRD.State`,
				`* LIST () "." INBOX.DSRD.Sent`, `* LIST () "." INBOX.DSRD.Processed`, "TAG OK done"}},
		}, []string{"1 folder of our own missing yet"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, found := scripted(t, k.settings, k.caps, k.rules...)
			for _, want := range k.want {
				unwanted, not := strings.CutPrefix(want, "! ")
				if got := lines(found); strings.Contains(got, unwanted) == not {
					t.Errorf("want %q:\n%s", want, got)
				}
			}
		})
	}
}

// TestMailboxIsOnlyLookedAt lists the words that a checkup may say.
func TestMailboxIsOnlyLookedAt(t *testing.T) {
	s, _ := scripted(t, "", "QUOTA NAMESPACE MOVE UIDPLUS IDLE", mails("INBOX", outside("mx.provider.example", "203.0.113.9"))...)
	for _, c := range s.Commands() {
		harmless := false
		for _, verb := range []string{"GREETING", "CAPABILITY", "AUTHENTICATE PLAIN", "NAMESPACE", "LIST ", "EXAMINE ",
			"FETCH 1:1 (INTERNALDATE BODY.PEEK[HEADER])", "GETQUOTAROOT ", "LOGOUT"} {
			harmless = harmless || strings.HasPrefix(c, verb)
		}
		if !harmless {
			t.Errorf("it said %s", c)
		}
	}
	if s.Asked("FETCH") == 0 || s.Asked("LOGOUT") != 1 {
		t.Errorf("it did not come to its end: %v", s.Commands())
	}
}

// mails are the rules of a server on which these headers lie in a folder.
func mails(folder string, headers ...string) []mailtest.Rule {
	list := mailtest.Rule{On: `LIST "" "*"`, Say: []string{inboxAlone, `* LIST () "/" "` + folder + `"`, "TAG OK done"}}
	var say []string
	for i, h := range headers {
		say = append(say, fmt.Sprintf(`* %d FETCH (INTERNALDATE " 2-Nov-2026 08:00:00 +0000" BODY[HEADER] %s)`, i+1,
			mailtest.Text(strings.ReplaceAll(h, "\n", "\r\n")+"\r\n")))
	}
	return []mailtest.Rule{
		list,
		{On: `EXAMINE "` + folder + `"`, Say: []string{fmt.Sprintf("* %d EXISTS", len(headers)), "TAG OK done"}},
		{On: "FETCH", Say: append(say, "TAG OK done")},
	}
}

// outside is the header of a mail that a server stamped and that came from an address.
func outside(id, from string) string {
	return "Return-Path: <jane.roe@customer.example>\nReceived: by store.provider.example with LMTP id 1;\n Mon, 2 Nov 2026 08:00:00 +0000\n" +
		"Authentication-Results: " + id + ";\n dkim=pass header.d=customer.example\n" +
		"Received: from mail.customer.example (mail.customer.example [" + from + "])\n\tby mx.provider.example with ESMTPS id 2\n" +
		"Received: from laptop (unknown [192.168.1.7]) by mail.customer.example with ESMTPSA\n" +
		"From: Jane <jane.roe@customer.example>\nSubject: My data\n"
}

func TestStampsSuggestWhatToPin(t *testing.T) {
	const mx = "mx.provider.example"
	bare := strings.Replace(outside(mx, "203.0.113.9"), "Authentication-Results", "X-Other", 1)
	ownMail := strings.ReplaceAll(outside("evil.example", "203.0.113.9"), "jane.roe@customer.example", "desk@provider.example")
	for name, k := range map[string]struct {
		pin     string
		headers []string
		want    string
	}{
		"nothing came in yet":     {"", nil, "skip authserv_id dsr: no mail from outside"},
		"nobody stamps":           {"", []string{bare}, "ok authserv_id dsr: no mail carries Authentication-Results"},
		"a stamp to pin":          {"", []string{outside(mx, "203.0.113.9"), bare}, "stands on 1 of 2 mails (only if signatures are broken on their way, as by Exchange: authserv_id: " + mx + ")"},
		"the most frequent":       {"", []string{outside("a.example", "203.0.113.9"), outside(mx, "203.0.113.9"), outside(mx, "203.0.113.9")}, "authserv_id: " + mx},
		"in capitals, a version":  {"", []string{outside("MX.Provider.example 1", "203.0.113.9")}, "authserv_id: " + mx},
		"a comment first":         {"", []string{outside("(hello; there) "+mx, "203.0.113.9")}, "authserv_id: " + mx},
		"a server without a name": {"", []string{outside("spf=pass smtp.mailfrom=x", "203.0.113.9")}, "authserv_id: topmost-no-authserv-id"},
		"pinned and there":        {mx, []string{outside(mx, "203.0.113.9")}, "ok authserv_id dsr: the pinned " + mx + " stands on all of 1 mails"},
		"pinned, in capitals":     {"MX.provider.example", []string{outside(mx, "203.0.113.9")}, "ok authserv_id dsr: the pinned"},
		"pinned, nameless":        {"topmost-no-authserv-id", []string{outside("spf=pass", "203.0.113.9")}, "ok authserv_id dsr: the pinned"},
		"pinned and missing once": {mx, []string{outside(mx, "203.0.113.9"), bare}, "warn authserv_id dsr: the pinned " + mx + " is missing on 1 of 2 mails"},
		"pinned, another stamps":  {mx, []string{outside("other.example", "203.0.113.9")}, "fail authserv_id dsr: the pinned " + mx + " stands on none of 1 mails (write authserv_id: other.example, or take it out)"},
		"pinned, nobody stamps":   {mx, []string{bare}, "fail authserv_id dsr: the pinned " + mx + " stands on none of 1 mails (take authserv_id out)"},
		"our own mail does not count": {mx, []string{ownMail, outside(mx, "203.0.113.9")},
			"ok authserv_id dsr: the pinned " + mx + " stands on all of 1 mails"},
		"a border behind another server": {mx, []string{outside(mx, "10.1.2.3")},
			"warn authserv_id dsr: 1 of 1 stamped mails seem to come from an internal address"},
		"a border on IPv6":         {mx, []string{outside(mx, "IPv6:2001:db8::1")}, "! internal address"},
		"a border to the outside":  {mx, []string{outside(mx, "203.0.113.9")}, "! internal address"},
		"an internal one, on IPv6": {mx, []string{outside(mx, "IPv6:fd00::1")}, "internal address"},
	} {
		t.Run(name, func(t *testing.T) {
			settings := ""
			if k.pin != "" {
				settings = "\n    authserv_id: " + k.pin
			}
			_, found := scripted(t, settings, "", mails("INBOX", k.headers...)...)
			unwanted, not := strings.CutPrefix(k.want, "! ")
			if got := lines(found); strings.Contains(got, unwanted) == not {
				t.Errorf("want %q:\n%s", k.want, got)
			}
		})
	}
}

func TestSelectorsAreLearntFromOurOwnMail(t *testing.T) {
	signed := func(domain, selector string) string {
		return "DKIM-Signature: v=1; a=rsa-sha256; d=" + domain + ";\n s=" + selector + "; b=abc\nFrom: dsr-requests@provider.example\n"
	}
	for name, k := range map[string]struct {
		header, want string
	}{
		"none was seen":          {"From: dsr-requests@provider.example\n", "skip dns : DKIM: no mail of provider.example with a signature was seen"},
		"somebody else's":        {signed("customer.example", "mail"), "skip dns : DKIM: no mail of provider.example"},
		"with its key":           {signed("provider.example", "mail"), "ok dns : DKIM: our mail is signed, and the key is at mail._domainkey.provider.example"},
		"without a key":          {signed("provider.example", "gone"), "fail dns : DKIM: our mail is signed, but gone._domainkey.provider.example has no key"},
		"of a domain below ours": {signed("mail.provider.example", "s"), "but s._domainkey.mail.provider.example has no key"},
	} {
		t.Run(name, func(t *testing.T) {
			_, found := scripted(t, "", "", mails("DSRD/Sent", k.header)...)
			if got := lines(found); !strings.Contains(got, k.want) {
				t.Errorf("want %q:\n%s", k.want, got)
			}
		})
	}
}

func TestClockThatDiffersShowsInArrivals(t *testing.T) {
	rules := mails("INBOX", outside("mx.provider.example", "203.0.113.9"))
	rules[2].Say[0] = strings.Replace(rules[2].Say[0], "08:00:00", "11:30:00", 1)
	_, found := scripted(t, "", "", rules...)
	if got := lines(found); !strings.Contains(got, "warn clock : a mail in mailbox dsr arrived 2h30m0s from now") {
		t.Errorf("got\n%s", got)
	}
}

// TestStrippedSTARTTLSIsNoTLS plays somebody on the way who takes STARTTLS out of what
// the server offers: nothing is said in clear.
func TestStrippedSTARTTLSIsNoTLS(t *testing.T) {
	s, err := mailtest.NewScript("")
	must(t, err)
	defer s.Close()
	p := newPlace(t, extra(sourceSettings))
	_, port, _ := net.SplitHostPort(s.Addr())
	_, own, _ := net.SplitHostPort(p.Post.IMAP.Addr())
	p.edit(t, "dsrd.yaml", "    port: "+own, "    security: starttls\n    port: "+port)
	c := checkupOf(t, p)
	c.Only = []string{"imap"}
	if got := lines(c.Run(t.Context())); !strings.Contains(got, "the server does not offer STARTTLS") {
		t.Errorf("got %s", got)
	}
	if n := s.Asked("AUTHENTICATE") + s.Asked("LOGIN"); n != 0 {
		t.Errorf("the password went out in clear, %d times", n)
	}
}
