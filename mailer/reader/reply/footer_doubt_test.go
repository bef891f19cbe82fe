package reply_test

import (
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
)

// What a footer, a phone's line or a signature looks like may be its author's own, and then it
// takes the confirmation back.
func TestWordsAmongFootersAreReadAsTheAuthors(t *testing.T) {
	for _, body := range []string{
		// a short footer is no end of the mail
		"CONFIRM\n\nDisclaimer: this is my own reading.\n\nLegal has not agreed yet.",
		"CONFIRM\n\nPlease consider the environment\n\nLegal has not agreed yet.",
		"CONFIRM\n\nIf you are not the intended recipient\n\nLegal has to see it first",
		"CONFIRM\n\nDisclaimer\n\nBob signs these",
		"CONFIRM\n\nHaftungsausschluss\n\nDas entscheidet Frau Meier",
		"CONFIRM\n\nThis email is confidential. Bob's orders too.",
		// everyday speech that phones add, too
		"CONFIRM\nBob's data too, sorry for typos",
		"CONFIRM\n\nBob's data too, sorry for typos",
		"CONFIRM\n\nDie Kundennummer prüfe ich von unterwegs",
		"CONFIRM\nElküldve az ügyvédünknek",
		"CONFIRM\nElküldve a jogásznak",
		"CONFIRM\nSent from my iPhone. Is that the right Jane?",
		"CONFIRM\nSent with the orders of Bob",
		"CONFIRM\nSent via our lawyers",
		// below two dashes
		"CONFIRM\n--=20\nOnly the orders please",
		"CONFIRM\n-- \nOnly the orders please",
		"CONFIRM\n--\nnot yet",
		"CONFIRM\n--\nBob has to see it",
		"CONFIRM\n-- \nAnna Admin\nOnly the orders please",
		// a sentence that ends like a name
		"CONFIRM\nThank you for handling this December",
		"CONFIRM\nThanks for taking care of this Friday",
	} {
		if got, _ := reply.Decide(reply.FromPlain(body), "Re: x"); got == reply.Confirm {
			t.Errorf("%q confirms", body)
		}
	}
}

// What clients and companies add still takes nothing back.
func TestFootersOfClientsStillLetAConfirmationStand(t *testing.T) {
	for _, body := range []string{
		"CONFIRM\n\nSent from my iPhone",
		"CONFIRM\n\nSent from my Samsung Galaxy S20 FE 5G Edition",
		"CONFIRM\n\nSent from my iPhone. Please excuse any typos.",
		"CONFIRM\n\nVon unterwegs gesendet",
		"CONFIRM\n\niOS için Outlook’u edinin",
		"CONFIRM\n-- \nScanned by MailScanner",
		"CONFIRM\n-- \nScanned by mx.provider.example",
		"CONFIRM\n\nElküldve az iPhone-omról",
		"CONFIRM\n\nGet Outlook for iOS<https://aka.ms/o0ukef>",
		"CONFIRM\n-- \nAnna Admin\nData Protection, ACME Ltd",
		"CONFIRM\n-- \nAnna Admin\n\nThis email and any attachments are confidential and intended for " +
			"the addressee only. If you are not the addressee you must not read, copy or disclose it.",
		"CONFIRM\n\nThis email and any attachments are confidential and intended solely for the " +
			"addressee.\n\nACME Ltd is registered in England, No. 1234567.\n\nPlease consider the " +
			"environment before printing this email.",
		"CONFIRM\n\nThanks for handling this\nAnna",
		"CONFIRM\n\nThanks for handling this,\nAnna Admin\nACME",
	} {
		if got, why := reply.Decide(reply.FromPlain(body), "Re: x"); got != reply.Confirm {
			t.Errorf("%q: got %s (%s), want confirm", body, got, why)
		}
	}
}
