package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dsrd/dsrd/export/source"
	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/internal/registry"
	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// Options are what a daemon needs beside its configuration. Everything that
// comes from outside the process (time, chance, DNS) is one of them.
type Options struct {
	Config   *config.Config
	Keys     *config.KeyFile
	Log      *slog.Logger
	Now      func() time.Time
	Rand     io.Reader
	Resolver authentic.Resolver
	Ticker   func(time.Duration) (<-chan time.Time, func())
	Sleep    func(ctx context.Context, d time.Duration) error
	Owner    string // names this run of this process in leases
	Version  string // of the program, as metrics tell it
	Embedded bool   // Redis is part of this process: a demonstration or a test

	Sources []source.Source // instead of the configured ones; nil for those

	// Reread gives the configuration as it is now, for Reload; nil: it never changes.
	Reread func() (*config.Config, error)
	// Reference makes of what Redis says of the time what everybody goes by; nil: that.
	Reference func(redis time.Time) time.Time
	// Level is how much Log writes, if that can change; nil if it cannot.
	Level *slog.LevelVar
}

// App is a daemon, assembled.
type App struct {
	options   Options
	store     *store.Store
	registry  *registry.Registry
	engine    *engine.Engine
	worker    *engine.Worker
	courier   *courier.Courier
	mailboxes []*mailbox
	tokens    []*account
	admin     *admin.Server
	letters   *mailer.Postman
	health    *health
	points    *points
	clock     *guarded
	doubts    *doubts
	recovery  *recovery.Recovery
	keeper    *recovery.Keeper // nil: nothing is noted on this machine
	orders    chan order       // to recover, while Run goes on
	wake      chan struct{}
	workDir   string // to be removed; "" for one that was configured

	live      atomic.Pointer[config.Config] // with what was reloaded
	reloading sync.Mutex
	reloaded  atomic.Bool  // the files as they were last read are in force
	unheard   atomic.Bool  // store and requests do not know the registry as it is
	departed  []string     // tenants that left it since; under reloading
	tripped   atomic.Int64 // until when the breaker lets nothing leave, in Unix nanoseconds
	running   atomic.Bool  // Run recognises the store and takes orders

	recognising sync.Mutex
	missing     atomic.Bool                    // the store lacks something, and it was told
	named       atomic.Pointer[inbox.Registry] // the registry as markers know it; nil: to be asked for
	replicas    atomic.Int64                   // that work on this store, as last heard; 0: not known
	nodes       atomic.Pointer[[]string]       // the servers of Redis, as they were last seen
	telling
}

// New connects to Redis, checks it, and puts the rooms together. It sends and
// reads no mail.
func New(ctx context.Context, o Options) (*App, error) {
	clock := &guarded{wall: o.Now, slack: time.Duration(o.Config.Timing.ClockSlack)}
	o.Now = clock.Now
	a := &App{
		clock:   clock,
		options: o, wake: make(chan struct{}, 1), orders: make(chan order), doubts: newDoubts(),
		health: newHealth(o.Log, o.Now), points: newPoints(o.Log),
	}
	a.live.Store(o.Config)
	a.reloaded.Store(true)
	a.unheard.Store(true) // nobody knows what became of it while nobody ran
	a.openMetrics()
	if err := a.open(ctx); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

func (a *App) open(ctx context.Context) (err error) {
	c := a.options.Config
	if a.store, err = a.openStore(ctx); err != nil {
		return err
	}
	a.registry, err = registry.Open(c.Tenants.Files, defaultsOf(c))
	if err != nil {
		return err
	}
	a.engine = &engine.Engine{
		Store: committing{a.store, a}, Now: a.options.Now,
		Observer: observer{telemetry.Observer{Log: a.options.Log, Metrics: a.metrics}, a.health},
	}
	if err := a.openTokens(); err != nil {
		return err
	}
	if err := a.openMail(); err != nil {
		return err
	}
	if err := a.openRecovery(); err != nil {
		return err
	}
	return a.openWorker()
}

// openStore refuses a Redis that would forget what it confirmed.
func (a *App) openStore(ctx context.Context) (*store.Store, error) {
	c := a.options.Config
	want, err := redisOf(c.Redis, tlsConfig)
	if err != nil {
		return nil, err
	}
	want.Embedded, want.AcceptDataLoss = a.options.Embedded, c.Redis.AcceptDataLoss
	want.MasterKey, want.BlobDir = a.options.Keys.Master, c.Delivery.BlobDir
	want.BlobInRedisMax = int64(c.Delivery.BlobInRedisMax)
	want.Rand, want.Now = a.options.Rand, a.options.Now
	want.Dial = a.points.dial("redis", nil)
	if dir := c.Delivery.BlobDir; dir != "" { // if it cannot be made, it is told when it is used
		_ = os.MkdirAll(dir, 0o700)
	}
	s, err := store.Open(ctx, want)
	if err != nil {
		return nil, err
	}
	findings, err := s.CheckDurability(ctx)
	for _, f := range findings {
		a.options.Log.Warn("redis may lose what it confirmed", "finding", f.String())
	}
	a.metrics.Durability(a.options.durability(findings))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start on this redis: %w", err), s.Close())
	}
	return s, nil
}

