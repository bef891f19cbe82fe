package storetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow/engine"
)

// The ports of the engine that a store satisfies.
var (
	_ engine.Store = (*store.Store)(nil)
	_ engine.Due   = (*store.Store)(nil)
	_ engine.Blobs = (*store.Store)(nil)
)

// Harness is one empty store: any number of connections may be opened to it.
type Harness struct {
	Server string       // what runs behind it, for messages
	Config store.Config // of a store nobody used before

	node func(t testing.TB, key string) string // address of who has a key; nil: the only one
}

// Servers gives every kind of server that can be had here: the embedded one
// always, a real one when it is installed.
func Servers(t testing.TB) map[string]func(testing.TB) Harness {
	t.Helper()
	real := RealRedis(t)
	mini := Embedded(t)
	servers := map[string]func(testing.TB) Harness{
		"embedded": func(testing.TB) Harness { return fresh("embedded", mini) },
	}
	if real != nil {
		servers["redis-server"] = func(testing.TB) Harness { return real.Harness() }
	}
	return servers
}

// fresh gives every test its own keys on a shared server.
func fresh(server, addr string) Harness {
	return Harness{Server: server, Config: store.Config{
		Addrs:     []string{addr},
		Prefix:    "t" + hex.EncodeToString(randomBytes(8)),
		Embedded:  server == "embedded",
		MasterKey: randomBytes(32),
		Rand:      rand.Reader,
		Now:       func() time.Time { return Start },
		Backoff:   func(ctx context.Context, _ int) error { return ctx.Err() },
	}}
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(rand.Reader, b); err != nil {
		panic(err)
	}
	return b
}

// Open connects to the harness's store, with its configuration adapted.
func (h Harness) Open(t testing.TB, adapt ...func(*store.Config)) *store.Store {
	t.Helper()
	c := h.Config
	for _, f := range adapt {
		f(&c)
	}
	s, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatalf("open store on %s: %v", h.Server, err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
