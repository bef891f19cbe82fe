package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// Query asks for one page of a list.
type Query struct {
	States   []workflow.State    // List: only these; none means all
	Outcomes []workflow.Outcomes // Mails: only these; none means all, "" those under way
	Limit    int                 // 0 means 50, at most 1000
	After    string              // the next of the page before; "" begins
}

const (
	defaultPage = 50
	maxPage     = 1000
)

// place is an entry of an index: the order of a page is by score, then member.
type place struct {
	score  int64
	member string
}

func (p place) String() string { return strconv.FormatInt(p.score, 10) + ":" + p.member }

func comparePlaces(a, b place) int {
	return cmp.Or(cmp.Compare(a.score, b.score), strings.Compare(a.member, b.member))
}

func (q Query) limit() int {
	if q.Limit <= 0 {
		return defaultPage
	}
	return min(q.Limit, maxPage)
}

// after splits the place to go on behind.
func (q Query) after() (score, member string, err error) {
	if q.After == "" {
		return "", "", nil
	}
	score, member, ok := strings.Cut(q.After, ":")
	if _, err := strconv.ParseInt(score, 10, 64); !ok || err != nil || member == "" {
		return "", "", fmt.Errorf("read page: place %.40q is malformed", q.After)
	}
	return score, member, nil
}

// page merges one page out of several indexes, upwards or downwards; next is ""
// on the last one.
func (s *Store) page(
	ctx context.Context, indexes []string, q Query, direction string,
) (places []place, next string, err error) {
	score, member, err := q.after()
	if err != nil {
		return nil, "", err
	}
	limit := q.limit()
	rows, err := s.runEach(ctx, s.lua.page, indexes, direction, limit+1, score, member)
	if err != nil {
		return nil, "", failed(err, "read page")
	}
	for _, row := range rows {
		if places, err = readPlaces(places, row); err != nil {
			return nil, "", err
		}
	}
	slices.SortFunc(places, comparePlaces)
	if direction == "down" {
		slices.Reverse(places)
	}
	if len(places) <= limit {
		return places, "", nil
	}
	places = places[:limit]
	return places, places[limit-1].String(), nil
}

func readPlaces(places []place, row []string) ([]place, error) {
	for pair := range slices.Chunk(row, 2) {
		at, err := moment(pair[len(pair)-1])
		if err != nil {
			return nil, fmt.Errorf("read page: %v", err)
		}
		places = append(places, place{score: at.UnixMilli(), member: pair[0]})
	}
	return places, nil
}

// runEach runs a reading script once for each key, all in one round trip.
func (s *Store) runEach(
	ctx context.Context, script *script, keys []string, args ...any,
) ([][]string, error) {
	s.traced(script, nil)
	var cmds []*redis.Cmd
	send := func() error {
		cmds = cmds[:0]
		_, err := s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, key := range keys {
				cmds = append(cmds, script.EvalSha(ctx, p, []string{key}, args...))
			}
			return nil
		})
		return err
	}
	err := s.again(ctx, func() error {
		err := send()
		if err == nil || !redis.HasErrorPrefix(err, "NOSCRIPT") {
			return err
		}
		if err := script.Load(ctx, s.db).Err(); err != nil { // the server was restarted
			return err
		}
		return send()
	})
	if err != nil {
		return nil, err
	}
	rows := make([][]string, len(cmds))
	for i, cmd := range cmds {
		if rows[i], err = cmd.StringSlice(); err != nil {
			return nil, err
		}
	}
	return rows, nil
}
