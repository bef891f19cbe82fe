package mailer

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/workflow"
)

const liveCode = "abcde-fghij-klmno-pqrst-uvwxyz"

var asked = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// aGoodAnswer passes every rule; each test spoils one fact of it.
func aGoodAnswer() (answer, question) {
	text := "CONFIRM\n\n> Please write CONFIRM.\n> Code: " + liveCode + "\n"
	c := challenge(liveCode, requestID)
	c.IssuedAt, c.Ends = asked, asked.Add(7*24*time.Hour)
	a := answer{
		mail: &reader.Mail{Class: reader.Human, Text: text, Reply: "CONFIRM", Decision: reader.Confirm},
		verdict: authentic.Verdict{
			Result: authentic.Pass, From: "anna@acme.example", FromDomain: "acme.example",
			Date: asked.Add(time.Hour), DKIM: []authentic.Signature{{Result: authentic.Pass, Aligned: true}},
		},
		second: text, digest: "d", arrived: asked.Add(2 * time.Hour),
	}
	q := question{
		request: workflow.Request{
			ID: requestID, State: workflow.AwaitingConfirmation, Customer: "jane@customer.example", Challenge: &c,
		},
		admin: workflow.Admin{Address: "anna@acme.example"}, named: true, codeKey: codeKey, epoch: 7,
		now: asked.Add(3 * time.Hour),
	}
	return a, q
}

func TestTheGoodAnswerIsGood(t *testing.T) {
	a, q := aGoodAnswer()
	j := judge(a, q)
	if len(j.failures) > 0 || j.unclear != "" || j.later || !j.proven || j.decision != reader.Confirm {
		t.Errorf("got %+v", j)
	}
}

