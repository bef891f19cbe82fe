package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/dsrd/dsrd/internal/telemetry"
)

// What a caller on console.listen may cost: whoever can reach the port is a
// stranger, and asks for a few lines.
const (
	maxHeader    = 8 << 10 // bytes
	readTimeout  = 5 * time.Second
	writeTimeout = 15 * time.Second
	idleTimeout  = 30 * time.Second
	lastAnswers  = 300 * time.Millisecond // for callers who are being answered at the end
)

// Handler answers what is asked on console.listen: nobody is named there, and
// nothing can be changed.
func (a *App) Handler() http.Handler { return routes(a.Readiness, a.metrics.Handler()) }

// serveHTTP answers on console.listen until the result is called, which waits. An
// address that is taken or not there yet is tried again: mail must not wait for it.
func (a *App) serveHTTP(ctx context.Context) (stop func()) {
	return listening(ctx, a.options, a.Handler(), a.health)
}

func listening(ctx context.Context, o Options, h http.Handler, told *health) (stop func()) {
	if !o.Config.Console.HTTPOn() {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for wait := firstWait; ctx.Err() == nil; wait = min(2*wait, lastWait) {
			err := listenOn(ctx, o, h, told)
			if ctx.Err() != nil {
				return
			}
			told.bad(heard, err)
			if pause(ctx, o, wait) != nil {
				return
			}
		}
	}()
	return func() { cancel(); <-ended }
}

const heard = "console.listen"

// listenOn serves until ctx ends, or until the address cannot be listened on.
func listenOn(ctx context.Context, o Options, h http.Handler, told *health) error {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", o.Config.Console.Listen)
	if err != nil {
		return fmt.Errorf("listen for probes and scrapes: %v (name a free address in console.listen; "+
			`"off" answers none)`, err)
	}
	told.good(heard)
	s := &http.Server{
		Handler: h, MaxHeaderBytes: maxHeader, ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		last, done := context.WithTimeout(context.Background(), lastAnswers)
		defer done()
		if s.Shutdown(last) != nil {
			s.Close()
		}
	})
	err = s.Serve(l)
	if !stop() {
		<-closed
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("answer probes and scrapes: %v", err)
}

// routes is all there is to ask: three pages, read only.
func routes(ready func(context.Context) Readiness, metrics http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		guard(w.Header())
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "only GET and HEAD")
		case r.ContentLength != 0:
			w.Header().Set("Connection", "close")
			refuse(w, http.StatusRequestEntityTooLarge, "a request has no body here")
		case r.URL.Path == "/healthz":
			say(w, http.StatusOK, map[string]bool{"alive": true})
		case r.URL.Path == "/readyz":
			s := ready(r.Context())
			say(w, s.code(), s)
		case r.URL.Path == "/metrics":
			metrics.ServeHTTP(w, r)
		default:
			refuse(w, http.StatusNotFound, "there are only /healthz, /readyz and /metrics")
		}
	})
}

// guard lets no browser take the answer for anything but data, or keep it.
func guard(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

func refuse(w http.ResponseWriter, code int, why string) {
	say(w, code, map[string]string{"error": why})
}

func say(w http.ResponseWriter, code int, what any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(what) // a caller who went away needs no answer
}

// waiting answers while the daemon cannot start: it lives, and does nothing yet.
func waiting(ctx context.Context, o Options, told *health) (stop func()) {
	nothing := telemetry.NewWatch(func(context.Context) telemetry.Standing {
		return telemetry.Standing{Failing: len(told.list())}
	}, o.Now)
	ready := func(context.Context) Readiness {
		r := Readiness{Mailboxes: []Freshness{}}
		r.because(noRedis)
		return r
	}
	m := telemetry.NewMetrics(o.version(), o.Now, nothing)
	return listening(ctx, o, routes(ready, m.Handler()), told)
}
