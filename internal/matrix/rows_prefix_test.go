package matrix_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
	"github.com/dsrd/dsrd/store/redistest"
)

// TestRow13EveryPrefixOfTheLog replays what Redis wrote during a conversation up to the end of each
// command: no state without its effects, no effect without its state, no data ordered that nobody
// has confirmed. Commands between MULTI and EXEC are one.
func TestRow13EveryPrefixOfTheLog(t *testing.T) {
	redis := ownRedis(t)
	w := row(t, "r13", office.Alone(redis, ""))
	w.Serve()
	all := w.asks(3)
	w.answers("REJECT", all[2])
	w.confirms(all[:2]...)
	w.judge(oracle.Allowed{})
	redis.Kill()
	path, err := redis.AOF()
	office.NoError(t, err)
	whole := []byte(readFile(t, path))
	ends := boundaries(t, whole)
	if len(ends) < 50 {
		t.Fatalf("the log has %d commands: is it still read?", len(ends))
	}
	tried, step := 0, size(7, 1)
	for i := len(ends) - 1; i >= 0; i -= step {
		office.NoError(t, os.WriteFile(path, whole[:ends[i]], 0o600))
		office.NoError(t, redis.Start())
		isWhole(t, redis, ends[i])
		redis.Kill()
		tried++
	}
	w.figure("%d of %d prefixes of the log of a conversation: each holds whole commits", tried, len(ends))
}

// boundaries are the ends of the commands in an append-only file (RESP arrays of strings; lines
// that begin with # are notes).
func boundaries(t *testing.T, b []byte) (ends []int) {
	t.Helper()
	at, inside := 0, false
	line := func() string {
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			t.Fatalf("the log ends in a line at %d", at)
		}
		s := strings.TrimSuffix(string(b[at:at+i]), "\r")
		at += i + 1
		return s
	}
	for at < len(b) {
		head := line()
		if strings.HasPrefix(head, "#") {
			continue
		}
		n, err := strconv.Atoi(strings.TrimPrefix(head, "*"))
		office.NoError(t, err)
		name := ""
		for i := range n {
			size, err := strconv.Atoi(strings.TrimPrefix(line(), "$"))
			office.NoError(t, err)
			if i == 0 {
				name = strings.ToUpper(string(b[at : at+size]))
			}
			at += size + 2
		}
		inside = name == "MULTI" || inside && name != "EXEC"
		if !inside {
			ends = append(ends, at)
		}
	}
	return ends
}

// isWhole looks at every request that a Redis holds.
func isWhole(t *testing.T, s *redistest.Server, at int) {
	t.Helper()
	wrong := func(format string, args ...any) {
		t.Errorf("cut at %d: %s", at, fmt.Sprintf(format, args...))
	}
	due := strings.Fields(says(t, s, "ZRANGE", "{dsrd:00}:due", "0", "-1"))
	tasks := strings.Fields(says(t, s, "HKEYS", "{dsrd:00}:task"))
	waiting := map[string]bool{}
	for _, key := range strings.Fields(says(t, s, "KEYS", "{dsrd:00}:r:*")) { // none of a self-test
		_, id, _ := strings.Cut(key, ":r:")
		state, wake := says(t, s, "HGET", key, "s"), says(t, s, "HGET", key, "w")
		entries := strings.Split(says(t, s, "LRANGE", "{dsrd:00}:h:"+id, "0", "-1"), "\n")
		confirmed, last := false, ""
		for _, text := range entries {
			var e struct {
				To      string
				Event   struct{ Type string }
				Effects []string
			}
			office.NoError(t, json.Unmarshal([]byte(text), &e))
			confirmed = confirmed || e.Event.Type == "acknowledged"
			if !confirmed && (slices.Contains(e.Effects, "compile") || slices.Contains(e.Effects, "send_package")) {
				wrong("%s orders data, and nobody has confirmed", id)
			}
			last = e.To
		}
		if last != state {
			wrong("%s is %s, and its history ends in %s", id, state, last)
		}
		if wake != "" && !slices.Contains(due, id) {
			wrong("%s (%s) is to be looked at again, and no timer says so", id, state)
		}
		for _, effect := range strings.Fields(says(t, s, "SMEMBERS", "{dsrd:00}:w:"+id)) {
			waiting[effect] = true
			if !slices.Contains(due, effect) || !slices.Contains(tasks, effect) {
				wrong("%s waits for %s, which is not to be done", id, effect)
			}
		}
	}
	for _, effect := range tasks {
		if !waiting[effect] {
			wrong("%s is to be done, and no request waits for it", effect)
		}
	}
}
