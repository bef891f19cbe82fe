package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"filippo.io/age"
	"github.com/alicebob/miniredis/v2"

	"github.com/dsrd/dsrd/export/source"
	"github.com/dsrd/dsrd/export/source/defender"
	"github.com/dsrd/dsrd/export/source/defender/defendertest"
	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// The people and places of this world.
const (
	Desk        = "dsr-requests@provider.example"
	Anna        = "anna.admin@acme.example"    // Account Administrator of acme
	Records     = "records@acme.example"       // acme's second contact
	Bob         = "bob.admin@globex.example"   // Reader of globex
	Secretary   = "secretary@globex.example"   // globex's second contact
	Jane        = "jane.roe@customer.example"  // a customer of acme
	Joe         = "joe.bloggs@buyer.example"   // a customer of globex
	Stranger    = "stranger@elsewhere.example" // nobody's customer
	acmeAzure   = "11111111-1111-1111-1111-111111111111"
	globexAzure = "22222222-2222-2222-2222-222222222222"
)

// Options of a world.
type Options struct {
	Dir     string // for configuration, keys and blobs; private
	Clock   *Clock
	Log     *slog.Logger
	Hook    mailtest.Hook // interferes with the submission of our mail
	Extra   string        // further lines of dsrd.yaml
	Letters string        // folder with letters of one's own
	Slots   string        // when packages are compiled, a cron spec; "" is every night at 2:30
}

// World is everything around one dsrd, and that dsrd.
type World struct {
	Clock *Clock
	Post  *mailtest.Post
	Redis *miniredis.Miniredis
	Azure *defendertest.Server
	App   *app.App
	Dir   string
	// Anna's age identity opens what is sent to her.
	Identity *age.X25519Identity
	// Recorded are all mails that were sent from outside, oldest first.
	Recorded []Recorded

	Config  *config.Config
	options Options
	keys    *config.KeyFile
	signers *signers
	mails   int
	started bool
	mu      sync.Mutex
}

// Recorded is a mail as it was handed over.
type Recorded struct {
	What, From, To string
	At             time.Time
	Raw            []byte
}

// New builds a world with an idle dsrd in it. The caller closes it.
func New(ctx context.Context, o Options) (*World, error) {
	w := &World{Clock: o.Clock, Dir: o.Dir, options: o}
	for _, step := range []func() error{w.openServers, w.openPeople, w.writeFiles} {
		if err := step(); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	if err := w.Start(ctx); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *World) openServers() (err error) {
	w.Post, err = mailtest.NewPost(mailtest.PostConfig{
		Host: "mail.provider.example", Now: w.Clock.Now, Hook: w.options.Hook, Stamp: w.stamp,
	})
	if err != nil {
		return err
	}
	if w.Redis, err = miniredis.Run(); err != nil {
		return fmt.Errorf("start the embedded redis: %v", err)
	}
	data := defendertest.Sample(acmeAzure, Jane)
	for subscription, rows := range defendertest.Sample(globexAzure, Joe) {
		data[subscription] = rows
	}
	w.Azure = defendertest.New(data)
	return nil
}

func (w *World) openPeople() (err error) {
	for _, address := range []string{Desk, Anna, Records, Bob, Secretary, Jane, Joe, Stranger} {
		if err := w.Post.AddUser(address, "secret of "+address); err != nil {
			return err
		}
	}
	w.Post.Alias("confirm@provider.example", Desk)
	w.Post.Alias("bounce@provider.example", Desk)
	if w.Identity, err = age.GenerateX25519Identity(); err != nil {
		return fmt.Errorf("make anna's age key: %v", err)
	}
	w.signers, err = newSigners("acme.example", "globex.example", "customer.example", "buyer.example",
		"elsewhere.example")
	return err
}

// writeFiles writes the files that an operator would.
func (w *World) writeFiles() error {
	smtp, imap := split(w.Post.SMTP.Addr()), split(w.Post.IMAP.Addr())
	files := map[string]string{
		"dsrd.yaml": fmt.Sprintf(configuration, imap.port, smtp.port, w.Redis.Addr(),
			w.options.Letters, w.slots()) + w.options.Extra,
		"tenants.yaml": fmt.Sprintf(tenants, w.Identity.Recipient(), acmeAzure, globexAzure),
		"ca.pem":       string(w.Post.CA.PEM()),
		"password":     "secret of " + Desk + "\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(w.Dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("write the world's configuration: %v", err)
		}
	}
	keys, err := config.NewKeys(rand.Reader, w.Clock.Now())
	if err != nil {
		return err
	}
	w.keys = keys
	return keys.Write(filepath.Join(w.Dir, "keys.yaml"))
}

