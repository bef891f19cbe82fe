package export_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/dsrd/dsrd/export"
	"github.com/dsrd/dsrd/export/archive"
	"github.com/dsrd/dsrd/export/source"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const customer = "ann@shop.example"

var now = time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC)

// A fake is a source that hands out rows and then fails, or not.
type fake struct {
	name string
	sets []source.Set
	read func(ctx context.Context, q source.Query, out source.Sink) error
}

func (f fake) Name() string       { return f.name }
func (f fake) Sets() []source.Set { return f.sets }

func (f fake) Read(ctx context.Context, q source.Query, out source.Sink) error {
	return f.read(ctx, q, out)
}

func orders(change func(*source.Set)) source.Set {
	set := source.Set{
		Name: "orders", Title: "Orders", Scope: source.ScopeCustomer, Category: "orders",
		Classification: source.Personal, Retention: "10 years", Key: "customer.email",
	}
	if change != nil {
		change(&set)
	}
	return set
}

func order(email string, n int) string {
	return fmt.Sprintf(`{"id":%d,"customer":{"email":%q},"by":"clerk@shop.example"}`, n, email)
}

// shop is a source of one set that gives these rows and then the error.
func shop(set source.Set, err error, rows ...string) fake {
	read := func(_ context.Context, q source.Query, out source.Sink) error {
		for _, row := range rows {
			if err := out.Row(q.Set, json.RawMessage(row)); err != nil {
				return err
			}
		}
		return err
	}
	return fake{"shop", []source.Set{set}, read}
}

func compiler(t testing.TB) *export.Compiler {
	t.Helper()
	signer, err := archive.NewSigner(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "spool")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left, err := os.ReadDir(dir)
		if err != nil || len(left) > 0 {
			t.Errorf("left in the spool directory: %v, %v", left, err)
		}
	})
	clock := now
	return &export.Compiler{
		Dir: dir, Signer: signer, Random: rand.Reader,
		Now: func() time.Time { clock = clock.Add(time.Second); return clock },
	}
}

func job(out io.Writer, sources ...source.Source) export.Job {
	j := export.Job{
		Request: "r-1", Kind: "export", Tenant: "t-1", TenantName: "Shop", Customer: customer,
		Allowed:    []string{"orders", "security_contacts", "jit_policies", "alerts", "activity_log"},
		Incomplete: export.Wait, Now: now, Seal: archive.Plain(), Out: out,
	}
	for _, s := range sources {
		j.Sources = append(j.Sources, export.Reading{Source: s})
	}
	return j
}

// unzip returns the files of a plain package, which must verify.
func unzip(t testing.TB, packed []byte) map[string]string {
	t.Helper()
	report := archive.Verify(bytes.NewReader(packed), int64(len(packed)), archive.Keys{})
	if !report.OK() {
		t.Fatalf("the package does not verify: %v", report.Problems)
	}
	r, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	return files
}

func TestRowsBecomeJSONAndCSV(t *testing.T) {
	var out bytes.Buffer
	j := job(&out, shop(orders(nil), nil, order(customer, 1), order("ANN@shop.example", 2)))
	result, err := compiler(t).Compile(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	files := unzip(t, out.Bytes())
	masked := source.Masked
	wantJSON := "[\n" + `{"id":1,"customer":{"email":"ann@shop.example"},"by":"` + masked + `"}` +
		",\n" + `{"id":2,"customer":{"email":"ANN@shop.example"},"by":"` + masked + `"}` + "\n]\n"
	if diff := cmp.Diff(wantJSON, files["data/shop/orders.json"]); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	wantCSV := "id,customer.email,by\r\n1,ann@shop.example," + masked +
		"\r\n2,ANN@shop.example," + masked + "\r\n"
	if diff := cmp.Diff(wantCSV, files["data/shop/orders.csv"]); diff != "" {
		t.Errorf("CSV (-want +got):\n%s", diff)
	}
	if result.Rows != 2 || result.Size != int64(out.Len()) || result.Extension != ".zip" ||
		!result.Manifest.Complete {
		t.Errorf("got %+v", result)
	}
	want := []archive.Redaction{
		{Source: "shop", Set: "orders", What: "addresses_of_others", Count: 2},
	}
	if diff := cmp.Diff(want, result.Manifest.Redactions); diff != "" {
		t.Errorf("redactions (-want +got):\n%s", diff)
	}
}

func TestTheSameJobMakesTheSamePackage(t *testing.T) {
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		j := job(out, shop(orders(nil), nil, order(customer, 1)))
		if _, err := compiler(t).Compile(context.Background(), j); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two compilations of the same rows differ")
	}
}

