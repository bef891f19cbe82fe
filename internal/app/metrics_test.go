package app_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dsrd/dsrd/export/source/defender/defendertest"
	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/dsrd/dsrd/store"
)

// series are a scrape: name with labels, and value.
type series map[string]float64

// scrape asks a daemon for its metrics, past what it remembers of the last time.
func (p *place) scrape(t *testing.T, a *app.App) series {
	t.Helper()
	p.Clock.Advance(2 * time.Second)
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	all := series{}
	for lines := bufio.NewScanner(w.Body); lines.Scan(); {
		name, value, ok := strings.Cut(lines.Text(), "} ")
		if ok {
			name += "}"
		} else {
			name, value, _ = strings.Cut(lines.Text(), " ")
		}
		if v, err := strconv.ParseFloat(value, 64); err == nil && !strings.HasPrefix(name, "#") {
			all[name] = v
		}
	}
	return all
}

// counter tells the series that only rise.
func (s series) counters() series {
	found := series{}
	for name, v := range s {
		if bare, _, _ := strings.Cut(name, "{"); strings.HasPrefix(name, "dsrd_") && strings.HasSuffix(bare, "_total") {
			found[name] = v
		}
	}
	return found
}

// since is what rose, and by how much.
func (s series) since(before series) series {
	rose := series{}
	for name, v := range s.counters() {
		if v != before[name] {
			rose[name] = v - before[name]
		}
	}
	return rose
}

// step is something that happens, and what must be seen of it.
type step struct {
	name string
	do   func(*testing.T, *place)
	rose map[string]float64 // counters: at least these, by so much
	is   map[string]float64 // gauges afterwards
}

const (
	inHuman = `dsrd_mail_total{kind="human",result=`
	order   = `dsrd_effects_total{result=`
	event   = `dsrd_transitions_total{event=`
	inState = `dsrd_requests{state=`
)

// reply answers Anna's newest mail in a manner of one's own.
func reply(change func(*demo.Letter)) func(*testing.T, *place) {
	return func(t *testing.T, p *place) {
		t.Helper()
		p.Clock.Advance(time.Minute)
		mail, err := p.Latest(demo.Anna)
		must(t, err)
		l, err := demo.Reply(mail, demo.Anna, "CONFIRM", true)
		must(t, err)
		change(&l)
		must(t, p.Write(l))
		must(t, p.Settle(t.Context()))
	}
}

func settled(do func(*testing.T, *place)) func(*testing.T, *place) {
	return func(t *testing.T, p *place) {
		t.Helper()
		p.Clock.Advance(time.Minute)
		do(t, p)
		must(t, p.Settle(t.Context()))
	}
}

// relayed lets the relay answer so at a stage, once.
func relayed(stage mailtest.Stage, answer error, do func(*testing.T, *place)) func(*testing.T, *place) {
	return func(t *testing.T, p *place) {
		t.Helper()
		var met atomic.Bool
		p.Post.SMTP.SetHook(func(_ context.Context, s mailtest.Stage, _ mailtest.Envelope) error {
			if s != stage || !met.CompareAndSwap(false, true) {
				return nil
			}
			return answer
		})
		defer p.Post.SMTP.SetHook(nil)
		do(t, p)
		if !met.Load() {
			t.Error("the relay was not asked")
		}
	}
}

// refused orders what is no longer possible.
func refused(t *testing.T, p *place) {
	t.Helper()
	all, err := p.Requests(t.Context())
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Operators(ctx) }()
	client := admin.NewClient(p.Config.Console.Socket)
	within(t, 5*time.Second, "it answers operators", func() bool {
		_, err := client.Status(t.Context())
		return err == nil
	})
	if _, err := client.Do(t.Context(), string(all[0].ID), "decline", admin.Order{}); err == nil {
		t.Error("a request that is over was declined")
	}
	stop()
	must(t, <-ended)
}

