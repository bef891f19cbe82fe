package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// rotation lets every partition come first in its turn.
type rotation struct{ n atomic.Uint64 }

func (r *rotation) next(of int) int { return int(r.n.Add(1) % uint64(of)) }

// Claim gives at most limit tasks due at now, oldest first in all partitions together,
// hidden until now+lease from everybody else. Were some partitions served better than
// others, whoever fills the queue could tell from our answers which one a request is in. It
// is not repeated when the reply is lost: what it had claimed comes due again when the
// lease ends. A partition that cannot be reached holds up no other one. *Behind or *Stale
// when any partition says so, and then nothing is claimed anywhere.
func (s *Store) Claim(
	ctx context.Context, now time.Time, limit int, lease time.Duration,
) ([]workflow.Task, error) {
	shares, err := s.shares(ctx, now, limit)
	if err != nil {
		return nil, err
	}
	var tasks []workflow.Task
	var errs []error
	for _, of := range shares {
		more, err := s.claimIn(ctx, of.partition, now, of.tasks, now.Add(lease))
		if errors.Is(err, workflow.Outdated) {
			s.unclaim(ctx, tasks)
			return nil, err
		}
		if err != nil {
			errs = append(errs, err) // it comes back with the next call
		}
		tasks = append(tasks, more...)
	}
	if len(tasks) == 0 && len(errs) > 0 {
		return nil, errs[0]
	}
	slices.SortStableFunc(tasks, func(a, b workflow.Task) int { return a.DueAt.Compare(b.DueAt) })
	return tasks, nil
}

// unclaim gives back what nobody will look at, past the gate; what cannot be given back
// comes due again when its lease ends.
func (s *Store) unclaim(ctx context.Context, tasks []workflow.Task) {
	for _, t := range tasks {
		k := s.keysOf(t.Request.Partition())
		names := []string{k.due(), k.claim(), k.note(), k.tries(), k.sending()}
		if _, err := s.ask(ctx, s.lua.retry, names,
			member(t), t.Claim, milli(t.DueAt), t.Note, flag(true)); err != nil {
			return
		}
	}
}

// share is how many of the oldest tasks due are in a partition.
type share struct{ partition, tasks int }

// shares counts the limit oldest tasks by the partitions that they are in. Of tasks due in
// one moment, those of another partition come first each time. Partitions in which nothing
// is due are looked at all the same: they may have lost something.
func (s *Store) shares(ctx context.Context, now time.Time, limit int) ([]share, error) {
	if s.cfg.Partitions == 1 {
		return []share{{0, limit}}, nil
	}
	marks := make([]mark, s.cfg.Partitions)
	parts, err := s.some(ctx, func(p redis.Pipeliner, n int, k keys) {
		marks[n] = s.mark(n)
		p.HMGet(ctx, k.guard(), "epoch", "phase")
		p.Get(ctx, k.seq())
		p.ZRangeArgsWithScores(ctx, redis.ZRangeArgs{
			Key: k.due(), ByScore: true, Start: "-inf", Stop: milli(now), Count: int64(limit),
		})
	})
	if err != nil {
		return nil, failed(err, "look for due tasks")
	}
	oldest := make([][]redis.Z, len(parts))
	for n, cmds := range parts {
		if len(cmds) == 0 {
			continue
		}
		if err := marks[n].look(cmds[0], cmds[1]); err != nil {
			return nil, fmt.Errorf("look for due tasks: %w", err)
		}
		oldest[n] = cmds[2].(*redis.ZSliceCmd).Val()
	}
	return sharesOf(oldest, s.turn.next(s.cfg.Partitions), limit), nil
}

