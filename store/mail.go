package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// undecided is the outcome of a mail that is under way, or died on the way.
const undecided workflow.Outcomes = ""

// outcomes are all that a mail can come to.
func outcomes() []workflow.Outcomes {
	return []workflow.Outcomes{
		workflow.MailStarted, workflow.MailRepeated, workflow.MailAnswered, workflow.MailAskedBack,
		workflow.MailHeld, workflow.MailNoted, workflow.MailOwn, workflow.MailQuarantined,
		workflow.MailIgnored,
	}
}

// BeginMail counts one more attempt at a mail, before anything of it is parsed,
// and gives the record as stored. One with an Outcome was finished before: it is
// not counted again and needs nothing more. First seen is now, where m does not
// say.
func (s *Store) BeginMail(
	ctx context.Context, m workflow.MailRecord, now time.Time,
) (workflow.MailRecord, error) {
	if m.Digest == "" {
		return m, fmt.Errorf("begin mail: it has no digest")
	}
	if m.FirstSeen.IsZero() {
		m.FirstSeen = now.UTC()
	}
	m.Outcome, m.Attempts = undecided, 0
	body, err := json.Marshal(m)
	if err != nil {
		return m, fmt.Errorf("begin mail %s: %v", m.Digest, err)
	}
	op, err := s.random(8)
	if err != nil {
		return m, err
	}
	k := s.keysOf(0)
	answer, err := s.runMail(ctx, "begin mail "+m.Digest, s.lua.beginMail,
		[]string{k.mail(), k.mailTries(), k.mailOp(), k.mails(undecided)},
		m.Digest, op, body, milli(m.FirstSeen), s.under.Owner)
	if err != nil {
		return m, err
	}
	return readBegun(m.Digest, answer)
}

func readBegun(digest string, answer any) (workflow.MailRecord, error) {
	row, ok := answer.([]any)
	if !ok || len(row) != 2 {
		return workflow.MailRecord{}, fmt.Errorf("begin mail %s: odd answer", digest)
	}
	body, _ := row[0].(string)
	tries, _ := row[1].(string)
	m, err := readMail(digest, body)
	if err != nil || tries == "" {
		return m, err
	}
	if m.Attempts, err = strconv.Atoi(tries); err != nil {
		return m, fmt.Errorf("begin mail %s: attempts %q", digest, tries)
	}
	return m, nil
}

func readMail(digest, body string) (workflow.MailRecord, error) {
	var m workflow.MailRecord
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return m, fmt.Errorf("read record of mail %s: %v", digest, err)
	}
	return m, nil
}

// FinishMail writes down the one end that a mail came to.
func (s *Store) FinishMail(ctx context.Context, m workflow.MailRecord) error {
	if m.Digest == "" || !slices.Contains(outcomes(), m.Outcome) {
		return fmt.Errorf("finish mail %s: outcome %q is none", m.Digest, m.Outcome)
	}
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("finish mail %s: %v", m.Digest, err)
	}
	k := s.keysOf(0)
	names := append([]string{k.mail(), k.mailTries(), k.mailOp()}, mailIndexes(k, m.Outcome)...)
	_, err = s.runMail(ctx, "finish mail "+m.Digest, s.lua.finishMail, names,
		m.Digest, body, milli(m.FirstSeen))
	return err
}

// Mails gives one page of mail records, the newest first, and where the next
// page begins; "" on the last. Without outcomes it gives all, the undecided too.
func (s *Store) Mails(ctx context.Context, q Query) ([]workflow.MailRecord, string, error) {
	wanted := q.Outcomes
	if len(wanted) == 0 {
		wanted = append(outcomes(), undecided)
	}
	k := s.keysOf(0)
	var indexes []string
	for _, o := range wanted {
		indexes = append(indexes, k.mails(o))
	}
	places, next, err := s.page(ctx, indexes, q, "down")
	if err != nil {
		return nil, "", fmt.Errorf("list mails: %w", err)
	}
	digests := make([]string, len(places))
	for i, p := range places {
		digests[i] = p.member
	}
	mails, err := s.readMails(ctx, digests)
	return mails, next, err
}

func (s *Store) readMails(ctx context.Context, digests []string) ([]workflow.MailRecord, error) {
	if len(digests) == 0 {
		return nil, nil
	}
	bodies, err := s.fields(ctx, s.keysOf(0).mail(), digests)
	if err != nil {
		return nil, failed(err, "list mails")
	}
	tries, err := s.fields(ctx, s.keysOf(0).mailTries(), digests)
	if err != nil {
		return nil, failed(err, "list mails")
	}
	var mails []workflow.MailRecord
	for i, digest := range digests {
		body, ok := bodies[i].(string)
		if !ok {
			continue // forgotten between the two reads
		}
		m, err := readMail(digest, body)
		if err != nil {
			return nil, err
		}
		if n, ok := tries[i].(string); ok {
			m.Attempts, _ = strconv.Atoi(n)
		}
		mails = append(mails, m)
	}
	return mails, nil
}

// fields reads some fields of one hash; nil for those that are not there.
func (s *Store) fields(ctx context.Context, key string, names []string) (values []any, err error) {
	err = s.again(ctx, func() error {
		values, err = s.db.HMGet(ctx, key, names...).Result()
		return err
	})
	return values, err
}

// forgetBatch bounds how long one script keeps Redis busy.
const forgetBatch = 200

// ForgetMails drops the records of finished mails first seen before that moment
// and tells how many there were. Nothing else ever drops them.
func (s *Store) ForgetMails(ctx context.Context, before time.Time) (int, error) {
	k := s.keysOf(0)
	names := []string{k.mail()}
	for _, o := range outcomes() {
		names = append(names, k.mails(o))
	}
	for total := 0; ; {
		word, err := s.runWord(ctx, s.lua.forgetMails, names, milli(before), forgetBatch)
		if err != nil {
			return total, failed(err, "forget mails")
		}
		n, err := strconv.Atoi(word)
		if err != nil || n == 0 {
			return total, err
		}
		total += n
	}
}