// Each fact alone decides: every condition of every rule is spoilt once.
func TestEveryFactOfAnAnswerCounts(t *testing.T) {
	for _, c := range []struct {
		name    string
		spoil   func(*answer, *question)
		rules   string // that fail, in order
		unclear workflow.Reason
		later   bool
	}{
		{name: "not awaited", spoil: func(_ *answer, q *question) { q.request.State = workflow.Stuck }, rules: "ack/state"},
		{name: "no code is live", spoil: func(_ *answer, q *question) { q.request.Challenge = nil }, rules: "ack/state"},

		{name: "named anew", spoil: func(_ *answer, q *question) { q.cools = q.now.Add(1) }, rules: "ack/state"},
		{name: "named long enough", spoil: func(_ *answer, q *question) { q.cools = q.now }},
		{name: "named anew, and it says no", spoil: func(a *answer, q *question) {
			q.cools, a.mail.Decision = q.now.Add(time.Hour), reader.Reject
		}, rules: "ack/state"},
		{name: "named anew, and unclear", spoil: func(a *answer, q *question) {
			q.cools, a.mail.Decision = q.now.Add(time.Hour), reader.Unclear
		}, rules: "ack/state"},
		{name: "named anew, and no code", spoil: func(a *answer, q *question) {
			q.cools, a.mail.Text = q.now.Add(time.Hour), "CONFIRM"
		}, rules: "ack/state ack/token"},
		{name: "named anew, while a look-up fails", spoil: func(a *answer, q *question) {
			tempError(a, q)
			q.cools = q.now.Add(time.Hour)
		}, rules: "ack/authentic ack/state"},

		{name: "another sender", spoil: func(a *answer, _ *question) { a.verdict.From = "berta@acme.example" }, rules: "ack/from"},
		{name: "no sender", spoil: func(a *answer, _ *question) { a.verdict.From = "" }, rules: "ack/from"},
		{name: "an admin that cannot be compared", spoil: func(a *answer, q *question) {
			q.request.Challenge.Admin, a.verdict.From = `"a b"@acme.example`, `"a b"@acme.example`
			q.request.Challenge.CodeHash = codeHash(codeKey, liveCode, requestID, *q.request.Challenge)
		}, rules: "ack/from"},
		{name: "no longer named", spoil: func(_ *answer, q *question) { q.named = false }, rules: "ack/from"},
		{name: "From is in doubt", spoil: func(a *answer, _ *question) {
			a.verdict.Result, a.verdict.Failures = authentic.Fail, []authentic.Failure{{Rule: authentic.RuleFrom, Why: "2 From fields"}}
		}, rules: "ack/from"},

		{name: "nobody signed", spoil: func(a *answer, _ *question) {
			a.verdict.Result, a.verdict.Failures = authentic.None, []authentic.Failure{{Rule: authentic.RuleAuthentic}}
		}, rules: "ack/authentic"},
		{name: "a pass with a failure beside it", spoil: func(a *answer, _ *question) {
			a.verdict.Failures = []authentic.Failure{{Rule: authentic.RuleAuthentic}}
		}, rules: "ack/authentic"},
		{name: "no pass and no failure", spoil: func(a *answer, _ *question) { a.verdict.Result = authentic.Fail }, rules: "ack/authentic"},
		{name: "a look-up failed", spoil: tempError, rules: "ack/authentic", later: true},
		{name: "a look-up failed, and there is no code", spoil: func(a *answer, q *question) {
			tempError(a, q)
			a.mail.Text = "CONFIRM"
		}, rules: "ack/authentic ack/token", later: true},
		{name: "a look-up failed for a stranger", spoil: func(a *answer, q *question) {
			tempError(a, q)
			a.verdict.From = "eve@evil.example"
		}, rules: "ack/authentic ack/from"},
		{name: "a look-up failed, and the code is wrong", spoil: func(a *answer, q *question) {
			tempError(a, q)
			q.request.Challenge.CodeHash = "0"
		}, rules: "ack/authentic ack/token"},

		{name: "unread", spoil: func(a *answer, _ *question) { a.mail.Err = "x" }, rules: "ack/human"},
		{name: "automatic", spoil: func(a *answer, _ *question) { a.mail.Class = reader.Auto }, rules: "ack/human"},
		{name: "a list", spoil: func(a *answer, _ *question) { a.mail.Class = reader.List }, rules: "ack/human"},
		{name: "a repaired header", spoil: func(a *answer, _ *question) { a.mail.HeaderRepaired = true }, rules: "ack/human"},
		{name: "a doubled field", spoil: func(a *answer, _ *question) { a.mail.DuplicateHeaders = []string{"To"} }, rules: "ack/human"},
		{name: "over a limit", spoil: func(a *answer, _ *question) { a.mail.OverLimit = true }, rules: "ack/human"},
		{name: "cut", spoil: func(a *answer, _ *question) { a.mail.Truncated = true }, rules: "ack/human"},
		{name: "encrypted", spoil: func(a *answer, _ *question) { a.mail.Unreadable = "encrypted" }, rules: "ack/human"},

		{name: "another code", spoil: func(_ *answer, q *question) { q.request.Challenge.CodeHash = "0" }, rules: "ack/token"},
		{name: "another code, and a second reading with the live one", spoil: func(a *answer, _ *question) {
			a.mail.Text = strings.Replace(a.mail.Text, liveCode, "zzzzz-fghij-klmno-pqrst-uvwxyz", 1)
		}, rules: "ack/token"},
		{name: "another key", spoil: func(_ *answer, q *question) { q.codeKey = []byte("other") }, rules: "ack/token"},
		{name: "another request", spoil: func(_ *answer, q *question) { q.request.ID += "x" }, rules: "ack/token"},
		{name: "another number", spoil: func(_ *answer, q *question) { q.request.Challenge.Number++ }, rules: "ack/token"},
		{name: "another epoch in the code", spoil: func(_ *answer, q *question) { q.request.Challenge.Epoch++; q.epoch++ }, rules: "ack/token"},
		{name: "after a recovery", spoil: func(_ *answer, q *question) { q.epoch++ }, rules: "ack/token"},
		{name: "no code", spoil: func(a *answer, _ *question) { a.mail.Text = "CONFIRM" }, unclear: workflow.CodeMissing},
		{name: "no code, and nothing said", spoil: func(a *answer, _ *question) { a.mail.Text, a.mail.Decision = "hm", reader.None },
			unclear: workflow.CodeMissing},
		{name: "no code, of a stranger", spoil: func(a *answer, _ *question) { a.mail.Text, a.verdict.From = "", "x@y.example" },
			rules: "ack/from ack/token"},
		{name: "a second reading without the code", spoil: func(a *answer, _ *question) { a.second = "CONFIRM CONFIRM" }, rules: "ack/token"},
		{name: "a second reading without the answer", spoil: func(a *answer, _ *question) {
			a.second = strings.TrimPrefix(a.second, "CONFIRM")
		}, rules: "ack/token"},
		{name: "a second reading with nothing of the words", spoil: func(a *answer, _ *question) {
			a.mail.Text, a.second = "> "+liveCode, "> "+liveCode
		}, rules: "ack/token"},

		{name: "typed, and it was only to be there", spoil: typedCode},
		{name: "typed, and it was to be", spoil: func(a *answer, q *question) { typedCode(a, q); q.typed = true }},
		{name: "typed in another shape", spoil: func(a *answer, q *question) {
			typedCode(a, q)
			q.typed, a.mail.Reply = true, strings.ReplaceAll(strings.ToUpper(a.mail.Reply), "-", "")
		}},
		{name: "only quoted, and it was to be typed", spoil: func(_ *answer, q *question) { q.typed = true }, unclear: workflow.CodeNotTyped},
		{name: "only quoted, of a stranger", spoil: func(a *answer, q *question) {
			q.typed, a.verdict.From = true, "x@y.example"
		}, rules: "ack/from ack/token"},
		{name: "another typed, and the live one quoted", spoil: func(a *answer, q *question) {
			q.typed, a.mail.Reply = true, "CONFIRM zzzzz-fghij-klmno-pqrst-uvwxyz"
		}, unclear: workflow.CodeNotTyped},
		{name: "typed, and a second reading finds it only quoted", spoil: func(a *answer, q *question) {
			second := a.second
			typedCode(a, q)
			q.typed, a.second = true, second
		}, rules: "ack/token"},

		{name: "ten wrong codes in a day", spoil: func(_ *answer, q *question) { q.request.WrongCodes = wrongCodes(q.now, 10) }, rules: "ack/state"},
		{name: "nine wrong codes in a day", spoil: func(_ *answer, q *question) { q.request.WrongCodes = wrongCodes(q.now, 9) }},
		{name: "ten wrong codes until a day ago", spoil: func(_ *answer, q *question) {
			q.request.WrongCodes = wrongCodes(q.now.Add(-24*time.Hour), 10)
		}},

		{name: "signed by the parent domain", spoil: func(a *answer, _ *question) { a.verdict.DKIM[0].Domain = "example" }},
		{name: "signed by the parent domain of a strict tenant", spoil: func(a *answer, q *question) {
			q.strict, a.verdict.DKIM[0].Domain = true, "mail.acme.example"
		}, rules: "ack/authentic"},
		{name: "signed by the very domain of a strict tenant", spoil: func(a *answer, q *question) {
			q.strict, a.verdict.DKIM[0].Domain = true, "acme.example"
		}},
		{name: "a proof of a strict tenant that is not there", spoil: func(a *answer, q *question) {
			q.strict, a.verdict.DKIM = true, nil
		}, rules: "ack/authentic"},

		{name: "no date", spoil: func(a *answer, _ *question) { a.verdict.Date = time.Time{} }, rules: "ack/fresh"},
		{name: "dated too early", spoil: func(a *answer, _ *question) { a.verdict.Date = asked.Add(-10*time.Minute - 1) }, rules: "ack/fresh"},
		{name: "dated in the future", spoil: func(a *answer, q *question) { a.verdict.Date = q.now.Add(24*time.Hour + 1) }, rules: "ack/fresh"},
		{name: "dated in the future, judged before it arrived", spoil: func(a *answer, q *question) {
			q.now = a.arrived.Add(-time.Minute)
			a.verdict.Date = a.arrived.Add(24*time.Hour + 1)
		}, rules: "ack/fresh"},
		{name: "in the future of a mail server whose clock is behind", spoil: func(a *answer, q *question) {
			a.verdict.Date = q.now.Add(24 * time.Hour)
		}},
		{name: "dated by a clock of another zone", spoil: func(a *answer, _ *question) { a.verdict.Date = a.arrived.Add(14 * time.Hour) }},
		{name: "signed in the future", spoil: func(a *answer, q *question) {
			a.verdict.DKIM[0].SignedAt = q.now.Add(24*time.Hour + 1)
		}, rules: "ack/fresh"},
		{name: "dated just not too early", spoil: func(a *answer, _ *question) { a.verdict.Date = asked.Add(-10 * time.Minute) }},
		{name: "signed too early", spoil: func(a *answer, _ *question) {
			a.verdict.DKIM[0].SignedAt = asked.Add(-10*time.Minute - 1)
		}, rules: "ack/fresh"},
		{name: "signed just not too early", spoil: func(a *answer, _ *question) {
			a.verdict.DKIM[0].SignedAt = asked.Add(-10 * time.Minute)
		}},
		{name: "arrived too late", spoil: func(a *answer, q *question) { a.arrived = q.request.Challenge.Ends.Add(1) }, rules: "ack/fresh"},
		{name: "arrived just not too late", spoil: func(a *answer, q *question) { a.arrived = q.request.Challenge.Ends }},

		{name: "unclear", spoil: func(a *answer, _ *question) { a.mail.Decision = reader.Unclear }, unclear: workflow.UnclearAnswer},
		{name: "nothing said", spoil: func(a *answer, _ *question) { a.mail.Decision = reader.None }, unclear: workflow.UnclearAnswer},
		{name: "rejected", spoil: func(a *answer, _ *question) { a.mail.Decision = reader.Reject }},
		{name: "another customer", spoil: func(a *answer, _ *question) { other(a, "joe@customer.example") }, unclear: workflow.OtherAddress},
		{name: "the same customer", spoil: func(a *answer, _ *question) { other(a, "Jane@Customer.Example") }},
		{name: "rejected with another customer", spoil: func(a *answer, _ *question) {
			other(a, "joe@customer.example")
			a.mail.Decision = reader.Reject
		}},

		{name: "everything at once", spoil: func(a *answer, q *question) {
			a.verdict = authentic.Verdict{Result: authentic.None, Failures: []authentic.Failure{{Rule: authentic.RuleAuthentic}}}
			a.mail.Class, q.request.Challenge.CodeHash = reader.Auto, ""
		}, rules: "ack/authentic ack/from ack/human ack/fresh ack/token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, q := aGoodAnswer()
			c.spoil(&a, &q)
			j := judge(a, q)
			var rules []string
			for _, f := range j.failures {
				rules = append(rules, f.Rule)
				if f.Why == "" && len(a.verdict.Failures) == 0 {
					t.Errorf("%s does not say why", f.Rule)
				}
			}
			if diff := cmp.Diff(strings.Fields(c.rules), rules, emptyIsNil); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
			if j.later != c.later || (len(rules) == 0 && j.unclear != c.unclear) {
				t.Errorf("later %v, unclear %q", j.later, j.unclear)
			}
			if want := !slices.ContainsFunc(rules, func(r string) bool {
				unasked := q.request.State != workflow.AwaitingConfirmation || q.request.Challenge == nil
				return r == ruleFrom || r == ruleAuthentic || r == ruleState && unasked
			}); j.proven != want {
				t.Errorf("proven %v", j.proven)
			}
			becomes(t, a, q, j, c.rules == "" && c.unclear == "")
		})
	}
}

