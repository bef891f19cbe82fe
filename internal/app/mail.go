package app

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/mailer/envelope"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/templates"
	"github.com/dsrd/dsrd/workflow"
)

// openMail makes each mailbox its desk and its box.
func (a *App) openMail() error {
	for _, c := range a.options.Config.Mailboxes {
		m := &mailbox{app: a, config: c, name: c.Name, wake: make(chan struct{}, 1), desk: a.desk(c)}
		box, err := a.boxConfig(c)
		if err != nil {
			return err
		}
		box.Watching = m.watching
		if m.box, err = inbox.New(box, memory{a.store}, m.handle); err != nil {
			return fmt.Errorf("mailbox %s: %w", c.Name, err)
		}
		a.mailboxes = append(a.mailboxes, m)
	}
	return nil
}

// rebuildingDesk is the desk of a mailbox for a recovery, which asks for the key of each mail
// that was ever read: of a name server that hangs it asks a few times a minute.
func (a *App) rebuildingDesk(m config.Mailbox) *mailer.Desk {
	d := a.desk(m)
	names := &authentic.Impatient{DNS: a.resolver(), Most: 3, After: time.Minute, Now: a.options.Now}
	d.Verifier = authentic.New(names, authentic.Options{AuthServID: m.AuthservID})
	return d
}

// desk is one for each mailbox: whom it believes about senders is that mailbox's own
// server.
func (a *App) desk(m config.Mailbox) *mailer.Desk {
	return &mailer.Desk{
		Requests: a.store, Workflow: stepping{a.engine, a.metrics, a.points}, Registry: a.registry,
		Journal: journaling{a.store, a}, Limits: a.store, Replays: a.store,
		Epoch:    a.store.Epoch,
		Verifier: authentic.New(a.resolver(), authentic.Options{AuthServID: m.AuthservID}),
		Second:   reader.SecondText, Marks: a.marks(), Own: a.ownAddresses(), Keys: a.mailKeys(),
		Policy: a.policy, Partition: a.partition, Cooling: a.cooling, Suppression: a.store,
		Probes: probeBook{a.store, a.options.Now}, Rand: a.options.Rand, Now: a.options.Now,
	}
}

func (a *App) boxConfig(m config.Mailbox) (inbox.Config, error) {
	roots, err := tlsConfig(m.CAFile, m.Host)
	if err != nil {
		return inbox.Config{}, err
	}
	t, mechanism := a.options.Config.Timing, ""
	if m.Auth != "password" {
		mechanism = strings.ToUpper(m.Auth)
	}
	return inbox.Config{
		Mechanism: mechanism, Name: m.Name, Addr: net.JoinHostPort(m.Host, strconv.Itoa(m.Port)),
		TLS: inbox.Mode(m.Security), TLSConfig: roots, Credential: a.login(m),
		Folder: m.Folder, Junk: m.Junk, Root: m.Root, After: inbox.After(m.After),
		MaxBytes: int64(m.MaxBytes), MaxLogins: t.Logins,
		Pauses:          inbox.Pauses{First: time.Duration(t.ReconnectFirst), Longest: time.Duration(t.ReconnectLongest)},
		Timeouts:        inbox.Timeouts{Silence: time.Duration(t.IMAPSilence)},
		Dial:            a.points.dial("imap", nil),
		ProcessExisting: a.options.Config.Policy.ProcessOld,
		MarkerKey:       a.options.Keys.Marker, Host: a.marks().Domain,
		Now: a.options.Now, Random: a.options.Rand,
	}, nil
}

// login reads the password anew at each login: a rotated file counts at once. A
// token is renewed by itself, and at once when the server refused it.
func (a *App) login(m config.Mailbox) inbox.Credential {
	if t := a.account(m.Token); t != nil {
		return func(ctx context.Context, refused bool) (inbox.Login, error) {
			access, err := t.token(ctx, refused)
			return inbox.Login{User: m.User, Token: access}, err
		}
	}
	return func(context.Context, bool) (inbox.Login, error) {
		password, err := read(m.Password)
		return inbox.Login{User: m.User, Password: password}, err
	}
}

