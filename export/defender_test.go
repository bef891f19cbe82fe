package export_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/export"
	"github.com/dsrd/dsrd/export/archive"
	"github.com/dsrd/dsrd/export/source/defender"
	"github.com/dsrd/dsrd/export/source/defender/defendertest"
)

const subscription = "11111111-2222-3333-4444-555555555555"

// azure is a job on a server with the sample data.
func azure(t *testing.T, out *bytes.Buffer) (*defendertest.Server, export.Job) {
	t.Helper()
	server := defendertest.New(defendertest.Sample(subscription, customer))
	t.Cleanup(server.Close)
	s, err := defender.New(defender.Config{
		Endpoint: server.URL(), Credential: server.Credential(), Roots: server.Roots(),
		Now:   func() time.Time { return now },
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	j := job(out, s)
	j.Sources[0].Parameters = map[string]string{defender.Subscriptions: subscription}
	return server, j
}

func TestADefenderPackageIsAsTheGoldenManifestSays(t *testing.T) {
	var out bytes.Buffer
	_, j := azure(t, &out)
	if _, err := compiler(t).Compile(context.Background(), j); err != nil {
		t.Fatal(err)
	}
	files := unzip(t, out.Bytes())
	for _, name := range []string{"manifest.json", "README.txt"} {
		path := filepath.Join("testdata", "defender."+name)
		if *update {
			if err := os.WriteFile(path, []byte(files[name]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), files[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// S7a: nobody but the customer is named anywhere in the package.
func TestADefenderPackageNamesNobodyElse(t *testing.T) {
	var out bytes.Buffer
	_, j := azure(t, &out)
	if _, err := compiler(t).Compile(context.Background(), j); err != nil {
		t.Fatal(err)
	}
	for name, content := range unzip(t, out.Bytes()) {
		for _, other := range []string{"colleague", "somebody.else", "partner.example"} {
			// The domain of an account whose name is masked stands in the alert's entity.
			shown := strings.ReplaceAll(content, `"upnSuffix":"partner.example"`, "")
			shown = strings.ReplaceAll(shown, `""upnSuffix"":""partner.example""`, "")
			if strings.Contains(shown, other) {
				t.Errorf("%s shows %q", name, other)
			}
		}
		if strings.HasPrefix(name, "data/") && !strings.Contains(content, customer) &&
			!strings.Contains(name, "alerts") {
			t.Errorf("%s does not name the customer", name)
		}
	}
}

// S10: contacts for all four roles, policies and alerts for the Account Administrator alone.
func TestTheRoleOfTheAdminDecidesAboutTheSets(t *testing.T) {
	const reason = "only the Account Administrator may have this"
	reader := func(j *export.Job) {
		j.Allowed = []string{"security_contacts", "activity_log"}
		j.LeftOut = []archive.LeftOut{
			{Category: "jit_policies", Reason: reason}, {Category: "alerts", Reason: reason},
		}
	}
	tests := []struct {
		role   string
		change func(*export.Job)
		want   map[string]archive.Status
	}{
		{"Account Administrator", func(*export.Job) {}, map[string]archive.Status{
			"security_contacts": archive.Found, "jit_policies": archive.Found,
			"alerts": archive.Found, "activity_log": archive.Found,
		}},
		{"Reader", reader, map[string]archive.Status{
			"security_contacts": archive.Found, "jit_policies": archive.NotSearched,
			"alerts": archive.NotSearched, "activity_log": archive.Found,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.role, func(t *testing.T) {
			var out bytes.Buffer
			server, j := azure(t, &out)
			tt.change(&j)
			result, err := compiler(t).Compile(context.Background(), j)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]archive.Status{}
			for _, set := range result.Manifest.Sources[0].Sets {
				got[set.Name] = set.Status
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !result.Manifest.Complete {
				t.Error("what a rule leaves out makes a package no less complete")
			}
			for _, q := range server.Requests() {
				if tt.want["alerts"] == archive.NotSearched && strings.HasSuffix(q.Path, "/alerts") {
					t.Error("Azure was asked for alerts all the same")
				}
			}
		})
	}
}

func TestEveryFaultOfAzureStandsInTheManifest(t *testing.T) {
	tests := []struct {
		fault  defendertest.Fault
		times  int
		status archive.Status
		reason string
	}{
		{defendertest.Unauthorized, 0, archive.Failed, "auth"},
		{defendertest.Forbidden, 0, archive.Failed, "auth"},
		{defendertest.NotFound, 0, archive.Failed, "not_found"},
		{defendertest.TooMany, 2, archive.Found, ""},
		{defendertest.TooMany, 0, archive.Failed, "throttled"},
		{defendertest.ServerError, 1, archive.Found, ""},
		{defendertest.ServerError, 0, archive.Failed, "temporary"},
		{defendertest.HalfPage, 0, archive.Failed, "temporary"},
		{defendertest.CutJSON, 0, archive.Failed, "malformed"},
		{defendertest.SameLink, 0, archive.Failed, "malformed"},
		{defendertest.NewLinks, 0, archive.Failed, "too_large"},
		{defendertest.ForeignLink, 0, archive.Failed, "foreign"},
		{defendertest.ForeignRow, 0, archive.Failed, "foreign"},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault)+" "+string(tt.status), func(t *testing.T) {
			var out bytes.Buffer
			server, j := azure(t, &out)
			j.Incomplete = export.Declare
			j.Sources[0].Limits.Pages = 20
			// The fault strikes on the second page, when rows were read already.
			server.Break("alerts", tt.fault, 3, tt.times)
			result, err := compiler(t).Compile(context.Background(), j)
			if err != nil {
				t.Fatal(err)
			}
			for _, set := range result.Manifest.Sources[0].Sets {
				want, reason := archive.Found, ""
				if set.Name == "alerts" {
					want, reason = tt.status, tt.reason
				}
				if set.Status != want || set.Reason != reason {
					t.Errorf("%s: got %s %q, want %s %q", set.Name, set.Status, set.Reason, want, reason)
				}
			}
			_, there := unzip(t, out.Bytes())["data/defender/alerts.json"]
			if there != (tt.status == archive.Found) {
				t.Error("a set that failed left a file, or one that was found has none")
			}
			if server.Leaks() > 0 {
				t.Error("a foreign host was asked")
			}
		})
	}
}
