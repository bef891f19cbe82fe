package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// Server answers operators on a unix socket.
type Server struct {
	Queue  Queue
	Events Events
	Log    *slog.Logger
	Chance io.Reader // makes operation ids
	Status func() map[string]any

	// What a daemon without them is asked for is refused.
	Mails    Mails
	Gate     Gate
	Tenants  Assigner
	Probes   Prober
	Recovery Recoverer
}

// Serve answers until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	h := &http.Server{
		Handler: s.routes(), ReadTimeout: 10 * time.Second, ConnContext: withPeer,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(s.Log.Handler(), slog.LevelError),
	}
	stop := context.AfterFunc(ctx, func() { h.Close() })
	defer stop()
	if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("answer operators: %v", err)
	}
	return nil
}

// Routes are all that the socket answers to. There is no other way in.
func Routes() []string {
	var all []string
	for _, r := range (&Server{}).table() {
		all = append(all, r.pattern)
	}
	return all
}

type route struct {
	pattern string
	answer  http.HandlerFunc
}

func (s *Server) table() []route {
	return []route{
		{"GET /api/v1/status", s.status},
		{"GET /api/v1/requests", s.list},
		{"GET /api/v1/requests/{id}", s.show},
		{"POST /api/v1/requests/{id}/{verb}", s.act},
		{"GET /api/v1/mails", s.mails},
		{"GET /api/v1/mails/{digest}", s.mail},
		{"POST /api/v1/mails/{digest}/{verb}", s.judge},
		{"POST /api/v1/pause", s.pause},
		{"POST /api/v1/resume", s.resume},
		{"POST /api/v1/recover", s.recover},
		{"GET /api/v1/tenants/{id}/probe", s.probed},
		{"POST /api/v1/tenants/{id}/probe", s.probe},
	}
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.table() {
		mux.HandleFunc(r.pattern, r.answer)
	}
	return mux
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	counts, err := s.Queue.Count(r.Context())
	if err != nil {
		s.fail(w, err)
		return
	}
	answer := map[string]any{"requests": counts}
	for k, v := range s.Status() {
		answer[k] = v
	}
	p, err := s.pausing(r.Context())
	if err != nil {
		s.fail(w, err)
		return
	}
	if p != nil {
		answer["paused"] = p
	}
	s.send(w, answer)
}

// Page is one page of the queue.
type Page struct {
	Requests []View                   `json:"requests"`
	Next     string                   `json:"next,omitempty"`
	Counts   map[workflow.State]int64 `json:"counts"`
	Paused   *Pausing                 `json:"paused,omitempty"`
	Waits    string                   `json:"waits_for,omitempty"` // why nothing goes on at all
}

// maxPage bounds a page of the queue.
const maxPage = 500

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	states, err := statesOf(r.URL.Query()["state"])
	if err != nil {
		s.fail(w, err)
		return
	}
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit < 1 || limit > maxPage {
		limit = maxPage
	}
	found, next, err := s.Queue.List(r.Context(), states, limit, r.URL.Query().Get("after"))
	if err != nil {
		s.fail(w, err)
		return
	}
	page := Page{Requests: []View{}, Next: next}
	for _, q := range found {
		page.Requests = append(page.Requests, summary(q))
	}
	page.Waits, _ = s.Status()["waits_for"].(string)
	if page.Counts, err = s.Queue.Count(r.Context()); err == nil {
		page.Paused, err = s.pausing(r.Context())
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	s.send(w, page)
}

func statesOf(names []string) ([]workflow.State, error) {
	var states []workflow.State
	for _, n := range names {
		known := false
		for _, k := range workflow.States() {
			known = known || string(k) == n
		}
		if !known {
			return nil, fmt.Errorf("no state is called %q: %w", n, workflow.Refused)
		}
		states = append(states, workflow.State(n))
	}
	return states, nil
}

func (s *Server) show(w http.ResponseWriter, r *http.Request) {
	v, err := s.view(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, err)
		return
	}
	s.send(w, v)
}

func (s *Server) view(ctx context.Context, typed string) (View, error) {
	id, err := s.one(ctx, typed)
	if err != nil {
		return View{}, err
	}
	r, err := s.Queue.Load(ctx, id)
	if err != nil {
		return View{}, err
	}
	entries, err := s.Queue.History(ctx, id)
	if err != nil {
		return View{}, err
	}
	tasks, err := s.Queue.Tasks(ctx, id)
	return detail(r, entries, tasks), err
}

// one finds the request that a person means.
func (s *Server) one(ctx context.Context, typed string) (workflow.ID, error) {
	id, err := s.Queue.Match(ctx, strings.TrimSpace(typed))
	if errors.Is(err, workflow.NotFound) {
		return "", fmt.Errorf("no request is called %q (type at least three characters of its name; "+
			"`dsrd queue --state all` lists them): %w", typed, workflow.NotFound)
	}
	return id, err
}

// read takes an order from the body; one without a body is as it was.
func read(w http.ResponseWriter, r *http.Request, order any) error {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxOrder)).Decode(order)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the order: %v: %w", err, workflow.Refused)
	}
	return nil
}

func (s *Server) send(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		s.Log.Debug("operator went away", "error", err)
	}
}

// statusOf is the one place where a kind of error becomes an HTTP status.
var statusOf = map[workflow.Kind]int{
	workflow.NotFound: http.StatusNotFound,
	workflow.Conflict: http.StatusConflict,
	workflow.Refused:  http.StatusUnprocessableEntity,
}

func (s *Server) fail(w http.ResponseWriter, err error) {
	code := http.StatusInternalServerError
	for kind, status := range statusOf {
		if errors.Is(err, kind) {
			code = status
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(map[string]string{"error": err.Error()}); err != nil {
		s.Log.Debug("operator went away", "error", err)
	}
}
