package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// ask asks a page of a daemon.
func asked(a *app.App, method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w
}

// ready asks whether the daemon does all its work, past what it remembers.
func (p *place) ready(t *testing.T, a *app.App) (int, app.Readiness) {
	t.Helper()
	p.Clock.Advance(2 * time.Second)
	w := asked(a, http.MethodGet, "/readyz", "")
	var r app.Readiness
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil {
		t.Fatalf("got %s: %v", w.Body, err)
	}
	if r.Ready != (w.Code == http.StatusOK) || r.Ready != (len(r.Reasons) == 0) {
		t.Errorf("status %d, and it says %s", w.Code, w.Body)
	}
	return w.Code, r
}

// vouched runs the daemon until its mailboxes have confirmed its Redis.
func (p *place) vouched(t *testing.T) {
	t.Helper()
	r := run(t.Context(), p.App)
	within(t, 10*time.Second, "the store is recognised", func() bool { return p.App.Readiness(t.Context()).Recognised })
	within(t, 10*time.Second, "it runs", func() bool { return p.log.count("dsrd runs") > 0 })
	r.finish(t)
	must(t, p.Settle(t.Context()))
}

// TestReadinessTurnsRedForEachCauseAndGreenAgain breaks one thing after the other.
func TestReadinessTurnsRedForEachCauseAndGreenAgain(t *testing.T) {
	p := newPlace(t)
	if code, r := p.ready(t, p.App); code != http.StatusServiceUnavailable || r.Recognised || len(r.Reasons) != 2 ||
		!strings.Contains(r.Reasons[0], "no mailbox has confirmed yet") ||
		!strings.Contains(r.Reasons[1], "mailbox dsr has not been read yet") {
		t.Errorf("before the start: %d %+v", code, r)
	}
	p.vouched(t)
	pause := p.ledger(t)
	green := func(after string) {
		t.Helper()
		if code, r := p.ready(t, p.App); code != http.StatusOK || !r.Redis || !r.Recognised || r.Paused ||
			len(r.Mailboxes) != 1 || !r.Mailboxes[0].Fresh || r.Mailboxes[0].Last.IsZero() {
			t.Errorf("after %s: %d %+v", after, code, r)
		}
	}
	green("the start")
	port := p.Config.Mailboxes[0].Port
	for _, k := range []struct {
		name       string
		fail, mend func()
		want       string
	}{
		{"the mailbox is not read", func() { p.Clock.Advance(14 * time.Second) },
			func() { must(t, p.Settle(t.Context())) }, "mailbox dsr was last read at 2026-11-02 09:0"},
		{"Redis is gone", p.Redis.Close, func() { must(t, p.Redis.Restart()) }, "Redis does not answer"},
		{"sending is paused", func() {
			must(t, pause.Pause(t.Context(), "operator:otto", "because of jane", time.Time{}, p.Clock.Now()))
			p.ask(t) // a letter that must wait is no trouble of its own
			must(t, p.Settle(t.Context()))
			p.Clock.Advance(7 * time.Hour)
			must(t, p.Settle(t.Context()))
		}, func() {
			must(t, pause.Resume(t.Context()))
			p.Clock.Advance(2 * time.Minute)
			must(t, p.Settle(t.Context()))
		}, "sending has been paused since 2026-11-02 09:0"},
		{"a letter waits too long", func() {
			p.Post.SMTP.SetHook(func(context.Context, mailtest.Stage, mailtest.Envelope) error {
				return mailtest.Reply(451, "4.3.0 later")
			})
			must(t, p.Write(demo.Letter{From: demo.Joe, To: demo.Desk, SubjectLine: "My data",
				Body: "Please send me the data you hold about joe.bloggs@buyer.example.\n"}))
			must(t, p.Settle(t.Context()))
			p.Clock.Advance(6*time.Hour + time.Minute)
			must(t, p.Settle(t.Context()))
		}, func() {
			p.Post.SMTP.SetHook(nil)
			p.Clock.Advance(2 * time.Hour)
			must(t, p.Settle(t.Context()))
		}, "a letter has waited for 6h1m0s to leave"},
	} {
		k.fail()
		code, r := p.ready(t, p.App)
		if code != http.StatusServiceUnavailable || len(r.Reasons) != 1 || !strings.Contains(r.Reasons[0], k.want) {
			t.Errorf("%s (mailbox at port %d): got %d %q", k.name, port, code, r.Reasons)
		}
		k.mend()
		green(k.name)
	}
}

