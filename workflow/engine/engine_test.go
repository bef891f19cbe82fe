package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

const id = workflow.ID("00abcdefghijklmnopqrstuvwx")

type bench struct {
	ledger  *ledger
	watcher *quiet
	engine  *engine.Engine
	worker  *engine.Worker
	now     time.Time
	ticks   chan time.Time
	scanned time.Time
}

func (b *bench) CompleteSince() time.Time { return b.scanned }

// setUp makes an engine on which one request waits for its confirmation to leave.
func setUp(t *testing.T) *bench {
	t.Helper()
	b := &bench{ledger: newLedger(), watcher: &quiet{}, now: start, ticks: make(chan time.Time)}
	b.engine = &engine.Engine{Store: b.ledger, Observer: b.watcher, Now: func() time.Time { return b.now }}
	b.worker = &engine.Worker{
		Engine: b.engine, Due: b.ledger, Scans: b, Lease: engine.DefaultLease,
		Parallel: engine.DefaultParallel,
		Carriers: map[workflow.EffectType]engine.Carrier{},
		Tick:     func(time.Duration) (<-chan time.Time, func()) { return b.ticks, func() {} },
	}
	born, err := b.engine.Receive(context.Background(), birth(), "op:birth")
	if err != nil || !born.Born {
		t.Fatalf("receive: %+v, %v", born, err)
	}
	return b
}

func birth() workflow.Request {
	return workflow.Request{
		ID: id, TenantID: "acme", Customer: "jane@customer.example", ReceivedAt: start,
		Policy: workflow.DefaultPolicy(), Salt: "salt",
	}
}

const later = workflow.ID("00zyxwvutsrqponmlkjihgfedc")

// again is the birth of another mail that asks for the same.
func again() workflow.Request {
	r := birth()
	r.ID, r.ReceivedAt = later, start.Add(time.Hour)
	r.Mail = workflow.MailRef{Digest: "d2", MessageID: "m2@x"}
	r.Requester = workflow.Requester{Address: "jane@customer.example", Verified: true}
	return r
}

func (b *bench) load(t *testing.T, id workflow.ID) workflow.Request {
	t.Helper()
	r, err := b.ledger.Load(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type carrier func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error)

func (c carrier) Carry(ctx context.Context, r workflow.Request, t workflow.Task) (workflow.Outcome, error) {
	return c(ctx, r, t)
}

func (b *bench) step(t *testing.T, e workflow.Event) workflow.Request {
	t.Helper()
	r, err := b.engine.Step(context.Background(), id, e)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSameMailTwiceIsOneRequest(t *testing.T) {
	b := setUp(t)
	again, err := b.engine.Receive(context.Background(), birth(), "op:again")
	if err != nil || again != (workflow.Birth{}) {
		t.Errorf("got %+v, %v; want the request that was there", again, err)
	}
}

func TestLostRaceIsDecidedAgain(t *testing.T) {
	b := setUp(t)
	b.ledger.before = func() {
		b.step(t, workflow.Event{Type: workflow.OperatorCancelled, Op: "op:rival"})
	}
	_, err := b.engine.Step(context.Background(), id, workflow.Event{Type: workflow.AskAgain, Op: "op:ask"})
	if !errors.Is(err, workflow.Refused) {
		t.Errorf("got %v; want it refused, because a rival cancelled in between", err)
	}
	if r, _ := b.ledger.Load(context.Background(), id); r.State != workflow.Cancelled {
		t.Errorf("the rival's change was overwritten: %s", r.State)
	}
}

func TestRepeatedOperationIsAppliedOnce(t *testing.T) {
	b := setUp(t)
	e := workflow.Event{Type: workflow.Held, Op: "mail:d1", Rule: "ack/from"}
	first := b.step(t, e)
	if again := b.step(t, e); again.Version != first.Version {
		t.Errorf("version %d after the repetition, want %d", again.Version, first.Version)
	}
}

func TestWorkerFinishesEffectWithItsEvent(t *testing.T) {
	b := setUp(t)
	b.worker.Carriers[workflow.SendConfirmation] = carrier(
		func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
			return workflow.Outcome{Event: workflow.Event{Type: workflow.LetterSent}}, nil
		})
	n, err := b.worker.RunDue(context.Background())
	r, _ := b.ledger.Load(context.Background(), id)
	if err != nil || n != 1 || !r.AskedAt.Equal(start) || len(b.ledger.done) != 1 {
		t.Errorf("n %d, err %v, asked %s, done %v", n, err, r.AskedAt, b.ledger.done)
	}
}

func TestUnwantedEffectIsDropped(t *testing.T) {
	b := setUp(t)
	b.step(t, workflow.Event{Type: workflow.OperatorCancelled, Op: "op:cancel"})
	b.worker.Carriers[workflow.SendConfirmation] = carrier(
		func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
			t.Error("carried out an order that no longer stands")
			return workflow.Outcome{}, nil
		})
	if _, err := b.worker.RunDue(context.Background()); err != nil || len(b.ledger.done) != 1 {
		t.Errorf("err %v, done %v", err, b.ledger.done)
	}
}

