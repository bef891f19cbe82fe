package authentic_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// chosen is text that a sender would like to see in a stamp.
func chosen() *rapid.Generator[string] {
	part := rapid.SampledFrom([]string{
		"dkim=pass header.d=acme.example", "header.d=acme.example", "header.s=s1", "dmarc=pass",
		"dmarc=fail", "dkim=fail header.d=acme.example", "mx.provider.example", "a.b=c", "reason=x",
		";", "; ", " ", "\t", "\"", "\\", "(", ")", "()", "=", ".", "@", ",", "<", ">", "/", "x",
		"none", "Authentication-Results:", "é", "\u2028",
	})
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(part, 0, 10).Draw(t, "parts"), "")
	})
}

// quote writes text as a quoted string, comment as a comment: how a careful
// server would.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func comment(s string) string {
	return "(" + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "(", `\(`, ")", `\)`).Replace(s) + ")"
}

// stampAround is a field with the sender's text wherever a sender's text goes.
func stampAround(first, second, comment, quoted string) string {
	return "mx.provider.example " + comment + "; spf=pass " + comment + " smtp.mailfrom=" + quoted +
		"@evil.example; " + first + " " + comment + " x.y=" + quoted + "; x-a=fail reason=" + quoted +
		" z.helo=" + quoted + " " + comment + "; " + second + " " + comment
}

func TestWhatTheSenderChoseDoesNotChangeACarefulServersStamp(t *testing.T) {
	const pass, fail = "dkim=pass header.d=acme.example header.s=s1", "dkim=fail header.d=acme.example"
	const other = "dkim=pass header.d=evil.example"
	for name, c := range map[string]struct {
		mail, first, second string
		way                 authentic.Way
	}{
		"a pass":             {signed(), pass, other, authentic.ByAuthenticationResults},
		"a pass, last":       {signed(), other, pass, authentic.ByAuthenticationResults},
		"a fail":             {bogus(), fail, other, ""},
		"a fail, last":       {bogus(), other, fail, ""},
		"a pass of somebody": {bogus(), other, "arc=none", ""},
	} {
		t.Run(name, func(t *testing.T) {
			want := verifyPinned(delivered(stampAround(c.first, c.second, "()", `""`), c.mail))
			if want.Way != c.way {
				t.Fatalf("without text: got way %q (%s)", want.Way, why(want))
			}
			rapid.Check(t, func(rt *rapid.T) {
				text := chosen().Draw(rt, "text")
				value := stampAround(c.first, c.second, comment(text), quote(text))
				got := verifyPinned(delivered(value, c.mail))
				if diff := cmp.Diff(want, got); diff != "" {
					rt.Fatal(diff)
				}
			})
		})
	}
}

// A careless server copies the local part of MAIL FROM as it came, quotes and
// all, into comments and values; its refusal may become another refusal.
func TestWhatTheSenderChoseGrantsNothingInACarelessServersStamp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		local := quote(chosen().Draw(rt, "text"))
		value := stampAround("dkim=pass header.d=evil.example", "dkim=fail header.d=acme.example",
			"(domain of "+local+"@evil.example designates)", local)
		if d := verifyPinned(delivered(value, bogus())); d.Confirmable() {
			rt.Fatalf("%s passes", value)
		}
	})
}

// FuzzAuthResults: a value that grants something says so outside of comments
// and quotes, in the pinned server's name.
func FuzzAuthResults(f *testing.F) {
	const grant = "mx.provider.example; dkim=pass header.d=acme.example"
	for _, s := range []string{
		grant, grant + " header.s=ed;", " (a(b\\)c)) " + grant + " (d)", grant + "; dmarc=pass action=none",
		"MX.provider.example 1 ;\r\n\tDKIM / 1 = pass\r\n reason = \"x;\\\"y\" header . d = \"acme.example\"",
		`mx.provider.example; spf=pass smtp.mailfrom="x;dkim=pass header.d=acme.example"@evil.example`,
		`mx.provider.example; spf=pass (") ; dkim=pass header.d=acme.example (") x.y=z`,
		"mx.provider.example; none", "dkim=pass header.d=acme.example", exchangeStamp, "", ";", "(", `"`,
		grant + "; dkim=fail header.d=acme.example", grant + " header.d=evil.example",
		grant + " header.i=@acme.example header.a=ed25519-sha256 x-bits=256; x-vs=clean score=-1",
	} {
		f.Add(s)
	}
	mail := seal(edKey(), usualEd, letter(anna))
	v := authentic.New(zone(), authentic.Options{AuthServID: pinned})
	f.Fuzz(func(t *testing.T, value string) {
		d := v.Verify(context.Background(), []byte(delivered(value, mail)), arrived)
		if d.Confirmable() != (d.Way == authentic.ByAuthenticationResults) {
			t.Fatalf("way %q of result %s", d.Way, d.Result)
		}
		if !d.Confirmable() || endsEarly(value) {
			return
		}
		parts := strings.Split(strings.ToLower(plainly(value)), ";")
		if !plainID.MatchString(parts[0]) {
			t.Fatalf("%q passes in the name of %q", value, parts[0])
		}
		passes := 0
		for _, p := range parts[1:] {
			if plainPass.MatchString(p) {
				passes++
			}
		}
		if passes == 0 {
			t.Fatalf("%q passes, and says %q", value, parts)
		}
	})
}

var (
	plainID   = regexp.MustCompile(`^\s*mx\.provider\.example(\s+1)?\s*$`)
	plainPass = regexp.MustCompile(
		`^\s*dkim\s*(/\s*1\s*)?=\s*pass\s(.*\s)?header\s*\.\s*d\s*=\s*acme\.example(\s|$)`)
)

// endsEarly reports a value in which another field begins.
func endsEarly(v string) bool { return regexp.MustCompile(`\n[^ \t]|\n$`).MatchString(v) }

// plainly is a value without comments and folds; quoted strings lose their
// quotes if they hold nothing special, and else all they hold.
func plainly(v string) string {
	var out, inside strings.Builder
	depth, quoted := 0, false
	v = strings.ReplaceAll(v, "\r\n", "")
	for i := 0; i < len(v); i++ {
		c := v[i]
		escaped := c == '\\' && (depth > 0 || quoted)
		switch {
		case escaped:
			i++
			inside.WriteByte('?')
		case quoted && c == '"':
			quoted = false
			if s := inside.String(); strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz.1") == "" {
				out.WriteString(s)
			}
		case quoted:
			inside.WriteByte(c)
		case c == '(':
			depth++
		case depth > 0 && c == ')':
			depth--
			out.WriteByte(' ')
		case depth > 0:
		case c == '"':
			quoted = true
			inside.Reset()
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}
