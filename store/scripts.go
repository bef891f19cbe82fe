package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua lua/shared/*.lua
var lua embed.FS

// script is one of them, under the name of its file.
type script struct {
	*redis.Script
	name, text string
}

// scripts are all writes that must be one step, and the reads that must be. Each
// file opens with the legend of its keys, arguments and answers.
type scripts struct {
	commit, vacate                     *script
	claim, extend, retry, done         *script
	acquire, release, fence            *script
	found, halt, guard, replica        *script
	beginRecovery, endRecovery         *script
	sending                            *script
	page, tasks                        *script
	beginMail, finishMail, forgetMails *script
	putOffMail, judgeMail              *script
	limit, first, nameAdmins           *script
	takePlace, wait, waiting           *script
	key, put, forget, forgetProbe      *script
}

func (s *scripts) names() map[string]**script {
	return map[string]**script{
		"commit": &s.commit, "vacate": &s.vacate,
		"claim": &s.claim, "extend": &s.extend, "retry": &s.retry, "done": &s.done,
		"acquire": &s.acquire, "release": &s.release, "fence": &s.fence,
		"found": &s.found, "halt": &s.halt, "guard": &s.guard, "replica": &s.replica,
		"begin_recovery": &s.beginRecovery, "end_recovery": &s.endRecovery,
		"sending": &s.sending,
		"page":    &s.page, "tasks": &s.tasks,
		"begin_mail": &s.beginMail, "finish_mail": &s.finishMail, "forget_mails": &s.forgetMails,
		"put_off_mail": &s.putOffMail, "judge_mail": &s.judgeMail,
		"limit": &s.limit, "first": &s.first, "name_admins": &s.nameAdmins,
		"take_place": &s.takePlace, "wait": &s.wait, "waiting": &s.waiting,
		"key": &s.key, "put": &s.put, "forget": &s.forget, "forget_probe": &s.forgetProbe,
	}
}

func loadScripts() (scripts, error) {
	var s scripts
	for name, to := range s.names() {
		text, err := scriptText(name)
		if err != nil {
			return scripts{}, fmt.Errorf("read script %s: %v", name, err)
		}
		*to = &script{Script: redis.NewScript(text), name: name, text: text}
	}
	return s, nil
}

// shared are the functions that several scripts begin with.
var shared = []string{"outdated", "resting", "overtaken", "witness"}

// scriptText is a script with the shared functions that it calls before it.
func scriptText(name string) (string, error) {
	text, err := lua.ReadFile("lua/" + name + ".lua")
	if err != nil {
		return "", err
	}
	before := ""
	for _, f := range shared {
		if !strings.Contains(string(text), f+"(") {
			continue
		}
		function, err := lua.ReadFile("lua/shared/" + f + ".lua")
		if err != nil {
			return "", err
		}
		before += string(function)
	}
	return before + string(text), nil
}

// maxTries bounds how often one call is sent; with the default backoff it gives
// up after about 1.5 s.
const maxTries = 6

// maxSilent bounds how often a server that keeps its connections and says nothing is
// asked: each time takes as long as one attempt may.
const maxSilent = 2

// again calls f until it succeeds, fails for good, or was tried often enough. f
// must be safe to repeat: its effect must be the same once or twice.
func (s *Store) again(ctx context.Context, f func() error) error {
	for n, silent := 1, 0; ; n++ {
		err := f()
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			silent++
		}
		if err != nil && worthRepeating(err) {
			s.lookAnew(ctx)
		}
		if err == nil || n == maxTries || silent == maxSilent || ctx.Err() != nil || !worthRepeating(err) {
			return err
		}
		if s.cfg.Backoff(ctx, n) != nil {
			return err
		}
	}
}

// run executes a repeatable script that changes something; the answer is a string or a
// list, and what was changed counts as committed.
func (s *Store) run(
	ctx context.Context, script *script, k []string, args ...any,
) (any, error) {
	var answer any
	err := s.again(ctx, func() (err error) {
		answer, err = s.gated(ctx, script, k, args)
		return err
	})
	return answer, err
}

// ask executes a script past the gate: one that only reads, or whose loss harms nobody.
func (s *Store) ask(
	ctx context.Context, script *script, k []string, args ...any,
) (answer any, err error) {
	s.traced(script, k)
	err = s.again(ctx, func() error {
		answer, err = script.Run(ctx, s.db, k, args...).Result()
		return err
	})
	return answer, err
}

// runWord is run for the scripts that answer with one word.
func (s *Store) runWord(
	ctx context.Context, script *script, k []string, args ...any,
) (string, error) {
	answer, err := s.run(ctx, script, k, args...)
	if err != nil {
		return "", err
	}
	word, ok := answer.(string)
	if !ok {
		return "", fmt.Errorf("script answered %T", answer)
	}
	return word, nil
}

// each runs one read command for every partition in one round trip.
func (s *Store) each(
	ctx context.Context, f func(p redis.Pipeliner, n int, k keys),
) ([]redis.Cmder, error) {
	var cmds []redis.Cmder
	err := s.again(ctx, func() (err error) {
		cmds, err = s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
			for n := range s.cfg.Partitions {
				f(p, n, s.keysOf(n))
			}
			return nil
		})
		return firstOf(cmds, err)
	})
	return cmds, err
}