// TestScansOfAnotherReplicaCount: only one replica reads a mailbox, all are ready.
func TestScansOfAnotherReplicaCount(t *testing.T) {
	p := newPlace(t)
	o, err := p.Assembly()
	must(t, err)
	o.Owner = "another replica"
	replica, err := app.New(t.Context(), o)
	must(t, err)
	defer replica.Close()
	_, before := p.ready(t, replica)
	must(t, p.Settle(t.Context()))
	if _, after := p.ready(t, replica); before.Mailboxes[0].Fresh || !after.Mailboxes[0].Fresh {
		t.Errorf("before %+v, after %+v", before.Mailboxes, after.Mailboxes)
	}
}

// TestThreePagesAndNothingElse asks for what is not there, in ways that are not allowed.
func TestThreePagesAndNothingElse(t *testing.T) {
	p := newPlace(t)
	for _, k := range []struct {
		method, path, body string
		want               int
	}{
		{"GET", "/healthz", "", 200}, {"HEAD", "/healthz", "", 200}, {"GET", "/metrics", "", 200},
		{"HEAD", "/metrics", "", 200}, {"GET", "/readyz", "", 503}, {"GET", "/healthz?x=1", "", 200},
		{"GET", "/", "", 404}, {"GET", "/api/v1/requests", "", 404}, {"GET", "//metrics", "", 404},
		{"GET", "/metrics/", "", 404}, {"GET", "/debug/pprof/", "", 404}, {"GET", "/healthz/../metrics", "", 404},
		{"POST", "/metrics", "", 405}, {"DELETE", "/readyz", "", 405}, {"OPTIONS", "/healthz", "", 405},
		{"POST", "/", "x", 405}, {"GET", "/healthz", "x", 413},
	} {
		w := asked(p.App, k.method, k.path, k.body)
		if w.Code != k.want {
			t.Errorf("%s %s: status %d, want %d", k.method, k.path, w.Code, k.want)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s %s: %s is %q", k.method, k.path, name, got)
			}
		}
		var said map[string]any
		if k.want != 200 && (json.Unmarshal(w.Body.Bytes(), &said) != nil ||
			!strings.HasPrefix(w.Header().Get("Content-Type"), "application/json")) {
			t.Errorf("%s %s: it says %s", k.method, k.path, w.Body)
		}
		if (k.want == 405) != (w.Header().Get("Allow") == "GET, HEAD") {
			t.Errorf("%s %s: Allow is %q", k.method, k.path, w.Header().Get("Allow"))
		}
	}
}

// freePort is one that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

// get asks over the network; "" when nobody answers.
func get(address, path string) (code int, body string) {
	c := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Get("http://" + address + path)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, ""
	}
	return resp.StatusCode, string(b)
}

func (p *place) listen(t *testing.T, address string) {
	t.Helper()
	p.edit(t, "dsrd.yaml", `listen: "off"`, "listen: "+address)
}

func TestRunListensUntilItEnds(t *testing.T) {
	address := freePort(t)
	p := newPlace(t, func(o *demo.Options) { o.Clock = demo.NewClock(time.Now) })
	p.listen(t, address)
	p.restart(t)
	r := run(t.Context(), p.App)
	within(t, 5*time.Second, "it lives", func() bool { code, _ := get(address, "/healthz"); return code == 200 })
	within(t, 20*time.Second, "it is ready", func() bool { code, _ := get(address, "/readyz"); return code == 200 })
	if code, page := get(address, "/metrics"); code != 200 || !strings.Contains(page, "\ndsrd_redis_up 1\n") {
		t.Errorf("got %d %s", code, page)
	}
	idle, err := net.Dial("tcp", address) // somebody who never asks must not hold the end up
	must(t, err)
	defer idle.Close()
	r.finish(t)
	if code, _ := get(address, "/healthz"); code != 0 {
		t.Error("it still listens")
	}
}

// TestPortThatIsTakenIsTriedAgain: mail must not wait for it.
func TestPortThatIsTakenIsTriedAgain(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := newPlace(t)
	p.listen(t, l.Addr().String())
	o, err := p.Assembly()
	must(t, err)
	tried := make(chan struct{})
	var once sync.Once
	o.Sleep = func(ctx context.Context, _ time.Duration) error {
		once.Do(func() { close(tried) })
		return app.Sleep(ctx, 20*time.Millisecond)
	}
	a, err := app.New(t.Context(), o)
	must(t, err)
	defer a.Close()
	r := run(t.Context(), a)
	<-tried
	within(t, 10*time.Second, "it runs", func() bool { return p.log.count("dsrd runs") == 1 })
	if p.log.count("what=console.listen") != 1 || p.log.count("name a free address in console.listen") != 1 {
		t.Errorf("it says %s", p.log)
	}
	l.Close()
	within(t, 10*time.Second, "it listens", func() bool { code, _ := get(l.Addr().String(), "/healthz"); return code == 200 })
	r.finish(t)
}

