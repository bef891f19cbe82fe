package mailer_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/mailer/envelope"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/store/storetest"
	"github.com/dsrd/dsrd/templates"
	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// The people of the tests.
const (
	desk  = "dsr@provider.example"
	anna  = "anna.admin@acme.example"
	berta = "berta.admin@acme.example"
	bob   = "bob.admin@globex.example"
	jane  = "jane.roe@customer.example"
	joe   = "joe.bloggs@buyer.example"
	mark  = "mark@elsewhere.example"
)

var monday = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// world is a desk and a postman on a real store, with everything else in memory.
type world struct {
	t       testing.TB
	now     time.Time
	store   *store.Store
	engine  *engine.Engine
	worker  *engine.Worker
	desk    *mailer.Desk
	postman *mailer.Postman
	people  *people
	post    *post
	zone    resolver
	epoch   int64
	mails   uint32
	handed  []inbox.Mail // to the desk, in their order
}

// newWorld is empty: nobody has written yet.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: monday, epoch: 1, people: newPeople(), post: &post{}}
	w.zone = resolver{Zone: zone("acme.example", "globex.example", "customer.example",
		"buyer.example", "elsewhere.example", "evil.example", "mail.acme.example")}
	w.openStore()
	w.openRooms()
	return w
}

// words are the letters, which no test changes.
var words = sync.OnceValues(func() (*templates.Set, error) { return templates.Load(nil) })

