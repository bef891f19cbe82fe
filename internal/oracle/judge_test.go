package oracle_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/oracle"
)

const (
	anna  = "anna@acme.example"
	clerk = "records@acme.example"
	jane  = "jane@customer.example"
	tag   = "[DSR-ABCD-EFGH]"
)

const golden = `awaiting_confirmation  code_issued        -> awaiting_confirmation
awaiting_confirmation  letter_sent        -> awaiting_confirmation
awaiting_confirmation  acknowledged       -> confirmed
awaiting_confirmation  rejected           -> declined               send_declined
confirmed              slot_opened        -> compiling              compile
confirmed              admin_changed      -> awaiting_confirmation  send_confirmation
compiling              package_built      -> delivering             send_package
delivering             package_sent       -> completed
completed              effect_dropped     -> completed
completed              letter_failed      -> stuck
completed              acknowledged       refused
`

// A step is a line of a history.
type step struct {
	event, to string
	effects   []string
	copies    int
	added     bool   // names no effect
	from      string // another state than it was in
	op        string // another operation than its own
}

// written makes the raw entries of a history.
func written(steps ...step) (all []string) {
	from, prev := "", ""
	for i, s := range steps {
		if s.from != "" {
			from = s.from
		}
		event := map[string]any{"Type": s.event}
		switch {
		case s.event == "letter_sent" && !s.added, s.event == "package_built", s.event == "package_sent", s.event == "effect_dropped",
			s.event == "letter_failed":
			event["Effect"] = fmt.Sprintf("r1.%d", i)
		}
		event["Op"] = fmt.Sprintf("%s:%d", s.event, i)
		if s.op != "" {
			event["Op"] = s.op
		}
		if s.copies > 0 {
			event["Copies"] = s.copies
		}
		e := map[string]any{"Seq": i + 1, "From": from, "To": s.to, "Event": event,
			"Effects": s.effects, "Prev": prev, "Hash": ""}
		raw, _ := json.Marshal(e)
		sum := sha256.Sum256(raw)
		prev, from = hex.EncodeToString(sum[:]), s.to
		all = append(all, strings.Replace(string(raw), `"Hash":""`, `"Hash":"`+prev+`"`, 1))
	}
	return all
}

var born = step{event: "received", to: "awaiting_confirmation", effects: []string{"send_confirmation"}}

// life is the history of a request that was confirmed.
func life() []step {
	return []step{
		born, {event: "code_issued", to: "awaiting_confirmation"}, {event: "letter_sent", to: "awaiting_confirmation"},
		{event: "acknowledged", to: "confirmed"}, {event: "slot_opened", to: "compiling", effects: []string{"compile"}},
		{event: "package_built", to: "delivering", effects: []string{"send_package"}}, {event: "package_sent", to: "completed"},
	}
}

// a mail of ours as it lies in a mailbox.
func lies(owner, id, queue, text string) oracle.Mail {
	return oracle.Mail{Owner: owner, Raw: []byte("Return-Path: <x@y>\r\n" +
		"Received: from localhost\r\n\tby mail.example (Postfix) with ESMTPSA id " + queue + "\r\n\tfor <" + owner + ">; Mon, 23 Nov 2026 10:00:0" + queue[1:] + " +0000 (UTC)\r\n" +
		"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <" + id + ">\r\nFrom: desk@provider.example\r\n" +
		"Subject: Please confirm =?utf-8?q?" + tag + "?=\r\nAuto-Submitted: auto-generated\r\n" + text)}
}

const (
	asks  = "\r\nCustomer: " + jane + "\r\nCode: ABCD\r\n"
	holds = "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=p.zip.age\r\n\r\nabc\r\n--x--\r\n"
)

// kept is the copy of a letter as it lies among what was sent.
func kept(text string) string {
	return "Subject: Please confirm\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n" + text +
		"\r\n--x\r\nContent-Type: application/json\r\nContent-Disposition: attachment; filename=p.json\r\n\r\n{}\r\n--x--\r\n"
}