func TestFailingEffectGoesToAPersonAfterThreeAttempts(t *testing.T) {
	for _, panics := range []bool{false, true} {
		b := setUp(t)
		b.worker.Carriers[workflow.SendConfirmation] = carrier(
			func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
				if panics {
					panic("boom")
				}
				return workflow.Outcome{}, errors.New("boom")
			})
		task := b.ledger.tasks[0]
		for task.Attempts = range 3 {
			b.ledger.tasks = []workflow.Task{task}
			if _, err := b.worker.RunDue(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		r, _ := b.ledger.Load(context.Background(), id)
		if r.State != workflow.Stuck || len(b.ledger.put) != 2 || len(b.watcher.failed) != 3 {
			t.Errorf("panics %v: %s, put off %d times, %d failures", panics, r.State,
				len(b.ledger.put), len(b.watcher.failed))
		}
	}
}

func TestLostClaimStopsTheWork(t *testing.T) {
	b := setUp(t)
	b.ledger.fenced = true
	b.worker.Carriers[workflow.SendConfirmation] = carrier(
		func(ctx context.Context, _ workflow.Request, _ workflow.Task) (workflow.Outcome, error) {
			b.ticks <- b.now // a third of the lease has passed
			<-ctx.Done()
			return workflow.Outcome{Event: workflow.Event{Type: workflow.LetterSent}}, nil
		})
	if _, err := b.worker.RunDue(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(b.ledger.done) != 0 || len(b.watcher.failed) != 1 ||
		!errors.Is(b.watcher.failed[0], workflow.Fenced) {
		t.Errorf("done %v, failures %v", b.ledger.done, b.watcher.failed)
	}
}

func TestMailThatLeftIsWrittenDownWhileStopping(t *testing.T) {
	b := setUp(t)
	ctx, stop := context.WithCancel(context.Background())
	b.worker.Carriers[workflow.SendConfirmation] = carrier(
		func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
			stop() // SIGTERM comes with the relay's 250
			return workflow.Outcome{Event: workflow.Event{Type: workflow.LetterSent}}, nil
		})
	if _, err := b.worker.RunDue(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if r, _ := b.ledger.Load(context.Background(), id); r.AskedAt.IsZero() {
		t.Error("it would be sent again")
	}
}

func TestReminderWaitsForACompleteScan(t *testing.T) {
	b := setUp(t)
	b.ledger.tasks = nil
	b.step(t, workflow.Event{Type: workflow.LetterSent, Op: "op:sent", Order: workflow.SendConfirmation})
	b.now = start.Add(25 * time.Hour)
	timer := workflow.Task{Request: id}

	b.scanned = start.Add(23 * time.Hour)
	b.runTasks(t, timer)
	if r, _ := b.ledger.Load(context.Background(), id); r.Reminded != 0 || len(b.ledger.put) != 1 {
		t.Fatalf("reminded %d, put off %v; an answer may lie unread", r.Reminded, b.ledger.put)
	}

	b.scanned = start.Add(24 * time.Hour)
	b.runTasks(t, timer)
	if r, _ := b.ledger.Load(context.Background(), id); r.Reminded != 1 {
		t.Errorf("reminded %d, want 1", r.Reminded)
	}
}

func TestTimerThatWokeEarlyIsSetAgain(t *testing.T) {
	b := setUp(t)
	b.runTasks(t, workflow.Task{Request: id})
	r, _ := b.ledger.Load(context.Background(), id)
	if len(b.ledger.put) != 1 || !b.ledger.put[0].at.Equal(r.WakeAt) {
		t.Errorf("put off %v, want %s", b.ledger.put, r.WakeAt)
	}
}

func (b *bench) runTasks(t *testing.T, tasks ...workflow.Task) {
	t.Helper()
	b.ledger.tasks = tasks
	b.worker.Carriers[workflow.SendReminder] = carrier(
		func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
			return workflow.Outcome{Retry: b.now.Add(time.Hour), Note: "test"}, nil
		})
	before := len(b.ledger.put)
	if _, err := b.worker.RunDue(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(b.ledger.put) > before+1 { // the reminder's own delay is not the timer's
		b.ledger.put = b.ledger.put[:before+1]
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	b := setUp(t)
	b.ledger.tasks = nil
	ctx, cancel := context.WithCancel(context.Background())
	wake := make(chan struct{})
	ended := make(chan error)
	go func() { ended <- b.worker.Run(ctx, wake) }()
	wake <- struct{}{}
	b.ticks <- start
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestSlowTaskKeepsNobodyWaiting(t *testing.T) {
	b := setUp(t)
	slow, began, quick := make(chan struct{}), make(chan struct{}), make(chan struct{})
	b.worker.Carriers[workflow.SendConfirmation] = carrier(
		func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
			close(began)
			<-slow // a relay that takes ten minutes to answer the dot
			return workflow.Outcome{Event: workflow.Event{Type: workflow.LetterSent}}, nil
		})
	b.worker.Carriers[workflow.SendReceipt] = carrier(
		func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
			close(quick)
			return workflow.Outcome{Event: workflow.Event{Type: workflow.LetterSent}}, nil
		})
	ctx, cancel := context.WithCancel(context.Background())
	wake, ended := make(chan struct{}), make(chan error)
	go func() { ended <- b.worker.Run(ctx, wake) }()
	<-began
	b.ledger.mu.Lock()
	b.ledger.tasks = append(b.ledger.tasks, workflow.Task{
		Request: id, Effect: &workflow.Effect{ID: "e2", Request: id, Type: workflow.SendReceipt},
	})
	b.ledger.mu.Unlock()
	wake <- struct{}{}
	<-quick
	close(slow)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