// becomes checks what the judgement becomes: an event that moves the request only
// when nothing speaks against it.
func becomes(t *testing.T, a answer, q question, j judgement, want bool) {
	t.Helper()
	q.request.Policy.Questions = 2
	e, outcome := event(a, q, j)
	moves := e.Type == workflow.Acknowledged || e.Type == workflow.Rejected
	if moves != want || (outcome == workflow.MailAnswered) != want {
		t.Errorf("it becomes %s, %s", e.Type, outcome)
	}
	if (e.Type == workflow.Acknowledged) != (want && a.mail.Decision == reader.Confirm) {
		t.Errorf("a %s becomes %s", a.mail.Decision, e.Type)
	}
}

var emptyIsNil = cmp.Transformer("list", func(s []string) string { return strings.Join(s, " ") })

func tempError(a *answer, _ *question) {
	a.verdict.Result, a.verdict.Proof = authentic.TempError, -1
	a.verdict.Failures = []authentic.Failure{{Rule: authentic.RuleAuthentic, Why: "the look-up failed for now"}}
}

// typedCode lets the code stand in the new text, and nowhere else.
func typedCode(a *answer, _ *question) {
	a.mail.Reply = "CONFIRM\n" + liveCode
	a.mail.Text, a.second = a.mail.Reply, a.mail.Reply
}

