package bounce_test

import (
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/bounce"
	"github.com/dsrd/dsrd/mailer/reader/parts"
)

func header(t *testing.T, lines string) parts.Header {
	t.Helper()
	h, _ := parts.ParseHeader([]byte(lines+"\n\n"), parts.DefaultLimits())
	return h
}

func TestChallengesOfFilters(t *testing.T) {
	for _, c := range []struct {
		name, header, from, subject, text string
		want                              bool
	}{
		{"TMDA", "From: Ann <ann@acme.example>\nReply-To: ann-confirm-1772323200.12.abcdef@acme.example",
			"ann@acme.example", "Please confirm your message", "Simply reply to this mail.", true},
		{"BoxTrapper", "From: ann@acme.example", "ann@acme.example",
			"Your email requires verification verify#AbC123",
			"The message you sent requires that you verify that you are a real live human being.\n" +
				"To complete this verification, simply reply to this message.", true},
		{"Spam Arrest", "From: Ann <ann@spamarrest.com>", "ann@spamarrest.com",
			"Re: your request (Verification)",
			"Click to verify your email. You only have to do this once.", true},
		{"Boxbe", "From: Boxbe <noreply@boxbe.com>", "noreply@boxbe.com", "Your message was delayed",
			"Your message has been added to a guest list.", true},
		{"a filter without a name", "Auto-Submitted: auto-replied\nFrom: ann@acme.example",
			"ann@acme.example", "Re: request", "Your message is being held until you answer.", true},
		{"a filter of which only the words speak", "From: ann@acme.example", "ann@acme.example",
			"Confirm", "To stop spam, I ask once.\nYour message will be held for ten days.\n" +
				"Please prove that you are human.", true},
		{"a person who uses two of them", "From: ann@acme.example", "ann@acme.example", "My data",
			"To stop spam, I write once. Please confirm your message of March.", false},
		{"a person who quotes them all", "From: ann@acme.example", "ann@acme.example", "Re: Please confirm",
			"CONFIRM\n> To stop spam, I ask once.\n> Your message will be held.\n" +
				"> Prove that you are human.", false},
		{"words that overlap are one", "From: ann@acme.example", "ann@acme.example", "x",
			"Your email requires verification verify#1. To complete this verification, write.", false},
		{"a machine of Spam Arrest's", "From: a@mx.spamarrest.com", "a@mx.spamarrest.com",
			"Verification", "Your message is being held.", true},
		{"a domain that ends alike", "From: ann@notspamarrest.com", "ann@notspamarrest.com",
			"My data", "I was told: your message is being held. Please send me my data.", false},
		{"a person who uses one such word", "From: ann@acme.example", "ann@acme.example",
			"Access", "Please confirm your message of March, in which you ask for my name.", false},
		{"other mail of such a service", "From: help@spamarrest.com", "help@spamarrest.com",
			"Your invoice", "Thank you for your payment.", false},
		{"a person behind such a filter", "From: ann@acme.example\n" +
			"Reply-To: ann-confirm-1772323200.12.abcdef@acme.example", "ann@acme.example",
			"Delete my data", "Please delete my account.", false},
		{"a person, as the mail says itself", "Auto-Submitted: (really) no (thanks)\nFrom: ann@acme.example",
			"ann@acme.example", "My request", "Please confirm your message of March.", false},
		{"a program, as the second field says", "Auto-Submitted: no\nAuto-Submitted: auto-replied\n" +
			"From: ann@acme.example", "ann@acme.example", "Re: x", "Your message is being held.", true},
		{"a request", "From: ann@acme.example", "ann@acme.example", "Art. 15",
			"Please send me my data and confirm that you received this.", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			why := bounce.Challenge(header(t, c.header), c.from, c.subject, c.text)
			if (why != nil) != c.want {
				t.Errorf("got %v, want %v", why, c.want)
			}
		})
	}
}

func TestReceiptsNeedBothSigns(t *testing.T) {
	for _, c := range []struct {
		name, header, subject, text string
		want                        bool
	}{
		{"subject and text", "", "Read: your request", "Your message was read on Monday.", true},
		{"the class of Exchange 2003", "Content-Class: urn:content-classes:mdn", "x", "", true},
		{"the subject alone", "", "Read: my letter", "Please send my data.", false},
		{"the text alone", "", "My letter", "It says that your message was read on Monday.", false},
		{"a text that is quoted", "", "Read: your request", "> Your message was read on Monday.", false},
		{"the end of a sentence", "", "Deleted: my account", "My letter\nwas read on Monday", false},
		{"the end of fields", "", "Read: x", "Your message\n\nTo: Ann\n\nwas read on Monday", true},
		{"the end of fields in Chinese type", "", "Read: x", "To：Ann\nwas read on Monday", true},
		{"the end of a long remark", "", "Read: x", "one thing is clear: it\nwas read on Monday", false},
		{"the subject not at its beginning", "", "I read: nothing",
			"Your message was read on Monday.", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			why := bounce.Receipt(header(t, c.header), c.subject, c.text)
			if (why != nil) != c.want {
				t.Errorf("got %v, want %v", why, c.want)
			}
		})
	}
}
