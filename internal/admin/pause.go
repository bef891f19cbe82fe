package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// Rest is the body of a call that pauses the daemon.
type Rest struct {
	Why   string `json:"why"`
	Lasts string `json:"for"` // such as "2h"; "" or "0s": until somebody resumes
}

// maxWhy bounds what is remembered of the reason, in bytes.
const maxWhy = 500

func (s *Server) pause(w http.ResponseWriter, r *http.Request) {
	var rest Rest
	if err := read(w, r, &rest); err != nil {
		s.fail(w, err)
		return
	}
	p, err := s.rest(r.Context(), rest)
	if err != nil {
		s.fail(w, err)
		return
	}
	s.send(w, p)
}

func (s *Server) rest(ctx context.Context, rest Rest) (*Pausing, error) {
	if s.Gate == nil {
		return nil, noGate()
	}
	var lasts time.Duration
	if rest.Lasts != "" {
		var err error
		if lasts, err = time.ParseDuration(rest.Lasts); err != nil || lasts < 0 {
			return nil, fmt.Errorf("pause for %q: write 90m or 2h: %w", rest.Lasts, workflow.Refused)
		}
	}
	if len(rest.Why) > maxWhy {
		return nil, fmt.Errorf("pause: the reason has more than %d characters: %w", maxWhy, workflow.Refused)
	}
	if err := s.Gate.Pause(ctx, actor(ctx), rest.Why, lasts); err != nil {
		return nil, err
	}
	s.Log.Warn("operator paused the daemon", "actor", actor(ctx), "for", lasts)
	return s.pausing(ctx)
}

func (s *Server) resume(w http.ResponseWriter, r *http.Request) {
	was, err := s.pausing(r.Context())
	if err == nil && s.Gate == nil {
		err = noGate()
	}
	if err == nil {
		err = s.Gate.Resume(r.Context())
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	s.Log.Info("operator resumed the daemon", "actor", actor(r.Context()))
	s.send(w, was)
}

// pausing is the pause that lasts; nil when there is none.
func (s *Server) pausing(ctx context.Context) (*Pausing, error) {
	if s.Gate == nil {
		return nil, nil
	}
	return s.Gate.Paused(ctx)
}

func noGate() error { return fmt.Errorf("this daemon cannot be paused: %w", workflow.Refused) }

func notFound(err error) bool { return errors.Is(err, workflow.NotFound) }