// story walks through everything that counters count.
func story() []step {
	ask := settled(func(t *testing.T, p *place) { t.Helper(); p.ask(t) })
	return []step{
		{"a request", ask, series{
			inHuman + `"started"}`: 1, event + `"received"}`: 1, event + `"code_issued"}`: 1,
			event + `"letter_sent"}`: 1, order + `"done",type="send_confirmation"}`: 1,
			`dsrd_mail_total{kind="confirmation",result="accepted"}`: 1,
		}, series{inState + `"awaiting_confirmation"}`: 1, `dsrd_outbox_oldest_seconds`: 0}},
		{"a forged answer", reply(func(l *demo.Letter) { l.SignAs = "elsewhere.example" }), series{
			inHuman + `"held"}`: 1, `dsrd_held_total{reason="ack/authentic"}`: 1, event + `"held"}`: 1,
		}, series{inState + `"awaiting_confirmation"}`: 1}},
		{"an answer that a machine gave", reply(func(l *demo.Letter) {
			l.Headers = append(l.Headers, "Auto-Submitted: auto-replied")
		}), series{`dsrd_mail_total{kind="auto",result="noted"}`: 1, event + `"away"}`: 1}, nil},
		{"an answer nobody understands", reply(func(l *demo.Letter) { l.Body = strings.Replace(l.Body, "CONFIRM", "Hm.", 1) }),
			series{
				inHuman + `"asked_back"}`: 1, event + `"unclear"}`: 1,
				`dsrd_mail_total{kind="question",result="accepted"}`: 1,
			}, nil},
		{"an answer whose sender's DNS fails", func(t *testing.T, p *place) {
			t.Helper()
			must(t, p.BreakDNS("acme.example", true))
			mails, err := p.Inbox(demo.Anna)
			must(t, err)
			l, err := demo.Reply(mails[0].Raw, demo.Anna, "CONFIRM", true) // the question brought no code
			must(t, err)
			must(t, p.Write(l))
			must(t, p.App.Scan(t.Context()))
			p.Clock.Advance(time.Minute)
		}, series{inHuman + `"put_off"}`: 1}, series{`dsrd_oldest_unprocessed_seconds`: 62, `dsrd_failing`: 1}},
		{"the DNS answers again", settled(func(t *testing.T, p *place) {
			t.Helper()
			must(t, p.BreakDNS("acme.example", false))
		}), series{inHuman + `"answered"}`: 1, event + `"acknowledged"}`: 1},
			series{inState + `"confirmed"}`: 1, `dsrd_oldest_unprocessed_seconds`: 0, `dsrd_failing`: 0}},
		{"the export", func(t *testing.T, p *place) { t.Helper(); must(t, p.Pass(t.Context(), 24*time.Hour)) }, series{
			event + `"slot_opened"}`: 1, event + `"package_built"}`: 1, event + `"package_sent"}`: 1,
			order + `"done",type="compile"}`: 1, `dsrd_mail_total{kind="package",result="accepted"}`: 1,
		}, series{inState + `"completed"}`: 1, inState + `"confirmed"}`: 0}},
		{"an operator's mistake", refused, series{`dsrd_transition_refused_total{event="operator_declined"}`: 1}, nil},
		{"a mail of which nobody knows whether it arrived", relayed(mailtest.StageDot, mailtest.ErrDrop, ask), series{
			`dsrd_ambiguous_total`: 1, `dsrd_mail_total{kind="confirmation",result="ambiguous"}`: 1,
			order + `"put_off",type="send_confirmation"}`: 1,
		}, nil},
		{"time passes", func(t *testing.T, p *place) { p.Clock.Advance(5 * time.Minute) }, nil,
			series{`dsrd_outbox_oldest_seconds`: 304}},
		{"it is sent again", settled(func(_ *testing.T, p *place) { p.Clock.Advance(time.Hour) }), series{
			`dsrd_mail_total{kind="confirmation",result="accepted"}`: 1,
		}, series{`dsrd_outbox_oldest_seconds`: 0}},
		{"a relay that lists us grey", relayed(mailtest.StageRcpt, mailtest.Reply(450, "4.7.1 later"), func(t *testing.T, p *place) {
			t.Helper()
			must(t, p.Pass(t.Context(), 24*time.Hour)) // the first reminder
		}), series{`dsrd_mail_total{kind="reminder",result="temporary"}`: 1}, nil},
		{"a relay that knows nobody", relayed(mailtest.StageRcpt, mailtest.Reply(550, "5.1.1 unknown"), func(t *testing.T, p *place) {
			t.Helper()
			must(t, p.Pass(t.Context(), time.Hour))
		}), series{
			`dsrd_mail_total{kind="reminder",result="refused"}`: 1, event + `"letter_failed"}`: 1,
			order + `"failed",type="send_reminder"}`: 1,
		}, series{inState + `"stuck"}`: 1}},
		{"a source that fails for good", func(t *testing.T, p *place) {
			t.Helper()
			must(t, p.Write(demo.Letter{From: demo.Joe, To: demo.Desk, SubjectLine: "My data",
				Body: "Please send me the data you hold about joe.bloggs@buyer.example.\n"}))
			must(t, p.Settle(t.Context()))
			must(t, p.Answer(demo.Bob, "CONFIRM"))
			must(t, p.Settle(t.Context()))
			p.Azure.Break("security_contacts", defendertest.Unauthorized, 0, 0)
			must(t, p.Pass(t.Context(), 24*time.Hour))
		}, series{order + `"failed",type="compile"}`: 1, event + `"compile_failed"}`: 1}, series{inState + `"stuck"}`: 2}},
	}
}