func sharesOf(oldest [][]redis.Z, first, limit int) []share {
	type waiting struct {
		partition int
		due       float64
	}
	var all []waiting
	for i := range oldest {
		n := (first + i) % len(oldest)
		for _, z := range oldest[n] {
			all = append(all, waiting{n, z.Score})
		}
	}
	slices.SortStableFunc(all, func(a, b waiting) int { return cmp.Compare(a.due, b.due) })
	var shares []share
	for _, t := range all[:min(limit, len(all))] {
		i := slices.IndexFunc(shares, func(of share) bool { return of.partition == t.partition })
		if i < 0 {
			shares = append(shares, share{partition: t.partition})
			i = len(shares) - 1
		}
		shares[i].tasks++
	}
	return shares
}

func (s *Store) claimIn(
	ctx context.Context, partition int, now time.Time, limit int, until time.Time,
) ([]workflow.Task, error) {
	if limit <= 0 {
		return nil, nil
	}
	first, err := s.number()
	if err != nil {
		return nil, err
	}
	k, m := s.keysOf(partition), s.mark(partition)
	names := []string{
		k.due(), k.task(), k.claim(), k.tries(), k.note(), k.seq(), k.guard(), k.lapsed(),
		k.sending(), k.perhaps(),
	}
	args := []any{milli(now), limit, milli(until), m.epoch, m.seen, first}
	answer, missed := s.gated(ctx, s.lua.claim, names, args)
	if answer == nil && missed != nil {
		return nil, failed(missed, "claim tasks")
	}
	row, err := texts(answer)
	if err != nil || len(row) == 0 {
		return nil, fmt.Errorf("claim tasks: odd answer")
	}
	if err := m.trusted(row[0]); err != nil {
		return nil, fmt.Errorf("claim tasks: %w", err)
	}
	tasks, err := readTasks(row[1:])
	if missed != nil { // while nothing can be committed, nothing is begun
		s.unclaim(ctx, tasks)
		return nil, failed(missed, "claim tasks")
	}
	if err == nil {
		_, err = m.heard(row[0])
	}
	return tasks, err
}

// texts reads a list of strings.
func texts(answer any) ([]string, error) {
	list, ok := answer.([]any)
	if !ok {
		return nil, fmt.Errorf("script answered %T", answer)
	}
	all := make([]string, len(list))
	for i := range list {
		if all[i], ok = list[i].(string); !ok {
			return nil, fmt.Errorf("script answered a list with %T", list[i])
		}
	}
	return all, nil
}

// numberBits leave room to count on from a number: Lua knows integers up to 2^53.
const numberBits = 52

// number draws the number of a claim. None that a store counts would do: rolled back, it
// would give the same one out twice.
func (s *Store) number() (int64, error) {
	b, err := s.bytes(8)
	if err != nil {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(b)>>(64-numberBits)) | 1<<(numberBits-1), nil
}

// readTasks gives all that can be read, also with an error: one that cannot must not let the
// claims on the others lapse.
func readTasks(answer []string) (tasks []workflow.Task, err error) {
	for row := range slices.Chunk(answer, claimed) {
		t, odd := readTask(row)
		if odd != nil {
			err = errors.Join(err, odd)
			continue
		}
		tasks = append(tasks, t)
	}
	return tasks, err
}

// claimed values describe a task in the answers of claim.lua and tasks.lua.
const claimed = 8

func readTask(row []string) (workflow.Task, error) {
	if len(row) != claimed {
		return workflow.Task{}, fmt.Errorf("claim tasks: %d values for a task", len(row))
	}
	due, err := moment(row[1])
	if err != nil {
		return workflow.Task{}, err
	}
	tries, _ := strconv.Atoi(row[2]) // all are numbers that the script wrote
	number, _ := strconv.ParseInt(row[4], 10, 64)
	lapsed, _ := strconv.Atoi(row[6])
	perhaps, _ := strconv.Atoi(row[7])
	t := workflow.Task{
		Request: workflow.ID(row[0]), DueAt: due, Attempts: tries, Note: row[3], Claim: number,
		Lapsed: lapsed, Perhaps: perhaps,
	}
	if row[5] == "" {
		return t, nil
	}
	var e workflow.Effect
	if err := json.Unmarshal([]byte(row[5]), &e); err != nil {
		return t, fmt.Errorf("read effect %s: %v", row[0], err)
	}
	t.Request, t.Effect = e.Request, &e
	return t, nil
}

