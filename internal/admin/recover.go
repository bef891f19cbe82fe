package admin

import (
	"context"
	"fmt"
	"net/http"

	"github.com/dsrd/dsrd/workflow"
)

// A Recoverer fills a store that lost something again from the mailboxes. Nothing is
// released by that: whoever has to acknowledge is asked anew.
type Recoverer interface {
	// Recover does it, or only tells what it would do; by is the operator. Refused when the
	// store is another installation's and that was not allowed, Conflict when another replica
	// is at it.
	Recover(ctx context.Context, by string, o RecoverOrder) (Recovered, error)
}

// RecoverOrder is the body of a call that recovers.
type RecoverOrder struct {
	DryRun  bool `json:"dry_run"` // only tell what would be done
	Replace bool `json:"replace"` // also a store that is another installation's, or replaced ours
}

// Recovered is what a recovery did, or would do. The field names are part of the interface:
// add, never rename.
type Recovered struct {
	Verdict string `json:"verdict"` // normal | first start | behind | empty | foreign | unknown
	Why     string `json:"why"`
	DryRun  bool   `json:"dry_run,omitempty"`
	Epoch   int64  `json:"epoch,omitempty"` // of the life that began; left out when none did

	Mails     int `json:"mails_read"`
	Known     int `json:"mails_known"`   // of them: nothing was missing
	TooOld    int `json:"mails_too_old"` // of them: past retention, left alone
	Unread    int `json:"mails_unread"`  // a person must look
	Withdrawn int `json:"mails_withdrawing"`

	Born      int `json:"requests_born"`
	Joined    int `json:"requests_joined"`
	Completed int `json:"requests_completed"`
	Ended     int `json:"requests_ended"`
	Asked     int `json:"requests_asked_anew"`
	Review    int `json:"requests_for_review"`
	Refused   int `json:"requests_unmoved"`
	Settled   int `json:"letters_settled"` // that had left, and would have been sent once more

	Copies  int `json:"copies"`
	Forged  int `json:"copies_forged"`
	Orphans int `json:"copies_without_request"`
}

func (s *Server) recover(w http.ResponseWriter, r *http.Request) {
	var order RecoverOrder
	if err := read(w, r, &order); err != nil {
		s.fail(w, err)
		return
	}
	if s.Recovery == nil {
		s.fail(w, fmt.Errorf("this daemon cannot recover: %w", workflow.Refused))
		return
	}
	if !order.DryRun {
		s.Log.Warn("operator orders a recovery", "actor", actor(r.Context()), "replace", order.Replace)
	}
	done, err := s.Recovery.Recover(r.Context(), actor(r.Context()), order)
	if err != nil {
		s.fail(w, err)
		return
	}
	s.send(w, done)
}

// Recover fills the store again, or tells what that would do. It takes as long as reading
// the mailboxes; it goes on when the caller does not wait for it.
func (c *Client) Recover(ctx context.Context, o RecoverOrder) (Recovered, error) {
	var done Recovered
	return done, c.call(ctx, http.MethodPost, "recover", o, &done)
}
