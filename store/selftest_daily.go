package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// daily is what a store does beside requests, all of it in partition 0.
func (v *visitor) daily() []step {
	s, now := v.s, v.now
	k := s.keysOf(0)
	return []step{
		{"mail", v.mail},
		{"mail", func(ctx context.Context) error { _, err := s.Mail(ctx, "aaaaaa"); return unlessNone(err) }},
		{"forget mails", func(ctx context.Context) error {
			_, err := s.ForgetMails(ctx, now.Add(time.Hour))
			return err
		}},
		{"limit", func(ctx context.Context) error { _, err := s.Allow(ctx, "test", 1, time.Hour, now); return err }},
		{"place", func(ctx context.Context) error {
			roads := [][]workflow.Window{{{Key: "place", Limit: 1, Length: time.Hour}}}
			_, err := s.TakePlace(ctx, "test", roads, now)
			return err
		}},
		{"wait", func(ctx context.Context) error { return s.Waits(ctx, "test", v.id, now) }},
		{"waiting", func(ctx context.Context) error { _, err := s.Waiting(ctx, "test", now); return err }},
		{"wait no more", func(ctx context.Context) error { return s.WaitsNoMore(ctx, "test", v.id) }},
		{"first", func(ctx context.Context) error { _, err := s.First(ctx, "test", "test", now); return err }},
		{"name admins", func(ctx context.Context) error {
			_, err := s.NameAdmins(ctx, "test", []string{"test"}, false, now)
			return err
		}},
		{"founding", func(ctx context.Context) error { _, err := s.Founding(ctx); return err }},
		{"founded", func(ctx context.Context) error { return s.Founded(ctx, now) }},
		{"probe", func(ctx context.Context) error {
			s.traced(nil, []string{k.probed()})
			return s.BeginProbe(ctx, Probe{ID: "test", Tenant: "test", Entry: "test", SentAt: now})
		}},
		{"forget probes", func(ctx context.Context) error {
			_, err := s.ForgetProbes(ctx, now.Add(time.Hour))
			return err
		}},
		{"cursor", func(ctx context.Context) error { return s.SaveCursor(ctx, "test", Cursor{}) }},
		{"vault", func(ctx context.Context) error { return s.Vault("test").Keep(ctx, "test") }},
		{"suppress", func(ctx context.Context) error {
			return s.Suppress(ctx, "test@test.invalid", "test", time.Time{}, now)
		}},
		{"unsuppress", func(ctx context.Context) error { return s.Unsuppress(ctx, "test@test.invalid") }},
		{"pause", func(ctx context.Context) error { return s.Pause(ctx, "test", "test", time.Time{}, now) }},
		{"paused", func(ctx context.Context) error { _, _, err := s.Paused(ctx, now); return err }},
		{"resume", s.Resume},
		{"replica", func(ctx context.Context) error { _, err := s.Here(ctx, "test", now); return err }},
	}
}

// mail goes through all that a mail can go through.
func (v *visitor) mail(ctx context.Context) error {
	m := workflow.MailRecord{Digest: strings.Repeat("a", digestHex), Outcome: workflow.MailNoted}
	begun, err := v.s.BeginMail(ctx, m, v.now)
	if err != nil {
		return err
	}
	begun.Outcome = workflow.MailNoted
	for _, do := range []func() error{
		func() error { return v.s.PutOff(ctx, begun) },
		func() error { return v.s.FinishMail(ctx, begun) },
		func() error { return v.s.IgnoreMail(ctx, begun.Digest) },
	} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// unlessNone passes over that there is nothing: only a refusal counts.
func unlessNone(err error) error {
	if errors.Is(err, workflow.NotFound) {
		return nil
	}
	return err
}
