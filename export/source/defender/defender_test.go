package defender_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/export/source"
	"github.com/dsrd/dsrd/export/source/defender"
	"github.com/dsrd/dsrd/export/source/defender/defendertest"
)

const (
	customer     = "ann@shop.example"
	subscription = "11111111-2222-3333-4444-555555555555"
)

// A clock stands still but for the sleeps, which it records.
type clock struct {
	now    time.Time
	sleeps []time.Duration
}

func (c *clock) Now() time.Time { return c.now }

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.sleeps = append(c.sleeps, d)
	c.now = c.now.Add(d)
	return ctx.Err()
}

type rig struct {
	*defendertest.Server
	source *defender.Source
	clock  *clock
}

func newRig(t *testing.T, data defendertest.Data, change func(*defender.Config)) rig {
	t.Helper()
	server := defendertest.New(data)
	t.Cleanup(server.Close)
	c := &clock{now: time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC)}
	config := defender.Config{
		Endpoint: server.URL(), Credential: server.Credential(), Roots: server.Roots(),
		Now: c.Now, Sleep: c.Sleep,
	}
	if change != nil {
		change(&config)
	}
	s, err := defender.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return rig{server, s, c}
}

// A collector keeps what a source reads.
type collector struct {
	rows  []string
	tally source.Tally
	fail  error
}

func (c *collector) Row(_ string, raw json.RawMessage) error {
	c.rows = append(c.rows, string(raw))
	return c.fail
}

func (c *collector) Tally(_ string, t source.Tally) { c.tally = c.tally.Add(t) }

func (c *collector) names() []string {
	var names []string
	for _, row := range c.rows {
		var r struct{ ID, Name string }
		if json.Unmarshal([]byte(row), &r) == nil && r.Name == "" {
			r.Name = r.ID[strings.LastIndex(r.ID, "/")+1:]
		}
		names = append(names, r.Name)
	}
	return names
}

func query(set string) source.Query {
	return source.Query{
		Request: "r-1", Tenant: "shop", Customer: customer, Set: set,
		Parameters: map[string]string{defender.Subscriptions: subscription},
	}
}

func (r rig) read(q source.Query) (*collector, error) {
	out := &collector{}
	err := r.source.Read(context.Background(), q, out)
	return out, err
}

