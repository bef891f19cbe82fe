package authentic_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/authentic"
)

func TestAZoneAnswersAsItIsWritten(t *testing.T) {
	z := authentic.Zone{
		"Key.Example.": {"a", "b"}, "t.example": {"!temp"}, "p.example": {"x", "!perm"}, "e.example": {},
	}
	for name, c := range map[string]struct {
		txt string
		err error
	}{
		"Key.Example.": {"a b", nil}, "key.example": {"a b", nil}, "KEY.EXAMPLE.": {"a b", nil},
		"t.example": {"", authentic.ErrTemporary}, "P.example.": {"", authentic.ErrPermanent},
		"e.example": {"", authentic.ErrNoRecord}, "example": {"", authentic.ErrNoRecord},
	} {
		txt, err := z.LookupTXT(context.Background(), name)
		if strings.Join(txt, " ") != c.txt || !errors.Is(err, c.err) {
			t.Errorf("%s: got %q, %v; want %q, %v", name, txt, err, c.txt, c.err)
		}
	}
}

func TestAKeyThatCannotBeLookedUpNowIsNeverAPass(t *testing.T) {
	z := zone()
	z["s1._domainkey.acme.example"] = []string{"!temp"}
	mail := seal(rsaKey(), usual, letter(anna))
	d := verifyIn(z, mail, arrived)
	wantRefused(t, d, authentic.TempError, "failed for now")
	if d.DKIM[0].Result != authentic.TempError {
		t.Errorf("got signature %s, want temperror", d.DKIM[0].Result)
	}
	// Waiting does not help a mail with two subjects.
	d = verifyIn(z, "Subject: x\r\n"+mail, arrived)
	wantRefused(t, d, authentic.Fail, "2 subject fields")
	// A second signature whose key is there is enough.
	both := seal(edKey(), usualEd, mail)
	wantPass(t, verifyIn(z, both, arrived))
}

type resolverFunc func(ctx context.Context, name string) ([]string, error)

func (f resolverFunc) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return f(ctx, name)
}

func TestAnUnknownErrorOfTheResolverMayPass(t *testing.T) {
	broken := resolverFunc(func(context.Context, string) ([]string, error) {
		return nil, errors.New("connection refused")
	})
	d := verifyIn(broken, seal(rsaKey(), usual, letter(anna)), arrived)
	wantRefused(t, d, authentic.TempError, "failed for now")
}

func TestNoRecordsAndNoErrorIsNoKey(t *testing.T) {
	empty := resolverFunc(func(context.Context, string) ([]string, error) { return nil, nil })
	d := verifyIn(empty, seal(rsaKey(), usual, letter(anna)), arrived)
	wantRefused(t, d, authentic.Fail, "publishes no key")
}

func TestTheBudgetEndsLookUps(t *testing.T) {
	silent := resolverFunc(func(ctx context.Context, _ string) ([]string, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	v := authentic.New(silent, authentic.Options{Budget: time.Millisecond})
	d := v.Verify(context.Background(), []byte(seal(rsaKey(), usual, letter(anna))), arrived)
	wantRefused(t, d, authentic.TempError, "failed for now")
}

func TestEachNameIsAskedForOnce(t *testing.T) {
	asked := map[string]int{}
	counting := resolverFunc(func(ctx context.Context, name string) ([]string, error) {
		asked[name]++
		return zone().LookupTXT(ctx, name)
	})
	mail := letter(anna)
	for range 4 {
		mail = seal(rsaKey(), signedAs("mail.acme.example"), mail)
	}
	wantPass(t, verifyIn(counting, mail, arrived))
	for name, n := range asked {
		if n != 1 {
			t.Errorf("%s was asked for %d times", name, n)
		}
	}
	if len(asked) != 2 {
		t.Errorf("got look-ups %v, want the key and the policy", asked)
	}
}

func TestDNSDoesNotTakeALostNetworkForAMissingRecord(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := authentic.DNS{}.LookupTXT(ctx, "s1._domainkey.acme.example")
	if !errors.Is(err, authentic.ErrTemporary) {
		t.Errorf("got %v, want ErrTemporary", err)
	}
}
