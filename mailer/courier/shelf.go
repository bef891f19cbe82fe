package courier

import (
	"slices"
	"sync"
	"time"
)

const (
	// idleFor is how long a connection waits for its next mail; servers end idle ones themselves.
	idleFor = 10 * time.Second
	// mailsPerConnection is what common servers allow in one go.
	mailsPerConnection = 100
)

// A shelf holds sessions between two mails: a login for each mail costs more than the mail.
type shelf struct {
	mu       sync.Mutex
	closed   bool
	sessions []*session
	timers   map[*session]*time.Timer
	ending   sync.WaitGroup
}

// take returns the session used last, or nil.
func (h *shelf) take() *session {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.sessions) == 0 {
		return nil
	}
	s := h.sessions[len(h.sessions)-1]
	h.remove(s)
	return s
}

// keep puts s on the shelf unless it holds most sessions already, or s has done its share.
func (h *shelf) keep(s *session, most int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.sessions) >= most || s.mails >= mailsPerConnection {
		return false
	}
	if h.timers == nil {
		h.timers = map[*session]*time.Timer{}
	}
	h.sessions = append(h.sessions, s)
	h.timers[s] = time.AfterFunc(idleFor, func() { h.expire(s) })
	return true
}

func (h *shelf) expire(s *session) {
	h.mu.Lock()
	found := h.remove(s)
	if found {
		h.ending.Add(1)
	}
	h.mu.Unlock()
	if found {
		s.quit()
		h.ending.Done()
	}
}

// remove takes s off the shelf; the caller holds the lock.
func (h *shelf) remove(s *session) bool {
	i := slices.Index(h.sessions, s)
	if i < 0 {
		return false
	}
	h.sessions = slices.Delete(h.sessions, i, i+1)
	h.timers[s].Stop()
	delete(h.timers, s)
	return true
}

func (h *shelf) close() {
	h.mu.Lock()
	h.closed = true
	rest := slices.Clone(h.sessions)
	for _, s := range rest {
		h.remove(s)
	}
	h.mu.Unlock()
	for _, s := range rest {
		s.quit()
	}
	h.ending.Wait()
}
