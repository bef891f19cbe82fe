package telemetry_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/workflow"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func at() time.Time { return noon }

// idle watches a daemon that has nothing to do.
func idle() *telemetry.Watch { return standing(telemetry.Standing{RedisUp: true}) }

func standing(s telemetry.Standing) *telemetry.Watch {
	return telemetry.NewWatch(func(context.Context) telemetry.Standing { return s }, at)
}

func scrape(t *testing.T, m *telemetry.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("got status %d, %v: %s", w.Code, err, body)
	}
	return string(body)
}

// has wants lines of the page, as they stand.
func has(t *testing.T, page string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(page, "\n"+line+"\n") {
			name, _, _ := strings.Cut(line, " ")
			t.Errorf("%q is not there, but %q", line, linesWith(page, name))
		}
	}
}

func linesWith(page, text string) (found []string) {
	for _, line := range strings.Split(page, "\n") {
		if strings.HasPrefix(line, text) {
			found = append(found, line)
		}
	}
	return found
}

func TestWhatHappensIsCounted(t *testing.T) {
	m := telemetry.NewMetrics("v1.2.3", at, idle())
	retry := workflow.Outcome{Retry: noon}
	event := func(e workflow.EventType) workflow.Outcome {
		return workflow.Outcome{Event: workflow.Event{Type: e}}
	}
	held := change(workflow.Held, workflow.AwaitingConfirmation, workflow.AwaitingConfirmation)
	held.Entry.Event.Rule = "intake/same-id-other-text"
	for _, k := range []struct {
		name string
		do   func()
		want []string
	}{
		{"a change", func() { m.Committed(change(workflow.Acknowledged, "", workflow.Confirmed)) },
			[]string{`dsrd_transitions_total{event="acknowledged"} 1`}},
		{"an answer that is held counts as a mail, not twice", func() {
			m.Committed(change(workflow.Held, "", ""))
			m.MailRead("human", workflow.MailHeld, "ack/from")
		}, []string{
			`dsrd_held_total{reason="ack/from"} 1`, `dsrd_mail_total{kind="human",result="held"} 1`,
		}},
		{"an old mail with another text", func() { m.Committed(held) },
			[]string{`dsrd_held_total{reason="intake/same-id-other-text"} 1`}},
		{"a mail that starts a request", func() { m.MailRead("human", workflow.MailStarted, "ack/from") },
			[]string{`dsrd_mail_total{kind="human",result="started"} 1`, `dsrd_held_total{reason="ack/from"} 1`}},
		{"a mail set aside unread", func() { m.MailRead("", workflow.MailQuarantined, "oversize") },
			[]string{`dsrd_mail_total{kind="unread",result="quarantined"} 1`}},
		{"a mail that is tried again", func() { m.MailRead("human", "", "") },
			[]string{`dsrd_mail_total{kind="human",result="put_off"} 1`}},
		{"a letter taken", func() { m.MailSent(workflow.SendReminder, "accepted", false) },
			[]string{`dsrd_mail_total{kind="reminder",result="accepted"} 1`, `dsrd_ambiguous_total 0`}},
		{"a letter refused for now", func() { m.MailSent(workflow.SendReminder, "refused", true) },
			[]string{`dsrd_mail_total{kind="reminder",result="temporary"} 1`}},
		{"a letter refused for good", func() { m.MailSent(workflow.SendReminder, "refused", false) },
			[]string{`dsrd_mail_total{kind="reminder",result="refused"} 1`}},
		{"a letter that may have arrived", func() { m.MailSent(workflow.SendPackage, "ambiguous", false) },
			[]string{`dsrd_mail_total{kind="package",result="ambiguous"} 1`, `dsrd_ambiguous_total 1`}},
		{"an event refused", func() { m.Refused(workflow.SlotOpened) },
			[]string{`dsrd_transition_refused_total{event="slot_opened"} 1`}},
		{"a task that failed", func() {
			m.Failed(workflow.Task{Effect: &workflow.Effect{Type: workflow.Compile}}, errors.New("no"))
			m.Failed(workflow.Task{}, errors.New("no"))
		}, []string{`dsrd_task_failures_total{task="compile"} 1`, `dsrd_task_failures_total{task="timer"} 1`}},
		{"orders carried out", func() {
			m.Carried(workflow.Compile, event(workflow.PackageBuilt), nil)
			m.Carried(workflow.Compile, event(workflow.CompileFailed), nil)
			m.Carried(workflow.SendReceipt, event(workflow.EffectDropped), nil)
			m.Carried(workflow.SendPackage, retry, nil)
			m.Carried(workflow.SendPackage, retry, errors.New("no"))
			m.Carried(workflow.SendPackage, workflow.Outcome{Retry: noon, Uncounted: true}, nil)
			m.Carried(workflow.SendPackage, event(workflow.AdminChanged), nil)
		}, []string{
			`dsrd_effects_total{result="done",type="compile"} 1`, `dsrd_effects_total{result="failed",type="compile"} 1`,
			`dsrd_effects_total{result="dropped",type="send_receipt"} 1`,
			`dsrd_effects_total{result="put_off",type="send_package"} 1`,
			`dsrd_effects_total{result="error",type="send_package"} 1`,
			`dsrd_effects_total{result="waits",type="send_package"} 1`,
			`dsrd_effects_total{result="other",type="send_package"} 1`,
		}},
		{"a redis that is safe", func() { m.Durability(telemetry.Durable) }, []string{
			`dsrd_redis_durability{mode="durable"} 1`, `dsrd_redis_durability{mode="lossy"} 0`}},
		{"a redis that is not", func() { m.Durability(telemetry.Lossy) }, []string{
			`dsrd_redis_durability{mode="durable"} 0`, `dsrd_redis_durability{mode="lossy"} 1`}},
		{"this program", func() {}, []string{`dsrd_build_info{version="v1.2.3"} 1`}},
	} {
		k.do()
		page := scrape(t, m)
		t.Run(k.name, func(t *testing.T) { has(t, page, k.want...) })
	}
	for _, name := range []string{"go_goroutines ", "process_open_fds ", "process_start_time_seconds "} {
		if linesWith(scrape(t, m), name) == nil {
			t.Errorf("there is no %s", name)
		}
	}
}

