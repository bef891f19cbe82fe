package onehost_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/onehost"
)

const root = "../.."

// A step is a block of commands of the page.
type step struct{ section, script string }

var block = regexp.MustCompile("(?ms)^(## [^\n]+)$|^```sh\n(.*?)^```$")

// steps are all blocks of the page, in its order.
func steps(t *testing.T) []step {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "docs/operating.md"))
	must(t, err, "")
	var all []step
	section := ""
	for _, m := range block.FindAllStringSubmatch(string(page), -1) {
		if m[1] != "" {
			section = strings.TrimPrefix(m[1], "## ")
			continue
		}
		all = append(all, step{section, m[2]})
	}
	return all
}

func must(t testing.TB, err error, out string) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// newHost is a host with what `make build` makes, in the folder that the page's
// commands are run in.
func newHost(t *testing.T) *onehost.Host {
	t.Helper()
	if err := onehost.Possible(); err != nil {
		leaveOut(t, err.Error())
	}
	for _, need := range []string{"redis-server", "/usr/sbin/dovecot", "/usr/sbin/postfix", "curl"} {
		if _, err := exec.LookPath(need); err != nil {
			leaveOut(t, need+" is not installed")
		}
	}
	ctx, done := context.WithTimeout(t.Context(), time.Minute)
	defer done()
	h, err := onehost.Start(ctx, t.TempDir())
	var refused *onehost.Refused
	if errors.As(err, &refused) {
		t.Skip(err) // in a container: the page is not for there
	}
	must(t, err, "")
	t.Cleanup(h.Stop)
	must(t, os.MkdirAll(h.Path("/root/dsrd/bin"), 0o700), "")
	must(t, os.CopyFS(h.Path("/root/dsrd/deploy"), os.DirFS(filepath.Join(root, "deploy"))), "")
	out, err := exec.Command("go", "build", "-o", h.Path("/root/dsrd/bin/dsrd"), "../../cmd/dsrd").CombinedOutput()
	must(t, err, string(out))
	return h
}

// leaveOut skips a test that lacks something, unless everything real is required.
func leaveOut(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("REQUIRE_REAL") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// TestTheOperatorsPage runs the page and then looks, from outside the daemon, whether
// it keeps its word: a request that comes in by SMTP leads to a confirmation that
// goes out by SMTP.
func TestTheOperatorsPage(t *testing.T) {
	h := newHost(t)
	outside(t, h)
	for _, s := range steps(t) {
		out, err := h.Run(t.Context(), s.script)
		t.Logf("%s\n%s", s.section, out)
		if strings.HasPrefix(s.section, "7.") {
			looked(t, out)
			continue
		}
		must(t, err, s.section+":\n"+out)
	}
	write(t, h)
	asked(t, h)
	for _, check := range []struct{ name, script, want string }{
		{"the request is in the queue", "dsrd queue", "awaiting_confirmation"},
		{"operators are the group dsrd", "stat -c %U:%G:%a /run/dsrd/dsrd.sock", "dsrd:dsrd:660"},
		{"the operator's name is in the history", "id=$(dsrd queue --json | grep -o '\"id\": *\"[^\"]*' | head -1 | cut -d'\"' -f4); dsrd note $id 'called them'; dsrd show $id", "operator:root"},
		{"a reload leaves it running", "systemctl reload dsrd; systemctl is-active dsrd", "active"},
		{"a restart leaves it running", "systemctl restart dsrd; for n in $(seq 50); do dsrd queue && break; sleep 0.2; done", "awaiting_confirmation"},
		{"the sandbox is tight", "systemd-analyze security dsrd --threshold=15 --no-pager | tail -1", "Overall exposure level"},
		{"the log names nobody", "! journalctl -u dsrd --no-pager | grep -E '@(acme|customer|elsewhere)'; echo nobody", "nobody"},
	} {
		t.Run(check.name, func(t *testing.T) {
			out, err := h.Run(t.Context(), check.script)
			must(t, err, out)
			if !strings.Contains(out, check.want) {
				t.Errorf("got %s, want %q in it", out, check.want)
			}
		})
	}
}

// looked says whether `dsrd check` found in order what the page has set up. What lies
// outside this machine is not there: the Azure API and DNS.
func looked(t *testing.T, out string) {
	t.Helper()
	for _, what := range []string{"configuration", "redis", "imap", "smtp"} {
		line := regexp.MustCompile(`(?m)^\s*ok\s+.*` + what)
		if !line.MatchString(out) {
			t.Errorf("check does not say ok of %s:\n%s", what, out)
		}
	}
}

// outside is the rest of the world: it takes all mail that leaves the host.
func outside(t *testing.T, h *onehost.Host) {
	t.Helper()
	out, err := h.Run(t.Context(), `
mkdir -m 777 /tmp/sink
systemd-run --quiet --unit=sink smtp-sink -u postfix -d /tmp/sink/mail. 127.0.0.1:2525 100
mkdir -p /etc/systemd/system/postfix@-.service.d
cat > /etc/systemd/system/postfix@-.service.d/outside.conf <<'EOF'
[Service]
ExecStartPre=/usr/sbin/postconf -e default_transport=smtp:[127.0.0.1]:2525 smtp_dns_support_level=disabled
EOF
`)
	must(t, err, out)
}

func write(t *testing.T, h *onehost.Host) {
	t.Helper()
	out, err := h.Run(t.Context(), `sendmail -f jane@elsewhere.example dsr-requests@provider.example <<'EOF'
From: Jane Roe <jane@elsewhere.example>
To: dsr-requests@provider.example
Subject: My data
Message-ID: <first@elsewhere.example>
Date: `+time.Now().Format(time.RFC1123Z)+`

Please send me a copy of the data you hold about jane.roe@customer.example.
EOF`)
	must(t, err, out)
}

// asked waits for the confirmation in the sink.
func asked(t *testing.T, h *onehost.Host) {
	t.Helper()
	every := time.NewTicker(200 * time.Millisecond)
	defer every.Stop()
	until := time.After(90 * time.Second)
	for {
		out, err := h.Run(t.Context(), "grep -l 'RCPT TO:<anna.admin@acme.example>\\|X-Rcpt-Args: <anna.admin@acme.example>' /tmp/sink/* 2>/dev/null || true")
		must(t, err, out)
		if strings.TrimSpace(out) != "" {
			return
		}
		select {
		case <-until:
			out, _ := h.Run(t.Context(), "journalctl --no-pager -n 60; ls -l /tmp/sink; mailq")
			t.Fatalf("nobody was asked:\n%s", out)
		case <-every.C:
		}
	}
}
