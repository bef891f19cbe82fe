package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/config"
)

// said is what came out of a run of the program.
type said struct {
	code     int
	out, err string
}

// dsrd runs the program as main would, without a process of its own.
func dsrd(t testing.TB, args ...string) said {
	t.Helper()
	return dsrdReading(t, "", args...)
}

func dsrdReading(t testing.TB, stdin string, args ...string) said {
	t.Helper()
	var out, err bytes.Buffer
	code := run(context.Background(), args, strings.NewReader(stdin), &out, &err)
	return said{code, out.String(), err.String()}
}

// verbNames are all that this storey has.
var verbNames = []string{"serve", "demo", "keys", "check", "queue", "show", "decline", "cancel", "retry", "resend",
	"hold", "assign", "note", "inbox", "pause", "resume", "tenant", "inspect", "verify", "version"}

func TestWrongUseEndsWithTwoAndAHint(t *testing.T) {
	here := t.TempDir()
	for _, k := range []struct{ args, want string }{
		{"", "say what to do"},
		{"bogus", "unknown command"},
		{"approve x", "unknown command"},
		{"--bogus", "unknown flag"},
		{"serve --bogus", "unknown flag"},
		{"serve now", "takes no arguments"},
		{"demo now", "takes no arguments"},
		{"version now", "takes no arguments"},
		{"keys", "say new or show"},
		{"keys bogus", `"bogus"`},
		{"keys new x", "takes no arguments"},
		{"keys show x", "takes no arguments"},
		{"queue x", "takes no arguments"},
		{"queue --state stuk", `no state is called "stuk"; there are needs_review`},
		{"queue --state stuck,stuk", `no state is called "stuk"`},
		{"queue --limit 0", "at least 1"},
		{"queue --limit -5", "at least 1"},
		{"queue --limit many", "invalid argument"},
		{"show", "name one request"},
		{"show a b", "takes one argument, got 2: name one request"},
		{"decline", "name one request"},
		{"cancel a b", "takes one argument, got 2: name one request"},
		{"retry", "name one request"},
		{"resend", "name one request"},
		{"resend a --note", "flag needs an argument"},
		{"hold", "name one request"},
		{"note", "name one request"},
		{"note abc", "write what is to be noted"},
		{"assign", "name one request"},
		{"assign abc", "--customer name@domain"},
		{"assign abc --tenant", "flag needs an argument"},
		{"queue watch x", "takes no arguments"},
		{"queue watch --every 0s", "write 1s or more"},
		{"queue watch --limit 0", "at least 1"},
		{"queue watch --state stuk", `no state is called "stuk"`},
		{"queue watch --json", "unknown flag"},
		{"inbox", "say ls, show, replay or ignore"},
		{"inbox bogus", "takes no arguments"},
		{"inbox ls x", "takes no arguments"},
		{"inbox ls --outcome x", `no outcome is called "x"; there are under_way`},
		{"inbox ls --limit 0", "at least 1"},
		{"inbox show", "name one mail"},
		{"inbox replay a b", "takes one argument, got 2: name one mail"},
		{"inbox ignore", "name one mail"},
		{"pause now", "takes no arguments"},
		{"pause --for -2h", "write 90m or 2h"},
		{"pause --for long", "invalid argument"},
		{"resume now", "takes no arguments"},
		{"check x", "takes no arguments"},
		{"check --only imapp", `no check is called "imapp"; there are configuration`},
		{"check --timeout 0s", "at least 1s"},
		{"tenant", "say ls, show, check or probe"},
		{"tenant bogus", "takes no arguments"},
		{"tenant ls x", "takes no arguments"},
		{"tenant show", "name one tenant"},
		{"tenant check a b", "accepts at most 1 arg"},
		{"tenant probe", "name one tenant"},
		{"tenant probe a b", "takes one argument, got 2: name one tenant"},
		{"tenant probe a --admin", "flag needs an argument"},
		{"inspect", "name at least one file, or - for standard input"},
		{"inspect --as pdf x", "write message, text or html"},
		{"inspect --now yesterday x", "--now"},
		{"inspect --dns " + here + "/nowhere x", "--dns"},
		{"inspect --config " + here + "/nowhere x", "nowhere"},
		{"verify", "name one package file"},
		{"verify a b", "takes one argument, got 2"},
	} {
		t.Run("dsrd "+strings.ReplaceAll(k.args, here, ""), func(t *testing.T) {
			s := dsrd(t, strings.Fields(k.args)...)
			if s.code != exitUsage || !strings.Contains(s.err, k.want) {
				t.Errorf("got %d %q, want 2 and %q", s.code, s.err, k.want)
			}
			if s.out != "" || !strings.HasPrefix(s.err, "dsrd: ") || !strings.Contains(s.err, "(see dsrd") ||
				strings.Count(s.err, "\n") != 1 {
				t.Errorf("one line with a hint goes to standard error; got %q and %q", s.out, s.err)
			}
		})
	}
}