func TestHowThingsStandIsAskedAtEachScrape(t *testing.T) {
	full := telemetry.Standing{
		RedisUp: true, Requests: map[workflow.State]int64{workflow.Stuck: 3},
		UnprocessedSince: noon.Add(-time.Minute), OutboxSince: noon.Add(-time.Hour),
		NearestDeadline: noon.Add(-2 * time.Second), Paused: true, Failing: 2, Reload: true, Breaker: true,
		Scans:  map[string]time.Time{"dsr": noon, "other": {}},
		Tokens: map[string]time.Time{"office": noon.Add(90 * time.Second), "none": {}},
	}
	has(t, scrape(t, telemetry.NewMetrics("v1", at, standing(full))),
		`dsrd_redis_up 1`, `dsrd_requests{state="stuck"} 3`, `dsrd_requests{state="confirmed"} 0`,
		`dsrd_oldest_unprocessed_seconds 60`, `dsrd_outbox_oldest_seconds 3600`, `dsrd_deadline_seconds -2`,
		`dsrd_paused 1`, `dsrd_failing 2`, `dsrd_config_reload_success 1`, `dsrd_breaker_open 1`,
		`dsrd_scan_last_success_timestamp_seconds{mailbox="dsr"} 1.7936208e+09`,
		`dsrd_scan_last_success_timestamp_seconds{mailbox="other"} 0`,
		`dsrd_token_expires_seconds{token="office"} 90`, `dsrd_token_expires_seconds{token="none"} 0`)

	ahead := telemetry.Standing{RedisUp: true, OutboxSince: noon.Add(time.Minute)}
	page := scrape(t, telemetry.NewMetrics("v1", at, standing(ahead)))
	has(t, page, `dsrd_outbox_oldest_seconds 0`, `dsrd_oldest_unprocessed_seconds 0`, `dsrd_paused 0`)
	if found := linesWith(page, "dsrd_deadline_seconds"); found != nil {
		t.Errorf("no request is open, yet there is %q", found)
	}
}

// TestRedisThatIsDownLeavesOutWhatItAloneKnows: a stale or zero value would lie.
func TestRedisThatIsDownLeavesOutWhatItAloneKnows(t *testing.T) {
	page := scrape(t, telemetry.NewMetrics("v1", at, standing(telemetry.Standing{
		Failing: 1, Scans: map[string]time.Time{"dsr": noon},
	})))
	has(t, page, `dsrd_redis_up 0`, `dsrd_failing 1`, `dsrd_config_reload_success 0`, `dsrd_breaker_open 0`,
		`dsrd_scan_last_success_timestamp_seconds{mailbox="dsr"} 1.7936208e+09`)
	for _, name := range []string{"dsrd_requests", "dsrd_paused", "dsrd_oldest", "dsrd_outbox", "dsrd_deadline"} {
		if found := linesWith(page, name); found != nil {
			t.Errorf("got %q", found)
		}
	}
}

func TestWatchAsksOnceForAMomentAndEndsInTime(t *testing.T) {
	var mu sync.Mutex
	now, asked := noon, 0
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	ahead := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	w := telemetry.NewWatch(func(ctx context.Context) telemetry.Standing {
		end, bounded := ctx.Deadline()
		if left := time.Until(end); !bounded || left > 3*time.Second {
			t.Errorf("it may take %s", left)
		}
		asked++
		return telemetry.Standing{Failing: asked}
	}, clock)
	want := func(what string, n int) {
		t.Helper()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if s := w.Standing(t.Context()); s.Failing != n {
					t.Errorf("%s: got answer %d, want %d", what, s.Failing, n)
				}
			})
		}
		all.Wait()
	}
	want("at first", 1)
	ahead(time.Second)
	want("a second later", 1)
	ahead(time.Second)
	want("two seconds later", 2)
	ahead(-time.Hour)
	want("after the clock was put back", 3)
}
