package reader

import (
	"fmt"
	"strings"
	"time"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// Read takes one mail apart. It never fails and never panics: what could not be read is in
// Err, what was odd in Defects.
func Read(raw []byte, o Options) (m *Mail) {
	return guarded(o, func(r *reading) {
		r.message(raw)
		r.standsToItsWord(raw)
	})
}

// ReadText reads a bare body of plain text, without any header.
func ReadText(text string, o Options) *Mail {
	return guarded(o, func(r *reading) {
		r.bare(piece{plain: clean(parts.ToUTF8([]byte(text), ""))})
	})
}

// ReadHTML reads a bare body of HTML, without any header.
func ReadHTML(source string, o Options) *Mail {
	return guarded(o, func(r *reading) {
		r.bare(piece{html: parts.ToUTF8([]byte(source), "")})
	})
}

// A reading is one mail on its way to facts.
type reading struct {
	options Options
	expired func() bool
	mail    *Mail
	parsed  *parts.Message
	body    body
	literal bool // nothing is mended: the mail is taken at its word
}

// standsToItsWord holds a confirmation against what the mail says when nothing in it is
// mended: reading better must never confirm more. A mail that confirms both ways is told as
// its word alone tells it.
func (r *reading) standsToItsWord(raw []byte) {
	if r.mail.Decision == Reject && r.parsed.Guessed {
		r.mail.Decision, r.mail.DecisionReason = Unclear, guessed
	}
	if r.mail.Decision != Confirm {
		return
	}
	word := &reading{options: r.options, expired: r.expired, literal: true,
		mail: &Mail{Class: Human, Decision: None}}
	word.message(raw)
	switch {
	case r.parsed.Guessed:
		r.mail.Decision, r.mail.DecisionReason = Unclear, guessed
	case word.mail.Decision != Confirm:
		r.mail.Decision, r.mail.DecisionReason = Unclear, "its text had to be mended"
	default:
		r.mail = word.mail
	}
}

const guessed = "its structure had to be guessed"

// guarded turns a panic into a fact. What was read before it is dropped: half a reading may
// be of the wrong class.
func guarded(o Options, read func(*reading)) (m *Mail) {
	defer func() {
		if e := recover(); e != nil {
			m = &Mail{Err: fmt.Sprintf("the reader failed: %T", e), Class: Human, Decision: None}
		}
	}()
	o = o.withDefaults()
	for _, patience := range []int{1, morePatience} {
		r := &reading{options: o, expired: o.stopwatch(patience), mail: &Mail{Class: Human, Decision: None}}
		read(r)
		if !r.expired() {
			return r.mail
		}
	}
	return &Mail{Err: "reading took too long", Class: Human, Decision: None}
}

// morePatience is how many times longer the second attempt at a mail may take. The work is
// bounded by the other limits, in bytes: where time runs out, the machine stood still or is
// overloaded, and that must not make a good mail an odd one.
const morePatience = 5

func (r *reading) message(raw []byte) {
	if len(strings.TrimSpace(string(raw[:min(len(raw), 64)]))) == 0 && len(raw) <= 64 {
		r.mail.Err = "the mail is empty"
		return
	}
	r.parsed = parts.Parse(raw, r.options.Limits.Parts, r.expired)
	r.header(r.parsed.Root.Header)
	r.body = readBody(r.parsed.Root, r.options.Limits.TextBytes, r.literal)
	r.mail.Text = r.body.text()
	r.classify()
	r.language()
	r.mail.Attachments = r.body.attachments(r.expired)
	r.mail.Unreadable = r.body.unreadable(r.parsed.Root, r.mail.Text)
	r.settle()
}

// settle gathers what was odd, after everything was read.
func (r *reading) settle() {
	for _, d := range r.body.odd {
		r.parsed.Note(d)
	}
	r.mail.Defects = r.parsed.Defects()
	r.mail.HeaderRepaired, r.mail.Guessed = r.parsed.Repaired, r.parsed.Guessed
	r.mail.OverLimit = r.parsed.OverLimit
	r.mail.Truncated = r.body.truncated || r.parsed.OverLimit
}

// header reads the fields that say who, to whom, when and in answer to what.
func (r *reading) header(h parts.Header) {
	m := r.mail
	if from := parts.Addresses(h.Get("From")); len(from) > 0 {
		m.From = cleanLine(from[0])
	}
	m.To = addresses(h, "To")
	m.Recipients = addresses(h, "To", "Cc", "Delivered-To", "X-Delivered-To", "X-Original-To",
		"Envelope-To", "X-Envelope-To", "X-Forwarded-To")
	m.SubjectLine = cleanLine(r.decodeWords(h.Get("Subject")))
	m.MessageID = messageID(h.Get("Message-ID"))
	m.InReplyTo = ids(h.Get("In-Reply-To"))
	m.References = ids(h.Get("References"))
	m.MicrosoftOriginalID = messageID(h.Get("X-Microsoft-Original-Message-ID"))
	m.Date = r.date(h.Get("Date"))
	m.SuppressAnswers = suppressesAnswers(h)
	for _, name := range singular {
		if h.Count(name) > 1 {
			m.DuplicateHeaders = append(m.DuplicateHeaders, name)
		}
	}
	if m.DuplicateHeaders != nil {
		r.parsed.Note("duplicate-headers")
	}
}

// singular are the fields that RFC 5322 3.6 and RFC 2045 allow at most once, and by whose
// second copy one reader can be made to see another mail than the next.
var singular = []string{"From", "Sender", "Reply-To", "To", "Subject", "Date", "Message-ID",
	"In-Reply-To", "References", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}

// maxIDs bounds a list of message ids.
const maxIDs = 50

func ids(value string) []string {
	out := parts.IDs(value, maxIDs)
	for i := range out {
		out[i] = cleanLine(out[i])
	}
	return out
}

// messageID is the id between the brackets, or the whole value where they are missing.
func messageID(value string) string {
	if found := parts.IDs(value, 1); found != nil {
		return cleanLine(found[0])
	}
	return cleanLine(strings.Trim(value, "<> \t"))
}

func addresses(h parts.Header, names ...string) []string {
	var out []string
	seen := map[string]bool{}
	for _, name := range names {
		for _, value := range h.All(name) {
			for _, a := range parts.Addresses(value) {
				a = cleanLine(a)
				if key := strings.ToLower(a); a != "" && !seen[key] {
					seen[key] = true
					out = append(out, a)
				}
			}
		}
	}
	return out
}

// decodeWords mends raw 8-bit letters by the charset that the text is declared to be in.
func (r *reading) decodeWords(value string) string {
	if r.literal {
		return parts.DecodeWords(value)
	}
	charset := ""
	r.parsed.Root.Each(func(p *parts.Part) bool {
		if p.IsText() {
			charset = p.Charset
		}
		return charset == ""
	})
	return parts.DecodeWordsIn(value, charset)
}

func (r *reading) date(value string) time.Time {
	if value == "" {
		return time.Time{}
	}
	if r.literal {
		return literalDate(value)
	}
	t, ok := lenientDate(value)
	if !ok {
		r.parsed.Note("unreadable-date")
	}
	return t
}
