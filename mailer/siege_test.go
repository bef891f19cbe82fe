package mailer_test

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest/forge"
	"github.com/dsrd/dsrd/workflow"
	"github.com/google/go-cmp/cmp"
)

// A target is a request that waits for anna's answer, and all that attackers know of it.
type target struct {
	*scene
	forge.Scene
	before  workflow.Request
	journal *lastRecord
}

// annasKey is her domain's, and attackZone what the DNS says beside it; weak keys are slow
// to make.
var (
	annasKey   = forge.NewKey("acme.example", "s1", forge.Ed25519)
	attackZone = sync.OnceValue(func() forge.Zone { return forge.AttackZone(forge.Scene{Admin: anna, Key: annasKey}) })
)

// lastRecord keeps what was remembered last of a mail.
type lastRecord struct {
	mailer.Journal
	rec workflow.MailRecord
}

func (j *lastRecord) FinishMail(ctx context.Context, rec workflow.MailRecord) error {
	j.rec = rec
	return j.Journal.FinishMail(ctx, rec)
}

// newTarget is the same each time, codes and all. The request was asked of berta first, then
// of anna, and anna was reminded: three codes of it are dead, and other requests have others.
func newTarget(t testing.TB) *target {
	t.Helper()
	w := newWorld(t)
	w.epoch--
	old := w.askedAbout("old.roe@customer.example")
	w.epoch++
	other, foreign := w.askedAbout("joe.roe@customer.example"), w.askedAbout(joe)
	w.rename(berta)
	s := &scene{world: w, id: w.askedAbout(jane)}
	others := map[string]string{"other admin": w.codeTo(s.id, berta)}
	w.rename(anna)
	s.step(s.id, workflow.Event{Type: workflow.AdminChanged, Reason: workflow.AdminReplaced, Actor: "daemon"})
	w.work()
	others["older reminder"], others["other epoch"] = w.codeTo(s.id, anna), w.codeTo(old, anna)
	w.pass(25 * time.Hour)
	w.work()
	others["other request"], others["other tenant"] = w.codeTo(other, anna), w.codeTo(foreign, bob)
	s.confirmation = w.letterTo(s.id, anna)
	v := &target{scene: s, Scene: s.described(w.now)}
	w.pass(time.Hour)
	v.Scene.Now, v.Scene.Others = w.now, others
	maps.Copy(w.zone.Zone, attackZone())
	v.journal = &lastRecord{Journal: w.desk.Journal}
	w.desk.Journal = v.journal
	v.before = s.load(s.id)
	w.post.sent = nil
	return v
}

// askedAbout is a request for somebody's data that an admin has been asked about.
func (w *world) askedAbout(customer string) workflow.ID {
	w.t.Helper()
	rec := w.take(w.signed(customer, "My data", "Please export the data of "+customer+".\n"))
	if rec.Outcome != workflow.MailStarted || len(rec.Requests) != 1 {
		w.t.Fatalf("the request came to %+v", rec)
	}
	w.work()
	return rec.Requests[0]
}

// letterTo is the newest letter about a request to an admin.
func (w *world) letterTo(id workflow.ID, admin string) []byte {
	w.t.Helper()
	for _, s := range slices.Backward(w.post.sent) {
		if s.to == admin && strings.Contains(subjectIn(w.t, s.raw), id.Tag()) {
			return s.raw
		}
	}
	w.t.Fatalf("no letter about %s to %s", id, admin)
	return nil
}

func (w *world) codeTo(id workflow.ID, admin string) string {
	return codeIn(w.t, w.letterTo(id, admin))
}

// rename lets acme have another admin.
func (w *world) rename(admin workflow.Address) {
	w.people.change("acme", func(t *workflow.Tenant) {
		t.Admins = []workflow.Admin{{Address: admin, Role: workflow.AccountAdministrator}}
	})
}

// described is the confirmation as forgers see it.
func (s *scene) described(sent time.Time) forge.Scene {
	s.t.Helper()
	h, plain := readMail(s.t, s.confirmation)
	return forge.Scene{
		Admin: anna, Customer: jane, Desk: desk, ReplyTo: strings.Trim(h.Get("Reply-To"), "<>"),
		SubjectLine: subjectOf(s.t, h), MessageID: h.Get("Message-Id"), Text: plain,
		Code: codeIn(s.t, s.confirmation), Sent: sent, Key: annasKey,
	}
}

// forgetful remembers no proof longer than one mail: many attacks bear the one signature that
// their maker has, and each is to be refused for what it is.
type forgetful struct {
	mailer.Replays
	owners map[string]string
}

func (f forgetful) First(_ context.Context, key, owner string, _ time.Time) (bool, error) {
	if f.owners[key] == "" {
		f.owners[key] = owner
	}
	return f.owners[key] == owner, nil
}

