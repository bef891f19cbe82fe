package reader_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader"
)

// mixed is a mail of a person with a second part.
func mixed(kind, part string) []byte {
	return []byte(strings.ReplaceAll("From: a@b.example\nSubject: Re: x\nMIME-Version: 1.0\n"+
		"Content-Type: multipart/"+kind+"; boundary=b\n\n--b\nContent-Type: text/plain\n\nCONFIRM\n\n--b\n"+
		part+"\n--b--\n", "\n", "\r\n"))
}

// Whoever taps a button under a mail has answered nothing; the text beside it is the program's.
func TestWhatAButtonSendsIsNoAnswer(t *testing.T) {
	const calendar = "BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR"
	tests := []struct {
		name, part string
		want       reader.Class
	}{
		{"an invitation accepted", "Content-Type: text/calendar; method=REPLY\n\n" + calendar, reader.Auto},
		{"as only the field tells", "Content-Type: text/calendar; charset=utf-8; method=\"reply\"\n\nBEGIN:VCALENDAR",
			reader.Auto},
		{"as only the calendar tells", "Content-Type: text/calendar\n\n" + calendar, reader.Auto},
		{"another time proposed", "Content-Type: text/calendar; method=COUNTER\n\nx", reader.Auto},
		{"a reaction", "Content-Type: text/vnd.google.email-reaction+json\n\n{}", reader.Auto},
		{"an invitation sent", "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST",
			reader.Human},
		{"a calendar that is attached",
			"Content-Type: text/calendar; name=a.ics\nContent-Disposition: attachment\n\n" + calendar, reader.Human},
		{"no calendar", "Content-Type: text/html\n\n<p>CONFIRM</p>", reader.Human},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := reader.Read(mixed("alternative", tt.part), reader.Options{})
			if m.Class != tt.want || (m.Decision == reader.Confirm) != (tt.want == reader.Human) {
				t.Errorf("it is of class %s and decides %s", m.Class, m.Decision)
			}
		})
	}
}

// A plain half that only speaks of a program that shows HTML is not what was written.
func TestAStubIsNotTheAnswer(t *testing.T) {
	const stub = "Please use a program that shows HTML."
	for name, tt := range map[string]struct{ plain, html, want string }{
		"beside a short answer":     {stub, "<p>CONFIRM</p>", "CONFIRM"},
		"beside a long one":         {stub, "<p>CONFIRM</p><p>" + strings.Repeat("word ", 200) + "</p>", "CONFIRM"},
		"which the HTML says too":   {stub, "<p>CONFIRM</p><p>" + stub + "</p>", stub},
		"which asks for nothing":    {"A fallback for those without HTML", "<p>CONFIRM</p>", "A fallback"},
		"which speaks of no viewer": {"REJECT", "<p>CONFIRM</p>", "REJECT"},
	} {
		t.Run(name, func(t *testing.T) {
			raw := strings.Replace(string(mixed("alternative", "Content-Type: text/html\r\n\r\n"+tt.html)),
				"CONFIRM", tt.plain, 1)
			if got := reader.Read([]byte(raw), reader.Options{}).Reply; !strings.HasPrefix(got, tt.want) {
				t.Errorf("the answer is %q", got)
			}
		})
	}
}
