package app

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dsrd/dsrd/export/source"
	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/mailer/authentic"
)

// Grade is what a check came to.
type Grade string

// The grades. Skip is what could not be looked at, or is not used.
const (
	GradeOK   Grade = "ok"
	GradeWarn Grade = "warn"
	GradeFail Grade = "fail"
	GradeSkip Grade = "skip"
)

// Finding is one line of a checkup. The field names are part of the interface: add,
// never rename.
type Finding struct {
	Grade  Grade  `json:"grade"`
	Check  string `json:"check"`           // configuration, keys, imap, ...
	About  string `json:"about,omitempty"` // which mailbox, source or token
	What   string `json:"what"`
	Remedy string `json:"remedy,omitempty"` // what to do about it
}

// Checkup looks at everything that a daemon of that configuration would need. It
// sends no mail, changes no mailbox, and needs no daemon.
type Checkup struct {
	File    string        // the configuration
	Environ []string      // os.Environ()
	Only    []string      // names of the checks that are wanted; none: all
	Limit   time.Duration // for each check; zero: 10 seconds
	Now     func() time.Time
	Rand    io.Reader

	Names    Names           // answers for DNS; nil asks the configured servers
	Sources  []source.Source // instead of the configured ones; nil for those
	Embedded bool            // Redis is part of this process

	config *config.Config
	keys   *config.KeyFile
	tokens *wallet
	seen   sightings
}

// Names answers questions about names in the DNS.
type Names interface {
	authentic.Resolver
	// LookupMX gives the names of a domain's mail servers, the first one first; its
	// errors are those of LookupTXT.
	LookupMX(ctx context.Context, domain string) ([]string, error)
}

// defaultLimit bounds a check: a person waits for it.
const defaultLimit = 10 * time.Second

// Checks are the names of all checks, in the order in which they are told.
func Checks() []string {
	return []string{
		"configuration", "keys", "tenants", "redis", "imap", "authserv_id", "smtp", "dns", "token",
		"source", "clock", "daemon",
	}
}

// job is one check of one thing.
type job struct {
	check, about string
	look         func(context.Context) []Finding
}

// Run looks at everything, what is apart from each other at the same time. The
// findings come in the order of Checks.
func (k *Checkup) Run(ctx context.Context) []Finding {
	if k.Limit <= 0 {
		k.Limit = defaultLimit
	}
	found := k.configuration()
	if k.config == nil {
		found = append(found, Finding{GradeSkip, "servers", "", "were not looked at",
			"mend the configuration first"})
		return found
	}
	k.tokens = newWallet(k.config, k.Now)
	if k.Names == nil {
		k.Names = namesOf(k.config)
	}
	found = append(found, k.all(ctx, k.first())...)
	found = append(found, k.all(ctx, k.second())...)
	slices.SortStableFunc(found, func(a, b Finding) int {
		return slices.Index(Checks(), a.Check) - slices.Index(Checks(), b.Check)
	})
	return slices.DeleteFunc(found, func(f Finding) bool { return !k.wants(f.Check) })
}

func (k *Checkup) wants(check string) bool {
	return len(k.Only) == 0 || slices.Contains(k.Only, check)
}

// first are the jobs that ask servers.
func (k *Checkup) first() []job {
	jobs := []job{
		{"keys", "", k.lookAtKeys}, {"tenants", "", k.lookAtTenants}, {"redis", "", k.lookAtRedis},
		{"smtp", "", k.lookAtSMTP}, {"dns", "", k.lookAtDomain}, {"daemon", "", k.lookAtDaemon},
	}
	for _, m := range k.config.Mailboxes {
		jobs = append(jobs, job{"imap", m.Name,
			func(ctx context.Context) []Finding { return k.lookAtMailbox(ctx, m) }})
	}
	for _, t := range k.config.Tokens {
		jobs = append(jobs, job{"token", t.Name,
			func(ctx context.Context) []Finding { return k.lookAtToken(ctx, t) }})
	}
	return append(jobs, k.sourceJobs()...)
}

// second are the jobs that think about what the first ones saw.
func (k *Checkup) second() []job {
	jobs := []job{{"dns", "", k.lookAtSelectors}, {"clock", "", k.lookAtClock}}
	for _, m := range k.config.Mailboxes {
		jobs = append(jobs, job{"authserv_id", m.Name,
			func(context.Context) []Finding { return k.lookAtStamps(m) }})
	}
	return jobs
}

// needs says which other checks a check learns from.
var needs = map[string][]string{
	"authserv_id": {"imap"}, "dns": {"imap"}, "clock": {"imap", "redis", "source", "token"},
}

// all runs the jobs that are wanted, or are needed for one that is.
func (k *Checkup) all(ctx context.Context, jobs []job) []Finding {
	found := make([][]Finding, len(jobs))
	var wait sync.WaitGroup
	for i, j := range jobs {
		wanted := k.wants(j.check)
		for _, w := range k.Only {
			wanted = wanted || slices.Contains(needs[w], j.check)
		}
		if wanted {
			wait.Go(func() { found[i] = k.bounded(ctx, j) })
		}
	}
	wait.Wait()
	return slices.Concat(found...)
}

// bounded gives a job its time. One that does not hear the end of its context is
// left behind: a person waits.
func (k *Checkup) bounded(ctx context.Context, j job) []Finding {
	ctx, cancel := context.WithTimeout(ctx, k.Limit)
	defer cancel()
	done := make(chan []Finding, 1)
	go func() { done <- j.look(ctx) }()
	patience := time.NewTimer(k.Limit + time.Second)
	defer patience.Stop()
	select {
	case found := <-done:
		for i := range found {
			found[i].Check, found[i].About = j.check, or(found[i].About, j.about)
		}
		return found
	case <-patience.C:
		return []Finding{{GradeFail, j.check, j.about, fmt.Sprintf("no answer within %s", k.Limit),
			"is the server up, and does a firewall let us through?"}}
	}
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func good(what string, args ...any) Finding {
	return Finding{Grade: GradeOK, What: fmt.Sprintf(what, args...)}
}

func skipped(what, remedy string) Finding {
	return Finding{Grade: GradeSkip, What: what, Remedy: remedy}
}

func warning(what, remedy string) Finding {
	return Finding{Grade: GradeWarn, What: what, Remedy: remedy}
}

func failing(what, remedy string) Finding {
	return Finding{Grade: GradeFail, What: oneLine(what), Remedy: remedy}
}

// counted is a number of things: "1 mailbox", "2 mailboxes".
func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// oneLine keeps a finding on its line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