func (a *App) postman() (*mailer.Postman, error) {
	var own fs.FS
	if dir := a.options.Config.Delivery.LettersDir; dir != "" {
		own = os.DirFS(dir)
	}
	words, err := templates.Load(own)
	if err != nil {
		return nil, err
	}
	s := a.options.Config.SMTP
	roots, err := tlsConfig(s.CAFile, s.Host)
	if err != nil {
		return nil, err
	}
	server := courier.Server{
		Host: s.Host, Port: s.Port, TLS: courier.Security(s.Security), TLSConfig: roots, HELO: s.HELO,
		User: s.User, Idle: a.points.kept(s.Connections),
		Password: func(context.Context) (string, error) { return read(s.Password) },
		Timeouts: courier.Timeouts{
			Command: time.Duration(a.options.Config.Timing.SMTPCommand),
			Dot:     time.Duration(a.options.Config.Timing.SMTPDot),
		},
	}
	server.Dial = a.points.dial("smtp", nil)
	if t := a.account(s.Token); t != nil {
		server.Password, server.Token, server.AuthMech = nil, t.token, s.Auth
	}
	a.courier = courier.New(server, time.Now)
	p := a.options.Config.Policy
	return &mailer.Postman{
		Requests: a.store, Workflow: stepping{a.engine, a.metrics, nil}, Registry: a.registry,
		Limits: a.store, Blobs: a.points.blobs(a.store),
		Courier: relaying{a.courier, a.metrics, a.health, a.points}, Letters: words, Catalog: a.catalog,
		Marks: a.marks(), From: s.From,
		Provider: s.FromName, Contact: p.Contact, CodeKey: a.options.Keys.Code, Epoch: a.store.Epoch,
		Breaker: mailer.Breaker{
			Limit: p.BreakerLimit, Window: time.Duration(p.BreakerWindow), Tripped: a.breakerTripped,
		},
		Asks:  mailer.Lane{Hour: p.AsksAnHour, Day: p.AsksADay},
		Retry: retries(s.Retry), MaxBytes: int64(s.MaxBytes), Cooling: a.cooling, Suppression: a.store,
		ReceiptEvery: time.Duration(p.ReceiptEvery), Sending: a.sending, Keep: a.keepsSent(),
		Rand: a.options.Rand, Now: a.options.Now,
	}, nil
}

// copyist keeps what proves a letter in the first mailbox that takes it.
func (a *App) copyist() *mailer.Copyist {
	for _, m := range a.mailboxes {
		if m.config.KeepsSent() {
			return &mailer.Copyist{
				Requests: a.store, Blobs: a.store, Box: m.box, Key: a.options.Keys.Marker,
				Epoch: a.store.Epoch, Now: a.options.Now,
			}
		}
	}
	return nil
}

func (a *App) keepsSent() bool { return a.copyist() != nil }

func retries(r config.Retry) courier.Schedule {
	return courier.Schedule{
		First: time.Duration(r.First), Longest: time.Duration(r.Longest), For: time.Duration(r.For),
		Ambiguous: time.Duration(r.Ambiguous),
	}
}

func (a *App) marks() envelope.Marks {
	s := a.options.Config.SMTP
	return envelope.Marks{
		Reply: s.Reply, Bounce: s.Bounce, Domain: workflow.Address(s.From).Domain(),
		Instance: workflow.Address(s.From).Domain(), Key: a.options.Keys.Marks,
	}
}

func (a *App) ownAddresses() []string {
	s := a.options.Config.SMTP
	own := []string{s.From, s.Reply, s.Bounce}
	for _, m := range a.options.Config.Mailboxes {
		own = append(append(own, m.Address), m.Aliases...)
	}
	return own
}

func (a *App) mailKeys() mailer.Keys {
	k := mailer.Keys{ID: map[int][]byte{}, Code: a.options.Keys.Code}
	for _, v := range a.options.Keys.IDs {
		k.ID[v.Version], k.IDVersion = v.Key, v.Version
	}
	return k
}

// policy is what a request of that tenant is born with.
func (a *App) policy(t workflow.Tenant) workflow.Policy {
	c := a.live.Load()
	p := workflow.Policy{
		Capacity: t.Capacity, Regime: workflow.Regime(c.Policy.Regime), CodeLife: time.Duration(c.Policy.CodeLife),
		Questions: c.Policy.Questions, Receipt: c.Policy.Receipt, Confirm: t.Confirm,
		PackageKept: time.Duration(c.Retention.Package), PersonalKept: time.Duration(c.Retention.Personal),
	}
	if t.Regime != "" {
		p.Regime = t.Regime
	}
	if t.SecondContact != "" {
		p.Escalations = c.Policy.Escalations
	}
	for _, d := range c.Policy.Reminders {
		p.Reminders = append(p.Reminders, time.Duration(d))
	}
	for _, d := range c.Policy.Alarms {
		p.Alarms = append(p.Alarms, time.Duration(d))
	}
	return p
}

// memory keeps the inbox's cursors in the store.
type memory struct{ store *store.Store }

func (m memory) Cursor(ctx context.Context, mailbox string) (inbox.Cursor, error) {
	c, err := m.store.Cursor(ctx, mailbox)
	return inbox.Cursor(c), err
}

func (m memory) SaveCursor(ctx context.Context, mailbox string, c inbox.Cursor) error {
	return m.store.SaveCursor(ctx, mailbox, store.Cursor(c))
}