// base64Of is a part of a mail that people do not read as it is.
func base64Of(text string) string {
	return "Content-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(text)) + "\r\n"
}

// took is what a Receiver has recorded of a letter.
func took(to string, data, code bool) oracle.Received {
	return oracle.Received{At: time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC), To: []string{to}, MessageID: "<9@x>",
		Tag: tag, Data: data, Code: code, Reply: "250 ok"}
}

// honest is evidence without a fault.
func honest() oracle.Evidence {
	e := oracle.Evidence{
		Asked: []oracle.Asked{{Customer: jane, Requester: jane, Admin: anna, Told: []string{clerk}, Answer: oracle.Confirmed,
			Answered: time.Date(2026, 11, 23, 10, 0, 2, 5e8, time.UTC)}},
		Table: []byte(golden),
		Mailbox: []oracle.Mail{
			lies(anna, "1@x", "Q1", asks), lies(anna, "2@x", "Q2", holds),
			{Owner: jane, Raw: []byte("Subject: Re: something [ELSE-1]\r\n\r\nHello.\r\n")},
		},
		Entries:   map[string][]string{"r1": written(life()...)},
		Kept:      []oracle.Mail{{Raw: []byte("From: Jane <" + jane + ">\r\n\r\nMy data.\r\n")}},
		Sent:      []oracle.Mail{{Raw: []byte(kept("Customer: " + jane + "\r\nCode: *****\r\n"))}},
		Addressed: []string{anna, clerk},
	}
	show(&e, "completed", nil)
	return e
}

// show tells the request as the daemon would, from its entries.
func show(e *oracle.Evidence, state string, waiting []map[string]string) {
	var history []map[string]any
	for _, raw := range e.Entries["r1"] {
		var entry struct {
			To, Hash string
			Event    struct{ Type string }
		}
		_ = json.Unmarshal([]byte(raw), &entry)
		history = append(history, map[string]any{"event": entry.Event.Type, "to": entry.To, "hash": entry.Hash})
	}
	raw, _ := json.Marshal(map[string]any{"id": "r1", "tag": tag, "state": state, "customer": jane,
		"history": history, "waiting": waiting})
	e.Requests = []json.RawMessage{raw}
}

// relive gives the request another history, and shows it so.
func relive(e *oracle.Evidence, state string, steps ...step) {
	e.Entries["r1"] = written(steps...)
	show(e, state, nil)
}

// A pair may stand in the table more than once: what a recovery does hangs on what it finds.
func TestOneOfSeveralMovesIsFine(t *testing.T) {
	e := honest()
	e.Table = []byte(golden + "compiling recovered -> needs_review (old)\ncompiling recovered -> compiling (young)\n")
	relive(&e, "completed", slices.Insert(life(), 5, step{event: "recovered", to: "compiling"})...)
	if v := oracle.Judge(e); !v.Holds(oracle.Allowed{}) {
		t.Errorf("the verdict is %+v", v)
	}
	e = honest()
	e.Table = []byte(golden + "compiling recovered -> needs_review (old)\ncompiling recovered -> stuck (young)\n")
	relive(&e, "completed", slices.Insert(life(), 5, step{event: "recovered", to: "compiling"})...)
	if v := oracle.Judge(e); v.Wrong == 0 {
		t.Errorf("the verdict is %+v", v)
	}
}

func TestHonestEvidenceIsFine(t *testing.T) {
	v := oracle.Judge(honest())
	if !v.Holds(oracle.Allowed{}) || len(v.Why) > 0 || v.Asked != 1 || v.Mails != 2 {
		t.Errorf("the verdict is %+v", v)
	}
}

// count is what a doctored evidence must be found guilty of.
type count struct{ lost, stuck, wrong, duplicates, unnoticed, unlike, forgotten int }

func TestDoctoredEvidenceIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		doctor func(e *oracle.Evidence)
		want   count
		why    string
	}{
		"a mail without a request": {func(e *oracle.Evidence) {
			e.Asked = append(e.Asked, oracle.Asked{Customer: "joe@customer.example", Requester: jane, Admin: anna})
			e.Kept = append(e.Kept, e.Kept[0])
		}, count{lost: 1}, "has no request"},
		"a request that nobody asked for": {func(e *oracle.Evidence) { e.Asked = nil }, count{wrong: 3}, "nobody has asked"},
		"two requests for one mail": {func(e *oracle.Evidence) {
			e.Requests = append(e.Requests, e.Requests[0])
		}, count{wrong: 1}, "has 2 requests"},
		"a package that is not there": {func(e *oracle.Evidence) {
			e.Mailbox = e.Mailbox[:1]
		}, count{lost: 2}, "the admin has no package"},
		"a confirmation that is not there": {func(e *oracle.Evidence) {
			e.Mailbox = e.Mailbox[1:]
		}, count{lost: 1}, "2 letters were sent, and 1 are there"},
		"a letter that the history does not know": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, lies(anna, "3@x", "Q3", asks))
		}, count{forgotten: 1}, "3 letters are there, and the history knows of 2"},
		"a package for somebody else": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, lies("eve@elsewhere.example", "2@x", "Q2", holds))
		}, count{wrong: 1}, "has got what was for"},
		"a package for the second contact": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, lies(clerk, "2@x", "Q2", holds))
		}, count{wrong: 1}, "has got what was for"},
		"a code for the customer": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, lies(jane, "1@x", "Q1", asks))
		}, count{wrong: 1}, "has got what was for"},
		"a word to a stranger": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, lies("eve@elsewhere.example", "1@x", "Q1", asks[:10]))
		}, count{wrong: 1, unlike: 1}, "was told of it"},
		"data without a yes": {func(e *oracle.Evidence) {
			e.Asked[0].Answer, e.Asked[0].Ends = oracle.Rejected, []string{"completed"}
		}, count{wrong: 1}, "data have left"},
		"a no that became a package": {func(e *oracle.Evidence) {
			e.Asked[0].Answer = oracle.Rejected
		}, count{wrong: 2}, "and should be declined"},
		"a copy by another hand-over": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, lies(anna, "1@x", "Q9", asks))
		}, count{duplicates: 1, unnoticed: 1}, "1 more than had to be, 0 admitted"},
		"a copy that the history admits": {func(e *oracle.Evidence) {
			steps := life()
			steps[2].copies = 2
			relive(e, "completed", steps...)
			e.Mailbox = append(e.Mailbox, lies(anna, "1@x", "Q9", asks))
		}, count{duplicates: 1}, "1 more than had to be, 1 admitted"},
		"a copy that the history admits later": {func(e *oracle.Evidence) {
			relive(e, "completed", slices.Insert(life(), 3, step{event: "letter_sent", to: "awaiting_confirmation", copies: 2, added: true})...)
			e.Mailbox = append(e.Mailbox, lies(anna, "1@x", "Q9", asks))
		}, count{duplicates: 1}, "1 more than had to be, 1 admitted"},
		"a copy of Postfix or Dovecot is none": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, lies(anna, "1@x", "Q1", asks))
		}, count{}, ""},
		"a letter that was given up, and had left": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, lies(anna, "3@x", "Q3", asks))
			relive(e, "completed", append(life(), step{event: "effect_dropped", to: "completed"})...)
		}, count{forgotten: 1}, "3 letters are there, and the history knows of 2"},
		"a letter that was given up, and may have left": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, lies(anna, "3@x", "Q3", asks))
			relive(e, "completed", append(life(), step{event: "effect_dropped", to: "completed", copies: 1})...)
		}, count{}, ""},
		"a letter that failed for good, and had left before": {func(e *oracle.Evidence) {
			e.Asked[0].Ends = []string{"stuck"}
			e.Mailbox = append(e.Mailbox, lies(anna, "3@x", "Q3", asks), lies(anna, "3@x", "Q4", asks))
			relive(e, "stuck", append(life(), step{event: "letter_failed", to: "stuck", copies: 2})...)
		}, count{duplicates: 1}, "1 more than had to be, 1 admitted"},
		"a letter that was given up, and may have left, and had not": {func(e *oracle.Evidence) {
			relive(e, "completed", append(life(), step{event: "effect_dropped", to: "completed", copies: 1})...)
		}, count{}, ""},
		"a copy that differs": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, lies(anna, "1@x", "Q9", asks+" "))
		}, count{duplicates: 1, unnoticed: 1, unlike: 1}, "are not the same"},
		"a receiver that took a mail twice": {func(e *oracle.Evidence) {
			for _, reply := range []string{"250 ok", "451 not now", "250 ok"} {
				e.Received = append(e.Received, oracle.Received{MessageID: "<1@x>", Reply: reply, Sum: "a"})
			}
		}, count{duplicates: 1, unnoticed: 1, unlike: 1}, "1 more than had to be"},
		"a request that stands still": {func(e *oracle.Evidence) {
			relive(e, "compiling", life()[:5]...)
			e.Mailbox = e.Mailbox[:1]
		}, count{stuck: 2}, "still compiling"},
		"something left to do": {func(e *oracle.Evidence) {
			show(e, "completed", []map[string]string{{"effect": "send_package"}})
		}, count{stuck: 1}, "there is still to do"},
		"an end that is another one": {func(e *oracle.Evidence) {
			e.Asked[0].Ends = []string{"expired", "refused"}
		}, count{wrong: 1}, "should be expired or refused"},
		"a move that the table refuses": {func(e *oracle.Evidence) {
			relive(e, "completed", append(life(), step{event: "acknowledged", to: "completed"})...)
		}, count{wrong: 1}, `leads from "completed"`},
		"a move to another state than the table's": {func(e *oracle.Evidence) {
			e.Asked[0].Ends, e.Mailbox = []string{"declined"}, e.Mailbox[:1]
			relive(e, "declined", append(life()[:3], step{event: "acknowledged", to: "declined"})...)
		}, count{wrong: 1}, "leads from"},
		"a move out of a state that it was not in": {func(e *oracle.Evidence) {
			relive(e, "completed", slices.Insert(life(), 4,
				step{event: "code_issued", from: "awaiting_confirmation", to: "awaiting_confirmation"},
				step{event: "acknowledged", to: "confirmed"})...)
		}, count{wrong: 1}, `leads from "awaiting_confirmation"`},
		"a birth in the wrong state": {func(e *oracle.Evidence) {
			steps := life()
			steps[0].event = "noted"
			relive(e, "completed", steps...)
		}, count{wrong: 1}, "leads from"},
		"a compilation without a confirmation": {func(e *oracle.Evidence) {
			steps := life()
			e.Table = []byte(strings.Replace(golden, "acknowledged       ->", "code_expired       ->", 1))
			steps[3].event = "code_expired"
			relive(e, "completed", steps...)
		}, count{wrong: 3}, "nobody has confirmed"},
		"a confirmation of an admin who is none any more": {func(e *oracle.Evidence) {
			steps := slices.Insert(life(), 4,
				step{event: "admin_changed", to: "awaiting_confirmation", effects: []string{"send_confirmation"}},
				step{event: "opened", to: "confirmed"})
			e.Table = []byte(golden + "awaiting_confirmation opened -> confirmed\n")
			relive(e, "completed", steps...)
		}, count{wrong: 3, stuck: 1}, "nobody has confirmed"},
		"an entry that was changed": {func(e *oracle.Evidence) {
			e.Entries["r1"][2] = strings.Replace(e.Entries["r1"][2], `"Effects":null`, `"Effects":[]`, 1)
		}, count{wrong: 1}, "chain of hashes"},
		"an entry that is missing": {func(e *oracle.Evidence) {
			e.Entries["r1"] = slices.Delete(e.Entries["r1"], 1, 2)
			show(e, "completed", nil)
		}, count{wrong: 6}, "chain of hashes"},
		"an entry that nobody can read": {func(e *oracle.Evidence) {
			e.Entries["r1"][6] = "{"
		}, count{wrong: 3, stuck: 1, forgotten: 1}, "cannot be read"},
		"no history at all": {func(e *oracle.Evidence) { e.Entries = nil }, count{wrong: 1}, "no history"},
		"another state than its history's": {func(e *oracle.Evidence) {
			e.Asked[0].Ends = []string{"declined"}
			show(e, "declined", nil)
		}, count{wrong: 1}, "its history ends in"},
		"another history than is stored": {func(e *oracle.Evidence) {
			e.Requests[0] = json.RawMessage(strings.Replace(string(e.Requests[0]), "slot_opened", "acknowledged", 1))
		}, count{wrong: 1}, "shown as another one"},
		"a history that is shown in part": {func(e *oracle.Evidence) {
			e.Entries["r1"], e.Asked[0].Ends = e.Entries["r1"][:6], []string{"completed"}
			show(e, "delivering", nil)
			e.Entries["r1"] = written(life()...)
		}, count{wrong: 2, stuck: 1}, "are shown"},
		"a request that cannot be read": {func(e *oracle.Evidence) {
			e.Requests[0] = json.RawMessage("[]")
		}, count{wrong: 3, lost: 1}, "cannot be read"},
		"a letter about nothing": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, oracle.Mail{Owner: anna,
				Raw: []byte(strings.Replace(string(lies(anna, "5@x", "Q5", asks).Raw), "ABCD-EFGH", "NONE-NONE", 1))})
		}, count{wrong: 1}, "there is no such request"},
		"no table": {func(e *oracle.Evidence) { e.Table = []byte("x y refused\n") }, count{wrong: 1}, "no line of it"},
		"an admin of before who was asked": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, lies(clerk, "5@x", "Q5", asks))
			e.Asked[0].Before = []string{clerk} // one letter too many, but not to the wrong person
		}, count{forgotten: 1}, "the history knows of"},
		"an admin of before who gets data": {func(e *oracle.Evidence) {
			e.Mailbox[1].Owner, e.Asked[0].Before = clerk, []string{clerk}
		}, count{lost: 1, wrong: 1}, "has got what was for"},
		"a second mail without a request": {func(e *oracle.Evidence) {
			e.Asked, e.Kept = append(e.Asked, e.Asked[0]), append(e.Kept, e.Kept[0])
		}, count{lost: 1}, "1 of 2 mails"},
		"a second mail that joined": {func(e *oracle.Evidence) {
			e.Asked, e.Kept = append(e.Asked, e.Asked[0]), append(e.Kept, e.Kept[0])
			e.Table = []byte(golden + "awaiting_confirmation joined -> awaiting_confirmation\n")
			relive(e, "completed", slices.Insert(life(), 3, step{event: "joined", to: "awaiting_confirmation"})...)
		}, count{}, ""},
		"a mail that is left lying": {func(e *oracle.Evidence) {
			e.Inbox = e.Kept
		}, count{stuck: 1}, "still lies where the desk reads"},
		"a mail that was thrown away": {func(e *oracle.Evidence) {
			e.Kept = []oracle.Mail{{Raw: []byte("From: " + anna + "\r\n\r\nYes.\r\n")}}
		}, count{lost: 1}, "is not kept"},
		"a history that nobody is shown": {func(e *oracle.Evidence) {
			e.Entries["r2"] = e.Entries["r1"]
		}, count{wrong: 1}, "nobody is shown it"},
		"a change that was made twice": {func(e *oracle.Evidence) {
			steps := slices.Insert(life(), 2, step{event: "code_issued", to: "awaiting_confirmation", op: "code_issued:1"})
			relive(e, "completed", steps...)
		}, count{wrong: 1}, "is there twice"},
		"a request whose admin was never asked": {func(e *oracle.Evidence) {
			e.Asked[0].Answer, e.Asked[0].Answered, e.Mailbox = oracle.None, time.Time{}, nil
			relive(e, "awaiting_confirmation", born, step{event: "effect_dropped", to: "awaiting_confirmation"})
			e.Table = []byte(golden + "awaiting_confirmation effect_dropped -> awaiting_confirmation\n")
		}, count{stuck: 1}, "who was not asked"},
		"a letter that still waits to be sent": {func(e *oracle.Evidence) {
			e.Asked[0].Answer, e.Asked[0].Answered, e.Mailbox = oracle.None, time.Time{}, e.Mailbox[:1]
			relive(e, "awaiting_confirmation", life()[:3]...)
			show(e, "awaiting_confirmation", []map[string]string{{"effect": "send_reminder"}})
		}, count{stuck: 1}, "there is still to do"},
		"a letter that was ordered and forgotten": {func(e *oracle.Evidence) {
			steps := life()
			steps[6].effects = []string{"send_declined"}
			relive(e, "completed", steps...)
		}, count{stuck: 1}, "1 effects were ordered"},
		"effects of a life that was lost": {func(e *oracle.Evidence) {
			e.Table = []byte(golden + "awaiting_confirmation recovered -> awaiting_confirmation send_confirmation (young)\n")
			relive(e, "completed", slices.Insert(life(), 1,
				step{event: "recovered", to: "awaiting_confirmation", effects: []string{"send_confirmation"}})...)
		}, count{}, ""},
		"data that left before anybody had answered": {func(e *oracle.Evidence) {
			e.Asked[0].Answered = e.Asked[0].Answered.Add(time.Second)
		}, count{wrong: 1}, "data have left before"},
		"data that a relay got before anybody had answered": {func(e *oracle.Evidence) {
			e.Received = []oracle.Received{took(anna, true, false)}
			e.Received[0].At = e.Asked[0].Answered.Add(-time.Millisecond)
		}, count{wrong: 1}, "the relay has got data before"},
		"an envelope for somebody else with data": {func(e *oracle.Evidence) {
			e.Received = []oracle.Received{took("eve@elsewhere.example", true, false)}
		}, count{wrong: 1}, "for eve@elsewhere.example has left"},
		"an envelope for the customer with a code": {func(e *oracle.Evidence) {
			e.Received = []oracle.Received{took(jane, false, true)}
		}, count{wrong: 1}, "for jane@customer.example has left"},
		"an envelope for a stranger": {func(e *oracle.Evidence) {
			e.Received = []oracle.Received{took("eve@elsewhere.example", false, false)}
		}, count{wrong: 1}, "eve@elsewhere.example was written to"},
		"envelopes for those who may": {func(e *oracle.Evidence) {
			e.Received = []oracle.Received{took(anna, true, true), took(clerk, false, false), took(jane, false, false)}
		}, count{}, ""},
		"a stranger to whom a relay has sent something": {func(e *oracle.Evidence) {
			e.Addressed = append(e.Addressed, "eve@elsewhere.example")
		}, count{wrong: 1}, "has nothing to do with anything"},
		"data about no request": {func(e *oracle.Evidence) {
			m := lies(clerk, "5@x", "Q5", holds)
			e.Mailbox = append(e.Mailbox, oracle.Mail{Owner: clerk, Raw: []byte(strings.Replace(string(m.Raw), tag, "data", 1))})
		}, count{wrong: 1}, "nobody can say of which request"},
		"data that nobody calls an attachment": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, lies(clerk, "2@x", "Q2", strings.Replace(holds, "Content-Disposition: attachment; filename=p.zip.age\r\n", "", 1)))
		}, count{wrong: 1, unlike: 1}, "records@acme.example has got what was for"},
		"a code that is not to be seen": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, lies(clerk, "1@x", "Q1", base64Of("Hello.\nCode: ABCD\n")))
		}, count{wrong: 1, unlike: 1}, "records@acme.example has got what was for"},
		"a code that is written in another way": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, lies(clerk, "1@x", "Q1", "Content-Transfer-Encoding: quoted-printable\r\n\r\nC=6Fde: ABCD\r\n"))
		}, count{wrong: 1, unlike: 1}, "records@acme.example has got what was for"},
		"a report of a server is none of ours": {func(e *oracle.Evidence) {
			e.Mailbox = append(e.Mailbox, lies(clerk, "7@x", "Q7", strings.Replace(holds, "multipart/mixed", "multipart/report", 1)))
		}, count{}, ""},
		"two letters of one name about two requests": {func(e *oracle.Evidence) {
			m := lies(anna, "1@x", "Q1", asks)
			e.Mailbox = append(e.Mailbox, oracle.Mail{Owner: anna, Raw: []byte(strings.Replace(string(m.Raw), "ABCD-EFGH", "NONE-NONE", 1))})
		}, count{wrong: 2}, "as one of [DSR-ABCD-EFGH] is"},
		"a copy that holds a code": {func(e *oracle.Evidence) {
			e.Sent = append(e.Sent, oracle.Mail{Raw: []byte(kept("You said ABCD.\r\n"))})
		}, count{wrong: 1}, "holds a code"},
		"a copy that hides a code": {func(e *oracle.Evidence) {
			e.Sent = append(e.Sent, oracle.Mail{Raw: []byte("Subject: x\r\n" + base64Of("You said ABCD."))})
		}, count{wrong: 1}, "holds a code"},
		"a copy that holds a code outside its text": {func(e *oracle.Evidence) {
			e.Sent = append(e.Sent, oracle.Mail{Raw: []byte("X-Note: ABCD\r\n" + kept("Hello.\r\n"))})
		}, count{wrong: 1}, "holds a code"},
		"a copy that holds other data": {func(e *oracle.Evidence) {
			e.Sent = append(e.Sent, oracle.Mail{Raw: []byte(strings.Replace(kept("Hello.\r\n"), "application/json", "application/zip", 1))})
		}, count{wrong: 1}, "holds a file of application/zip"},
		"a copy that holds data": {func(e *oracle.Evidence) {
			e.Sent = append(e.Sent, oracle.Mail{Raw: []byte("Subject: x\r\n" + holds)})
		}, count{wrong: 1}, "holds a file of application/octet-stream"},
		"a copy that calls data something else": {func(e *oracle.Evidence) {
			e.Sent = append(e.Sent, oracle.Mail{Raw: []byte("Subject: x\r\n" + strings.Replace(holds, "octet-stream", "json", 1))})
		}, count{wrong: 1}, "holds a file of application/json"},
		"a mail that nobody's admin was to answer": {func(e *oracle.Evidence) {
			e.Asked[0].Admin = ""
		}, count{wrong: 4, lost: 1}, "and should be needs_review"},
	} {
		t.Run(name, func(t *testing.T) {
			e := honest()
			c.doctor(&e)
			v := oracle.Judge(e)
			got := count{v.Lost, v.Stuck, v.Wrong, v.Duplicates, v.Unnoticed, v.Unlike, v.Forgotten}
			if got != c.want || !strings.Contains(strings.Join(v.Why, "\n"), c.why) {
				t.Errorf("the verdict is %+v, not %+v:\n%s", got, c.want, strings.Join(v.Why, "\n"))
			}
			if v.Holds(oracle.Allowed{}) != (c.want == count{}) {
				t.Error("and it says the opposite of that")
			}
		})
	}
}

