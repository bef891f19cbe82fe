package reader

import (
	"github.com/dsrd/dsrd/mailer/reader/reply"
	"github.com/dsrd/dsrd/mailer/reader/request"
)

// facts.go is the border to the rooms that read language: the new text of a reply, what it
// decides, and what is asked for.

// newText cuts the quoted part off. The HTML source tells better what is quoted than text
// made of it, so it is used wherever the text came from it alone.
func newText(b *body, text string) reply.Text {
	if source := b.html(); source != "" {
		return fromHTML(source)
	}
	return reply.FromPlain(text)
}

func fromHTML(source string) reply.Text { return reply.FromHTML(source) }

func decide(said reply.Text, subjectLine string) (Decision, string) {
	d, why := reply.Decide(said, subjectLine)
	return Decision(d), why
}

func asked(newText, subjectLine, from string, ours []string) Request {
	q := request.Read(newText, subjectLine, from, ours)
	return Request{
		Kinds: q.Kinds, Customers: q.Customers, Subjects: q.Subjects, Language: q.Language,
	}
}
