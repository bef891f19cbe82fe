package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// Load gives the request as last committed; NotFound.
func (s *Store) Load(ctx context.Context, id workflow.ID) (workflow.Request, error) {
	if err := s.checkID(id); err != nil {
		return workflow.Request{}, fmt.Errorf("load request: %w", err)
	}
	var body string
	err := s.again(ctx, func() (err error) {
		body, err = s.db.HGet(ctx, s.keysOf(id.Partition()).request(id), "b").Result()
		return err
	})
	if errors.Is(err, redis.Nil) {
		return workflow.Request{}, fmt.Errorf("load request %s: %w", id, workflow.NotFound)
	}
	if err != nil {
		return workflow.Request{}, failed(err, "load request %s", id)
	}
	return readRequest(id, body)
}

func readRequest(id workflow.ID, body string) (workflow.Request, error) {
	var r workflow.Request
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return r, fmt.Errorf("load request %s: %v", id, err)
	}
	if r.Schema > workflow.Schema {
		return r, fmt.Errorf("load request %s: stored by a newer dsrd (schema %d, this knows %d)",
			id, r.Schema, workflow.Schema)
	}
	return r, nil
}

// Commit applies a change at once or not at all; Conflict when its base is
// stale, Fenced when its lease or claim is no longer held, *Behind or *Stale when this
// process and the store cannot trust each other, *OpenAlready for a birth that wants
// nothing but what one open request occupies. A change whose Op the
// request has already seen is answered with nil and changes nothing, so a call
// whose fate is unknown may be repeated.
func (s *Store) Commit(ctx context.Context, c workflow.Change) error {
	word, err := s.tryCommit(ctx, c)
	if occupant, open := strings.CutPrefix(word, "open "); open && err == nil {
		free, vacated := s.vacate(ctx, workflow.ID(occupant), c)
		if vacated != nil {
			return vacated
		}
		if !free {
			return &workflow.OpenAlready{ID: workflow.ID(occupant)}
		}
		word, err = s.tryCommit(ctx, c)
	}
	if err != nil {
		return err
	}
	return answered(word, c)
}

func (s *Store) tryCommit(ctx context.Context, c workflow.Change) (string, error) {
	id := c.Request.ID
	if err := s.checkChange(c); err != nil {
		return "", err
	}
	m := s.mark(id.Partition())
	args, err := s.commitArgs(c, m)
	if err != nil {
		return "", fmt.Errorf("commit %s: %w", id, err)
	}
	answer, err := s.runWord(ctx, s.lua.commit, s.commitKeys(c), args...)
	if err != nil {
		return "", failed(err, "commit %s", id)
	}
	if strings.HasPrefix(answer, "open ") {
		return answer, nil
	}
	word, err := m.heard(answer)
	if err != nil {
		return "", fmt.Errorf("commit %s: %w", id, err)
	}
	return word, nil
}

// answered makes an error of what commit.lua answers.
func answered(word string, c workflow.Change) error {
	id := c.Request.ID
	if occupant, open := strings.CutPrefix(word, "open "); open {
		return &workflow.OpenAlready{ID: workflow.ID(occupant)}
	}
	switch word {
	case "committed", "repeated":
		return nil
	case "conflict":
		return fmt.Errorf("commit %s on version %d: %w", id, c.Base, workflow.Conflict)
	case "fenced":
		return fmt.Errorf("commit %s: %w", id, workflow.Fenced)
	}
	return fmt.Errorf("commit %s on version %d: change and stored state are %s", id, c.Base, word)
}

// checkChange refuses what no decision makes.
func (s *Store) checkChange(c workflow.Change) error {
	id := c.Request.ID
	if err := s.checkID(id); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if c.Op == "" || c.Request.Version != c.Base+1 || c.Entry.Seq != c.Request.Version {
		return fmt.Errorf("commit %s: op, version and history do not fit together", id)
	}
	return nil
}

func (s *Store) commitKeys(c workflow.Change) []string {
	id := c.Request.ID
	k := s.keysOf(id.Partition())
	return []string{
		k.request(id), k.ops(id), k.history(id), k.private(id), k.waiting(id),
		k.due(), k.task(), k.claim(), k.tries(), k.note(),
		k.fence(), k.seq(), k.ids(), k.state(c.Entry.From), k.state(c.Request.State),
		k.groups(), k.outbox(), k.guard(), k.lapsed(), k.sending(), k.perhaps(),
	}
}

func (s *Store) commitArgs(c workflow.Change, m mark) ([]any, error) {
	r := c.Request
	groups, err := s.groups(c)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	entry, err := json.Marshal(c.Entry)
	if err != nil {
		return nil, err
	}
	args := []any{
		string(r.ID), opDigest(c.Op), c.Base, r.Version, body,
		string(c.Entry.From), string(r.State), milli(r.Deadline), wake(r.WakeAt),
		entry, []byte(c.Entry.Private), c.Fence.Name, c.Fence.Epoch,
		string(c.Done), claimOf(c), strings.Join(groups, " "), m.epoch, m.seen, c.Fence.Owner,
		string(c.Held),
	}
	for _, e := range c.Effects {
		b, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		args = append(args, string(e.ID), b, milli(dueAt(e)), flag(isLetter(e)))
	}
	return args, nil
}

// claimOf is the claim that must be held for a change to finish its effect. What has
// happened is written down by whoever knows it, also without one: the effect is done then,
// and whoever claimed it since is fenced.
func claimOf(c workflow.Change) string {
	if c.Claim == 0 {
		return ""
	}
	return strconv.FormatInt(c.Claim, 10)
}

// behindOthers keeps what can wait out of the way of the letters.
const behindOthers = time.Second

// dueAt is when an effect is to be carried out: at once, but for the copies that are kept.
func dueAt(e workflow.Effect) time.Time {
	if e.Type == workflow.KeepCopy {
		return e.OrderedAt.Add(behindOthers)
	}
	return e.OrderedAt
}

// Applied reports whether a change with that Op was committed to the request.
func (s *Store) Applied(ctx context.Context, id workflow.ID, op string) (bool, error) {
	if err := s.checkID(id); err != nil {
		return false, fmt.Errorf("look for operation: %w", err)
	}
	var seen bool
	err := s.again(ctx, func() (err error) {
		seen, err = s.db.HExists(ctx, s.keysOf(id.Partition()).ops(id), opDigest(op)).Result()
		return err
	})
	if err != nil {
		return false, failed(err, "look for operation on %s", id)
	}
	return seen, nil
}

// milli is a moment as it stands in Redis: unix milliseconds, rounded down.
func milli(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// wake rounds a timer up, so that it never falls due before its moment; "" for
// none.
func wake(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return milli(t.Add(time.Millisecond - 1))
}

// moment reads what milli wrote; a score may come back in exponent notation.
func moment(s string) (time.Time, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("read time %q: %v", s, err)
	}
	return time.UnixMilli(int64(f)).UTC(), nil
}