func (w *World) slots() string {
	if w.options.Slots == "" {
		return "30 2 * * *"
	}
	return w.options.Slots
}

type address struct {
	host string
	port int
}

func split(hostport string) address {
	host, port, _ := net.SplitHostPort(hostport)
	n, _ := strconv.Atoi(port)
	return address{host, n}
}

// Start reads the configuration and assembles a dsrd; after a Stop it is another
// process on the same Redis and mailbox.
func (w *World) Start(ctx context.Context) error {
	o, err := w.Assembly()
	if err != nil {
		return err
	}
	w.Config = o.Config
	if w.App, err = app.New(ctx, o); err != nil {
		return err
	}
	fresh := !w.started
	w.started = true
	return w.App.Trust(ctx, fresh)
}

// Assembly is what a dsrd of this world is made of, read from its files anew: for
// those who start one in another way.
func (w *World) Assembly() (app.Options, error) {
	c, err := config.Load(filepath.Join(w.Dir, "dsrd.yaml"), nil)
	if err != nil {
		return app.Options{}, err
	}
	azure, err := w.source()
	return app.Options{
		Config: c, Keys: w.keys, Log: w.options.Log, Now: w.Clock.Now, Rand: rand.Reader,
		Resolver: w.signers.zone, Ticker: app.Ticker, Sleep: w.sleep, Owner: "demo", Embedded: true,
		Sources: []source.Source{azure},
	}, err
}

// sleep lets the world's time pass instead of ours.
func (w *World) sleep(ctx context.Context, d time.Duration) error {
	w.Clock.Advance(d)
	return ctx.Err()
}

func (w *World) source() (source.Source, error) {
	return defender.New(defender.Config{
		Endpoint: w.Azure.URL(), Credential: w.Azure.Credential(), Roots: w.Azure.Roots(),
		Now: w.Clock.Now, Sleep: w.sleep,
	})
}

// Settle reads the mailbox and carries out what is due until nothing is left.
func (w *World) Settle(ctx context.Context) error {
	for range 20 {
		if err := w.App.Scan(ctx); err != nil {
			return err
		}
		n, err := w.App.RunDue(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
	return errors.New("the world does not settle: something is due again and again")
}

// Pass lets time pass, opens the export slots that come by, and settles.
func (w *World) Pass(ctx context.Context, d time.Duration) error {
	slots, err := engine.ParseSpec(w.Config.Schedules.Export, w.Clock.Now())
	if err != nil {
		return err
	}
	slot := slots.Next(w.Clock.Now())
	w.Clock.Advance(d)
	if err := w.Settle(ctx); err != nil {
		return err
	}
	if slot.After(w.Clock.Now()) {
		return nil
	}
	if err := w.App.OpenSlot(ctx); err != nil {
		return err
	}
	return w.Settle(ctx)
}

// Inbox is what lies in somebody's mailbox, oldest first.
func (w *World) Inbox(who string) ([]mailtest.Stored, error) { return w.Post.IMAP.Stored(who, "INBOX") }

// Latest is the newest mail in somebody's mailbox.
func (w *World) Latest(who string) ([]byte, error) {
	mails, err := w.Inbox(who)
	if err != nil {
		return nil, err
	}
	if len(mails) == 0 {
		return nil, fmt.Errorf("look into the mailbox of %s: it is empty", who)
	}
	return mails[len(mails)-1].Raw, nil
}

// Answer lets somebody answer the newest mail in a mailbox.
func (w *World) Answer(who, text string) error {
	mail, err := w.Latest(who)
	if err != nil {
		return err
	}
	l, err := Reply(mail, who, text, true)
	if err != nil {
		return err
	}
	return w.Write(l)
}

// Operators answers operators on the configured socket until ctx ends.
func (w *World) Operators(ctx context.Context) error {
	l, err := admin.Listen(w.Config.Console.Socket)
	if err != nil {
		return err
	}
	return w.App.Operators(ctx, l)
}

func (w *World) record(what, from, to string, raw []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Recorded = append(w.Recorded, Recorded{what, from, to, w.Clock.Now(), raw})
}

// Close ends everything.
func (w *World) Close() error {
	var errs []error
	if w.App != nil {
		errs = append(errs, w.App.Close())
	}
	if w.Azure != nil {
		w.Azure.Close()
	}
	if w.Redis != nil {
		w.Redis.Close()
	}
	if w.Post != nil {
		errs = append(errs, w.Post.Close())
	}
	return errors.Join(errs...)
}

// Requests are all requests there are, as the store has them.
func (w *World) Requests(ctx context.Context) ([]workflow.Request, error) { return w.App.Requests(ctx) }
