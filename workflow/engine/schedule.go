package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/robfig/cron/v3"
)

// A Pass is level-triggered work: it does everything that is due, however often
// and however late it is woken.
type Pass func(ctx context.Context) error

// Schedule wakes passes by cron specs. It decides nothing: what is due lives in
// the store, so a missed or doubled tick changes nothing.
type Schedule struct {
	cron   *cron.Cron
	log    *slog.Logger
	passes []scheduled
}

type scheduled struct {
	name string
	job  cron.Job
}

// NewSchedule makes an empty schedule in UTC.
func NewSchedule(log *slog.Logger) *Schedule {
	return &Schedule{cron: cron.New(cron.WithLocation(time.UTC)), log: log}
}

// ParseSpec checks a cron spec of five fields, or a descriptor such as "@every 1m".
// robfig/cron v3.0.1 panics on "TZ=UTC" alone (issue 554) and accepts dates that
// never come; both are errors here. now is only a point from which to look ahead.
func ParseSpec(spec string, now time.Time) (s cron.Schedule, err error) {
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("read schedule %q: not a cron spec", spec)
		}
	}()
	s, err = cron.ParseStandard(spec)
	if err != nil {
		return nil, fmt.Errorf("read schedule %q: %v", spec, err)
	}
	if s.Next(now).IsZero() {
		return nil, fmt.Errorf("read schedule %q: it never comes", spec)
	}
	return s, nil
}

// Add wakes pass by spec. Skipping stands outside recovering: the other way
// round one panic would leave the pass skipped for ever.
func (s *Schedule) Add(ctx context.Context, name, spec string, now time.Time, pass Pass) error {
	parsed, err := ParseSpec(spec, now)
	if err != nil {
		return fmt.Errorf("schedule %s: %w", name, err)
	}
	log := cronLog{s.log.With("schedule", name)}
	job := cron.NewChain(cron.SkipIfStillRunning(log), cron.Recover(log)).Then(cron.FuncJob(func() {
		err := pass(ctx)
		if err != nil && !errors.Is(err, context.Canceled) {
			log.log.Error("pass failed", "error", err)
		}
	}))
	s.cron.Schedule(parsed, job)
	s.passes = append(s.passes, scheduled{name, job})
	return nil
}

// Run runs every pass once, then wakes them until ctx ends, and returns when
// those that are running have ended.
func (s *Schedule) Run(ctx context.Context) error {
	var first sync.WaitGroup
	for _, p := range s.passes {
		first.Add(1)
		go func() {
			defer first.Done()
			p.job.Run()
		}()
	}
	s.cron.Start()
	<-ctx.Done()
	first.Wait()
	<-s.cron.Stop().Done()
	return nil
}

// cronLog gives cron's own words to slog.
type cronLog struct{ log *slog.Logger }

func (l cronLog) Info(msg string, kv ...any) { l.log.Debug(msg, kv...) }

func (l cronLog) Error(err error, msg string, kv ...any) {
	l.log.Error(msg, append(kv, "error", err)...)
}