// wrongCodes are so many that came until then, each a minute after the one before.
func wrongCodes(last time.Time, n int) (at []time.Time) {
	for i := range n {
		at = append(at, last.Add(-time.Duration(n-1-i)*time.Minute))
	}
	return at
}

func other(a *answer, address string) {
	a.mail.Reply = "CONFIRM " + address
	a.mail.Text = a.mail.Reply + "\n> " + liveCode
	a.second = a.mail.Text
}

// A missing Date is not told as an early one: the operator must know what to look for.
func TestAMissingDateIsCalledMissing(t *testing.T) {
	a, q := aGoodAnswer()
	a.verdict.Date = time.Time{}
	if j := judge(a, q); len(j.failures) != 1 || j.failures[0].String() != "ack/fresh: no Date that can be trusted" {
		t.Errorf("got %v", j.failures)
	}
}

// Who is held for being new must be able to find out when to answer again; who else
// is concerned is nobody's business.
func TestCoolingIsTold(t *testing.T) {
	a, q := aGoodAnswer()
	q.cools = time.Date(2026, 11, 3, 9, 0, 0, 0, time.FixedZone("CET", 3600))
	want := "ack/state: the registry names this admin anew: an answer counts from 2026-11-03T08:00:00Z on"
	if _, all := judge(a, q).rules(); all != want {
		t.Errorf("got %q, want %q", all, want)
	}
}

func TestTheRulesOfAJudgementAreListed(t *testing.T) {
	j := judgement{failures: []Failure{{ruleFrom, "a"}, {ruleToken, "b"}}}
	if first, all := j.rules(); first != ruleFrom || all != "ack/from: a; ack/token: b" {
		t.Errorf("got %q, %q", first, all)
	}
	if first, all := (judgement{}).rules(); first != "" || all != "" {
		t.Errorf("got %q, %q", first, all)
	}
}

func BenchmarkJudge(b *testing.B) {
	a, q := aGoodAnswer()
	b.ReportAllocs()
	for b.Loop() {
		if j := judge(a, q); len(j.failures) > 0 {
			b.Fatal(j.failures)
		}
	}
}