// play lets a mail arrive and gives its record.
func (v *target) play(raw []byte) workflow.MailRecord {
	v.t.Helper()
	v.mails++
	v.journal.rec = workflow.MailRecord{}
	v.desk.Replays = forgetful{v.store, map[string]string{}}
	_, err := v.desk.Handle(v.ctx(), inbox.Mail{Mailbox: "dsr", Folder: "INBOX", UIDValidity: 1, UID: v.mails,
		Arrived: v.now, Size: int64(len(raw)), Raw: raw})
	v.must(err)
	return v.journal.rec
}

// admins are the classes whose mails the admin's own server signed: these may be asked back,
// and their wrong codes are counted. All others come from people who are nobody to us, and
// may not even do that.
var admins = map[string]bool{
	"reinterpreted": true, "code in the header": true, "code out of sight": true, "another code": true,
	"decision elsewhere": true, "two versions": true, "time": true, "stamp, another code": true,
}

// stampless are the classes that no stamp makes a difference to, since their From or what
// kind of mail they are is looked at first: played where a server is pinned in full runs alone.
var stampless = map[string]bool{
	"display name": true, "homograph": true, "address syntax": true, "automatic": true, "header injection": true,
	"other fields say who": true, "smuggled": true,
}

// bare is a request without what a mail that counts for nothing may leave in it: that it came,
// and that the admin is told once why it counts for nothing; of the admin's own mail also that
// it was asked back, or had a wrong code.
func bare(r workflow.Request, admins bool) workflow.Request {
	r.Version, r.HistoryHead, r.WakeAt, r.Told, r.Ordered = 0, "", time.Time{}, nil, 0
	if admins {
		r.Questions, r.CodeAsked, r.WrongCodes = 0, false, nil
	}
	return r
}

// fewCodes may be wrong before the request stops reading them.
const fewCodes = 8

// harm says what an attack has done to the request that it may not. What else it left does
// not keep the next one from being accepted: the code lives, and an answer is awaited.
func (v *target) harm(m forge.Mail) string {
	r := v.load(v.id)
	want, got, harm := bare(v.before, admins[m.Class]), bare(r, admins[m.Class]), ""
	if !reflect.DeepEqual(want, got) {
		harm = "it moved: " + cmp.Diff(want, got)
	}
	if r.Ack != nil || r.State != workflow.AwaitingConfirmation {
		harm = "it was accepted: state " + string(r.State) + "\n" + harm
	}
	v.before = r
	return harm
}

// receipt is the subject line of what a proven requester is told.
const receipt = "Provider received your request"

// letters says what has left that no attack may cause.
func (v *target) letters() string {
	v.worker.Carriers[workflow.SendHeld] = v.postman
	v.work()
	for _, r := range v.requests() {
		if r.Ack != nil || r.Package != nil {
			return "data of " + string(r.ID)
		}
	}
	for _, s := range v.post.sent {
		subject := subjectIn(v.t, s.raw)
		toAdmin := s.to == anna && strings.HasPrefix(subject, "[DSR-")
		if !toAdmin && subject != receipt { // which tells whoever signs that a mail came
			return "a letter to " + s.to + ": " + subject
		}
	}
	return ""
}

func subjectIn(t testing.TB, raw []byte) string {
	h, _ := readMail(t, raw)
	return subjectOf(t, h)
}

// batch is how many attacks one request has to bear.
const batch = 150

// attack plays attacks and counts by class how many did harm.
func attack(t *testing.T, attacks []forge.Mail, pin string) (harmful map[string]int) {
	t.Helper()
	harmful = map[string]int{}
	var v *target
	for i, m := range attacks {
		if v == nil || i%batch == 0 {
			v = retarget(t, v, pin)
		}
		rec := v.play(m.Raw)
		harm := v.harm(m)
		if harm != "" {
			harmful[m.Class]++
			t.Errorf("%s: %s: came to %s by %q\n%s", m.Class, m.Name, rec.Outcome, rec.Rule, firstLines(harm, 12))
		}
		if harm != "" || len(v.before.WrongCodes) > fewCodes {
			v = retarget(t, v, pin)
		}
	}
	retarget(t, v, pin)
	return harmful
}

// retarget ends one target and begins the next.
func retarget(t *testing.T, v *target, pin string) *target {
	t.Helper()
	if v != nil {
		if letters := v.letters(); letters != "" {
			t.Errorf("there was %s", letters)
		}
	}
	v = newTarget(t)
	v.pin(pin)
	return v
}

func firstLines(s string, n int) string {
	lines := strings.Split(s, "\n")
	return strings.Join(lines[:min(len(lines), n)], "\n")
}

func TestNoSpoofedAnswerIsAccepted(t *testing.T) {
	alone(t)
	attacks := without(forge.Attacks(newTarget(t).Scene), func(m forge.Mail) bool { return m.Stamped != "" })
	report(t, "", attacks)
}

