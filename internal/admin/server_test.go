package admin_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/workflow"
)

var update = flag.Bool("update", false, "write golden files anew")

// The requests of these tests: the first two begin alike.
const (
	jane   workflow.ID = "00abcdefghijklmnopqrstuvwx"
	joe    workflow.ID = "00abcdxxhijklmnopqrstuvwxy"
	stuck  workflow.ID = "00zzzzzzhijklmnopqrstuvwxy"
	nobody workflow.ID = "00nobody"
)

func threeRequests(t *testing.T) (*ledger, *admin.Client) {
	l := newLedger()
	l.receive(t, jane, 0)
	l.receive(t, joe, 1)
	l.put(t, stuck, workflow.Stuck, workflow.Delivering)
	return l, serve(t, l)
}

func TestListGivesPages(t *testing.T) {
	_, c := threeRequests(t)
	for _, k := range []struct {
		name   string
		states []string
		limit  int
		after  string
		want   []workflow.ID
		next   string
	}{
		{"all", nil, 10, "", []workflow.ID{jane, joe, stuck}, ""},
		{"first page", nil, 2, "", []workflow.ID{jane, joe}, string(joe)},
		{"second page", nil, 2, string(joe), []workflow.ID{stuck}, ""},
		{"one state", []string{"stuck"}, 10, "", []workflow.ID{stuck}, ""},
		{"two states", []string{"stuck", "awaiting_confirmation"}, 10, "", []workflow.ID{jane, joe, stuck}, ""},
		{"no limit", nil, 0, "", []workflow.ID{jane, joe, stuck}, ""},
	} {
		page, err := c.List(t.Context(), k.states, k.limit, k.after)
		if err != nil {
			t.Errorf("%s: %v", k.name, err)
			continue
		}
		var got []workflow.ID
		for _, r := range page.Requests {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, k.want) || page.Next != k.next {
			t.Errorf("%s: got %v, next %q; want %v, next %q", k.name, got, page.Next, k.want, k.next)
		}
		if page.Counts[workflow.AwaitingConfirmation] != 2 || page.Counts[workflow.Stuck] != 1 {
			t.Errorf("%s: counts %v", k.name, page.Counts)
		}
	}
}

func TestListingsMaskTheCustomer(t *testing.T) {
	_, c := threeRequests(t)
	page, err := c.List(t.Context(), nil, 10, "")
	if err != nil {
		t.Fatal(err)
	}
	if got := page.Requests[0].Customer; got != "j***@customer.example" {
		t.Errorf("got %q", got)
	}
	v, err := c.Show(t.Context(), string(jane))
	if err != nil || v.Customer != "jane.roe@customer.example" {
		t.Errorf("show says %q, %v", v.Customer, err)
	}
}

func TestUnknownStateIsRefused(t *testing.T) {
	_, c := threeRequests(t)
	_, err := c.List(t.Context(), []string{"stuk"}, 10, "")
	if err == nil || !strings.Contains(err.Error(), `no state is called "stuk"`) {
		t.Errorf("got %v", err)
	}
}

func TestShowFindsWhatAPersonTypes(t *testing.T) {
	_, c := threeRequests(t)
	for _, k := range []struct{ name, typed, want, err string }{
		{"the id", string(jane), string(jane), ""},
		{"the locator", jane.Locator(), string(jane), ""},
		{"the tag of a subject line", jane.Tag(), string(jane), ""},
		{"the tag without brackets", strings.Trim(joe.Tag(), "[]"), string(joe), ""},
		{"a beginning", "zzz", string(stuck), ""},
		{"with spaces around", " zzz ", string(stuck), ""},
		{"a beginning of two", "abcd", "", "it means several"},
		{"nothing there is", string(nobody), "", "`dsrd queue --state all` lists them"},
		{"a path", "../status", "", "no request is called"},
		{"odd signs", "a/b?c#d%20", "", "no request is called"},
	} {
		v, err := c.Show(t.Context(), k.typed)
		switch {
		case k.err == "" && (err != nil || string(v.ID) != k.want):
			t.Errorf("%s: got %s, %v; want %s", k.name, v.ID, err, k.want)
		case k.err != "" && (err == nil || !strings.Contains(err.Error(), k.err)):
			t.Errorf("%s: got %v, want %q", k.name, err, k.err)
		}
	}
}

