package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/mailer/token"
	"github.com/dsrd/dsrd/store"
)

// lookAtRedis asks whether Redis keeps what it confirms, and lets us do what we must.
func (k *Checkup) lookAtRedis(ctx context.Context) []Finding {
	c := k.config.Redis
	var s seal
	want, err := redisOf(c, s.watch)
	if err != nil {
		return []Finding{failing(err.Error(), "")}
	}
	want.Embedded, want.Rand, want.Now = k.Embedded, k.Rand, k.Now
	db, err := store.Open(ctx, want)
	if err != nil {
		return []Finding{k.trouble("connect", err)}
	}
	defer db.Close()
	k.timeOf(ctx, db)
	findings, err := db.CheckDurability(ctx)
	found := s.tell(k.Now())
	for _, f := range findings {
		grade := GradeFail
		if f.Level == store.Unknown || c.AcceptDataLoss {
			grade = GradeWarn
		}
		found = append(found, Finding{Grade: grade, What: fmt.Sprintf("%s is %q, must be %q", f.Setting, f.Have, f.Want),
			Remedy: f.Fix})
	}
	if err != nil && len(findings) == 0 {
		return append(found, failing(err.Error(), ""))
	}
	if len(findings) == 0 {
		found = append(found, good("answers, and writes each change to disk before it says so"))
	}
	return found
}

// timeOf notes the clock of Redis: it tells whether this machine's is right. A Redis
// inside this process has none of its own, and a user who may not ask is no fault.
func (k *Checkup) timeOf(ctx context.Context, db *store.Store) {
	if k.Embedded {
		return
	}
	if at, err := db.Time(ctx); err == nil {
		k.seen.clock("redis", at, k.Now())
	}
}

// errSpared says why an account with a refresh token is left alone.
var errSpared = errors.New("not tried: an account with a refresh token is renewed by the daemon alone, " +
	"since two who renew at a time may both lose it (RFC 6749 10.4)")

// wallet holds the access tokens of a checkup.
type wallet struct {
	mu      sync.Mutex
	config  *config.Config
	now     func() time.Time
	sources map[string]*token.Source
	seals   map[string]*seal
}

func newWallet(c *config.Config, now func() time.Time) *wallet {
	return &wallet{config: c, now: now, sources: map[string]*token.Source{}, seals: map[string]*seal{}}
}

// source is that of a named account: one for all who ask, so that the provider is
// asked once.
func (w *wallet) source(name string) (*token.Source, *seal, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.sources[name]; s != nil {
		return s, w.seals[name], nil
	}
	t, ok := tokenNamed(w.config, name)
	if !ok {
		return nil, nil, fmt.Errorf("no token is called %q", name)
	}
	if t.Grant != config.GrantClient {
		return nil, nil, errSpared
	}
	s := &seal{}
	trust, err := s.watch(t.CAFile, "")
	if err != nil {
		return nil, nil, err
	}
	made, err := token.New(token.Config{
		Endpoint: t.Endpoint, ClientID: t.ClientID, Scope: t.Scope, TLSConfig: trust, Now: w.now,
		Secret: func(context.Context) (string, error) { return read(t.Secret) },
	})
	if err != nil {
		return nil, nil, err
	}
	w.sources[name], w.seals[name] = made, s
	return made, s, nil
}

func (w *wallet) get(ctx context.Context, name string) (string, error) {
	s, _, err := w.source(name)
	if err != nil {
		return "", err
	}
	return s.Token(ctx, false)
}

// lookAtToken asks the provider for an access token, as the daemon would.
func (k *Checkup) lookAtToken(ctx context.Context, t config.Token) []Finding {
	if t.Grant != config.GrantClient {
		return k.lookAtRefresh(ctx, t)
	}
	source, s, err := k.tokens.source(t.Name)
	if err != nil {
		return []Finding{failing(err.Error(), "")}
	}
	if _, err := source.Token(ctx, false); err != nil {
		f := k.trouble("get an access token", err)
		f.Remedy = "are client_id, secret_file, scope and endpoint right, and has the secret expired?"
		return append(s.tell(k.Now()), f)
	}
	_, at := k.knock(ctx, t.Endpoint, t.CAFile)
	k.seen.clock(told("token", t.Name), at, k.Now())
	left := source.Expires().Sub(k.Now()).Round(time.Minute)
	return append(s.tell(k.Now()), good("the provider gave an access token for %s", left))
}

// lookAtRefresh looks at what can be looked at without using the refresh token up.
func (k *Checkup) lookAtRefresh(ctx context.Context, t config.Token) []Finding {
	found, at := k.knock(ctx, t.Endpoint, t.CAFile)
	k.seen.clock(told("token", t.Name), at, k.Now())
	raw, err := os.ReadFile(t.RefreshToken)
	if err != nil || strings.TrimSpace(string(raw)) == "" {
		found = append(found, warning("the file of the first refresh token is empty or cannot be read",
			"harmless once the daemon has a newer one in Redis"))
	}
	return append(found, skipped(errSpared.Error(), "the metric dsrd_token_expires_seconds tells how it stands"))
}

// lookAtClock compares this machine's clock with those of servers that we met.
func (k *Checkup) lookAtClock(context.Context) (found []Finding) {
	k.seen.mu.Lock()
	defer k.seen.mu.Unlock()
	for _, server := range slices.Sorted(maps.Keys(k.seen.clocks)) {
		apart := k.seen.clocks[server].Sub(k.seen.asked[server])
		if apart.Abs() > clockSlack {
			found = append(found, warning(
				fmt.Sprintf("the clock of %s is %s apart from ours", server, apart.Abs().Round(time.Second)),
				"let both machines keep time by NTP"))
		}
	}
	for mailbox, headers := range k.seen.headers {
		for _, h := range headers {
			if ahead := h.arrived.Sub(k.Now()); ahead > clockSlack {
				found = append(found, warning(
					fmt.Sprintf("a mail in mailbox %s arrived %s from now", mailbox, ahead.Round(time.Second)),
					"this machine's clock or the mail server's is wrong: let both keep time by NTP"))
				break
			}
		}
	}
	switch {
	case len(found) > 0:
		return found
	case len(k.seen.clocks) == 0:
		return []Finding{skipped("no server told its time; no mail arrived in our future", "")}
	}
	return []Finding{good("agrees with %s", counted(len(k.seen.clocks), "server", "servers"))}
}
