package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// List gives one page of requests, the nearest legal deadline first, and where
// the next page begins; "" on the last.
func (s *Store) List(ctx context.Context, q Query) ([]workflow.Request, string, error) {
	states := q.States
	if len(states) == 0 {
		states = workflow.States()
	}
	var indexes []string
	for n := range s.cfg.Partitions {
		for _, state := range states {
			indexes = append(indexes, s.keysOf(n).state(state))
		}
	}
	places, next, err := s.page(ctx, indexes, q, "up")
	if err != nil {
		return nil, "", fmt.Errorf("list requests: %w", err)
	}
	requests, err := s.loadAll(ctx, places)
	requests = slices.DeleteFunc(requests, func(r workflow.Request) bool {
		return !slices.Contains(states, r.State) // it moved between the two reads
	})
	return requests, next, err
}

func (s *Store) loadAll(ctx context.Context, places []place) ([]workflow.Request, error) {
	if len(places) == 0 {
		return nil, nil
	}
	var cmds []redis.Cmder
	err := s.again(ctx, func() (err error) {
		cmds, err = s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, at := range places {
				id := workflow.ID(at.member)
				p.HGet(ctx, s.keysOf(id.Partition()).request(id), "b")
			}
			return nil
		})
		return err
	})
	if err != nil {
		return nil, failed(err, "load %d requests", len(places))
	}
	requests := make([]workflow.Request, len(cmds))
	for i, cmd := range cmds {
		id := workflow.ID(places[i].member)
		if requests[i], err = readRequest(id, cmd.(*redis.StringCmd).Val()); err != nil {
			return nil, err
		}
	}
	return requests, nil
}

// Count tells how many requests stand in each state, in the partitions that answer; states
// without any are left out.
func (s *Store) Count(ctx context.Context) (map[workflow.State]int64, error) {
	states := workflow.States()
	parts, err := s.some(ctx, func(p redis.Pipeliner, _ int, k keys) {
		for _, state := range states {
			p.ZCard(ctx, k.state(state))
		}
	})
	if err != nil {
		return nil, failed(err, "count requests")
	}
	count := map[workflow.State]int64{}
	for _, cmds := range parts {
		for i, cmd := range cmds {
			if n := cmd.(*redis.IntCmd).Val(); n > 0 {
				count[states[i]] += n
			}
		}
	}
	return count, nil
}

// History gives all committed changes of a request, oldest first, with their
// private parts as long as these are kept; NotFound.
func (s *Store) History(ctx context.Context, id workflow.ID) ([]workflow.Entry, error) {
	if err := s.checkID(id); err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	k := s.keysOf(id.Partition())
	var lines *redis.StringSliceCmd
	var private *redis.MapStringStringCmd
	err := s.again(ctx, func() error {
		_, err := s.db.TxPipelined(ctx, func(p redis.Pipeliner) error {
			lines = p.LRange(ctx, k.history(id), 0, -1)
			private = p.HGetAll(ctx, k.private(id))
			return nil
		})
		return err
	})
	if err != nil {
		return nil, failed(err, "read history of %s", id)
	}
	if len(lines.Val()) == 0 {
		return nil, fmt.Errorf("read history of %s: %w", id, workflow.NotFound)
	}
	return readHistory(id, lines.Val(), private.Val())
}

func readHistory(
	id workflow.ID, lines []string, private map[string]string,
) ([]workflow.Entry, error) {
	entries := make([]workflow.Entry, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal([]byte(line), &entries[i]); err != nil {
			return nil, fmt.Errorf("read history of %s, line %d: %v", id, i+1, err)
		}
		if p, kept := private[fmt.Sprint(entries[i].Seq)]; kept {
			entries[i].Private = json.RawMessage(p)
		}
	}
	return entries, nil
}

// Tasks gives the effects of a request that still wait, in the order of their
// ordering. Claim is zero: a task read here is held by nobody, or by somebody else.
func (s *Store) Tasks(ctx context.Context, id workflow.ID) ([]workflow.Task, error) {
	if err := s.checkID(id); err != nil {
		return nil, fmt.Errorf("read tasks: %w", err)
	}
	k := s.keysOf(id.Partition())
	var answer []string
	s.traced(s.lua.tasks, nil)
	err := s.again(ctx, func() (err error) {
		names := []string{
			k.waiting(id), k.due(), k.task(), k.tries(), k.note(), k.lapsed(), k.perhaps(),
		}
		answer, err = s.lua.tasks.Run(ctx, s.db, names).StringSlice()
		return err
	})
	if err != nil {
		return nil, failed(err, "read tasks of %s", id)
	}
	tasks, err := readTasks(answer)
	slices.SortFunc(tasks, func(a, b workflow.Task) int { return byOrder(member(a), member(b)) })
	return tasks, err
}

// byOrder compares effect ids, whose numbers have no leading zeros: of one
// request, the shorter is the earlier.
func byOrder(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return comparePlaces(place{member: a}, place{member: b})
}