func TestStatusCodesFollowTheKindOfError(t *testing.T) {
	l, c := threeRequests(t)
	for _, k := range []struct {
		call string
		want int
	}{
		{"GET /api/v1/requests", http.StatusOK},
		{"GET /api/v1/status", http.StatusOK},
		{"GET /api/v1/requests?state=x", http.StatusUnprocessableEntity},
		{"GET /api/v1/requests/" + string(nobody), http.StatusNotFound},
		{"GET /api/v1/requests/abcd", http.StatusUnprocessableEntity},
		{"POST /api/v1/requests/" + string(jane) + "/approve", http.StatusNotFound},
		{"POST /api/v1/requests/" + string(jane) + "/acknowledged", http.StatusNotFound},
		{"POST /api/v1/requests/" + string(jane) + "/", http.StatusNotFound},
		{"PUT /api/v1/requests/" + string(jane), http.StatusMethodNotAllowed},
		{"DELETE /api/v1/requests/" + string(jane), http.StatusMethodNotAllowed},
		{"GET /", http.StatusNotFound},
	} {
		if got, _ := raw(t, c.Socket, k.call, ""); got != k.want {
			t.Errorf("%s: got %d, want %d", k.call, got, k.want)
		}
	}
	if len(l.steps) != 0 {
		t.Errorf("it posted %v", l.steps)
	}
}

func TestStoreThatIsDownIsSaid(t *testing.T) {
	l, c := threeRequests(t)
	l.down = errDown
	if code, body := raw(t, c.Socket, "GET /api/v1/status", ""); code != 500 || !strings.Contains(body, "is it running?") {
		t.Errorf("got %d %s", code, body)
	}
	if _, err := c.Show(t.Context(), "abc"); err == nil || err.Error() != errDown.Error() {
		t.Errorf("got %v", err)
	}
}

func TestStatusSaysWhatTheDaemonSays(t *testing.T) {
	_, c := threeRequests(t)
	got, err := c.Status(t.Context())
	want := map[string]any{"mailboxes": 1.0, "requests": map[string]any{"awaiting_confirmation": 2.0, "stuck": 1.0}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestFieldNames holds the interface: names may be added to the golden file, never
// taken away.
func TestFieldNames(t *testing.T) {
	var got strings.Builder
	for _, v := range []any{admin.Page{}, admin.View{}, admin.Line{}, admin.Waiting{}, admin.Package{},
		admin.Set{}, admin.LeftOut{}, admin.Order{},
		admin.MailPage{}, admin.MailView{}, admin.Pausing{}, admin.Rest{},
		admin.ProbeOrder{}, admin.ProbeView{}, admin.ProbeSignature{}, admin.ProbeFailure{},
		admin.RecoverOrder{}, admin.Recovered{}} {
		kind := reflect.TypeOf(v)
		got.WriteString(kind.Name() + "\n")
		for f := range kind.Fields() {
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			got.WriteString("  " + strings.TrimSpace(name+" "+options) + "\n")
		}
	}
	golden(t, "testdata/fields.txt", got.String())
}

// TestShownRequest is a whole view as a program gets it.
func TestShownRequest(t *testing.T) {
	l := newLedger()
	r := l.receive(t, jane, 0)
	c, err := workflow.Decide(r, workflow.Event{Type: workflow.Held, Op: "h", Rule: "ack/authentic",
		Mail: "d1", Arrived: start}, start.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	l.take(c)
	client := serve(t, l)
	if _, err := client.Do(t.Context(), string(jane), "resend", admin.Order{Note: "she lost it", Op: "1"}); err != nil {
		t.Fatal(err)
	}
	r = l.requests[jane]
	r.Package = &workflow.Package{File: "x.zip", Size: 9, SHA256: "ab", BuiltAt: start, Encryption: "age",
		Sources: []workflow.SourceLine{{Name: "defender/alerts", Category: "alerts", Status: "found", Count: 3}},
		LeftOut: []workflow.LeftOut{{Category: "contacts", Reason: "role"}}}
	l.requests[jane] = r
	l.tasks = []workflow.Task{{Request: jane, Attempts: 2, DueAt: start, Note: "connect",
		Effect: &workflow.Effect{Type: workflow.SendConfirmation}}, {Request: jane}}
	_, body := raw(t, client.Socket, "GET /api/v1/requests/"+string(jane), "")
	var view map[string]any
	if err := json.Unmarshal([]byte(body), &view); err != nil {
		t.Fatal(err)
	}
	if view["history_check"] != "ok" {
		t.Errorf("history_check: %v", view["history_check"])
	}
	for _, line := range view["history"].([]any) { // hashes and names are not the same everywhere
		delete(line.(map[string]any), "hash")
		delete(line.(map[string]any), "actor")
	}
	pretty, err := json.MarshalIndent(view, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/view.json", string(pretty)+"\n")
}

func TestBrokenHistoryIsShown(t *testing.T) {
	l, c := threeRequests(t)
	l.history[jane][0].To = workflow.Completed
	v, err := c.Show(t.Context(), string(jane))
	if err != nil || v.Proof == "ok" || v.Proof == "" {
		t.Errorf("a rewritten history is said to be %q, %v", v.Proof, err)
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-golden +got):\n%s", file, diff)
	}
}

// raw says a call as it stands, without the client's care.
func raw(t testing.TB, socket, call, body string) (int, string) {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	c := dial(t, socket)
	req, err := http.NewRequest(method, "http://x"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	go req.Write(c)
	resp, err := http.ReadResponse(bufio.NewReader(c), req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}
