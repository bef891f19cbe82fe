package token_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/token"
	"github.com/google/go-cmp/cmp"
)

func TestATokenIsKeptForThreeQuartersOfItsLife(t *testing.T) {
	w := newWorld(t, nil)
	w.wants("access-1", false)
	if got := w.source.Expires(); !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("expires at %v, want in an hour", got)
	}
	w.clock.add(45*time.Minute - time.Second)
	w.wants("access-1", false)
	w.clock.add(time.Second)
	w.wants("access-2", false)
	if got, err := w.source.Current(t.Context()); err != nil || got != "access-2" {
		t.Errorf("Current: got %q, %v", got, err)
	}
}

func TestWhatIsAskedFor(t *testing.T) {
	scope := []string{"https://mail.example.test/.default offline_access"}
	for _, c := range []struct {
		name   string
		change func(*token.Config)
		want   url.Values
	}{
		{"refresh token grant", nil, url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {"refresh-0"}, "scope": scope,
			"client_id": {clientID}, "client_secret": {clientSecret},
		}},
		{"client credentials grant", func(c *token.Config) { c.Vault = nil }, url.Values{
			"grant_type": {"client_credentials"}, "scope": scope,
			"client_id": {clientID}, "client_secret": {clientSecret},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.change)
			w.wants("access-1", false)
			if diff := cmp.Diff([]url.Values{c.want}, w.provider.requests); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARefusedTokenIsRenewedUnlessItIsYoung(t *testing.T) {
	w := newWorld(t, nil)
	w.wants("access-1", false)
	w.clock.add(29 * time.Second)
	w.wants("access-1", true)
	w.clock.add(time.Second)
	w.wants("access-2", true)
	w.wants("access-2", true) // the second of two connections that were refused together
	w.clock.add(-time.Hour)   // a clock that was set back
	w.wants("access-3", true)
}

func TestARefusedTokenIsNotHandedOutAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.wants("access-1", false)
	w.clock.add(time.Minute)
	w.provider.set(func() { w.provider.good = "revoked" })
	if _, err := w.source.Token(t.Context(), true); !errors.Is(err, token.ErrGrant) {
		t.Errorf("got %v, want ErrGrant", err)
	}
	if got := w.source.Expires(); !got.IsZero() {
		t.Errorf("expires at %v, want no token", got)
	}
}

func TestOneRequestAtATime(t *testing.T) {
	w := newWorld(t, nil)
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if got, err := w.source.Token(t.Context(), false); err != nil || got != "access-1" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	wait.Wait()
	if n := w.provider.asked(); n != 1 {
		t.Errorf("got %d requests, want 1", n)
	}
}

func TestATokenThatLivesIsUsedWhileItsRenewalFails(t *testing.T) {
	w := newWorld(t, nil)
	w.wants("access-1", false)
	w.clock.add(50 * time.Minute)
	w.provider.set(func() { w.provider.good = "revoked" })
	w.wants("access-1", false)
	if err := w.source.Err(); !errors.Is(err, token.ErrGrant) {
		t.Errorf("Err: got %v, want ErrGrant ten minutes before it hurts", err)
	}
	w.clock.add(10*time.Minute - time.Second)
	w.wants("access-1", false)
	w.clock.add(time.Second)
	if err := w.fails(); !errors.Is(err, token.ErrGrant) {
		t.Errorf("got %v, want ErrGrant", err)
	}
	_ = w.vault.Keep(t.Context(), "revoked") // a person logged in anew
	w.clock.add(15 * time.Minute)
	w.wants("access-2", false)
	if err := w.source.Err(); err != nil {
		t.Errorf("Err: got %v, want none any more", err)
	}
}

func TestARotatedRefreshTokenIsKeptBeforeItIsUsed(t *testing.T) {
	w := newWorld(t, nil)
	for i := range 3 {
		w.wants([]string{"access-1", "access-2", "access-3"}[i], false)
		w.clock.add(time.Hour)
	}
	if diff := cmp.Diff([]string{"refresh-1", "refresh-2", "refresh-3"}, w.vault.kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	w.restart() // which knows only the vault
	w.wants("access-4", false)
}

func TestAVaultThatFailsLosesNoRotatedToken(t *testing.T) {
	w := newWorld(t, nil)
	w.vault.breaks(errors.New("the store is away, refresh-1 not written"))
	if err := w.fails(); !errors.Is(err, token.ErrTemporary) {
		t.Fatalf("got %v, want ErrTemporary", err)
	}
	w.clock.add(time.Minute)
	_ = w.fails()
	w.vault.breaks(nil)
	w.clock.add(time.Minute)
	w.wants("access-1", false)
	if n := w.provider.asked(); n != 1 || w.vault.held != "refresh-1" {
		t.Errorf("got %d requests and %q kept, want one and refresh-1", n, w.vault.held)
	}
}

func TestATokenThatExpiredWhileTheVaultFailedIsRenewedWithTheKeptOne(t *testing.T) {
	w := newWorld(t, nil)
	w.vault.breaks(errors.New("the store is away"))
	_ = w.fails()
	w.vault.breaks(nil)
	w.clock.add(2 * time.Hour)
	w.wants("access-2", false)
	if diff := cmp.Diff([]string{"refresh-1", "refresh-2"}, w.vault.kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

func TestAnotherProcessMayRotateTheToken(t *testing.T) {
	w := newWorld(t, nil)
	other, err := token.New(w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.wants("access-1", false)
	if got, err := other.Token(t.Context(), false); err != nil || got != "access-2" {
		t.Fatalf("the other: got %q, %v", got, err)
	}
	w.clock.add(time.Hour)
	w.wants("access-3", false)
}

// racing is a vault whose content another process replaces between Load and the request.
type racing struct {
	vault
	next []string
}

func (r *racing) Load(ctx context.Context) (string, error) {
	r.mu.Lock()
	if len(r.next) > 0 {
		r.held, r.next = r.next[0], r.next[1:]
	}
	r.mu.Unlock()
	return r.vault.Load(ctx)
}

func TestATokenThatWasUsedUpInBetweenIsLoadedAgain(t *testing.T) {
	v := &racing{next: []string{"used-up", "refresh-0"}}
	w := newWorld(t, func(c *token.Config) { c.Vault = v })
	w.wants("access-1", false)
	if n := w.provider.asked(); n != 2 {
		t.Errorf("got %d requests, want 2", n)
	}
}

func TestTheAnswerIsLostAfterRotation(t *testing.T) {
	for _, c := range []struct {
		name    string
		lenient bool // the old token is good for a while
		class   error
	}{
		{"a provider that bears the old token for a while", true, nil},
		{"a provider that takes the old token for stolen", false, token.ErrGrant},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.provider.set(func() { w.provider.lose = true })
			if err := w.fails(); !errors.Is(err, token.ErrTemporary) || token.NeedsPerson(err) {
				t.Fatalf("got %v, want ErrTemporary", err)
			}
			if n := w.provider.asked(); n != 1 {
				t.Fatalf("got %d requests, want one: a second would use a token up", n)
			}
			w.clock.add(2 * time.Second)
			if c.lenient {
				w.provider.set(func() { w.provider.good = "refresh-0" })
				w.wants("access-2", false)
				return
			}
			if err := w.fails(); !errors.Is(err, c.class) || !token.NeedsPerson(err) {
				t.Errorf("got %v, want ErrGrant", err)
			}
		})
	}
}

func TestTheEndOfTheContextLosesNoRotatedToken(t *testing.T) {
	w := newWorld(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	w.provider.set(func() { w.provider.trouble = cancels(cancel) })
	if got, err := w.source.Token(ctx, false); err != nil || got != "access-1" {
		t.Errorf("got %q, %v; want the answer that was on its way", got, err)
	}
	if w.vault.held != "refresh-1" {
		t.Errorf("kept %q, want refresh-1", w.vault.held)
	}
}

func TestTheEndOfTheContextIsNoFailure(t *testing.T) {
	w := newWorld(t, func(c *token.Config) { c.Vault = nil })
	ctx, cancel := context.WithCancel(t.Context())
	w.provider.set(func() { w.provider.trouble = hangs(cancel) })
	if _, err := w.source.Token(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if _, err := w.source.Token(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("a dead context: got %v, want its error", err)
	}
	w.provider.set(func() { w.provider.trouble = nil })
	if err := w.source.Err(); err != nil {
		t.Errorf("Err: got %v, want none", err)
	}
	w.wants("access-1", false) // at once
}

func TestWhoWaitsForAnotherRequestWaitsNoLongerThanItsContext(t *testing.T) {
	w := newWorld(t, nil)
	busy, free := make(chan struct{}), make(chan struct{})
	w.provider.set(func() { w.provider.trouble = waits(busy, free) })
	first := make(chan error, 1)
	go func() {
		_, err := w.source.Token(t.Context(), false)
		first <- err
	}()
	<-busy
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.source.Token(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	close(free)
	if err := <-first; err != nil {
		t.Errorf("the first: got %v", err)
	}
}

func TestFailuresLeaveTheEndpointAloneForAWhile(t *testing.T) {
	seconds := func(n ...time.Duration) []time.Duration {
		for i := range n {
			n[i] *= time.Second
		}
		return n
	}
	for _, c := range []struct {
		name   string
		good   string
		status int
		after  string
		pauses []time.Duration
	}{
		{"a server in trouble", "refresh-0", 503, "", seconds(2, 4, 8, 16, 32, 64, 80, 80)},
		{"Retry-After in seconds", "refresh-0", 429, "90", seconds(90, 90)},
		{"Retry-After as a date", "refresh-0", 503, noon.Add(5*time.Minute).Format(time.RFC1123[:26]) + "GMT", seconds(300)},
		{"Retry-After beyond reason", "refresh-0", 429, "999999999", seconds(3600)},
		{"Retry-After that is no number", "refresh-0", 429, "soon", seconds(2, 4)},
		{"a person must act", "revoked", 0, "", seconds(60, 300, 900, 900)},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.provider.set(func() {
				w.provider.good = c.good
				if c.status != 0 {
					w.provider.trouble = says(c.status, "Retry-After", c.after, "")
				}
			})
			for i, pause := range c.pauses {
				first := w.fails()
				if n := w.provider.asked(); n != i+1 {
					t.Fatalf("got %d requests, want %d", n, i+1)
				}
				w.clock.add(pause - time.Second)
				if again := w.fails(); again.Error() != first.Error() || w.provider.asked() != i+1 {
					t.Fatalf("a second too early: got %v after %d requests, want %v repeated",
						again, w.provider.asked(), first)
				}
				w.clock.add(time.Second)
			}
			w.provider.set(func() { w.provider.trouble, w.provider.good = nil, "refresh-0" })
			w.wants("access-1", false)
			before := w.provider.asked() // from here on all begins anew
			w.clock.add(2 * time.Hour)
			w.provider.set(func() { w.provider.trouble = says(500, "", "", "") })
			_ = w.fails()
			w.clock.add(2 * time.Second)
			if _ = w.fails(); w.provider.asked() != before+2 {
				t.Errorf("got %d requests in 2 s, want 2", w.provider.asked()-before)
			}
		})
	}
}

func TestAVaultWithoutATokenWantsAPerson(t *testing.T) {
	for held, says := range map[string]string{
		"": "there is no refresh token yet", "two tokens": "no refresh token", "line\nline": "no refresh token",
	} {
		w := newWorld(t, nil)
		w.vault.held = held
		err := w.fails()
		if !errors.Is(err, token.ErrGrant) || w.provider.asked() != 0 {
			t.Errorf("%q: got %v after %d requests, want ErrGrant and none", held, err, w.provider.asked())
		}
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %q, want it to say %q", held, err, says)
		}
	}
}

func TestARefreshTokenThatStaysIsNotKeptAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.set(func() {
		w.provider.trouble = says(200, "", "",
			`{"access_token":"access-1","token_type":"Bearer","refresh_token":"refresh-0"}`)
	})
	w.wants("access-1", false)
	if len(w.vault.kept) != 0 {
		t.Errorf("kept %q, want nothing written", w.vault.kept)
	}
}

func TestEachRequestHasAConnectionOfItsOwn(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.set(func() {
		w.provider.trouble = func(_ http.ResponseWriter, r *http.Request) bool {
			if !r.Close {
				t.Error("the connection was to be used again, on which net/http may send twice")
			}
			return false
		}
	})
	w.wants("access-1", false)
}

func TestASecretIsReadAnewForEachRequest(t *testing.T) {
	secrets := []string{"expired", clientSecret}
	w := newWorld(t, func(c *token.Config) {
		c.Vault = nil
		c.Secret = func(context.Context) (string, error) {
			next := secrets[0]
			secrets = secrets[1:]
			return next, nil
		}
	})
	if err := w.fails(); !errors.Is(err, token.ErrClient) || !token.NeedsPerson(err) {
		t.Errorf("got %v, want ErrClient", err)
	}
	w.clock.add(time.Minute)
	w.wants("access-1", false)
}

func TestAConfigurationThatCannotBeSafeIsRefused(t *testing.T) {
	good := newWorld(t, nil).config
	for _, c := range []struct {
		name   string
		change func(*token.Config)
	}{
		{"plain http", func(c *token.Config) { c.Endpoint = "http://login.example.test/token" }},
		{"a password in the URL", func(c *token.Config) { c.Endpoint = "https://a:b@login.example.test/" }},
		{"no host", func(c *token.Config) { c.Endpoint = "https:///token" }},
		{"no client id", func(c *token.Config) { c.ClientID = "" }},
		{"neither secret nor vault", func(c *token.Config) { c.Secret, c.Vault = nil, nil }},
		{"no clock", func(c *token.Config) { c.Now = nil }},
		{"verification turned off", func(c *token.Config) { c.TLSConfig.InsecureSkipVerify = true }},
		{"a negative timeout", func(c *token.Config) { c.Timeout = -1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := good
			config.TLSConfig = good.TLSConfig.Clone()
			c.change(&config)
			if _, err := token.New(config); err == nil {
				t.Error("got no error")
			}
		})
	}
}

func TestTheSignaturesFitTheirUsers(t *testing.T) {
	w := newWorld(t, nil)
	var forIMAP func(context.Context, bool) (string, error) = w.source.Token
	var forSMTP func(context.Context) (string, error) = w.source.Current
	a, errA := forIMAP(t.Context(), false)
	b, errB := forSMTP(t.Context())
	if a != b || errA != nil || errB != nil || !slices.Contains(w.vault.kept, "refresh-1") {
		t.Errorf("got %q, %v and %q, %v; want one token for both", a, errA, b, errB)
	}
}