func (w *world) openStore() {
	s, err := store.Open(w.t.Context(), store.Config{
		Addrs: []string{storetest.Embedded(w.t)}, Prefix: "t", Embedded: true, Partitions: 3,
		MasterKey: []byte("a master key of thirty-two bytes"), Rand: newChance(1), Now: w.clock,
		Backoff: func(ctx context.Context, _ int) error { return ctx.Err() },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { s.Close() })
	w.store = s
	w.engine = &engine.Engine{Store: s, Now: w.clock, Observer: observer{w.t}}
}

func (w *world) openRooms() {
	words, err := words()
	if err != nil {
		w.t.Fatal(err)
	}
	marks := envelope.Marks{
		Reply: "confirm@provider.example", Bounce: "bounce@provider.example",
		Domain: "provider.example", Instance: "provider", Key: []byte("marks"),
	}
	w.desk = &mailer.Desk{
		Requests: w.store, Workflow: w.engine, Journal: w.store, Registry: w.people, Limits: w.store,
		Replays: w.store, Verifier: authentic.New(&w.zone, authentic.Options{}),
		Second: reader.SecondText, Marks: marks, Own: []string{desk, "confirm@provider.example"},
		Keys:  mailer.Keys{ID: map[int][]byte{1: []byte("id key")}, IDVersion: 1, Code: []byte("code key")},
		Epoch: func() int64 { return w.epoch },
		Policy: func(workflow.Tenant) workflow.Policy {
			p := workflow.DefaultPolicy()
			p.Receipt = true
			return p
		},
		Partition: func(id string) int { return len(id) % 3 }, Rand: newChance(2), Now: w.clock,
	}
	w.postman = &mailer.Postman{
		Requests: w.store, Workflow: w.engine, Registry: w.people, Limits: w.store, Blobs: w.store,
		Courier: w.post, Letters: words, Catalog: offers, Marks: marks, From: desk,
		Provider: "Provider", CodeKey: []byte("code key"), Epoch: func() int64 { return w.epoch },
		Rand: newChance(3), Now: w.clock, ReceiptEvery: time.Millisecond,
		Asks: wide, // most tests ask by mail that proves nothing
	}
	w.worker = &engine.Worker{
		Engine: w.engine, Due: w.store, Scans: always{w}, Lease: time.Hour, Parallel: 1,
		Tick: func(time.Duration) (<-chan time.Time, func()) { return nil, func() {} },
		Carriers: map[workflow.EffectType]engine.Carrier{
			workflow.Compile: compiler{w.store}, workflow.RemovePackage: keeper{},
			workflow.RemovePersonal: keeper{},
		},
	}
	for _, l := range []workflow.EffectType{
		workflow.SendConfirmation, workflow.SendReminder, workflow.SendQuestion, workflow.SendWhich,
		workflow.SendDeclined, workflow.SendRefusal, workflow.SendReceipt, workflow.SendPackage,
		workflow.SendPassphrase,
	} {
		w.worker.Carriers[l] = w.postman
	}
}

func (w *world) clock() time.Time     { return w.now }
func (w *world) pass(d time.Duration) { w.now = w.now.Add(d) }
func (w *world) ctx() context.Context { return w.t.Context() }
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// take hands a mail to the desk as the inbox would, and gives its record.
func (w *world) take(raw []byte, adapt ...func(*inbox.Mail)) workflow.MailRecord {
	w.t.Helper()
	_, rec := w.hand(raw, adapt...)
	return rec
}

func (w *world) hand(raw []byte, adapt ...func(*inbox.Mail)) (inbox.Disposition, workflow.MailRecord) {
	w.t.Helper()
	d, err := w.try(raw, adapt...)
	w.must(err)
	return d, w.record(raw)
}

func (w *world) try(raw []byte, adapt ...func(*inbox.Mail)) (inbox.Disposition, error) {
	w.mails++
	m := inbox.Mail{Mailbox: "dsr", Folder: "INBOX", UIDValidity: 1, UID: w.mails, Arrived: w.now,
		Size: int64(len(raw)), Raw: raw}
	for _, f := range adapt {
		f(&m)
	}
	w.handed = append(w.handed, m)
	return w.desk.Handle(w.ctx(), m)
}

// record is what is remembered of a mail.
func (w *world) record(raw []byte) workflow.MailRecord {
	w.t.Helper()
	sum := sha256.Sum256(raw)
	for after := ""; ; {
		page, next, err := w.store.Mails(w.ctx(), store.Query{Limit: 100, After: after})
		w.must(err)
		for _, m := range page {
			if m.Digest == hex.EncodeToString(sum[:]) {
				return m
			}
		}
		if next == "" {
			return workflow.MailRecord{}
		}
		after = next
	}
}

// work carries out what is due, and lets the moments pass that answers to strangers wait.
func (w *world) work() {
	w.t.Helper()
	for range 100 {
		_, err := w.worker.RunDue(w.ctx())
		w.must(err)
		next, err := w.store.NextDue(w.ctx())
		w.must(err)
		if next.IsZero() || next.Sub(w.now) > 5*w.postman.ReceiptEvery {
			return
		}
		if next.After(w.now) {
			w.now = next
		}
	}
	w.t.Fatal("something is due again and again")
}

// step lets something else happen to a request.
func (w *world) step(id workflow.ID, e workflow.Event) workflow.Request {
	w.t.Helper()
	r := w.load(id)
	e.Op = fmt.Sprintf("test:%s:%d", e.Type, r.Version)
	r, err := w.engine.Step(w.ctx(), id, e)
	w.must(err)
	return r
}

func (w *world) load(id workflow.ID) workflow.Request {
	w.t.Helper()
	r, err := w.store.Load(w.ctx(), id)
	w.must(err)
	return r
}

func (w *world) requests() []workflow.Request {
	w.t.Helper()
	page, _, err := w.store.List(w.ctx(), store.Query{States: workflow.States(), Limit: 500})
	w.must(err)
	return page
}

// rules are those of all events in a request's history that have one.
func (w *world) rules(id workflow.ID) (rules []string) {
	w.t.Helper()
	entries, err := w.store.History(w.ctx(), id)
	w.must(err)
	for _, e := range entries {
		if e.Event.Rule != "" {
			rules = append(rules, e.Event.Rule)
		}
	}
	return rules
}

// asked is a request for jane's data that anna was asked about.
func (w *world) asked() (workflow.ID, []byte) {
	w.t.Helper()
	rec := w.take(w.signed(jane, "My data", "Please export the data of "+jane+".\n"))
	if rec.Outcome != workflow.MailStarted || len(rec.Requests) != 1 {
		w.t.Fatalf("the request came to %+v", rec)
	}
	w.work()
	return rec.Requests[0], w.post.to(w.t, anna)
}

// letter is a mail as a person's program writes it.
type letter struct {
	from, to, subject, date, id string
	more                        string // further fields, each with CRLF
	body                        string
}

func (w *world) write(l letter) []byte {
	w.mails++
	if l.date == "" {
		l.date = w.now.Format(time.RFC1123Z)
	}
	if l.id == "" {
		l.id = fmt.Sprintf("m%d@%s", w.mails, domainOf(l.from))
	}
	if !strings.Contains(l.more, "Content-Type:") {
		l.more += "Content-Type: text/plain; charset=utf-8\r\n"
	}
	return []byte("From: " + l.from + "\r\nTo: " + l.to + "\r\nSubject: " + l.subject + "\r\nDate: " + l.date +
		"\r\nMessage-ID: <" + l.id + ">\r\nMIME-Version: 1.0\r\n" + l.more + "\r\n" +
		strings.ReplaceAll(l.body, "\n", "\r\n"))
}

// signed is a mail of somebody to the desk, signed by the writer's domain.
func (w *world) signed(from, subject, body string) []byte {
	return seal(w.write(letter{from: from, to: desk, subject: subject, body: body}),
		signature{domain: domainOf(from)})
}

func domainOf(a string) string { return strings.TrimSuffix(a[strings.LastIndexByte(a, '@')+1:], ">") }

// people are the registry, which a test may change at any time.
type people struct {
	mu      sync.Mutex
	tenants map[string]workflow.Tenant
	fails   error
}

func newPeople() *people {
	p := &people{tenants: map[string]workflow.Tenant{}}
	p.set(workflow.Tenant{
		ID: "acme", Name: "Acme", Domains: []string{"customer.example"},
		Admins:        []workflow.Admin{{Address: anna, Role: workflow.AccountAdministrator}},
		SecondContact: "records@acme.example", Encryption: workflow.EncryptPassphrase,
	})
	p.set(workflow.Tenant{
		ID: "globex", Name: "Globex", Domains: []string{"buyer.example"},
		Admins:        []workflow.Admin{{Address: bob, Role: workflow.Owner}},
		SecondContact: "secretary@globex.example", Encryption: workflow.EncryptPassphrase,
	})
	return p
}

func (p *people) set(t workflow.Tenant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tenants[t.ID] = t
}

// change lets the registry say something else of a tenant.
func (p *people) change(id string, change func(*workflow.Tenant)) {
	t := p.tenants[id]
	change(&t)
	p.set(t)
}

func (p *people) Lookup(_ context.Context, customer workflow.Address) (workflow.Tenant, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fails != nil {
		return workflow.Tenant{}, p.fails
	}
	for _, t := range p.tenants {
		for _, d := range t.Domains {
			if d == customer.Domain() {
				return t, nil
			}
		}
	}
	return workflow.Tenant{}, workflow.NotFound
}

func (p *people) Tenant(_ context.Context, id string) (workflow.Tenant, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, ok := p.tenants[id]
	if !ok {
		return t, workflow.NotFound
	}
	return t, p.fails
}

// post is the courier: it keeps what was sent, and answers as it is told.
type post struct {
	sent    []sent
	answers []courier.Result // for the next mails; Accepted when there are none
	before  func()           // runs once, before the check
}

type sent struct {
	from, to string
	raw      []byte
}

func (p *post) Send(ctx context.Context, e courier.Envelope, mail io.Reader, size int64,
	check func(context.Context) error) courier.Result {
	if before := p.before; before != nil {
		p.before = nil
		before()
	}
	if err := check(ctx); err != nil {
		return courier.Result{Verdict: courier.Withheld, Stage: courier.StageCheck, Err: err}
	}
	raw, err := io.ReadAll(mail)
	if err != nil || int64(len(raw)) != size {
		return courier.Result{Verdict: courier.Refused, Err: errors.New("size and bytes do not fit")}
	}
	p.sent = append(p.sent, sent{e.From, e.To, raw})
	if len(p.answers) > 0 {
		r := p.answers[0]
		p.answers = p.answers[1:]
		return r
	}
	return courier.Result{Verdict: courier.Accepted, Stage: courier.StageDot}
}

// to is the newest mail that was sent to somebody.
func (p *post) to(t testing.TB, who string) []byte {
	t.Helper()
	for i := len(p.sent) - 1; i >= 0; i-- {
		if p.sent[i].to == who {
			return p.sent[i].raw
		}
	}
	t.Fatalf("no mail was sent to %s", who)
	return nil
}

func (p *post) count(who string) (n int) {
	for _, s := range p.sent {
		if s.to == who {
			n++
		}
	}
	return n
}

// resolver is a DNS that can be out of order.
type resolver struct {
	authentic.Zone
	fails error
}

func (r *resolver) LookupTXT(ctx context.Context, name string) ([]string, error) {
	if r.fails != nil {
		return nil, r.fails
	}
	return r.Zone.LookupTXT(ctx, name)
}

func offers(workflow.Tenant) []mailer.Offer {
	return []mailer.Offer{
		{Category: workflow.SecurityContacts, Name: "security_contacts", Scope: "customer"},
		{Category: workflow.Alerts, Name: "alerts", Scope: "tenant"},
	}
}

// compiler stands in for the export.
type compiler struct{ store *store.Store }

func (c compiler) Carry(ctx context.Context, r workflow.Request, t workflow.Task) (workflow.Outcome, error) {
	p := workflow.Package{
		Blob: "package." + string(t.Effect.ID), File: "dsr-" + r.ID.Locator() + ".zip",
		Passphrase: "passphrase." + string(t.Effect.ID), Encryption: workflow.EncryptPassphrase,
		SHA256: "00",
	}
	if _, err := c.store.Put(ctx, r.ID, p.Passphrase, strings.NewReader("open sesame")); err != nil {
		return workflow.Outcome{}, err
	}
	size, err := c.store.Put(ctx, r.ID, p.Blob, strings.NewReader("data for "+string(r.Ack.Admin)))
	p.Size = size
	return workflow.Outcome{Event: workflow.Event{Type: workflow.PackageBuilt, Package: &p}}, err
}

type keeper struct{}

func (keeper) Carry(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
	return workflow.Outcome{Event: workflow.Event{Type: workflow.Removed}}, nil
}

type always struct{ w *world }

func (a always) CompleteSince() time.Time { return a.w.now }

type observer struct{ t testing.TB }

func (observer) Committed(workflow.Change)           {}
func (o observer) Failed(t workflow.Task, err error) { o.t.Logf("%v: %v", t.Effect, err) }

// chance is the same in every run.
type chance struct {
	mu sync.Mutex
	r  *rand.ChaCha8
}

func newChance(seed byte) *chance { return &chance{r: rand.NewChaCha8([32]byte{seed})} }

func (c *chance) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.r.Read(p)
}