// TestDaemonThatWaitsForRedisLivesAndIsNotReady asks one whose Redis was never there.
func TestDaemonThatWaitsForRedisLivesAndIsNotReady(t *testing.T) {
	address := freePort(t)
	p := newPlace(t)
	p.listen(t, address)
	p.Redis.Close()
	o, err := p.Assembly()
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	o.Sleep = app.Sleep
	ended := make(chan error, 1)
	go func() {
		a, err := app.Start(ctx, o)
		if err == nil {
			a.Close()
		}
		ended <- err
	}()
	within(t, 5*time.Second, "it lives", func() bool { code, _ := get(address, "/healthz"); return code == 200 })
	if code, page := get(address, "/readyz"); code != 503 || !strings.Contains(page, "Redis does not answer") {
		t.Errorf("got %d %s", code, page)
	}
	if code, page := get(address, "/metrics"); code != 200 || !strings.Contains(page, "\ndsrd_redis_up 0\n") {
		t.Errorf("got %d %s", code, page)
	}
	must(t, p.Redis.Restart())
	must(t, <-ended)
	if code, _ := get(address, "/healthz"); code != 0 {
		t.Error("the place is not free for the daemon itself")
	}
}

// wall stands between the daemon and Redis, and can swallow everything.
type wall struct {
	net.Listener
	to     string
	mu     sync.Mutex
	silent bool
	all    []net.Conn
	ended  sync.WaitGroup
}

func newWall(t *testing.T, to string) *wall {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w := &wall{Listener: l, to: to}
	w.ended.Go(w.run)
	t.Cleanup(func() {
		l.Close()
		w.mu.Lock()
		for _, c := range w.all {
			c.Close()
		}
		w.mu.Unlock()
		w.ended.Wait()
	})
	return w
}

func (w *wall) hush(silent bool) { w.mu.Lock(); defer w.mu.Unlock(); w.silent = silent }
func (w *wall) quiet() bool      { w.mu.Lock(); defer w.mu.Unlock(); return w.silent }

func (w *wall) run() {
	for {
		c, err := w.Accept()
		if err != nil {
			return
		}
		up, err := net.Dial("tcp", w.to)
		if err != nil {
			c.Close()
			continue
		}
		w.mu.Lock()
		w.all = append(w.all, c, up)
		w.mu.Unlock()
		w.ended.Go(func() { w.pass(up, c) })
		w.ended.Go(func() { w.pass(c, up) })
	}
}

// pass lets bytes through, or swallows them.
func (w *wall) pass(to, from net.Conn) {
	defer to.Close()
	for r := bufio.NewReader(from); ; {
		b, err := r.ReadByte()
		if err != nil {
			return
		}
		if !w.quiet() {
			if _, err := to.Write([]byte{b}); err != nil {
				return
			}
		}
	}
}

// TestScrapeAndProbeEndInTimeWhateverRedisDoes: it is gone, or takes calls and says nothing.
func TestScrapeAndProbeEndInTimeWhateverRedisDoes(t *testing.T) {
	p := newPlace(t)
	w := newWall(t, p.Redis.Addr())
	p.edit(t, "dsrd.yaml", p.Redis.Addr(), w.Addr().String())
	p.restart(t)
	must(t, p.Settle(t.Context()))
	look := func(name string, up float64) {
		t.Helper()
		began := time.Now()
		got := p.scrape(t, p.App)
		code, r := p.ready(t, p.App)
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("%s: it took %s", name, took)
		}
		scanned := got[`dsrd_scan_last_success_timestamp_seconds{mailbox="dsr"}`]
		_, counted := got[`dsrd_requests{state="stuck"}`]
		if got["dsrd_redis_up"] != up || counted != (up == 1) || scanned != float64(start.Unix()) {
			t.Errorf("%s: got redis_up %v, requests %v, scan %v", name, got["dsrd_redis_up"], counted, scanned)
		}
		if code != http.StatusServiceUnavailable || r.Redis != (up == 1) {
			t.Errorf("%s: got %d %+v", name, code, r)
		}
	}
	look("it answers", 1)
	w.hush(true)
	look("it is silent", 0)
	w.hush(false)
	p.Redis.Close()
	look("it is gone", 0)
	must(t, p.Redis.Restart())
	p.Clock.Advance(2 * time.Second)
	if got := p.scrape(t, p.App); got["dsrd_redis_up"] != 1 {
		t.Error("it is back, and nobody sees it")
	}
}