// The same with a mailbox whose provider stamps what comes in: each attack arrives with what
// an honest border says of it, and those that are aimed at the stamp as they are.
func TestNoSpoofedAnswerIsAcceptedWhereAServerIsPinned(t *testing.T) {
	alone(t)
	v := newTarget(t)
	attacks := forge.Attacks(v.Scene)
	border := authentic.New(&v.zone, authentic.Options{})
	for i, m := range attacks {
		if m.Stamped == "" {
			attacks[i].Raw = forge.Deliver(v.Scene, stampFor(t, border, m.Raw, v.now), m.Raw)
		}
	}
	report(t, forge.Border, without(attacks, func(m forge.Mail) bool {
		return m.Stamped == forge.NoName || m.Stamped == "" && (admins[m.Class] || stampless[m.Class]) && !full()
	}))
	report(t, forge.NoName, without(attacks, func(m forge.Mail) bool { return m.Stamped != forge.NoName }))
}

// A domain that wants no strict alignment lets its sub-domains speak for it, and nobody else.
func TestNoSpoofedAnswerIsAcceptedForADomainWithoutAPolicy(t *testing.T) {
	alone(t)
	classes := map[string]bool{"alignment": true, "many signatures": true, "pasted signature": true}
	attacks := without(forge.Attacks(newTarget(t).Scene), func(m forge.Mail) bool {
		return !classes[m.Class] || strings.Contains(m.Name, ".acme.example")
	})
	accepted := 0
	for policy, records := range map[string][]string{
		"relaxed": {"v=DMARC1; p=none"}, "said to be relaxed": {"v=DMARC1; p=reject; adkim=r"}, "none": nil,
	} {
		v := newTarget(t)
		v.zone.Zone["_dmarc.acme.example"] = records
		for _, m := range attacks {
			rec := v.play(m.Raw)
			if harm := v.harm(m); harm != "" {
				accepted++
				t.Errorf("%s: %s: %s: came to %s by %q", policy, m.Class, m.Name, rec.Outcome, rec.Rule)
				v = newTarget(t)
				v.zone.Zone["_dmarc.acme.example"] = records
			}
		}
	}
	t.Logf("figure: spoofed answers accepted (relaxed alignment) %d of %d", accepted, 3*len(attacks))
}

func without(all []forge.Mail, leave func(forge.Mail) bool) []forge.Mail {
	return slices.DeleteFunc(slices.Clone(all), leave)
}

// report plays attacks and prints how many did harm.
func report(t *testing.T, pin string, attacks []forge.Mail) {
	t.Helper()
	all, harmful, where, failed := map[string]int{}, attack(t, attacks, pin), "", 0
	for _, m := range attacks {
		all[m.Class]++
	}
	if pin != "" {
		where = " (pinned " + pin + ")"
	}
	var lines []string
	for _, c := range slices.Sorted(maps.Keys(all)) {
		lines = append(lines, fmt.Sprintf("%s %d of %d", c, harmful[c], all[c]))
		failed += harmful[c]
	}
	t.Logf("figure: spoofed answers accepted%s %d of %d", where, failed, len(attacks))
	t.Logf("figure: spoofed answers by class%s: %s", where, strings.Join(lines, ", "))
}

// stampFor is what a border says that checks signatures and nothing else.
func stampFor(t *testing.T, border *authentic.Verifier, raw []byte, now time.Time) string {
	t.Helper()
	says := forge.Border
	for _, s := range border.Verify(t.Context(), raw, now).DKIM {
		if s.Domain != "" && s.Selector != "" {
			says += fmt.Sprintf("; dkim=%s header.d=%s header.s=%s", s.Result, s.Domain, s.Selector)
		}
	}
	if says == forge.Border {
		says += "; dkim=none"
	}
	return says
}

// What an attack distorts is accepted when it is not distorted: otherwise its refusal would
// show nothing. Each class has one such mail at least.
func TestWhatTheAttacksDistortIsAccepted(t *testing.T) {
	classes, seen := map[string]bool{}, map[string]bool{}
	for _, m := range forge.Attacks(newTarget(t).Scene) {
		classes[m.Class] = true
		if key := m.Stamped + string(m.Honest); seen[key] {
			continue
		}
		seen[m.Stamped+string(m.Honest)] = true
		v := newTarget(t)
		v.pin(m.Stamped)
		rec := v.play(m.Honest)
		if r := v.load(v.id); rec.Outcome != workflow.MailAnswered || r.Ack == nil || r.State != workflow.Confirmed {
			t.Errorf("%s: %s: the honest mail came to %s by %q: %v", m.Class, m.Name, rec.Outcome, rec.Rule, v.rules(v.id))
		}
	}
	if len(classes) < 30 {
		t.Errorf("%d classes", len(classes))
	}
}
