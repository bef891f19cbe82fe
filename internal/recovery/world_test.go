package recovery_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/envelope"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/store/storetest"
	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

const (
	anna    = "anna.admin@acme.example"
	ourDesk = "dsr@provider.example"
)

var key = []byte(strings.Repeat("k", 32))

// servers are a mail server and a Redis that several worlds share: each has its own names.
type servers struct {
	imap  *mailtest.IMAP
	redis string
	used  int
}

func newServers(t testing.TB) *servers {
	t.Helper()
	imap, err := mailtest.NewIMAP(mailtest.IMAPConfig{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = imap.Close() })
	return &servers{imap: imap, redis: storetest.Embedded(t)}
}

// world is an installation with a mailbox and a store; only the letters go nowhere.
type world struct {
	t       testing.TB
	ctx     context.Context
	servers *servers
	user    string
	prefix  string
	now     time.Time
	left    []workflow.Effect // letters that left, in their order
	mails   int
	*process
}

// process is what a restart loses.
type process struct {
	store  *store.Store
	engine *engine.Engine
	worker *engine.Worker
	desk   *mailer.Desk
	box    *inbox.Box
}

func (s *servers) world(t testing.TB) *world {
	t.Helper()
	s.used++
	w := &world{
		t: t, ctx: context.Background(), servers: s, user: fmt.Sprintf("desk%d", s.used),
		prefix: fmt.Sprintf("t%d", s.used), now: noon,
	}
	if err := s.imap.AddUser(w.user, "secret"); err != nil {
		t.Fatal(err)
	}
	w.start()
	if _, err := w.store.Found(w.ctx); err != nil {
		t.Fatal(err)
	}
	w.scan()
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// start is a new process on what there is.
func (w *world) start() { w.process = w.open() }

// close ends one.
func (p *process) close() {
	p.box.Close(context.Background())
	_ = p.store.Close()
}

func (w *world) open() *process {
	w.t.Helper()
	s, err := store.Open(w.ctx, store.Config{
		Addrs: []string{w.servers.redis}, Prefix: w.prefix, Embedded: true, Partitions: 2,
		MasterKey: key, Rand: rand.Reader, Now: w.clock,
		Backoff: func(ctx context.Context, _ int) error { return ctx.Err() },
	})
	w.must(err)
	p := &process{store: s}
	p.engine = &engine.Engine{Store: s, Now: w.clock, Observer: silent{}}
	p.desk = w.newDesk(p)
	p.box, err = inbox.New(inbox.Config{
		Name: "dsr", Addr: w.servers.imap.Addr(), TLS: inbox.TLSNone, Credential: w.login,
		MarkerKey: key, MaxLogins: 1000, Now: w.clock, Random: rand.Reader,
	}, cursors{s}, p.desk.Handle)
	w.must(err)
	w.newWorker(p)
	return p
}

func (w *world) clock() time.Time { return w.now }
func (w *world) login(context.Context, bool) (inbox.Login, error) {
	return inbox.Login{User: w.user, Password: "secret"}, nil
}

func (w *world) newDesk(p *process) *mailer.Desk {
	return &mailer.Desk{
		Requests: p.store, Workflow: p.engine, Journal: p.store, Registry: acme{}, Limits: p.store,
		Replays: p.store, Verifier: authentic.New(authentic.Zone{}, authentic.Options{}),
		Second: reader.SecondText, Own: []string{ourDesk},
		Marks: envelope.Marks{
			Reply: "confirm@provider.example", Bounce: "bounce@provider.example",
			Domain: "provider.example", Instance: "provider", Key: []byte("marks"),
		},
		Keys:      mailer.Keys{ID: map[int][]byte{1: key}, IDVersion: 1, Code: key},
		Epoch:     p.store.Epoch,
		Policy:    func(workflow.Tenant) workflow.Policy { return workflow.DefaultPolicy() },
		Partition: func(id string) int { return len(id) % 2 }, Rand: rand.Reader, Now: w.clock,
	}
}

func (w *world) newWorker(p *process) {
	copies := &mailer.Copyist{
		Requests: p.store, Blobs: p.store, Box: p.box, Key: key, Epoch: p.store.Epoch, Now: w.clock,
	}
	p.worker = &engine.Worker{
		Engine: p.engine, Due: p.store, Scans: scanned{w}, Lease: time.Hour, Parallel: 1,
		Tick: func(time.Duration) (<-chan time.Time, func()) { return nil, func() {} },
		Carriers: map[workflow.EffectType]engine.Carrier{
			workflow.Compile: compiler{p.store}, workflow.RemovePackage: keeper{},
			workflow.RemovePersonal: keeper{}, workflow.KeepCopy: copies,
		},
	}
	for _, l := range []workflow.EffectType{
		workflow.SendConfirmation, workflow.SendReminder, workflow.SendDeclined,
		workflow.SendRefusal, workflow.SendPackage, workflow.SendEscalation, workflow.SendQuestion,
	} {
		p.worker.Carriers[l] = sender{w, p}
	}
}

// recovery is the one under test, on a process.
func (w *world) recovery(p *process) *recovery.Recovery {
	return &recovery.Recovery{
		Store: ledger{p.store}, Workflow: p.engine, Copies: readOurs, Memory: cursors{p.store},
		Personal: 730 * 24 * time.Hour, Now: w.clock,
		Mailboxes: []recovery.Mailbox{{
			Name: "dsr", Box: p.box, Desk: recovery.DeskOf(p.desk), Folders: []string{"dsr/INBOX"},
		}},
	}
}

// deliver lets a mail arrive.
func (w *world) deliver(raw string) {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	w.must(w.servers.imap.Deliver(w.user, "INBOX", []byte(raw), w.now))
}

// ask lets somebody ask for the data of a customer.
func (w *world) ask(customer string) {
	w.t.Helper()
	w.mails++
	w.deliver(fmt.Sprintf("From: %s\r\nTo: %s\r\nSubject: My data\r\nDate: %s\r\n"+
		"Message-ID: <m%d@x.example>\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: text/plain; charset=utf-8\r\n\r\nPlease export the data of %s.\r\n",
		customer, ourDesk, w.now.Format(time.RFC1123Z), w.mails, customer))
}

func (w *world) scan() {
	w.t.Helper()
	report, err := w.box.Scan(w.ctx)
	if err != nil || !report.Complete {
		w.t.Fatalf("scan: %+v, %v", report, err)
	}
}

// work carries out what is due, and copies after it.
func (w *world) work() {
	w.t.Helper()
	for range 3 {
		_, err := w.worker.RunDue(w.ctx)
		w.must(err)
		w.now = w.now.Add(2 * time.Second)
	}
}

// requests are all that there are.
func (w *world) requests() map[workflow.ID]workflow.Request {
	w.t.Helper()
	all := map[workflow.ID]workflow.Request{}
	for after := ""; ; {
		page, next, err := w.store.List(w.ctx, store.Query{
			States: workflow.States(), Limit: 500, After: after,
		})
		w.must(err)
		for _, r := range page {
			all[r.ID] = r
		}
		if next == "" {
			return all
		}
		after = next
	}
}

// step applies an event where the law lets it.
func (w *world) step(r workflow.Request, e workflow.Event) {
	w.t.Helper()
	e.Op = fmt.Sprintf("test:%s:%d:%d", e.Type, r.Version, len(w.left))
	_, err := w.engine.Step(w.ctx, r.ID, e)
	if err != nil && !errors.Is(err, workflow.Refused) {
		w.t.Fatal(err)
	}
}

// confirm lets the admin say yes with the live code.
func (w *world) confirm(r workflow.Request) {
	w.t.Helper()
	if r.Challenge != nil {
		w.step(r, workflow.Event{
			Type: workflow.Acknowledged, Actor: "admin", Admin: r.Challenge.Admin, Arrived: w.now,
			Role: workflow.Owner, Number: r.Challenge.Number, Mail: "digest of the answer",
		})
	}
}

// mark writes a checkpoint.
func (w *world) mark() {
	w.t.Helper()
	r := w.recovery(w.process)
	w.must(r.Mark(w.ctx, r.Mailboxes[0]))
}

// lose ends the process and empties the store.
func (w *world) lose() {
	w.close()
	for some := range slices.Chunk(w.keys("{"+w.prefix+":*"), 1000) {
		w.raw(append([]string{"DEL"}, some...)...)
	}
	w.start()
}

// save keeps the store as it is now; back ends the process and puts it back.
func (w *world) save() {
	for _, k := range w.keys("{" + w.prefix + ":*") {
		w.raw("COPY", k, "saved "+k, "REPLACE")
	}
}

func (w *world) back() {
	w.lose()
	for _, k := range w.keys("saved {" + w.prefix + ":*") {
		w.raw("COPY", k, strings.TrimPrefix(k, "saved "))
	}
	w.close()
	w.start()
}

func (w *world) keys(pattern string) (keys []string) {
	for _, k := range w.raw("KEYS", pattern).([]any) {
		keys = append(keys, k.(string))
	}
	return keys
}

func (w *world) raw(words ...string) any {
	w.t.Helper()
	h := storetest.Harness{Config: store.Config{Addrs: []string{w.servers.redis}}}
	return h.Raw(w.t, words...)
}

// copies counts the mails in Sent.
func (w *world) copies() int {
	w.t.Helper()
	stored, err := w.servers.imap.Stored(w.user, "DSRD/Sent")
	w.must(err)
	return len(stored)
}

// count is how many letters of a kind left.
func (w *world) count(kind workflow.EffectType) (n int) {
	for _, e := range w.left {
		if e.Type == kind {
			n++
		}
	}
	return n
}

// acme is the registry.
type acme struct{}

func (acme) Lookup(_ context.Context, c workflow.Address) (workflow.Tenant, error) {
	if !strings.HasSuffix(string(c), "@customer.example") {
		return workflow.Tenant{}, workflow.NotFound
	}
	return acme{}.Tenant(context.Background(), "acme")
}

func (acme) Tenant(context.Context, string) (workflow.Tenant, error) {
	return workflow.Tenant{
		ID: "acme", Name: "Acme", Domains: []string{"customer.example"},
		Admins: []workflow.Admin{{Address: anna, Role: workflow.Owner}},
	}, nil
}

// sender is a postman whose relay takes everything.
type sender struct {
	w *world
	p *process
}

func (s sender) Carry(
	ctx context.Context, r workflow.Request, t workflow.Task,
) (workflow.Outcome, error) {
	id := "<" + string(t.Effect.ID) + "@provider.example>"
	if t.Effect.Type == workflow.SendConfirmation || t.Effect.Type == workflow.SendReminder {
		_, err := s.p.engine.Step(ctx, r.ID, workflow.Event{
			Type: workflow.CodeIssued, Op: "code " + string(t.Effect.ID), Actor: "daemon",
			Challenge: &workflow.Challenge{
				Admin: anna, CodeHash: "hash", Effect: t.Effect.ID, Number: r.Codes + 1, MessageID: id,
				Epoch: s.p.store.Epoch(),
			},
		})
		if err != nil {
			return workflow.Outcome{}, err
		}
	}
	mail := "From: " + ourDesk + "\r\nTo: " + anna + "\r\nSubject: letter\r\nMessage-ID: " + id +
		"\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n"
	_, err := s.p.store.Put(ctx, r.ID, "mail."+string(t.Effect.ID), strings.NewReader(mail))
	if err != nil {
		return workflow.Outcome{}, err
	}
	s.w.left = append(s.w.left, *t.Effect)
	e := workflow.Event{Type: workflow.LetterSent, Keep: true}
	if t.Effect.Type == workflow.SendPackage {
		e.Type = workflow.PackageSent
	}
	return workflow.Outcome{Event: e, Left: true}, nil
}

type compiler struct{ store *store.Store }

func (c compiler) Carry(
	ctx context.Context, r workflow.Request, t workflow.Task,
) (workflow.Outcome, error) {
	p := workflow.Package{
		Blob: "package." + string(t.Effect.ID), File: "data.zip", SHA256: "00",
		Encryption: workflow.EncryptNone,
	}
	_, err := c.store.Put(ctx, r.ID, p.Blob, strings.NewReader("data for "+string(r.Ack.Admin)))
	return workflow.Outcome{Event: workflow.Event{Type: workflow.PackageBuilt, Package: &p}}, err
}

type keeper struct{}

func (keeper) Carry(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
	return workflow.Outcome{Event: workflow.Event{Type: workflow.Removed}}, nil
}

type scanned struct{ w *world }

func (s scanned) CompleteSince() time.Time { return s.w.now }

type silent struct{}

func (silent) Committed(workflow.Change)   {}
func (silent) Failed(workflow.Task, error) {}

// cursors are kept in the store, as by the daemon.
type cursors struct{ store *store.Store }

func (c cursors) Cursor(ctx context.Context, mailbox string) (inbox.Cursor, error) {
	known, err := c.store.Cursor(ctx, mailbox)
	return inbox.Cursor(known), err
}

func (c cursors) SaveCursor(ctx context.Context, mailbox string, at inbox.Cursor) error {
	return c.store.SaveCursor(ctx, mailbox, store.Cursor(at))
}

// ledger is the store as a recovery sees it.
type ledger struct{ *store.Store }

func (l ledger) Standing(ctx context.Context) (recovery.Standing, error) {
	g, err := l.Generation(ctx)
	return standingOf(g), err
}

func (l ledger) Begin(ctx context.Context, epoch int64, ancestor string) (recovery.Standing, error) {
	g, err := l.BeginRecovery(ctx, epoch, ancestor)
	return standingOf(g), err
}

func (l ledger) End(ctx context.Context, epoch int64) error { return l.EndRecovery(ctx, epoch) }

func standingOf(g store.Generation) recovery.Standing {
	return recovery.Standing{
		Seen: recovery.Seen{
			Generation: g.ID, Epoch: g.Epoch, Sequence: g.Sequence, Sequences: g.Sequences,
		},
		Phase: recovery.Phase(g.Phase), Ancestors: g.Ancestors, Empty: g.Empty, Created: g.Created,
	}
}

func readOurs(raw []byte) (recovery.Copy, error) { return recovery.ReadCopy(raw, key) }
