package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dsrd/dsrd/export/source"
	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/internal/registry"
	"github.com/dsrd/dsrd/workflow"
)

// sourceJobs are a job for each source.
func (k *Checkup) sourceJobs() (jobs []job) {
	sources := k.Sources
	if sources == nil {
		a := &App{options: Options{Config: k.config, Keys: k.keys, Now: k.Now, Sleep: Sleep}}
		for _, c := range k.config.Sources {
			made, err := a.defender(c)
			jobs = append(jobs, job{"source", c.Name, func(ctx context.Context) []Finding {
				if err != nil {
					return []Finding{failing(err.Error(), "see the credential of this source")}
				}
				return append(k.door(ctx, c), k.lookAtSource(ctx, made, c.Name)...)
			}})
		}
		return jobs
	}
	for _, s := range sources {
		jobs = append(jobs, job{"source", s.Name(), func(ctx context.Context) []Finding {
			return k.lookAtSource(ctx, s, s.Name())
		}})
	}
	return jobs
}

// door looks at the certificate and the clock of a source.
func (k *Checkup) door(ctx context.Context, c config.Source) []Finding {
	url := c.Endpoint
	if url == "" {
		url = "https://management.azure.com"
	}
	found, at := k.knock(ctx, url, c.CAFile)
	k.seen.clock(told("source", c.Name), at, k.Now())
	return found
}

// nobody is asked about: what a source has on real people is none of a checkup's.
const nobody = "nobody@dsrd.invalid"

// lookAtSource asks for the first page of one set about nobody, with the parameters of
// one tenant: whether we are let in shows, and no row is kept.
func (k *Checkup) lookAtSource(ctx context.Context, s source.Source, name string) []Finding {
	t, ok := k.tenantOf(name)
	if !ok {
		return []Finding{warning("no tenant has parameters for this source: it is never asked",
			"give a tenant parameters for "+name+", or take the source out")}
	}
	set := s.Sets()[0]
	err := s.Read(ctx, source.Query{
		Request: "checkup", Tenant: t.ID, Customer: nobody, Set: set.Name, Parameters: t.Parameters[name],
		Limits: source.Limits{Pages: 1},
	}, forgetful{})
	kind, _ := source.KindOf(err)
	switch {
	case err == nil, kind == source.TooLarge: // one page was all that we wanted
		return []Finding{good("let us in, and answered about %s for tenant %s", set.Name, t.ID)}
	case kind == source.Auth:
		return []Finding{failing(err.Error(), "is the credential right and still valid, and has it the right to read?")}
	case kind == source.Throttled:
		return []Finding{warning(err.Error(), "it is busy: look again later")}
	case kind == source.NotFound, kind == source.Unset:
		return []Finding{failing(fmt.Sprintf("tenant %s: %v", t.ID, err), "are the tenant's parameters right?")}
	case errors.Is(err, context.DeadlineExceeded):
		return []Finding{failing(fmt.Sprintf("no answer within %s", k.Limit), remedyOf(err))}
	}
	return []Finding{failing(err.Error(), "is the endpoint right, and does a firewall let us through?")}
}

// forgetful keeps nothing of what it is given.
type forgetful struct{}

func (forgetful) Row(string, json.RawMessage) error { return nil }

func (forgetful) Tally(string, source.Tally) {}

// tenantOf is the first tenant that has data in a source.
func (k *Checkup) tenantOf(name string) (workflow.Tenant, bool) {
	r, err := registry.Open(k.config.Tenants.Files, defaultsOf(k.config))
	if err != nil {
		return workflow.Tenant{}, false
	}
	for _, t := range sortedTenants(r.Tenants()) {
		if _, ok := t.Parameters[name]; ok {
			return t, true
		}
	}
	return workflow.Tenant{}, false
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