func TestRowsThatMayNotBeUsedFailTheirSet(t *testing.T) {
	tests := []struct {
		name string
		set  source.Set
		row  string
		want source.Kind // "" when the row may be used
	}{
		{"another customer under the key", orders(nil), order("bob@shop.example", 1), source.Foreign},
		{"no key", orders(nil), `{"id":1}`, source.Foreign},
		{"a key that is no text", orders(nil), `{"customer":{"email":["ann@shop.example"]}}`,
			source.Foreign},
		{"a row that is no object", orders(nil), `"ann@shop.example"`, source.Foreign},
		{"the customer elsewhere than under the key", orders(nil),
			`{"customer":{"email":"bob@shop.example"},"cc":"ann@shop.example"}`, source.Foreign},
		{"no key wanted, customer named", orders(func(s *source.Set) { s.Key = "" }),
			`{"any":["ann@shop.example"]}`, ""},
		{"no key wanted, customer not named", orders(func(s *source.Set) { s.Key = "" }),
			`{"any":1}`, source.Foreign},
		{"the source vouches", orders(func(s *source.Set) { s.Vouches = true }), `{"any":1}`, ""},
		{"a tenant's set", orders(func(s *source.Set) { s.Scope = source.ScopeTenant }),
			`{"any":1}`, ""},
		{"the key twice", orders(nil),
			`{"customer":{"email":"ann@shop.example","email":"bob@shop.example"}}`, source.Foreign},
		{"no JSON", orders(nil), `{"id":`, source.Malformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := job(io.Discard, shop(tt.set, nil, tt.row))
			_, err := compiler(t).Compile(context.Background(), j)
			if kind, _ := source.KindOf(err); kind != tt.want || (err != nil) != (tt.want != "") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestASourceCannotSwallowARefusal(t *testing.T) {
	deaf := fake{"shop", []source.Set{orders(nil)},
		func(_ context.Context, q source.Query, out source.Sink) error {
			_ = out.Row(q.Set, json.RawMessage(order("bob@shop.example", 1)))
			_ = out.Row(q.Set, json.RawMessage(order(customer, 2)))
			return nil
		}}
	_, err := compiler(t).Compile(context.Background(), job(io.Discard, deaf))
	if !errors.Is(err, source.Foreign) {
		t.Errorf("got %v", err)
	}
}

func TestARowOfAnotherSetIsRefused(t *testing.T) {
	mixed := fake{"shop", []source.Set{orders(nil)},
		func(_ context.Context, _ source.Query, out source.Sink) error {
			return out.Row("other", json.RawMessage(order(customer, 1)))
		}}
	_, err := compiler(t).Compile(context.Background(), job(io.Discard, mixed))
	if !errors.Is(err, source.Malformed) {
		t.Errorf("got %v", err)
	}
}

func TestAGapIsWaitedForOrDeclared(t *testing.T) {
	tests := []struct {
		kind      source.Kind
		temporary bool
	}{
		{source.Auth, false}, {source.Throttled, true}, {source.Temporary, true},
		{source.Foreign, false}, {source.Malformed, false}, {source.TooLarge, false},
		{source.NotFound, false}, {source.Unset, false},
	}
	for _, tt := range tests {
		failure := &source.Error{
			Kind: tt.kind, Source: "shop", Set: "orders", RetryAfter: time.Hour, Reason: "x",
		}
		t.Run(string(tt.kind)+" is waited for", func(t *testing.T) {
			var out bytes.Buffer
			j := job(&out, shop(orders(nil), failure, order(customer, 1)))
			_, err := compiler(t).Compile(context.Background(), j)
			var f *export.Failure
			if !errors.As(err, &f) || f.Kind != tt.kind || f.Temporary() != tt.temporary ||
				f.Source != "shop" || f.Set != "orders" || f.RetryAfter != time.Hour {
				t.Errorf("got %#v", err)
			}
			if errors.Is(err, export.SourceAuth) != (tt.kind == source.Auth) {
				t.Error("a refused credential must be told from the rest")
			}
			if out.Len() > 0 {
				t.Error("something was written")
			}
		})
		t.Run(string(tt.kind)+" is declared", func(t *testing.T) {
			var out bytes.Buffer
			j := job(&out, shop(orders(nil), failure, order(customer, 1)))
			j.Incomplete = export.Declare
			result, err := compiler(t).Compile(context.Background(), j)
			if err != nil {
				t.Fatal(err)
			}
			set := result.Manifest.Sources[0].Sets[0]
			if set.Status != archive.Failed || set.Reason != string(tt.kind) || set.Rows != 0 ||
				result.Manifest.Complete || result.Rows != 0 {
				t.Errorf("got %+v", set)
			}
			for name, content := range unzip(t, out.Bytes()) {
				if strings.HasPrefix(name, "data/") || strings.Contains(content, `"id":1`) {
					t.Errorf("%s holds a part of a set that failed", name)
				}
			}
		})
	}
}

func TestOneFailingSourceDoesNotHideTheOthers(t *testing.T) {
	bad := shop(orders(nil), &source.Error{Kind: source.Auth})
	good := shop(orders(nil), nil, order(customer, 1))
	good.name = "archive"
	j := job(io.Discard, bad, good)
	j.Incomplete = export.Declare
	result, err := compiler(t).Compile(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	got := []archive.Status{
		result.Manifest.Sources[0].Sets[0].Status, result.Manifest.Sources[1].Sets[0].Status,
	}
	if diff := cmp.Diff([]archive.Status{archive.Failed, archive.Found}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNotFoundCountsAsNoneOnlyWhenToldSo(t *testing.T) {
	j := job(io.Discard, shop(orders(nil), &source.Error{Kind: source.NotFound}))
	j.Sources[0].NotFoundIsNone = true
	result, err := compiler(t).Compile(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	set := result.Manifest.Sources[0].Sets[0]
	if set.Status != archive.None || set.Reason == "" || !result.Manifest.Complete {
		t.Errorf("got %+v", set)
	}
}

// S10: what the role may not have is not read, and is declared.
func TestACategoryThatIsNotAllowedIsNotReadAndIsDeclared(t *testing.T) {
	asked := 0
	set := orders(nil)
	spy := fake{"shop", []source.Set{set}, func(context.Context, source.Query, source.Sink) error {
		asked++
		return nil
	}}
	tests := []struct {
		name   string
		change func(*export.Job)
		reason string
	}{
		{"left out by name", func(j *export.Job) {
			j.LeftOut = []archive.LeftOut{{Category: "orders", Reason: "Reader may not have orders"}}
		}, "Reader may not have orders"},
		{"not allowed at all", func(j *export.Job) { j.Allowed = nil },
			"the role of the administrator who confirmed does not allow it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			j := job(&out, spy)
			tt.change(&j)
			result, err := compiler(t).Compile(context.Background(), j)
			if err != nil {
				t.Fatal(err)
			}
			got := result.Manifest.Sources[0].Sets[0]
			if asked != 0 || got.Status != archive.NotSearched || got.Reason != tt.reason ||
				got.StartedAt != nil {
				t.Errorf("asked %d times, got %+v", asked, got)
			}
			want := []archive.LeftOut{{Category: "orders", Reason: tt.reason}}
			if diff := cmp.Diff(want, result.Manifest.LeftOut); diff != "" {
				t.Errorf("left out (-want +got):\n%s", diff)
			}
			files := unzip(t, out.Bytes())
			for _, name := range []string{"README.txt", "README.html", "manifest.json"} {
				if !strings.Contains(files[name], tt.reason) {
					t.Errorf("%s does not say why", name)
				}
			}
		})
	}
}

func TestJobsThatNobodyCouldRelyOnAreRefused(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*export.Job, *export.Compiler)
	}{
		{"no policy", func(j *export.Job, _ *export.Compiler) { j.Incomplete = "" }},
		{"no customer", func(j *export.Job, _ *export.Compiler) { j.Customer = "" }},
		{"no seal", func(j *export.Job, _ *export.Compiler) { j.Seal = archive.Seal{} }},
		{"age for nobody", func(j *export.Job, _ *export.Compiler) { j.Seal = archive.Age() }},
		{"no sources", func(j *export.Job, _ *export.Compiler) { j.Sources = nil }},
		{"a source twice", func(j *export.Job, _ *export.Compiler) {
			j.Sources = append(j.Sources, j.Sources[0])
		}},
		{"a set that leaves its folder", func(j *export.Job, _ *export.Compiler) {
			j.Sources[0].Source = shop(orders(func(s *source.Set) { s.Name = "../x" }), nil)
		}},
		{"a set that is nobody's", func(j *export.Job, _ *export.Compiler) {
			j.Sources[0].Source = shop(orders(func(s *source.Set) { s.Scope = "" }), nil)
		}},
		{"an extra file with a reserved name", func(j *export.Job, _ *export.Compiler) {
			j.Extra = []archive.File{{Name: "manifest.json"}}
		}},
		{"a directory for all to read", func(_ *export.Job, c *export.Compiler) {
			if err := os.Chmod(c.Dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}},
		{"no directory", func(_ *export.Job, c *export.Compiler) { c.Dir += "x" }},
		{"no signing key", func(_ *export.Job, c *export.Compiler) { c.Signer = archive.Signer{} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := compiler(t)
			spy := shop(orders(nil), nil)
			read := false
			spy.read = func(context.Context, source.Query, source.Sink) error { read = true; return nil }
			j := job(io.Discard, spy)
			j.Seal = archive.Age(id.Recipient())
			dir := c.Dir
			tt.change(&j, c)
			_, err := c.Compile(context.Background(), j)
			c.Dir = dir
			var failure *export.Failure
			if err == nil || errors.As(err, &failure) || read {
				t.Errorf("got %v, read %v; want a plain error before anything is read", err, read)
			}
		})
	}
}

func TestQuotaEndsAJob(t *testing.T) {
	j := job(io.Discard, shop(orders(nil), nil, order(customer, 1), order(customer, 2)))
	j.MaxBytes = int64(len(order(customer, 1))) + 40
	_, err := compiler(t).Compile(context.Background(), j)
	if !errors.Is(err, source.TooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestAFailedSetTakesNothingFromTheQuota(t *testing.T) {
	row := order(customer, 1)
	bad := shop(orders(nil), &source.Error{Kind: source.Temporary}, row, row)
	good := shop(orders(nil), nil, row, row)
	good.name = "archive"
	j := job(io.Discard, bad, good)
	j.Incomplete, j.MaxBytes = export.Declare, int64(3*len(row))
	result, err := compiler(t).Compile(context.Background(), j)
	if err != nil || result.Rows != 2 {
		t.Errorf("got %d rows, %v", result.Rows, err)
	}
}

var errFull = errors.New("no space left on device")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestAFullDiskIsTemporary(t *testing.T) {
	j := job(fullDisk{}, shop(orders(nil), nil, order(customer, 1)))
	_, err := compiler(t).Compile(context.Background(), j)
	var f *export.Failure
	if !errors.As(err, &f) || !f.Temporary() || f.Source != "" || !errors.Is(err, errFull) {
		t.Errorf("got %#v", err)
	}
}

func TestACancelledCompilationSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stopped := shop(orders(nil), nil)
	stopped.read = func(ctx context.Context, _ source.Query, _ source.Sink) error {
		cancel()
		return ctx.Err()
	}
	j := job(io.Discard, stopped)
	j.Incomplete = export.Declare
	if _, err := compiler(t).Compile(ctx, j); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A canary that is searched for in the spool directory while the rows lie there.
func TestTheDiskNeverShowsARow(t *testing.T) {
	c := compiler(t)
	const canary = "canary-in-the-row"
	watching := shop(orders(nil), nil)
	watching.read = func(_ context.Context, q source.Query, out source.Sink) error {
		row := fmt.Sprintf(`{"customer":{"email":%q},"x":%q}`, customer, canary)
		for range 20_000 { // more than the spool's buffer
			if err := out.Row(q.Set, json.RawMessage(row)); err != nil {
				return err
			}
		}
		names, err := os.ReadDir(c.Dir)
		if err != nil || len(names) > 0 {
			t.Errorf("the spool has a name: %v, %v", names, err)
		}
		var seen int
		for _, file := range openSpools(t, c.Dir) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Error(err)
			}
			seen += len(content)
			if bytes.Contains(content, []byte("canary")) {
				t.Error("a row lies on the disk in the clear")
			}
		}
		if seen == 0 {
			t.Error("nothing lies on the disk")
		}
		return nil
	}
	if _, err := c.Compile(context.Background(), job(io.Discard, watching)); err != nil {
		t.Fatal(err)
	}
}

// The file "a" is written before the data; it damages what lies on the disk by then.
func TestADiskThatForgetsMakesNoPackage(t *testing.T) {
	for which := range 2 {
		c := compiler(t)
		j := job(io.Discard, many(1_000))
		j.Extra = []archive.File{{Name: "a", Write: func(io.Writer) error {
			file, err := os.OpenFile(openSpools(t, c.Dir)[which], os.O_RDWR, 0)
			if err != nil {
				t.Skip("this system does not open a file that has no name")
			}
			defer file.Close()
			_, err = file.WriteAt([]byte{1, 2, 3, 4}, 20_000)
			return err
		}}}
		_, err := c.Compile(context.Background(), j)
		var f *export.Failure
		if !errors.As(err, &f) || !f.Temporary() {
			t.Errorf("file %d: got %v", which, err)
		}
	}
}

// openSpools finds the nameless files of this process that were made in dir.
func openSpools(t *testing.T, dir string) []string {
	t.Helper()
	links, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this system does not show the open files of a process")
	}
	var found []string
	for _, link := range links {
		path := "/proc/self/fd/" + link.Name()
		if target, err := os.Readlink(path); err == nil && strings.HasPrefix(target, dir) {
			found = append(found, path)
		}
	}
	if len(found) == 0 {
		t.Error("no spool is open")
	}
	return found
}

func TestEncryptedPackagesOpenWithTheirKey(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	passphrase, err := archive.NewPassphrase(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, seal := range []archive.Seal{
		archive.Age(id.Recipient()), archive.WithPassphrase(passphrase, rand.Reader),
	} {
		var out bytes.Buffer
		j := job(&out, shop(orders(nil), nil, order(customer, 1)))
		j.Seal = seal
		result, err := compiler(t).Compile(context.Background(), j)
		if err != nil {
			t.Fatal(err)
		}
		report := archive.Verify(bytes.NewReader(out.Bytes()), int64(out.Len()), archive.Keys{
			Identities: []age.Identity{id}, Passphrase: passphrase.Reveal(),
		})
		if !report.OK() || report.Encryption != result.Encryption {
			t.Errorf("%s: %v", result.Encryption, report.Problems)
		}
	}
}

// Whatever rows a source gives, they come out of the package byte for byte.
func TestRowsSurviveTheRoundTrip(t *testing.T) {
	c := compiler(t)
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SliceOfN(rapid.String(), 1, 20).Draw(rt, "words")
		var rows []string
		for _, word := range words {
			raw, err := json.Marshal(map[string]any{
				"customer": map[string]string{"email": customer},
				"w":        strings.ReplaceAll(word, "@", ""), "n": len(word),
			})
			if err != nil {
				rt.Fatal(err)
			}
			rows = append(rows, string(raw))
		}
		var out bytes.Buffer
		j := job(&out, shop(orders(nil), nil, rows...))
		if _, err := c.Compile(context.Background(), j); err != nil {
			rt.Fatal(err)
		}
		want := "[\n" + strings.Join(rows, ",\n") + "\n]\n"
		if diff := cmp.Diff(want, unzip(t, out.Bytes())["data/shop/orders.json"]); diff != "" {
			rt.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// many gives n rows of about 450 bytes, as varied as alerts are.
func many(n int) fake {
	f := shop(orders(nil), nil)
	f.read = func(_ context.Context, q source.Query, out source.Sink) error {
		var row []byte
		seed := uint64(1)
		for i := range n {
			seed = seed*6364136223846793005 + 1442695040888963407 // Knuth's MMIX
			row = fmt.Appendf(row[:0], `{"id":"/subscriptions/%016x/alerts/%d","customer":`+
				`{"email":"ann@shop.example"},"status":"%s","severity":%d,"address":"192.0.%d.%d",`+
				`"lines":[{"sku":"A-%d","n":1},{"sku":"B","n":%d}],"note":"delivered to the neighbour `+
				`at %d o'clock, order %d","at":"2026-03-%02dT10:%02d:%02d.%07dZ","correlation":"%x-%x",`+
				`"by":"clerk%d@shop.example","resource":"/resourceGroups/rg%d/machines/vm-%d"}`,
				seed, i, [...]string{"new", "open", "closed"}[seed>>33%3], seed>>17%4, seed>>40%256,
				seed>>48%256, seed>>22%10007, i%9, seed>>50%24, seed>>30%1_000_000, i%28+1,
				seed>>35%60, seed>>45%60, seed>>20%10_000_000, seed>>11, seed*31>>7,
				seed>>41%50, seed>>37%40, seed>>27%900)
			if err := out.Row(q.Set, row); err != nil {
				return err
			}
		}
		return nil
	}
	return f
}

func TestAHundredThousandRowsNeedLittleMemory(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	peak := func(rows int) uint64 {
		var highest uint64
		watch := writerFunc(func(p []byte) (int, error) {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			highest = max(highest, m.HeapInuse)
			return len(p), nil
		})
		j := job(watch, many(rows))
		j.Seal = archive.Age(id.Recipient())
		runtime.GC()
		if _, err := compiler(t).Compile(context.Background(), j); err != nil {
			t.Fatal(err)
		}
		return highest
	}
	small, large := peak(1_000), peak(100_000)
	t.Logf("heap at 1,000 rows %d KiB, at 100,000 rows %d KiB", small>>10, large>>10)
	if large > small+16<<20 {
		t.Errorf("the heap grows with the rows: %d KiB to %d KiB", small>>10, large>>10)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