// S6, S7, S7a, S8, S9 of the procedure: what each set holds and whose it is.
func TestSetsHoldWhatBelongsToTheCustomer(t *testing.T) {
	r := newRig(t, defendertest.Sample(subscription, customer), nil)
	tests := []struct {
		set   string
		names []string
		tally source.Tally
	}{
		{"security_contacts", []string{"default"}, source.Tally{Pages: 1, LeftOut: 1}},
		{"jit_policies", []string{"web", "database", "default", "batch"}, source.Tally{Pages: 2}},
		{"alerts", []string{"1", "3", "6"}, source.Tally{Pages: 3, LeftOut: 4, Masked: 1}},
		{"activity_log", []string{"1", "3", "4"}, source.Tally{Pages: 2, LeftOut: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.set, func(t *testing.T) {
			out, err := r.read(query(tt.set))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.names, out.names()); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.tally, out.tally); diff != "" {
				t.Errorf("tally (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSetsSayWhatTheProcedureSays(t *testing.T) {
	r := newRig(t, nil, nil)
	got := map[string][3]string{}
	for _, s := range r.source.Sets() {
		got[s.Name] = [3]string{string(s.Scope), string(s.Classification), s.Retention}
	}
	want := map[string][3]string{
		"security_contacts": {"customer", "personal", ""},
		"jit_policies":      {"tenant", "non_identifiable", "30 days"},
		"alerts":            {"customer", "security", "2 years"},
		"activity_log":      {"tenant", "personal", "90 days"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRowsComeByteForByte(t *testing.T) {
	row := `{ "id":"/subscriptions/` + subscription + `/x", "etag":"\u00e4\/", "n": 1.10,` +
		` "unknown":[1,  2], "properties":{"emails":"Ann@Shop.example"} }`
	r := newRig(t, defendertest.Data{subscription: {
		Contacts: []json.RawMessage{json.RawMessage(row)},
	}}, nil)
	out, err := r.read(query("security_contacts"))
	if err != nil || len(out.rows) != 1 || out.rows[0] != row {
		t.Errorf("got %q, %v", out.rows, err)
	}
}

func TestAnAlertHidesTheAccountsOfOthers(t *testing.T) {
	r := newRig(t, defendertest.Sample(subscription, customer), nil)
	out, err := r.read(query("alerts"))
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(out.rows, "\n")
	if strings.Contains(all, "colleague") || !strings.Contains(all, `"name":"ann"`) {
		t.Errorf("got %s", all)
	}
	if !json.Valid([]byte(out.rows[2])) {
		t.Error("a masked row is no JSON")
	}
}

func TestAllSubscriptionsAreRead(t *testing.T) {
	const second = "22222222-2222-3333-4444-555555555555"
	data := defendertest.Sample(subscription, customer)
	data[second] = defendertest.Sample(second, customer)[second]
	r := newRig(t, data, nil)
	q := query("security_contacts")
	q.Parameters[defender.Subscriptions] = subscription + ", " + strings.ToUpper(second) + " " + second
	out, err := r.read(q)
	if err != nil || len(out.rows) != 2 {
		t.Errorf("got %d rows, %v", len(out.rows), err)
	}
}

func TestQuestionsOnlyReadAndNameTheirVersion(t *testing.T) {
	r := newRig(t, defendertest.Sample(subscription, customer), nil)
	for _, set := range r.source.Sets() {
		if _, err := r.read(query(set.Name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range r.Requests() {
		if q.Method != http.MethodGet || !q.Authorized || !strings.Contains(q.Query, "api-version=") {
			t.Errorf("got %+v", q)
		}
	}
}

func TestTheActivityLogIsAskedFor90Days(t *testing.T) {
	r := newRig(t, defendertest.Sample(subscription, customer), nil)
	if _, err := r.read(query("activity_log")); err != nil {
		t.Fatal(err)
	}
	want := "eventTimestamp+ge+%272025-12-29T01%3A31%3A00Z%27+and+eventTimestamp+le+" +
		"%272026-03-29T01%3A30%3A00Z%27+and+resourceProvider+eq+%27Microsoft.Security%27"
	if got := r.Requests()[0].Query; !strings.Contains(got, want) {
		t.Errorf("got %s", got)
	}
}

func TestEveryFaultHasItsKind(t *testing.T) {
	seconds := func(s ...int) (d []time.Duration) {
		for _, n := range s {
			d = append(d, time.Duration(n)*time.Second)
		}
		return d
	}
	tests := []struct {
		name        string
		fault       defendertest.Fault
		from, times int
		want        source.Kind // "" when the read succeeds in the end
		sleeps      []time.Duration
		asked       int
	}{
		{"401 is not asked again", defendertest.Unauthorized, 0, 0, source.Auth, nil, 1},
		{"403 is not asked again", defendertest.Forbidden, 0, 0, source.Auth, nil, 1},
		{"403 in the middle", defendertest.Forbidden, 3, 0, source.Auth, nil, 2},
		{"404 is not asked again", defendertest.NotFound, 0, 0, source.NotFound, nil, 1},
		{"429 is obeyed", defendertest.TooMany, 0, 2, "", seconds(7, 7), 5},
		{"429 without end", defendertest.TooMany, 0, 0, source.Throttled, seconds(7, 7, 7), 4},
		{"429 for longer than allowed", defendertest.TooManyForLong, 0, 0, source.Throttled, nil, 1},
		{"500 once", defendertest.ServerError, 3, 1, "", seconds(1), 4},
		{"500 without end", defendertest.ServerError, 0, 0, source.Temporary, seconds(1, 2, 4), 4},
		{"half a page once", defendertest.HalfPage, 3, 1, "", seconds(1), 4},
		{"half a page always", defendertest.HalfPage, 0, 0, source.Temporary, seconds(1, 2, 4), 4},
		{"cut JSON once", defendertest.CutJSON, 3, 1, "", seconds(1), 4},
		{"cut JSON always", defendertest.CutJSON, 0, 0, source.Malformed, seconds(1, 2, 4), 4},
		{"a page without its list", defendertest.NoList, 0, 0, source.Malformed,
			seconds(1, 2, 4), 4},
		{"a link to the same page", defendertest.SameLink, 3, 0, source.Malformed, nil, 2},
		{"links without end", defendertest.NewLinks, 0, 0, source.TooLarge, nil, 10},
		{"a link to another host", defendertest.ForeignLink, 0, 0, source.Foreign, nil, 1},
		{"a link without TLS", defendertest.PlainLink, 0, 0, source.Foreign, nil, 1},
		{"a link to another subscription", defendertest.StrayLink, 0, 0, source.Foreign, nil, 1},
		{"a redirect to another host", defendertest.Redirect, 0, 0, source.Malformed, nil, 1},
		{"a row of another subscription", defendertest.ForeignRow, 3, 0, source.Foreign, nil, 2},
		{"a row without an id", defendertest.NoID, 0, 0, source.Malformed, nil, 1},
		{"a page beyond all measure", defendertest.HugePage, 0, 0, source.TooLarge, nil, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, defendertest.Sample(subscription, customer), nil)
			r.Break("alerts", tt.fault, tt.from, tt.times)
			q := query("alerts")
			q.Limits.Pages = 10
			out, err := r.read(q)
			if kind, _ := source.KindOf(err); kind != tt.want || (err != nil) != (tt.want != "") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err == nil {
				if diff := cmp.Diff([]string{"1", "3", "6"}, out.names()); diff != "" {
					t.Errorf("rows (-want +got):\n%s", diff)
				}
			}
			if diff := cmp.Diff(tt.sleeps, r.clock.sleeps); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
			if got := len(r.Requests()); got != tt.asked {
				t.Errorf("asked %d times, want %d", got, tt.asked)
			}
			if r.Leaks() != 0 {
				t.Error("the client went to a foreign host")
			}
			if err != nil && strings.Contains(err.Error(), customer) {
				t.Errorf("the error names the customer: %v", err)
			}
		})
	}
}

func TestRetryAfterIsToldToTheCaller(t *testing.T) {
	r := newRig(t, defendertest.Sample(subscription, customer), nil)
	r.Break("alerts", defendertest.TooManyForLong, 0, 0)
	_, err := r.read(query("alerts"))
	var failure *source.Error
	if !errors.As(err, &failure) || failure.RetryAfter != time.Hour || failure.Status != 429 {
		t.Errorf("got %#v", err)
	}
}

func TestLimitsEndARead(t *testing.T) {
	tests := []struct {
		name   string
		limits source.Limits
		want   source.Kind
	}{
		{"pages", source.Limits{Pages: 2}, source.TooLarge},
		{"rows", source.Limits{Rows: 5}, source.TooLarge},
		{"bytes", source.Limits{Bytes: 2000}, source.TooLarge},
		{"enough", source.Limits{Pages: 3, Rows: 7, Bytes: 1 << 20, Time: time.Minute}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, defendertest.Sample(subscription, customer), nil)
			q := query("alerts")
			q.Limits = tt.limits
			_, err := r.read(q)
			if kind, _ := source.KindOf(err); kind != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestTimeEndsARead(t *testing.T) {
	r := newRig(t, defendertest.Sample(subscription, customer), nil)
	r.Break("alerts", defendertest.TooMany, 0, 0)
	q := query("alerts")
	q.Limits.Time = 10 * time.Second
	_, err := r.read(q)
	if kind, _ := source.KindOf(err); kind != source.Throttled {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]time.Duration{7 * time.Second}, r.clock.sleeps); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
}

func TestSettingsThatCannotWorkAreUnset(t *testing.T) {
	r := newRig(t, nil, nil)
	for name, change := range map[string]func(*source.Query){
		"no subscriptions": func(q *source.Query) { q.Parameters = nil },
		"no GUID":          func(q *source.Query) { q.Parameters["subscriptions"] = "../x" },
		"no such set":      func(q *source.Query) { q.Set = "other" },
	} {
		q := query("alerts")
		change(&q)
		if _, err := r.read(q); !errors.Is(err, source.Unset) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if len(r.Requests()) != 0 {
		t.Error("Azure was asked all the same")
	}
}

func TestASinkThatFailsEndsTheRead(t *testing.T) {
	r := newRig(t, defendertest.Sample(subscription, customer), nil)
	full := errors.New("disk full")
	out := &collector{fail: full}
	if err := r.source.Read(context.Background(), query("jit_policies"), out); err != full {
		t.Errorf("got %v", err)
	}
	if len(out.rows) != 1 {
		t.Errorf("%d rows after the failure", len(out.rows)-1)
	}
}

func TestACancelledReadSaysSo(t *testing.T) {
	r := newRig(t, defendertest.Sample(subscription, customer), nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := r.source.Read(ctx, query("alerts"), &collector{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAServerThatIsAwayIsTemporary(t *testing.T) {
	r := newRig(t, nil, nil)
	r.Close()
	if _, err := r.read(query("alerts")); !errors.Is(err, source.Temporary) {
		t.Errorf("got %v", err)
	}
}

func TestAStrangersCertificateIsNotTrusted(t *testing.T) {
	r := newRig(t, nil, func(c *defender.Config) { c.Roots = nil })
	if _, err := r.read(query("alerts")); !errors.Is(err, source.Temporary) {
		t.Errorf("got %v", err)
	}
	if len(r.Requests()) != 0 {
		t.Error("the token went to a server without a trusted certificate")
	}
}

// refusing is a credential that the login service turned away.
type refusing struct{ err error }

func (r refusing) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, r.err
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	c := &clock{}
	good := defender.Config{Credential: refusing{}, Now: c.Now, Sleep: c.Sleep}
	if _, err := defender.New(good); err != nil {
		t.Fatalf("the public cloud: %v", err)
	}
	for name, change := range map[string]func(*defender.Config){
		"no credential": func(c *defender.Config) { c.Credential = nil },
		"no clock":      func(c *defender.Config) { c.Now = nil },
		"no TLS":        func(c *defender.Config) { c.Endpoint = "http://management.azure.com" },
		"a password":    func(c *defender.Config) { c.Endpoint = "https://a:b@management.azure.com" },
	} {
		config := good
		change(&config)
		if _, err := defender.New(config); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
