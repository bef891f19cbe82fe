package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// trace is what a self-test has used so far.
type trace struct {
	last *script // nil when the last command was none
	ran  map[string]bool
	keys map[string]bool
}

// traced notes what is about to be used.
func (s *Store) traced(script *script, keys []string) {
	if s.trace == nil {
		return
	}
	s.trace.last = script
	if script != nil {
		s.trace.ran[script.name] = true
	}
	for _, k := range keys {
		s.trace.keys[k] = true
	}
}

// SelfTest lets every script and every other command do its work once on each master, on
// keys of its own of which nothing stays (what one leaves that is killed, a later one clears
// away): what this Redis refuses to this user, or cannot
// do, shows now and not in the middle of a commit. All refusals are given at once, each
// with its script and command. *Unreachable when Redis cannot work now.
func (s *Store) SelfTest(ctx context.Context) error {
	partitions, err := s.onePerMaster(ctx)
	if err != nil {
		return failed(err, "test the store")
	}
	var refused []string
	for _, n := range partitions {
		of, err := s.testPartition(ctx, n)
		if err != nil {
			return err
		}
		refused = append(refused, of...)
	}
	if len(refused) == 0 {
		return nil
	}
	slices.Sort(refused)
	return fmt.Errorf("test the store: Redis refuses some of what it needs to this user "+
		"(allow it: ACL SETUSER NAME +command, and the keys ~{%s:*):\n  %s",
		s.cfg.Prefix, strings.Join(slices.Compact(refused), "\n  "))
}

// onePerMaster gives partitions that lie on different servers, one for each.
func (s *Store) onePerMaster(ctx context.Context) (partitions []int, err error) {
	cluster, ok := s.db.(*redis.ClusterClient)
	if !ok {
		return []int{0}, nil
	}
	seen := map[string]bool{}
	for n := range s.cfg.Partitions {
		var node *redis.Client
		err := s.again(ctx, func() (err error) {
			node, err = cluster.MasterForKey(ctx, s.keysOf(n).due())
			return err
		})
		if err != nil {
			return nil, err
		}
		if addr := node.Options().Addr; !seen[addr] {
			seen[addr] = true
			partitions = append(partitions, n)
		}
	}
	return partitions, nil
}

// testPartition lives a short life there, and gives what was refused.
func (s *Store) testPartition(ctx context.Context, partition int) (refused []string, err error) {
	t, err := s.shade()
	if err != nil {
		return nil, err
	}
	s.begun(ctx, partition, t)
	for _, step := range t.life(partition) {
		t.trace.last = nil
		err := step.do(ctx)
		if err == nil || errors.Is(err, errNothing) {
			continue
		}
		var wait *Unreachable
		if errors.As(err, &wait) || ctx.Err() != nil {
			return nil, errors.Join(fmt.Errorf("test the store: %w", err), t.vanish(ctx))
		}
		refused = append(refused, t.trace.explain(step.name, err))
	}
	if len(refused) > 0 {
		return refused, t.vanish(ctx)
	}
	return nil, errors.Join(t.vanish(ctx), s.sweep(ctx, partition, t))
}

// shade is a store beside the store, on the same server, with keys and knowledge of its own.
func (s *Store) shade() (*Store, error) {
	name, err := s.random(8)
	if err != nil {
		return nil, err
	}
	master, err := s.bytes(masterKeyBytes)
	if err != nil {
		return nil, err
	}
	t := *s
	t.cfg.MasterKey, t.cfg.BlobDir = master, ""
	t.known, t.turn, t.under = newKnowledge(s.cfg.Partitions), &rotation{}, workflow.Lease{}
	t.shadow = "probe:" + name + ":"
	t.trace = &trace{ran: map[string]bool{}, keys: map[string]bool{}}
	return &t, nil
}

// begun remembers a self-test, so that a later one can clear away after it should its process
// die in the middle. Where that is refused, so is more, and the test itself tells of it.
func (s *Store) begun(ctx context.Context, partition int, t *Store) {
	s.db.ZAdd(ctx, s.keysOf(partition).tests(), redis.Z{Score: float64(s.cfg.Now().UnixMilli()), Member: t.shadow})
}