// TestHintNamesTheVerb follows the hint of a wrong use: it must lead to help.
func TestHintNamesTheVerb(t *testing.T) {
	s := dsrd(t, "keys", "show", "--bogus")
	_, hint, _ := strings.Cut(s.err, "(see dsrd ")
	help := dsrd(t, strings.Fields(strings.TrimSuffix(hint, ")\n"))...)
	if help.code != exitDone || !strings.Contains(help.out, "dsrd keys show [flags]") {
		t.Errorf("the hint %q leads to %q", hint, help.out)
	}
}

func TestHelpOfEachVerb(t *testing.T) {
	root := dsrd(t, "--help")
	for _, verb := range verbNames {
		if !strings.Contains(root.out, "\n  "+verb+" ") {
			t.Errorf("dsrd --help does not name %s", verb)
		}
		s := dsrd(t, verb, "--help")
		if s.code != exitDone || s.err != "" {
			t.Errorf("%s: %d %s", verb, s.code, s.err)
		}
		if !strings.Contains(s.out, "Usage:\n  dsrd "+verb) || !strings.Contains(s.out, "--help") {
			t.Errorf("%s: %s", verb, s.out)
		}
		for line := range strings.Lines(s.out) {
			if len(line) > 140 {
				t.Errorf("%s: a line of %d characters: %s", verb, len(line), line)
			}
		}
	}
	if strings.Contains(root.out, "approve") {
		t.Error("there is an approval on the command line")
	}
}

// TestEveryVerbHasItsExample walks all verbs: the example must be one of that verb, and
// its flags must be there.
func TestEveryVerbHasItsExample(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			if name := sub.Name(); name == "help" || name == "completion" {
				continue
			}
			walk(sub)
			if !strings.Contains(sub.Example, sub.CommandPath()) && !sub.HasSubCommands() {
				t.Errorf("%s: its example is %q", sub.CommandPath(), sub.Example)
			}
			if sub.Example == "" {
				t.Errorf("%s has no example", sub.CommandPath())
			}
			for _, word := range strings.Fields(sub.Example) {
				name, isFlag := strings.CutPrefix(word, "--")
				if isFlag && !sub.HasSubCommands() && sub.Flags().Lookup(name) == nil {
					t.Errorf("%s: the example has --%s, which it has not", sub.CommandPath(), name)
				}
			}
		}
	}
	root := newRoot(strings.NewReader(""), io.Discard, io.Discard)
	walk(root)
}

// TestNoVerbReleasesData: whatever an operator may say, there is no approval.
func TestNoVerbReleasesData(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
			for _, word := range []string{"approve", "confirm", "acknowledge", "release", "send", "export", "compile"} {
				if sub.Name() == word || slices.Contains(sub.Aliases, word) {
					t.Errorf("there is %s", sub.CommandPath())
				}
			}
		}
	}
	walk(newRoot(strings.NewReader(""), io.Discard, io.Discard))
}

func TestEveryOrderHasItsHelp(t *testing.T) {
	if diff := cmp.Diff(slices.Sorted(slices.Values(admin.Verbs())), slices.Sorted(maps.Keys(orders))); diff != "" {
		t.Errorf("verbs and their help differ:\n%s", diff)
	}
}

func TestVersion(t *testing.T) {
	if s := dsrd(t, "version"); s.code != exitDone || !strings.HasPrefix(s.out, "dsrd devel (go1.") {
		t.Errorf("got %+v", s)
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if s := dsrd(t, "completion", shell); s.code != exitDone || !strings.Contains(s.out, "dsrd") {
			t.Errorf("%s: %d %q", shell, s.code, s.err)
		}
	}
	s := dsrd(t, "__complete", "queue", "--state", "st")
	if !strings.Contains(s.out, "stuck\n") {
		t.Errorf("states are not completed: %q", s.out)
	}
}

