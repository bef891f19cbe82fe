package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// Find gives the requests with that locator, in all partitions: usually one,
// none for a stranger's guess. Where none is found, and not every partition answers,
// nobody knows: *Unreachable.
func (s *Store) Find(ctx context.Context, locator string) ([]workflow.ID, error) {
	locator = strings.ToLower(locator)
	ids, silent, err := s.startingWith(ctx, locator, maxPage)
	if err != nil {
		return nil, err
	}
	ids = slices.DeleteFunc(ids, func(id workflow.ID) bool { return id.Locator() != locator })
	if len(ids) == 0 && silent != nil {
		return nil, silent
	}
	return ids, nil
}

// Ambiguous says that what a person typed means several requests, or mails.
type Ambiguous struct {
	Typed string
	IDs   []workflow.ID // the first few, of requests
	Mails []string      // the first few digests, of mails
}

// Error tells what may be meant.
func (a *Ambiguous) Error() string {
	what, several := "mail", a.Mails
	if len(a.IDs) > 0 {
		what, several = "request", nil
		for _, id := range a.IDs {
			several = append(several, string(id))
		}
	}
	return fmt.Sprintf("find %s %.40q: it means several: %s", what, a.Typed, strings.Join(several, ", "))
}

// fewest characters that a person must type; fewer are no prefix but a guess.
const fewest = 3

// Match gives the request that a person means: by a unique beginning of its id
// or locator, or its tag as in a subject line. NotFound, or *Ambiguous.
func (s *Store) Match(ctx context.Context, typed string) (workflow.ID, error) {
	plain := strings.ToLower(strings.Trim(typed, "[] \t"))
	plain = strings.ReplaceAll(strings.TrimPrefix(plain, "dsr-"), "-", "")
	if len(plain) < fewest || len(plain) > maxIDLength {
		return "", fmt.Errorf("find request %.40q: type at least %d characters: %w",
			typed, fewest, workflow.NotFound)
	}
	ids, silent, err := s.startingWith(ctx, plain, 5)
	if err != nil {
		return "", err
	}
	if slices.Contains(ids, workflow.ID(plain)) {
		return workflow.ID(plain), nil
	}
	if silent != nil { // another one there may begin so, too
		return "", silent
	}
	switch len(ids) {
	case 0:
		return "", fmt.Errorf("find request %.40q: %w", typed, workflow.NotFound)
	case 1:
		return ids[0], nil
	}
	return "", &Ambiguous{Typed: typed, IDs: ids}
}

// startingWith gives the ids that begin so, with or without the two digits of
// their partition: at most limit in each partition, sorted. silent tells of partitions that
// did not answer.
func (s *Store) startingWith(
	ctx context.Context, begin string, limit int64,
) (ids []workflow.ID, silent, err error) {
	parts, err := s.some(ctx, func(p redis.Pipeliner, n int, k keys) {
		for _, from := range []string{begin, fmt.Sprintf("%02d%s", n, begin)} {
			p.ZRangeByLex(ctx, k.ids(), &redis.ZRangeBy{
				Min: "[" + from, Max: "(" + from + "\xff", Count: limit,
			})
		}
	})
	if err != nil {
		return nil, nil, failed(err, "find requests")
	}
	for n, cmds := range parts {
		if len(cmds) == 0 {
			silent = &Unreachable{
				Doing: "find requests", Cause: fmt.Sprintf("partition %02d is not there", n),
			}
		}
		for _, cmd := range cmds {
			for _, id := range cmd.(*redis.StringSliceCmd).Val() {
				ids = append(ids, workflow.ID(id))
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), silent, nil
}
