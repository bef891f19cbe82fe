package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// A digest is typed by its beginning, of so many hexadecimal digits.
const (
	fewestHex    = 6
	digestHex    = 64
	scanAtOnce   = 1000
	fewAmbiguous = 5
)

// Mail gives the record of the mail that a person means by a unique beginning of
// its digest, at least six hexadecimal digits. NotFound, or *Ambiguous. It reads
// through all digests: it is for people, not for every mail.
func (s *Store) Mail(ctx context.Context, typed string) (workflow.MailRecord, error) {
	begin := strings.ToLower(strings.TrimSpace(typed))
	if len(begin) < fewestHex || len(begin) > digestHex ||
		strings.Trim(begin, "0123456789abcdef") != "" {
		return workflow.MailRecord{}, fmt.Errorf("find mail %.70q: type at least %d digits "+
			"of its digest: %w", typed, fewestHex, workflow.NotFound)
	}
	digests := []string{begin}
	if len(begin) < digestHex {
		var err error
		if digests, err = s.digests(ctx, begin); err != nil {
			return workflow.MailRecord{}, err
		}
	}
	if len(digests) > 1 {
		slices.Sort(digests)
		return workflow.MailRecord{}, &Ambiguous{
			Typed: typed, Mails: digests[:min(len(digests), fewAmbiguous)],
		}
	}
	mails, err := s.readMails(ctx, digests)
	if err != nil {
		return workflow.MailRecord{}, err
	}
	if len(mails) == 0 {
		return workflow.MailRecord{}, fmt.Errorf("find mail %s: %w", begin, workflow.NotFound)
	}
	return mails[0], nil
}

// digests are those that begin so. A scan may give one twice.
func (s *Store) digests(ctx context.Context, begin string) ([]string, error) {
	var found []string
	for cursor := uint64(0); ; {
		var row []string
		err := s.again(ctx, func() (err error) {
			row, cursor, err = s.db.HScan(ctx, s.keysOf(0).mail(), cursor, begin+"*", scanAtOnce).Result()
			return err
		})
		if err != nil {
			return nil, failed(err, "find mail %s", begin)
		}
		for pair := range slices.Chunk(row, 2) {
			if !slices.Contains(found, pair[0]) {
				found = append(found, pair[0])
			}
		}
		if cursor == 0 {
			return found, nil
		}
	}
}

// ReplayMail makes a mail undecided again, without any attempt: the next scan that
// finds it takes it as new. The store has no copy of it: where it was moved away it
// must be brought back. NotFound.
func (s *Store) ReplayMail(ctx context.Context, digest string) error {
	return s.ReplayMailBy(ctx, digest, "")
}

// ReplayMailBy is ReplayMail, and notes the operator who wants it.
func (s *Store) ReplayMailBy(ctx context.Context, digest, operator string) error {
	return s.judge(ctx, digest, func(m *workflow.MailRecord) {
		if m.Outcome != undecided { // asked for twice, it is replayed once
			m.Replays++
		}
		m.Outcome, m.Rule, m.Requests, m.By = undecided, "", nil, operator
		m.Attempts = 0
	})
}

// IgnoreMail decides that nothing is to come of a mail, whatever came of it before.
// NotFound.
func (s *Store) IgnoreMail(ctx context.Context, digest string) error {
	return s.IgnoreMailBy(ctx, digest, "")
}

// IgnoreMailBy is IgnoreMail, and notes the operator who wants it.
func (s *Store) IgnoreMailBy(ctx context.Context, digest, operator string) error {
	return s.judge(ctx, digest, func(m *workflow.MailRecord) {
		m.Outcome, m.By = workflow.MailIgnored, operator
	})
}

// maxJudged bounds how often an operator's word is read into a record that others
// are changing.
const maxJudged = 8

// judge replaces a record by what becomes of it; none that came in between is lost.
func (s *Store) judge(
	ctx context.Context, digest string, become func(*workflow.MailRecord),
) error {
	for range maxJudged {
		word, err := s.tryJudge(ctx, digest, become)
		if err != nil || word == "judged" {
			return err
		}
	}
	return fmt.Errorf("judge mail %s: its record changed %d times: %w",
		digest, maxJudged, workflow.Conflict)
}

func (s *Store) tryJudge(
	ctx context.Context, digest string, become func(*workflow.MailRecord),
) (string, error) {
	k := s.keysOf(0)
	seen, m, err := s.seenMail(ctx, digest)
	if err != nil {
		return "", err
	}
	become(&m)
	wanted, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("judge mail %s: %v", digest, err)
	}
	names := append([]string{k.mail(), k.mailTries(), k.mailOp()}, mailIndexes(k, m.Outcome)...)
	answer, err := s.runMail(ctx, "judge mail "+digest, s.lua.judgeMail, names,
		digest, seen, wanted, milli(m.FirstSeen), flag(m.Outcome == undecided))
	word, _ := answer.(string)
	return word, err
}

// seenMail gives a record as it is stored, and with the attempts so far.
func (s *Store) seenMail(
	ctx context.Context, digest string,
) (seen string, m workflow.MailRecord, err error) {
	k := s.keysOf(0)
	var tries string
	err = s.again(ctx, func() error {
		if seen, err = s.db.HGet(ctx, k.mail(), digest).Result(); err != nil {
			return err
		}
		tries, err = s.db.HGet(ctx, k.mailTries(), digest).Result()
		return notNil(err)
	})
	if errors.Is(err, redis.Nil) {
		return "", m, fmt.Errorf("judge mail %.70s: %w", digest, workflow.NotFound)
	}
	if err != nil {
		return "", m, failed(err, "judge mail %s", digest)
	}
	m, err = readMail(digest, seen)
	if n, bad := strconv.Atoi(tries); bad == nil {
		m.Attempts = n
	}
	return seen, m, err
}

// mailIndexes are those of all outcomes and of none, that one first.
func mailIndexes(k keys, first workflow.Outcomes) []string {
	names := []string{k.mails(first)}
	for _, o := range append(outcomes(), undecided) {
		if o != first {
			names = append(names, k.mails(o))
		}
	}
	return names
}

// flag is a yes or no as the scripts read it.
func flag(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}