// TestEveryCounterMoves walks whole conversations and looks at each step for what
// must have been counted of it.
func TestEveryCounterMoves(t *testing.T) {
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	first := p.scrape(t, p.App)
	before := first
	for _, s := range story() {
		s.do(t, p)
		after := p.scrape(t, p.App)
		rose := after.since(before)
		for name, by := range s.rose {
			if rose[name] != by {
				t.Errorf("%s: %s rose by %v, want %v; what rose: %v", s.name, name, rose[name], by, rose)
			}
		}
		for name, want := range s.is {
			if got, there := after[name]; !there || got != want {
				t.Errorf("%s: %s is %v (%v), want %v", s.name, name, got, there, want)
			}
		}
		for name := range before.counters() {
			if after[name] < before[name] {
				t.Errorf("%s: %s fell", s.name, name)
			}
		}
		before = after
	}
	for name := range before {
		if _, there := first[name]; !there && strings.HasPrefix(name, "dsrd_") && name != "dsrd_deadline_seconds" {
			t.Errorf("%s came up on the way: a rate would have missed its first step", name)
		}
		if strings.Contains(name, `"other"`) && before[name] != 0 {
			t.Errorf("%s: something has no name of its own", name)
		}
	}
}

// ledger opens the world's Redis past the daemon.
func (p *place) ledger(t *testing.T) *store.Store {
	t.Helper()
	keys, err := config.ReadKeys(filepath.Join(p.Dir, "keys.yaml"))
	must(t, err)
	s, err := store.Open(t.Context(), store.Config{
		URL: "redis://" + p.Redis.Addr(), MasterKey: keys.Master, Embedded: true,
		BlobDir: p.Config.Delivery.BlobDir, Rand: rand.Reader, Now: p.Clock.Now,
	})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// standing are the series that tell how things stand, but for ages: those go on.
func (s series) standing() series {
	found := maps.Clone(s)
	maps.DeleteFunc(found, func(name string, _ float64) bool {
		bare, _, _ := strings.Cut(name, "{")
		return !slices.Contains([]string{"dsrd_requests", "dsrd_paused", "dsrd_redis_up",
			"dsrd_scan_last_success_timestamp_seconds", "dsrd_deadline_seconds"}, bare)
	})
	return found
}

// TestHowThingsStandIsRightAfterARestartAndOnEveryReplica compares three daemons.
func TestHowThingsStandIsRightAfterARestartAndOnEveryReplica(t *testing.T) {
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	quiet := p.scrape(t, p.App)
	if _, open := quiet["dsrd_deadline_seconds"]; open {
		t.Error("no request is open, yet a deadline is near")
	}
	p.ask(t)
	must(t, p.Settle(t.Context()))
	must(t, p.ledger(t).Pause(t.Context(), "operator:otto", "a test", time.Time{}, p.Clock.Now()))
	first := p.scrape(t, p.App)
	scanned := `dsrd_scan_last_success_timestamp_seconds{mailbox="dsr"}`
	if first["dsrd_paused"] != 1 || first["dsrd_deadline_seconds"] < 28*86400 || first[scanned] != float64(start.Unix())+2 {
		t.Errorf("got %v", first.standing())
	}
	o, err := p.Assembly()
	must(t, err)
	o.Owner = "another replica"
	replica, err := app.New(t.Context(), o)
	must(t, err)
	defer replica.Close()
	p.restart(t)
	for name, a := range map[string]*app.App{"restarted": p.App, "replica": replica} {
		got := p.scrape(t, a)
		if a == p.App && got[inHuman+`"started"}`] != 0 {
			t.Error("counters of the run before are counted again")
		}
		for series, want := range first.standing() {
			if series != "dsrd_deadline_seconds" && got[series] != want {
				t.Errorf("%s: %s is %v, want %v", name, series, got[series], want)
			}
		}
		if d := first["dsrd_deadline_seconds"] - got["dsrd_deadline_seconds"]; d < 2 || d > 10 {
			t.Errorf("%s: the deadline came %v seconds nearer", name, d)
		}
	}
	must(t, p.ledger(t).Resume(t.Context()))
	if got := p.scrape(t, p.App); got["dsrd_paused"] != 0 {
		t.Error("it is still paused")
	}
}

// TestReloadThatFailedIsSeen breaks the tenants' file and mends it.
func TestReloadThatFailedIsSeen(t *testing.T) {
	p := newPlace(t)
	const name = "dsrd_config_reload_success"
	if got := p.scrape(t, p.App); got[name] != 1 {
		t.Errorf("at the start: %v", got[name])
	}
	p.edit(t, "tenants.yaml", "domains: [customer.example]", "domain: [customer.example]")
	if p.App.Reload() == nil {
		t.Error("a broken file is taken")
	}
	if got := p.scrape(t, p.App); got[name] != 0 {
		t.Errorf("broken: %v", got[name])
	}
	p.edit(t, "tenants.yaml", "domain: [customer.example]", "domains: [customer.example]")
	must(t, p.App.Reload())
	if got := p.scrape(t, p.App); got[name] != 1 {
		t.Errorf("mended: %v", got[name])
	}
}

// TestDurabilityIsTold starts on three kinds of Redis.
func TestDurabilityIsTold(t *testing.T) {
	mode := func(s series) (found []string) {
		for name, v := range s {
			if strings.HasPrefix(name, "dsrd_redis_durability{") && v == 1 {
				found = append(found, name)
			}
		}
		return found
	}
	p := newPlace(t)
	if got := mode(p.scrape(t, p.App)); !slices.Equal(got, []string{`dsrd_redis_durability{mode="embedded"}`}) {
		t.Errorf("got %v", got)
	}
	for want, settings := range map[string][]string{
		"durable": nil, "lossy": {"--appendfsync", "everysec"},
		"unknown": {"--rename-command", "CONFIG", ""},
	} {
		t.Run(want, func(t *testing.T) {
			p := newPlace(t)
			o, _ := p.onReal(t, settings...)
			o.Config.Redis.AcceptDataLoss = want == "lossy"
			a, err := app.New(t.Context(), o)
			must(t, err)
			defer a.Close()
			if got := mode(p.scrape(t, a)); !slices.Equal(got, []string{`dsrd_redis_durability{mode="` + want + `"}`}) {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestVersionIsTold names the build.
func TestVersionIsTold(t *testing.T) {
	p := newPlace(t)
	o, err := p.Assembly()
	must(t, err)
	o.Version = "v9.8.7"
	a, err := app.New(t.Context(), o)
	must(t, err)
	defer a.Close()
	if p.scrape(t, a)[`dsrd_build_info{version="v9.8.7"}`] != 1 {
		t.Error("the version is not told")
	}
}