func TestADoubledMailIsToldWithItsTimes(t *testing.T) {
	e := honest()
	e.Mailbox = append(e.Mailbox, lies(anna, "1@x", "Q9", asks), lies(anna, "1@x", "Q4", asks))
	v := oracle.Judge(e)
	if len(v.Doubled) != 1 || v.Doubled[0].MessageID != "<1@x>" || v.Doubled[0].Admitted || len(v.Doubled[0].At) != 3 {
		t.Fatalf("it tells %+v", v.Doubled)
	}
	for i, second := range []int{1, 4, 9} {
		if got := v.Doubled[0].At[i]; got.Second() != second || got.Hour() != 10 {
			t.Errorf("copy %d was taken at %s", i+1, got)
		}
	}
}

func TestWhatIsAllowedIsForgiven(t *testing.T) {
	for name, c := range map[string]struct {
		v     oracle.Verdict
		a     oracle.Allowed
		holds bool
	}{
		"duplicates that may be":        {oracle.Verdict{Duplicates: 2}, oracle.Allowed{Duplicates: 2}, true},
		"one more":                      {oracle.Verdict{Duplicates: 3}, oracle.Allowed{Duplicates: 2}, false},
		"unnoticed ones":                {oracle.Verdict{Duplicates: 1, Unnoticed: 1}, oracle.Allowed{Duplicates: 1}, false},
		"unnoticed ones that may":       {oracle.Verdict{Duplicates: 1, Unnoticed: 1}, oracle.Allowed{Duplicates: 1, Unnoticed: true}, true},
		"stuck ones that may be":        {oracle.Verdict{Stuck: 1}, oracle.Allowed{Stuck: true}, true},
		"letters that may be forgotten": {oracle.Verdict{Forgotten: 2}, oracle.Allowed{Forgotten: 2}, true},
		"one more forgotten":            {oracle.Verdict{Forgotten: 3}, oracle.Allowed{Forgotten: 2}, false},
		"nothing forgives a loss":       {oracle.Verdict{Lost: 1}, oracle.Allowed{Duplicates: 9, Unnoticed: true, Stuck: true}, false},
		"nothing forgives a wrong":      {oracle.Verdict{Wrong: 1}, oracle.Allowed{Duplicates: 9, Unnoticed: true, Stuck: true}, false},
		"nothing forgives unlike's":     {oracle.Verdict{Unlike: 1}, oracle.Allowed{Duplicates: 9, Unnoticed: true, Stuck: true}, false},
	} {
		if got := c.v.Holds(c.a); got != c.holds {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestRealHistoriesFitTheirChain: what the daemon has stored is read as it is.
func TestRealHistoriesFitTheirChain(t *testing.T) {
	raw, err := os.ReadFile("../../workflow/testdata/stored.json")
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("../../workflow/testdata/matrix.txt")
	if err != nil {
		t.Fatal(err)
	}
	var lives []struct {
		Name    string
		Request struct{ ID, Customer, State string }
		Entries []struct{ Entry json.RawMessage }
	}
	if err := json.Unmarshal(raw, &lives); err != nil {
		t.Fatal(err)
	}
	if len(lives) == 0 {
		t.Fatal("there are none")
	}
	for _, l := range lives {
		e := oracle.Evidence{Table: table, Entries: map[string][]string{}}
		e.Asked = []oracle.Asked{{Customer: l.Request.Customer, Admin: anna, Answer: oracle.Confirmed, Ends: []string{l.Request.State}}}
		for _, entry := range l.Entries {
			e.Entries["r1"] = append(e.Entries["r1"], compact(t, entry.Entry))
		}
		show(&e, l.Request.State, nil)
		e.Requests[0] = json.RawMessage(strings.Replace(string(e.Requests[0]), jane, l.Request.Customer, 1))
		for _, why := range oracle.Judge(e).Why {
			// Nobody has kept the mails, and these histories do not name the effects that they end.
			if !strings.HasPrefix(why, "lost: ") && !strings.HasSuffix(why, "was not asked") &&
				!strings.Contains(why, "effects were ordered") {
				t.Errorf("%s: %s", l.Name, why)
			}
		}
	}
}

func compact(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var b strings.Builder
	c, err := json.Marshal(raw) // takes the blanks out
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "%s", c)
	return b.String()
}