func TestKeysNew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.yaml")
	s := dsrd(t, "keys", "new", "--out", file)
	if s.code != exitDone || !strings.Contains(s.out, "Back it up apart from Redis") {
		t.Fatalf("got %+v", s)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	made := slurp(t, file)
	s = dsrd(t, "keys", "new", "--out", file)
	if s.code != exitFailed || !strings.Contains(s.err, "exists already (use --rotate, or another --out)") {
		t.Errorf("got %+v", s)
	}
	if slurp(t, file) != made {
		t.Error("the keys were replaced: nothing stored could be read any more")
	}
	if entries, err := os.ReadDir(filepath.Dir(file)); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestKeysNewDoesNotFollowALink(t *testing.T) {
	link := filepath.Join(t.TempDir(), "keys.yaml")
	target := filepath.Join(t.TempDir(), "target")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if s := dsrd(t, "keys", "new", "--out", link); s.code != exitFailed {
		t.Errorf("got %+v", s)
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("keys were written where a link led")
	}
}

func TestKeysRotateKeepsTheOldOnes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.yaml")
	dsrd(t, "keys", "new", "--out", file)
	before, err := config.ReadKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	if s := dsrd(t, "keys", "new", "--rotate", "--out", file); s.code != exitDone {
		t.Fatalf("got %+v", s)
	}
	after, err := config.ReadKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(after.IDs) != 2 || len(after.Signing) != 2 || !bytes.Equal(after.IDs[0].Key, before.IDs[0].Key) ||
		!bytes.Equal(after.Master, before.Master) || bytes.Equal(after.IDs[1].Key, before.IDs[0].Key) {
		t.Error("old keys are lost, or no new ones were made")
	}
}

func TestKeysWhereThereAreNone(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "nowhere", "keys.yaml")
	for _, k := range []struct{ args, want string }{
		{"keys show --file " + nowhere, "make one with: dsrd keys new --out"},
		{"keys new --rotate --out " + nowhere, "make one with: dsrd keys new --out"},
		{"keys new --out " + nowhere, "does its folder exist"},
	} {
		if s := dsrd(t, strings.Fields(k.args)...); s.code != exitFailed || !strings.Contains(s.err, k.want) {
			t.Errorf("%s: got %+v", k.args, s)
		}
	}
}

func TestKeysShowNeverShowsASecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.yaml")
	dsrd(t, "keys", "new", "--out", file)
	dsrd(t, "keys", "new", "--rotate", "--out", file)
	keys, err := config.ReadKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	secrets := []config.Key{keys.Master, keys.Code, keys.Marks, keys.Marker}
	for _, k := range slices.Concat(keys.IDs, keys.Signing) {
		secrets = append(secrets, k.Key)
	}
	for _, args := range [][]string{{"keys", "show", "--file", file}, {"keys", "show", "--json", "--file", file}} {
		s := dsrd(t, args...)
		if s.code != exitDone || strings.Count(s.out, "\n") != 4 {
			t.Errorf("got %+v, want a line for each of four versions", s)
		}
		for _, k := range secrets {
			if strings.Contains(s.out, base64.StdEncoding.EncodeToString(k)) || strings.Contains(s.out, string(k)) {
				t.Errorf("%v shows a secret:\n%s", args, s.out)
			}
		}
	}
	var rows []keyRow
	for _, row := range jsonLines(t, dsrd(t, "keys", "show", "--json", "--file", file).out) {
		var r keyRow
		if err := json.Unmarshal(row, &r); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	if rows[3].Use != "signing" || rows[3].Version != 2 || rows[3].KeyID == "" || rows[3].Public == "" || rows[0].Public != "" {
		t.Errorf("got %+v", rows)
	}
}

func TestKeyFileThatOthersMayReadIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.yaml")
	dsrd(t, "keys", "new", "--out", file)
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if s := dsrd(t, "keys", "show", "--file", file); s.code != exitFailed || !strings.Contains(s.err, "chmod 600") {
		t.Errorf("got %+v", s)
	}
}

