package reader_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/reader"
)

var ours = reader.Options{
	Own:            []string{"desk@dsrd.example", "alias@dsrd.example"},
	BouncePrefix:   "bounce+",
	IsOurMessageID: func(id string) bool { return id == "ours@dsrd.example" },
	IsOurLoopMark:  func(mark string) bool { return mark == "i1.good" },
}

func TestClassByHeader(t *testing.T) {
	for _, c := range []struct {
		name   string
		header string
		want   reader.Class
	}{
		{"a plain mail is a person's", "Subject: hello", reader.Human},
		{"Auto-Submitted: no is a person's", "Auto-Submitted: no", reader.Human},
		{"Auto-Submitted: No with a comment", "Auto-Submitted: (really) No (thanks)", reader.Human},
		{"Auto-Submitted: auto-replied", "Auto-Submitted: auto-replied", reader.Auto},
		{"Auto-Submitted with parameters", "Auto-Submitted: Auto-Generated; type=acme", reader.Auto},
		{"Auto-Submitted: auto-notified", "Auto-Submitted: auto-notified", reader.Auto},
		{"X-Auto-Response-Suppress is no class", "X-Auto-Response-Suppress: All", reader.Human},
		{"X-Autoreply", "X-Autoreply: yes", reader.Auto},
		{"X-Autorespond", "X-Autorespond: Away", reader.Auto},
		{"X-AutoReply-From", "X-AutoReply-From: a@b.example", reader.Auto},
		{"X-Apple-Action", "X-Apple-Action: VACATION/X", reader.Human},
		{"X-Apple-Action: vacation", "X-Apple-Action: vacation", reader.Auto},
		{"X-FC-Machinegenerated", "X-FC-Machinegenerated: true", reader.Auto},
		{"X-Loop with somebody's address", "X-Loop: list@b.example", reader.Human},
		{"X-Loop: yes", "X-Loop: yes", reader.Auto},
		{"Amazon's notifications", "X-AMAZON-MAIL-RELAY-TYPE: notification", reader.Auto},
		{"inbox rules of Exchange", "X-MS-Exchange-Inbox-Rules-Loop: a@b.example", reader.Auto},
		{"Precedence: bulk", "Precedence: bulk", reader.Auto},
		{"X-Precedence: auto_reply", "X-Precedence: auto_reply", reader.Auto},
		{"Precedence: list", "Precedence: list", reader.List},
		{"Precedence: first-class", "Precedence: first-class", reader.Human},
		{"List-Id", "List-Id: <l.example>", reader.List},
		{"List-Unsubscribe", "List-Unsubscribe: <mailto:u@l.example>", reader.List},
		{"Feedback-ID", "Feedback-ID: 1:a:b:c", reader.List},
		{"Feedback-ID of a person", "Feedback-ID: 12345678:user:proton", reader.Human},
		{"Feedback-ID of a person and of a list", "Feedback-ID: 1:user:proton\nFeedback-ID: 1:a:b:c",
			reader.List},
		{"a person's Feedback-ID on a list", "Feedback-ID: 1:user:proton\nList-Id: <l.example>", reader.List},
		{"an automatic mail of a list", "List-Id: <l.example>\nAuto-Submitted: auto-generated", reader.Auto},
		{"a null envelope sender", "Return-Path: <>", reader.Auto},
		{"a null Return-Path below another", "Return-Path: <a@b.example>\nReturn-Path: <>", reader.Human},
		{"a no-reply address may be a person's gateway", "From: noreply@b.example", reader.Human},
		{"From us", "From: Desk <DESK@dsrd.example>", reader.Own},
		{"Sender is us", "Sender: alias@dsrd.example", reader.Own},
		{"our name at another domain", "From: desk@dsrd.example.evil.example", reader.Human},
		{"our Message-ID", "Message-ID: <ours@dsrd.example>", reader.Own},
		{"our loop mark", "X-Dsrd-Loop: i1.good", reader.Own},
		{"a forged loop mark", "X-Dsrd-Loop: i1.bad", reader.Human},
		{"our bounce address", "Delivered-To: Bounce+x7@dsrd.example", reader.Bounce},
		{"a vacation notice to our bounce address",
			"Delivered-To: bounce+x7@dsrd.example\nAuto-Submitted: auto-replied (vacation)", reader.Auto},
		{"a program's mail to our bounce address",
			"Delivered-To: bounce+x7@dsrd.example\nAuto-Submitted: auto-generated", reader.Bounce},
		{"another's bounce address", "Delivered-To: bounce+x7@b.example", reader.Human},
		{"a read receipt", "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
			reader.Report},
		{"an abuse report", "Content-Type: multipart/report; report-type=feedback-report; boundary=b",
			reader.Report},
		{"a TLS report", "TLS-Report-Domain: dsrd.example", reader.Report},
		{"a DMARC report", "Content-Type: application/gzip; name=\"r.example!dsrd.example!1!2.xml.gz\"",
			reader.Report},
		{"a report of another kind", "Content-Type: multipart/report; report-type=x; boundary=b", reader.Auto},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := reader.Read([]byte(c.header+"\n\nCONFIRM\n"), ours)
			if m.Class != c.want {
				t.Errorf("got %s %v, want %s", m.Class, m.Reasons, c.want)
			}
			if m.Class != reader.Human && (len(m.Reasons) == 0 || m.Decision != reader.None) {
				t.Errorf("class %s: reasons %v, decision %s", m.Class, m.Reasons, m.Decision)
			}
		})
	}
}