// member is the name of a task in the due-set: the effect's id, or the request's
// for its timer.
func member(t workflow.Task) string {
	if t.Effect == nil {
		return string(t.Request)
	}
	return string(t.Effect.ID)
}

// Extend hides a claimed task until then; Fenced when it is no longer the
// caller's.
func (s *Store) Extend(ctx context.Context, t workflow.Task, until time.Time) error {
	k := s.keysOf(t.Request.Partition())
	word, err := s.runWord(ctx, s.lua.extend, []string{k.due(), k.claim()},
		member(t), t.Claim, milli(until))
	return held(word, err, "extend", t)
}

// Retry gives a claimed task back, due at that time with a note for the next
// attempt; Fenced when it is no longer the caller's.
func (s *Store) Retry(ctx context.Context, t workflow.Task, at time.Time, note string) error {
	return s.giveBack(ctx, t, at, note, true)
}

// Wait is Retry for a task that was not attempted, for it has to wait: the claim
// counts for no attempt.
func (s *Store) Wait(ctx context.Context, t workflow.Task, until time.Time, note string) error {
	return s.giveBack(ctx, t, until, note, false)
}

func (s *Store) giveBack(
	ctx context.Context, t workflow.Task, at time.Time, note string, counts bool,
) error {
	k := s.keysOf(t.Request.Partition())
	names := []string{k.due(), k.claim(), k.note(), k.tries(), k.sending()}
	word, err := s.runWord(ctx, s.lua.retry, names,
		member(t), t.Claim, milli(at.Add(time.Millisecond-1)), note, flag(!counts))
	return held(word, err, "retry", t)
}

// Done removes a claimed effect that needs no event; Fenced when somebody else
// has it. A timer is set again to its request's WakeAt.
func (s *Store) Done(ctx context.Context, t workflow.Task) error {
	k := s.keysOf(t.Request.Partition())
	names := []string{
		k.due(), k.task(), k.claim(), k.tries(), k.note(),
		k.waiting(t.Request), k.request(t.Request), k.outbox(),
		k.lapsed(), k.sending(), k.perhaps(),
	}
	word, err := s.runWord(ctx, s.lua.done, names, member(t), t.Claim, flag(t.Effect == nil))
	return held(word, err, "finish", t)
}

func held(word string, err error, doing string, t workflow.Task) error {
	if err != nil {
		return failed(err, "%s task %s", doing, member(t))
	}
	if word == "fenced" {
		return fmt.Errorf("%s task %s: %w", doing, member(t), workflow.Fenced)
	}
	return nil
}

// NextDue is when the next task falls due, a claimed one when its lease ends;
// zero when there is none. Partitions that do not answer are left out.
func (s *Store) NextDue(ctx context.Context) (time.Time, error) {
	parts, err := s.some(ctx, func(p redis.Pipeliner, _ int, k keys) {
		p.ZRangeWithScores(ctx, k.due(), 0, 0)
	})
	if err != nil {
		return time.Time{}, failed(err, "look for the next task")
	}
	var next time.Time
	for _, cmds := range parts {
		for _, cmd := range cmds {
			next = earliest(next, cmd)
		}
	}
	return next, nil
}

// Overdue is since when the oldest task is due that nobody works on; zero when there is
// none. It lies ahead where all that is due is being worked on, or nothing is due yet.
func (s *Store) Overdue(ctx context.Context) (time.Time, error) { return s.NextDue(ctx) }

// earliest is the earlier of a moment, zero for none, and of what a sorted set begins with.
func earliest(than time.Time, cmd redis.Cmder) time.Time {
	for _, z := range cmd.(*redis.ZSliceCmd).Val() {
		if at := time.UnixMilli(int64(z.Score)).UTC(); than.IsZero() || at.Before(than) {
			than = at
		}
	}
	return than
}
