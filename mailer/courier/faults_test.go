package courier_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/courier"
)

// fault is what a server does and what must be made of it.
type fault struct {
	stages map[string]string
	want   courier.Result
	stored bool // the server read the dot
}

func refused(stage courier.Stage, code int, enhanced, reply string) courier.Result {
	return courier.Result{Verdict: courier.Refused, Stage: stage, Code: code, Enhanced: enhanced,
		Reply: reply}
}

func permanent(r courier.Result) courier.Result { r.Permanent = true; return r }
func config(r courier.Result) courier.Result    { r.Config = true; return r }

var (
	ambiguous = courier.Result{Verdict: courier.Ambiguous, Stage: courier.StageDot}
	queued    = courier.Result{Verdict: courier.Accepted, Stage: courier.StageDot, Code: 250,
		Enhanced: "2.0.0", Reply: "2.0.0 Ok: queued as 4XyZ12", QueueID: "4XyZ12"}
)

func at(stage, what string) map[string]string { return map[string]string{stage: what} }

var faults = map[string]fault{
	"421 in the greeting": {at("CONNECT", "421 4.3.2 shutting down"),
		refused("greeting", 421, "4.3.2", "4.3.2 shutting down"), false},
	"421 to EHLO": {at("EHLO", "421 4.3.2 shutting down"),
		refused("ehlo", 421, "4.3.2", "4.3.2 shutting down"), false},
	"421 to MAIL": {at("MAIL", "421 4.3.2 shutting down"),
		refused("mail", 421, "4.3.2", "4.3.2 shutting down"), false},
	"421 to RCPT": {at("RCPT", "421 4.3.2 shutting down"),
		refused("rcpt", 421, "4.3.2", "4.3.2 shutting down"), false},
	"421 to DATA": {at("DATA", "421 4.3.2 shutting down"),
		refused("data", 421, "4.3.2", "4.3.2 shutting down"), false},
	"421 to the dot": {at(".", "421 4.3.2 shutting down"),
		refused("dot", 421, "4.3.2", "4.3.2 shutting down"), true},
	"greylisting at RCPT": {at("RCPT", "450 4.7.1 try later"),
		refused("rcpt", 450, "4.7.1", "4.7.1 try later"), false},
	"greylisting at the dot": {at(".", "451 4.7.1 try later"),
		refused("dot", 451, "4.7.1", "4.7.1 try later"), true},
	"no room": {at("RCPT", "452 4.2.2 mailbox full"),
		refused("rcpt", 452, "4.2.2", "4.2.2 mailbox full"), false},
	"the server's disk is full, at MAIL": {at("MAIL", "452 4.3.1 insufficient system storage"),
		refused("mail", 452, "4.3.1", "4.3.1 insufficient system storage"), false},
	"the server's disk is full, at the dot": {at(".", "452 4.3.1 insufficient system storage"),
		refused("dot", 452, "4.3.1", "4.3.1 insufficient system storage"), true},
	"no such mailbox": {at("RCPT", "550 5.1.1 unknown"),
		permanent(refused("rcpt", 550, "5.1.1", "5.1.1 unknown")), false},
	"mailbox name not allowed": {at("RCPT", "553 5.1.3 bad"),
		permanent(refused("rcpt", 553, "5.1.3", "5.1.3 bad")), false},
	"content refused": {at(".", "554 5.7.1 spam"),
		permanent(refused("dot", 554, "5.7.1", "5.7.1 spam")), true},
	"too large at MAIL": {at("MAIL", "552 5.3.4 too large"),
		permanent(refused("mail", 552, "5.3.4", "5.3.4 too large")), false},
	"too large at the dot": {at(".", "552 5.3.4 too large"),
		permanent(refused("dot", 552, "5.3.4", "5.3.4 too large")), true},
	"DATA refused": {at("DATA", "554 5.5.1 no valid recipients"),
		permanent(refused("data", 554, "5.5.1", "5.5.1 no valid recipients")), false},
	"login wanted at MAIL": {at("MAIL", "530 5.7.0 log in first"),
		config(refused("mail", 530, "5.7.0", "5.7.0 log in first")), false},
	"basic authentication switched off": {at("MAIL", "550 5.7.30 Basic authentication is not supported"),
		config(refused("mail", 550, "5.7.30", "5.7.30 Basic authentication is not supported")), false},
	"our address is blocked": {at("CONNECT", "554 5.7.1 go away"),
		config(refused("greeting", 554, "5.7.1", "5.7.1 go away")), false},
	"a reply of several lines": {at("RCPT", "550-5.1.1 unknown\r\n550 5.1.1 here"),
		permanent(refused("rcpt", 550, "5.1.1", "5.1.1 unknown 5.1.1 here")), false},
	"an answer out of turn": {at("DATA", "250 2.0.0 what"),
		refused("data", 250, "2.0.0", "2.0.0 what"), false},
	"drop before the greeting": {at("CONNECT", "drop"), refused("greeting", 0, "", ""), false},
	"drop at EHLO":             {at("EHLO", "drop"), refused("ehlo", 0, "", ""), false},
	"drop at MAIL":             {at("MAIL", "drop"), refused("mail", 0, "", ""), false},
	"drop at RCPT":             {at("RCPT", "drop"), refused("rcpt", 0, "", ""), false},
	"drop at DATA":             {at("DATA", "drop"), refused("data", 0, "", ""), false},
	"silence at the greeting":  {at("CONNECT", "hang"), refused("greeting", 0, "", ""), false},
	"silence at EHLO":          {at("EHLO", "hang"), refused("ehlo", 0, "", ""), false},
	"silence at MAIL":          {at("MAIL", "hang"), refused("mail", 0, "", ""), false},
	"silence at RCPT":          {at("RCPT", "hang"), refused("rcpt", 0, "", ""), false},
	"silence at DATA":          {at("DATA", "hang"), refused("data", 0, "", ""), false},
	"noise at RCPT":            {at("RCPT", "what?"), refused("rcpt", 0, "", ""), false},
	"drop after the dot":       {at(".", "drop"), ambiguous, true},
	"silence after the dot":    {at(".", "hang"), ambiguous, true},
	"half a reply to the dot":  {at(".", "250-2.0.0 Ok"), ambiguous, true},
	"noise after the dot":      {at(".", "!!"), ambiguous, true},
	"354 after the dot": {at(".", "354 go on"), courier.Result{Verdict: courier.Ambiguous,
		Stage: "dot", Code: 354, Reply: "go on"}, true},
	"the dot answered after 20 s":     {at(".", "late 20s 250 2.0.0 Ok: queued as 4XyZ12"), queued, true},
	"the dot answered after 9m50s":    {at(".", "late 9m50s 250 2.0.0 Ok: queued as 4XyZ12"), queued, true},
	"the dot answered after 11 min":   {at(".", "late 11m 250 2.0.0 Ok"), ambiguous, true},
	"the greeting comes after 4 min":  {at("CONNECT", "late 4m 220 hello"), queued, true},
	"the greeting comes after 6 min":  {at("CONNECT", "late 6m 220 hello"), refused("greeting", 0, "", ""), false},
	"RSET and QUIT fail after 250":    {map[string]string{"RSET": "500 no", "QUIT": "500 no"}, queued, true},
	"drop at QUIT":                    {at("QUIT", "drop"), queued, true},
	"silence at QUIT":                 {at("QUIT", "hang"), queued, true},
	"QUIT answered by half a line":    {at("QUIT", "221-"), queued, true},
	"a recipient refused, DATA taken": {at("RCPT", "550 5.1.1 unknown"), permanent(refused("rcpt", 550, "5.1.1", "5.1.1 unknown")), false},
}

func TestFaults(t *testing.T) {
	for name, f := range faults {
		for variant, offers := range variants {
			t.Run(name+", "+variant, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { f.run(t, offers) })
			})
		}
	}
}

func (f fault) run(t *testing.T, offers []string) {
	s := &script{stages: f.stages, offers: offers}
	got := send(courier.New(s.plain(), time.Now))
	want := f.want
	if reached := got.Limit != 0; reached && offers != nil {
		want.Limit = 10240000
	}
	if diff := cmp.Diff(want, got, sansErr); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	if (got.Err == nil) != (got.Verdict == courier.Accepted) {
		t.Errorf("%s with error %v", got.Verdict, got.Err)
	}
	s.serving.Wait()
	if stored := len(s.mails) > 0; stored != f.stored {
		t.Errorf("server read the dot: %v, want %v; it heard %q", stored, f.stored, s.commands)
	}
	if s.torn != "" {
		t.Errorf("while DATA was open the server heard %q", s.torn)
	}
}
