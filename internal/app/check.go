package app

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/internal/registry"
	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// Load reads everything that a daemon is made of from files: the configuration, the
// tenants and the keys. The error is config.Problems, all of them at once, when the
// configuration could be read at all. now is only a point from which schedules look
// ahead.
func Load(file string, environ []string, now time.Time) (*config.Config, *config.KeyFile, error) {
	var keys *config.KeyFile
	c, err := config.Load(file, withoutPoints(environ),
		func(c *config.Config) config.Problems { return schedules(c.Schedules, now) },
		trusted, sources, tenants,
		func(c *config.Config) (found config.Problems) {
			keys, found = readKeys(c.Keys.File)
			return found
		})
	return c, keys, err
}

func schedules(s config.Schedules, now time.Time) (found config.Problems) {
	for _, p := range []struct{ key, spec string }{
		{"scan", s.Scan}, {"export", s.Export}, {"remind", s.Remind}, {"deadline", s.Deadline},
		{"retention", s.Retention}, {"checkpoint", s.Checkpoint}, {"report", s.Report},
	} {
		if _, err := engine.ParseSpec(p.spec, now); err != nil {
			found = append(found, config.Problem{Key: "schedules." + p.key, What: err.Error(),
				Remedy: "five fields such as \"*/15 * * * *\", or \"@every 60s\""})
		}
	}
	return found
}

// trusted looks whether the files of roots hold certificates.
func trusted(c *config.Config) (found config.Problems) {
	look := func(key, file string) {
		if _, err := os.Stat(file); err != nil {
			return // a file that is not there was told of
		}
		if _, err := tlsConfig(file, ""); err != nil {
			found = append(found, config.Problem{Key: key, What: err.Error(),
				Remedy: "a file of PEM certificates, or \"\" for the system's roots"})
		}
	}
	for i, m := range c.Mailboxes {
		look(config.At("mailboxes", i)+".ca_file", m.CAFile)
	}
	look("smtp.ca_file", c.SMTP.CAFile)
	look("redis.ca_file", c.Redis.CAFile)
	for i, s := range c.Sources {
		look(config.At("sources", i)+".ca_file", s.CAFile)
	}
	return found
}

// tenants reads the registry; a file that cannot be read was told of.
func tenants(c *config.Config) config.Problems {
	if !readable(c.Tenants.Files) {
		return nil
	}
	r, err := registry.Open(c.Tenants.Files, defaultsOf(c))
	var found config.Problems
	if errors.As(err, &found) {
		return found
	}
	return unsourced(c, r.Tenants())
}

// sources wants one at least: without any, no admin's role has anything to release,
// and every request would be refused.
func sources(c *config.Config) config.Problems {
	if len(c.Sources) > 0 {
		return nil
	}
	return config.Problems{{Key: "sources", What: "is missing", Remedy: "name a system that holds customers' data"}}
}

// unsourced finds tenants whose requests would be refused because no source is asked
// for them: none is named, or a name has a typing error.
func unsourced(c *config.Config, tenants []workflow.Tenant) (found config.Problems) {
	known := map[string]bool{}
	for _, s := range c.Sources {
		known[s.Name] = true
	}
	slices.SortFunc(tenants, func(a, b workflow.Tenant) int { return strings.Compare(a.ID, b.ID) })
	for _, t := range tenants {
		if len(t.Parameters) == 0 {
			found = append(found, config.Problem{Key: "sources", What: "none is asked for tenant " + t.ID,
				Remedy: "give the tenant parameters for a source in its file"})
		}
		for _, name := range slices.Sorted(maps.Keys(t.Parameters)) {
			if !known[name] {
				found = append(found, config.Problem{Key: "sources",
					What:   fmt.Sprintf("tenant %s has parameters for %q, which is none of them", t.ID, name),
					Remedy: "write the name of a source"})
			}
		}
	}
	return found
}

// defaultsOf is what a tenant means that does not say.
func defaultsOf(c *config.Config) registry.Defaults {
	return registry.Defaults{
		Encryption: workflow.Encryption(c.Delivery.Encryption), Regime: workflow.Regime(c.Policy.Regime),
	}
}

func readKeys(file string) (*config.KeyFile, config.Problems) {
	if file == "" {
		return nil, nil // told of
	}
	keys, err := config.ReadKeys(file)
	var found config.Problems
	switch {
	case err == nil:
		return keys, nil
	case errors.As(err, &found):
		return nil, found
	}
	return nil, config.Problems{{Key: "keys.file", What: err.Error()}}
}

func readable(files []string) bool {
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return false
		}
		f.Close()
	}
	return true
}