// sweep clears away after the self-tests that have not ended within an hour, and forgets this one.
func (s *Store) sweep(ctx context.Context, partition int, t *Store) error {
	key := s.keysOf(partition).tests()
	before := milli(s.cfg.Now().Add(-time.Hour))
	died, err := s.db.ZRangeByScore(ctx, key, &redis.ZRangeBy{Min: "-inf", Max: before}).Result()
	if err != nil {
		return failed(err, "ask for the tests of the store that have not ended")
	}
	for _, shadow := range died {
		if err := t.clear(ctx, shadow); err != nil {
			return err
		}
	}
	ended := []any{t.shadow}
	for _, shadow := range died {
		ended = append(ended, shadow)
	}
	if err := s.again(ctx, func() error { return s.db.ZRem(ctx, key, ended...).Err() }); err != nil {
		return failed(err, "forget the tests of the store that have ended")
	}
	return nil
}

// vanish removes all that was used.
func (s *Store) vanish(ctx context.Context) error { return s.clear(ctx, s.shadow) }

// clear removes all that a self-test of that shadow can have used, as this one did.
func (s *Store) clear(ctx context.Context, shadow string) error {
	of := map[string][]string{}
	for key := range s.trace.keys {
		tag, _, _ := strings.Cut(key, "}")
		of[tag] = append(of[tag], strings.Replace(key, s.shadow, shadow, 1))
	}
	for _, keys := range of {
		err := s.again(ctx, func() error { return s.db.Del(ctx, keys...).Err() })
		if err != nil {
			return failed(err, "clear away the test of the store")
		}
	}
	return nil
}

var (
	inLine = regexp.MustCompile(`user_script:(\d+)`)
	called = regexp.MustCompile(`redis\.call\('(\w+)'`)
)

// explain says which script was refused which command. Redis 7 tells the line of the
// script alone.
func (t *trace) explain(step string, err error) string {
	if t.last == nil {
		return fmt.Sprintf("%s: %v", step, err)
	}
	command := ""
	if at := inLine.FindStringSubmatch(err.Error()); at != nil {
		n, _ := strconv.Atoi(at[1])
		lines := strings.Split(t.last.text, "\n")
		if n >= 1 && n <= len(lines) {
			if call := called.FindStringSubmatch(lines[n-1]); call != nil {
				command = " (" + call[1] + ")"
			}
		}
	}
	return fmt.Sprintf("script %s%s: %v", t.last.name, command, err)
}

// errNothing: a step had nothing to do, since one before it was refused.
var errNothing = errors.New("there is nothing to test it with")

// step is a part of the life.
type step struct {
	name string
	do   func(ctx context.Context) error
}

// life is all that a store ever does, in a partition where that matters.
func (s *Store) life(partition int) []step {
	v := &visitor{s: s, now: s.cfg.Now(), id: workflow.ID(fmt.Sprintf("%02dselftest", partition))}
	steps := []step{
		{"found", func(ctx context.Context) error { _, err := s.Found(ctx); return err }},
		{"lease", v.lease},
		{"birth", v.birth}, {"look", v.look}, {"vacate", v.vacate},
		{"store a blob", v.blob},
		{"claim", v.claim}, {"extend", v.extend}, {"sending", v.sending}, {"retry", v.retry},
		{"claim", v.claim}, {"done", v.done},
		{"forget", func(ctx context.Context) error { return s.Forget(ctx, v.id) }},
	}
	if partition == 0 || s.clustered() {
		steps = append(steps, v.daily()...)
	}
	return append(steps,
		step{"halt", func(ctx context.Context) error { return s.Halt(ctx, "test") }},
		step{"begin recovery", func(ctx context.Context) error {
			_, err := s.BeginRecovery(ctx, s.Epoch()+2, "")
			return err
		}},
		step{"end recovery", func(ctx context.Context) error { return s.EndRecovery(ctx, s.Epoch()) }},
		step{"release", func(ctx context.Context) error { return s.Release(ctx, v.held) }},
	)
}