const letter = "From: jane.roe@customer.example\r\nTo: desk@provider.example\r\nSubject: My data\r\n" +
	"Date: Mon, 2 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@customer.example>\r\n\r\n" +
	"Please send me my data: jane.roe@customer.example\r\n"

// TestInspectKeepsItsContract names the fields that programs rely on.
func TestInspectKeepsItsContract(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.eml")
	spill(t, file, letter)
	lines := jsonLines(t, dsrd(t, "inspect", "--json", file).out)
	if len(lines) != 1 {
		t.Fatalf("got %d lines", len(lines))
	}
	var got map[string]any
	if err := json.Unmarshal(lines[0], &got); err != nil {
		t.Fatal(err)
	}
	want := []string{"attachments", "auth", "class", "date", "defects", "error", "file", "from", "intent",
		"message_id", "reasons", "reply_text", "request", "subject_line", "text", "to"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	below := map[string][]string{
		"request": {"customers", "kinds", "language", "subjects"},
		"auth":    {"confirmable", "dkim", "from_domain", "result", "way", "why"},
	}
	for name, want := range below {
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got[name].(map[string]any)))); diff != "" {
			t.Errorf("fields of %s (-want +got):\n%s", name, diff)
		}
	}
	if got["file"] != file || got["error"] != nil || got["class"] != "human" {
		t.Errorf("got %v", got)
	}
	for _, list := range []string{"to", "reasons", "defects", "attachments"} {
		if _, ok := got[list].([]any); !ok {
			t.Errorf("%s is %v, want a list even when it is empty", list, got[list])
		}
	}
}

// TestInspectGivesEachFileItsLine reads a whole folder of trouble in one call.
func TestInspectGivesEachFileItsLine(t *testing.T) {
	dir := t.TempDir()
	good, empty, nowhere := filepath.Join(dir, "good.eml"), filepath.Join(dir, "empty.eml"), filepath.Join(dir, "nowhere")
	spill(t, good, letter)
	spill(t, empty, "")
	files := []string{nowhere, good, dir, empty, "-"}
	s := dsrdReading(t, letter, append([]string{"inspect", "--json"}, files...)...)
	if s.code != exitFailed || s.err != "" {
		t.Errorf("got %d %q; what went wrong stands in the lines", s.code, s.err)
	}
	lines := jsonLines(t, s.out)
	if len(lines) != len(files) {
		t.Fatalf("got %d lines for %d files", len(lines), len(files))
	}
	for i, bad := range []bool{true, false, true, false, false} {
		var r struct {
			File  string
			Error *string
			From  string
		}
		if err := json.Unmarshal(lines[i], &r); err != nil {
			t.Fatal(err)
		}
		if r.File != files[i] || (r.Error != nil) != bad && files[i] != empty {
			t.Errorf("%s: got %+v", files[i], r)
		}
		if files[i] == "-" && r.From != "jane.roe@customer.example" {
			t.Errorf("standard input was not read: %+v", r)
		}
	}
	if s := dsrd(t, "inspect", "--json", good); s.code != exitDone {
		t.Errorf("a file that can be read: %+v", s)
	}
}

func TestInspectForPeople(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.eml")
	spill(t, file, letter)
	s := dsrd(t, "inspect", file)
	for _, want := range []string{file + "\n", "class        human", "customers    jane.roe@customer.example", "confirmable  false"} {
		if !strings.Contains(s.out, want) {
			t.Errorf("it does not say %q:\n%s", want, s.out)
		}
	}
	if s := dsrd(t, "inspect", file+"x"); s.code != exitFailed || !strings.Contains(s.out, "no such file") {
		t.Errorf("got %+v", s)
	}
	for _, as := range []string{"text", "html"} {
		s := dsrdReading(t, "<p>CONFIRM</p>", "inspect", "--as", as, "-")
		if s.code != exitDone || !strings.Contains(s.out, "CONFIRM") {
			t.Errorf("--as %s: got %+v", as, s)
		}
	}
}

func jsonLines(t testing.TB, out string) (lines []json.RawMessage) {
	t.Helper()
	for line := range strings.Lines(out) {
		if !json.Valid([]byte(line)) {
			t.Fatalf("no JSON: %s", line)
		}
		lines = append(lines, json.RawMessage(line))
	}
	return lines
}

func slurp(t testing.TB, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func spill(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