func (a *App) openWorker() error {
	postman, err := a.postman()
	if err != nil {
		return err
	}
	compiler, err := a.compiler()
	if err != nil {
		return err
	}
	a.worker = &engine.Worker{
		Engine: a.engine, Due: claims{a.store, a}, Scans: a,
		Waits:    waits(a.options.Config.Timing),
		Gate:     gate{a.store, a.options.Now, a.doubts},
		Twice:    a.twice,
		Clock:    engine.Clock{Now: a.clock.Now, Trusted: a.clock.Trusted},
		Parallel: max(engine.DefaultParallel, a.options.Config.SMTP.Connections),
		Tick:     a.options.Ticker, Carriers: map[workflow.EffectType]engine.Carrier{
			workflow.Compile:        compiler,
			workflow.RemovePackage:  keeper{a.store},
			workflow.RemovePersonal: keeper{a.store},
		},
	}
	if c := a.copyist(); c != nil {
		a.worker.Carriers[workflow.KeepCopy] = c
	}
	a.letters = postman
	for _, t := range letters {
		a.worker.Carriers[t] = postman
	}
	a.countCarriers()
	a.admin = a.equipped(&admin.Server{
		Queue: queue{a.store}, Events: awake{stepping{a.engine, a.metrics, nil}, a}, Log: a.options.Log,
		Chance: a.options.Rand, Status: a.status,
	})
	a.admin.Mails = replaying{a.admin.Mails, a}
	a.admin.Probes = &prober{app: a, postman: postman}
	return nil
}

// letters are the effects that the mailer carries out.
var letters = []workflow.EffectType{
	workflow.SendConfirmation, workflow.SendReminder, workflow.SendQuestion, workflow.SendWhich,
	workflow.SendDeclined, workflow.SendRefusal, workflow.SendReceipt, workflow.SendPackage,
	workflow.SendPassphrase, workflow.SendEscalation, workflow.SendHeld,
}

// farewell bounds the logouts: a server that says nothing must not hold us.
const farewell = 2 * time.Second

// Close ends all connections.
func (a *App) Close() error {
	ctx, done := context.WithTimeout(context.Background(), farewell)
	defer done()
	var leaving sync.WaitGroup
	for _, m := range a.mailboxes {
		leaving.Go(func() { m.box.Close(ctx) })
	}
	leaving.Wait()
	if a.courier != nil {
		a.courier.Close()
	}
	var errs []error
	if a.workDir != "" {
		errs = append(errs, os.RemoveAll(a.workDir))
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	a.points.close()
	return errors.Join(errs...)
}

func (a *App) status() map[string]any {
	return map[string]any{
		"scanned_at": a.CompleteSince(), "mailboxes": len(a.mailboxes),
		"accept_data_loss": a.options.Config.Redis.AcceptDataLoss, "failing": a.health.list(),
		"waits_for": a.waitsFor(),
	}
}

var _ mailer.Workflow = (*engine.Engine)(nil)