func TestClassBySubjectLine(t *testing.T) {
	for _, s := range []string{
		"Out of Office: Ann", "Automatic reply: your request", "Re: [External] Auto-Reply: x",
		"AUTO: Ann is away", "Automatische Antwort: Anfrage", "Abwesenheitsnotiz", "AW: Abwesenheit: Ann",
		"Réponse automatique : Absente", "Respuesta automática: hola", "Risposta automatica: ciao",
		"Resposta automática", "Automatisch antwoord: x", "Autosvar: x", "Automatiskt svar: x",
		"Frånvaro", "Automaattinen vastaus: x", "Odpowiedź automatyczna: x", "Automatická odpověď",
		"Automatikus válasz", "Автоматический ответ: x", "Автоматична відповідь", "Otomatik yanıt: x",
		"Αυτόματη απάντηση", "自動応答: x", "自动答复: x", "자동 회신: x", "Răspuns automat: x",
	} {
		m := reader.Read([]byte("Subject: "+s+"\n\nI am away.\n"), reader.Options{})
		if m.Class != reader.Auto {
			t.Errorf("%q: got %s, want auto", s, m.Class)
		}
	}
	for _, s := range []string{"Automatic doors", "Re: office", "Absence of data", "Auto insurance data"} {
		m := reader.Read([]byte("Subject: "+s+"\n\nPlease send me my data.\n"), reader.Options{})
		if m.Class != reader.Human {
			t.Errorf("%q: got %s %v, want human", s, m.Class, m.Reasons)
		}
	}
}

func TestBounceIsAskedBeforeAutomatic(t *testing.T) {
	m := reader.Read([]byte(strings.Join([]string{
		"Return-Path: <>", "From: MAILER-DAEMON@mx.example", "Auto-Submitted: auto-replied",
		"To: bounce+k@dsrd.example", "Subject: Undelivered Mail Returned to Sender",
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b", "",
		"--b", "", "This is the mail system at host mx.example.", "",
		"--b", "Content-Type: message/delivery-status", "",
		"Reporting-MTA: dns; mx.example", "",
		"Final-Recipient: rfc822; ann@acme.example", "Action: failed", "Status: 5.1.1",
		"Diagnostic-Code: smtp; 550 5.1.1 <ann@acme.example>: no such user", "",
		"--b", "Content-Type: text/rfc822-headers", "", "Message-ID: <dsr.1@dsrd.example>", "",
		"--b--",
	}, "\n")), ours)
	if m.Class != reader.Bounce {
		t.Fatalf("got %s %v, want bounce", m.Class, m.Reasons)
	}
	if m.Bounce.OriginalMessageID != "dsr.1@dsrd.example" || len(m.Bounce.Recipients) != 1 {
		t.Fatalf("got %+v", m.Bounce)
	}
	r := m.Bounce.Recipients[0]
	got := []any{r.Address, r.Action, r.Status, r.Hard, string(r.Reason), r.Code}
	want := []any{"ann@acme.example", "failed", "5.1.1", true, "user_unknown", "550"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSuccessfulDeliveryIsAReport(t *testing.T) {
	m := reader.Read([]byte("Content-Type: message/delivery-status\n\n"+
		"Final-Recipient: rfc822; a@b.example\nAction: delivered\nStatus: 2.0.0\n"), ours)
	if m.Class != reader.Report {
		t.Errorf("got %s %v, want report", m.Class, m.Reasons)
	}
}

func TestALoopingMailIsAutomatic(t *testing.T) {
	for n, want := range map[int]reader.Class{50: reader.Human, 51: reader.Auto} {
		m := reader.Read([]byte(strings.Repeat("Received: x\n", n)+"\nhello"), ours)
		if m.Class != want {
			t.Errorf("%d Received fields: got %s, want %s", n, m.Class, want)
		}
	}
}

func TestSuppressAnswersIsNoClass(t *testing.T) {
	for _, h := range []string{"X-Auto-Response-Suppress: OOF", "X-No-Ack: yes", "X-Ack: no"} {
		m := reader.Read([]byte(h+"\n\nHello"), reader.Options{})
		if !m.SuppressAnswers || m.Class != reader.Human {
			t.Errorf("%s: suppress %v, class %s", h, m.SuppressAnswers, m.Class)
		}
	}
	if reader.Read([]byte("Subject: x\n\nHello"), reader.Options{}).SuppressAnswers {
		t.Error("a plain mail asks for no answer")
	}
}