func (s *Store) clustered() bool {
	_, is := s.db.(*redis.ClusterClient)
	return is
}

// visitor lives the life.
type visitor struct {
	s    *Store
	now  time.Time
	id   workflow.ID
	held workflow.Lease
	task *workflow.Task
}

func (v *visitor) lease(ctx context.Context) (err error) {
	v.held, err = v.s.Acquire(ctx, "test", "test", v.now, time.Minute)
	return err
}

func (v *visitor) change() workflow.Change {
	return workflow.Change{
		Request: workflow.Request{
			ID: v.id, Version: 1, State: workflow.NeedsReview, Deadline: v.now, WakeAt: v.now.Add(time.Hour),
		},
		Op: "test", Groups: []string{"test"}, Fence: v.held,
		Entry: workflow.Entry{Seq: 1, To: workflow.NeedsReview, Private: []byte(`{}`)},
		Effects: []workflow.Effect{{
			ID: workflow.EffectID(v.id + ".1"), Request: v.id, Type: workflow.SendReceipt, OrderedAt: v.now,
		}},
	}
}

func (v *visitor) birth(ctx context.Context) error { return v.s.Commit(ctx, v.change()) }

// look reads a request in every way.
func (v *visitor) look(ctx context.Context) error {
	if _, err := v.s.Load(ctx, v.id); errors.Is(err, workflow.NotFound) {
		return errNothing
	}
	for _, read := range []func() error{
		func() error { _, err := v.s.Load(ctx, v.id); return err },
		func() error { _, err := v.s.Applied(ctx, v.id, "test"); return err },
		func() error { _, err := v.s.History(ctx, v.id); return err },
		func() error { _, err := v.s.Tasks(ctx, v.id); return err },
		func() error { _, _, err := v.s.List(ctx, Query{}); return err },
		func() error { _, err := v.s.Find(ctx, "selftest"); return err },
		func() error { _, err := v.s.Count(ctx); return err },
		func() error { _, err := v.s.Oldest(ctx); return err },
		func() error { _, err := v.s.NextDue(ctx); return err },
	} {
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

func (v *visitor) vacate(ctx context.Context) error {
	groups, err := v.s.groups(v.change())
	if err != nil {
		return err
	}
	k := v.s.keysOf(v.id.Partition())
	_, err = v.s.runWord(ctx, v.s.lua.vacate, []string{k.request(v.id), k.groups()},
		string(v.id), 1, groups[0])
	return err
}

// blob is stored, read and deleted.
func (v *visitor) blob(ctx context.Context) error {
	if _, err := v.s.Put(ctx, v.id, "test", strings.NewReader("test")); err != nil {
		return err
	}
	k := v.s.keysOf(v.id.Partition())
	v.s.traced(nil, []string{k.blob(v.id, "test"), k.blobs(v.id)})
	r, _, err := v.s.Open(ctx, v.id, "test")
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return errors.Join(err, r.Close(), v.s.Delete(ctx, v.id, "test"))
}

func (v *visitor) claim(ctx context.Context) error {
	v.task = nil
	tasks, err := v.s.claimIn(ctx, v.id.Partition(), v.now, 1, v.now)
	if err == nil && len(tasks) == 0 {
		return errNothing
	}
	if err == nil {
		v.task = &tasks[0]
	}
	return err
}

func (v *visitor) with(do func(t workflow.Task) error) error {
	if v.task == nil {
		return errNothing
	}
	return do(*v.task)
}

func (v *visitor) extend(ctx context.Context) error {
	return v.with(func(t workflow.Task) error { return v.s.Extend(ctx, t, v.now.Add(time.Minute)) })
}

func (v *visitor) sending(ctx context.Context) error {
	return v.with(func(t workflow.Task) error { return v.s.Sending(ctx, t) })
}

func (v *visitor) retry(ctx context.Context) error {
	return v.with(func(t workflow.Task) error { return v.s.Retry(ctx, t, v.now.Add(-time.Hour), "test") })
}

func (v *visitor) done(ctx context.Context) error {
	return v.with(func(t workflow.Task) error { return v.s.Done(ctx, t) })
}
