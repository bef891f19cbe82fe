package defender_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/export/source"
	"github.com/dsrd/dsrd/export/source/defender"
	"github.com/dsrd/dsrd/export/source/defender/defendertest"
)

const second = "99999999-2222-3333-4444-555555555555"

// A bookmark is a place, and what was handed on up to there.
type bookmark struct {
	here  source.Cursor
	rows  int
	tally source.Tally
}

// A marker keeps what a source reads, and each place that it marks.
type marker struct {
	collector
	marks []bookmark
}

func (m *marker) Mark(_ string, here source.Cursor) error {
	m.marks = append(m.marks, bookmark{here, len(m.rows), m.tally})
	return m.fail
}

// twoSubscriptions is a server with one row a page, and the query for all of them.
func twoSubscriptions(t *testing.T, set string) (rig, source.Query) {
	t.Helper()
	data := defendertest.Sample(subscription, customer)
	data[second] = defendertest.Sample(second, customer)[second]
	r := newRig(t, data, nil)
	r.PageSize = 1
	q := query(set)
	q.Parameters = map[string]string{defender.Subscriptions: subscription + "," + second}
	return r, q
}

// From each page on, the rest is the rest: no row twice, none left out, and no page asked for that
// was read before.
func TestAReadGoesOnFromEachPage(t *testing.T) {
	for _, set := range []string{"security_contacts", "jit_policies", "alerts", "activity_log"} {
		r, q := twoSubscriptions(t, set)
		whole := &marker{}
		if err := r.source.Read(context.Background(), q, whole); err != nil {
			t.Fatal(err)
		}
		pages := len(r.Requests())
		if len(whole.marks) != pages || whole.tally.Pages != pages {
			t.Fatalf("%s: %d marks of %d pages", set, len(whole.marks), pages)
		}
		for i, b := range whole.marks {
			// The places are asked for when the Read has long ended.
			q.Resume = b.here()
			asked := len(r.Requests())
			rest := &marker{}
			if err := r.source.Read(context.Background(), q, rest); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(whole.rows[b.rows:], rest.rows); diff != "" && b.rows < len(whole.rows) {
				t.Errorf("%s from page %d (-want +got):\n%s", set, i+1, diff)
			}
			if got := b.tally.Add(rest.tally); got != whole.tally {
				t.Errorf("%s from page %d: tally %+v, want %+v", set, i+1, got, whole.tally)
			}
			if n := len(r.Requests()) - asked; n != pages-i-1 {
				t.Errorf("%s from page %d: %d questions, want %d", set, i+1, n, pages-i-1)
			}
			if n := len(rest.marks); n > 0 {
				if diff := cmp.Diff(string(whole.marks[len(whole.marks)-1].here()), string(rest.marks[n-1].here())); diff != "" {
					t.Errorf("%s from page %d ends elsewhere:\n%s", set, i+1, diff)
				}
			}
		}
	}
}

// The limits are those of the set, however often the reading began.
func TestAReadThatGoesOnKeepsItsLimits(t *testing.T) {
	for name, limits := range map[string]source.Limits{
		"pages": {Pages: 7}, "rows": {Rows: 7}, "bytes": {Bytes: 5000},
	} {
		r, q := twoSubscriptions(t, "alerts")
		whole := &marker{}
		if err := r.source.Read(context.Background(), q, whole); err != nil {
			t.Fatal(err)
		}
		q.Limits = limits
		limited := &marker{}
		err := r.source.Read(context.Background(), q, limited)
		if kind, _ := source.KindOf(err); kind != source.TooLarge || len(limited.marks) < 3 {
			t.Fatalf("%s: %d pages, then %v", name, len(limited.marks), err)
		}
		q.Resume = limited.marks[2].here()
		rest := &marker{}
		err = r.source.Read(context.Background(), q, rest)
		if kind, _ := source.KindOf(err); kind != source.TooLarge {
			t.Errorf("%s: got %v", name, err)
		}
		if n := 3 + len(rest.marks); n != len(limited.marks) {
			t.Errorf("%s: %d pages in all, want %d", name, n, len(limited.marks))
		}
	}
}

// A place is believed no more than a page: the token goes where its link leads.
func TestAPlaceThatLeadsElsewhereIsNotFollowed(t *testing.T) {
	r, q := twoSubscriptions(t, "alerts")
	base := r.URL() + "/subscriptions/" + subscription + "/providers/Microsoft.Security/alerts"
	for name, place := range map[string]string{
		"no JSON":             `{`,
		"another host":        place(subscription, "https://azure.example/subscriptions/"+subscription+"/x"),
		"no TLS":              place(subscription, "http"+strings.TrimPrefix(base, "https")),
		"another's":           place(subscription, strings.Replace(base, subscription, second, 1)),
		"a way out":           place(subscription, r.URL()+"/subscriptions/"+subscription+"/../x"),
		"an unknown one":      place(defendertest.OtherSubscription, base),
		"less than nothing":   `{"subscription":"` + subscription + `","pages":1,"rows":-9,"bytes":0}`,
		"nothing read so far": `{"subscription":"` + subscription + `","pages":0,"rows":0,"bytes":0}`,
		"half a link":         `{"subscription":"` + subscription + `","pages":1,"rows":0,"bytes":0,"seen":"AAAA"}`,
	} {
		t.Run(name, func(t *testing.T) {
			before := len(r.Requests())
			q.Resume = json.RawMessage(place)
			err := r.source.Read(context.Background(), q, &marker{})
			kind, ok := source.KindOf(err)
			if !ok || kind != source.Malformed && kind != source.Foreign {
				t.Errorf("got %v", err)
			}
			if len(r.Requests()) != before || r.Leaks() > 0 {
				t.Error("it was followed")
			}
		})
	}
}

func place(subscription, next string) string {
	text, _ := json.Marshal(map[string]any{
		"subscription": subscription, "next": next, "pages": 1, "rows": 1, "bytes": 1,
	})
	return string(text)
}

// Pages in a circle are found also when the circle began before the break.
func TestACircleIsFoundAcrossABreak(t *testing.T) {
	r, q := twoSubscriptions(t, "alerts")
	out := &marker{}
	if err := r.source.Read(context.Background(), q, out); err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(out.marks[3].here(), &c); err != nil {
		t.Fatal(err)
	}
	var earlier map[string]any
	if err := json.Unmarshal(out.marks[1].here(), &earlier); err != nil {
		t.Fatal(err)
	}
	c["next"] = earlier["next"]
	q.Resume, _ = json.Marshal(c)
	err := r.source.Read(context.Background(), q, &marker{})
	if err == nil || !strings.Contains(err.Error(), "circle") {
		t.Errorf("got %v", err)
	}
}

// An error of Mark ends the Read as one of Row does.
func TestAMarkThatIsRefusedEndsTheRead(t *testing.T) {
	r, q := twoSubscriptions(t, "alerts")
	stop := &markless{}
	if err := r.source.Read(context.Background(), q, stop); err != context.Canceled {
		t.Errorf("got %v", err)
	}
	if n := len(r.Requests()); n != 1 {
		t.Errorf("%d pages were asked for", n)
	}
}

// A markless sink takes rows and no marks.
type markless struct{ collector }

func (*markless) Mark(string, source.Cursor) error { return context.Canceled }
