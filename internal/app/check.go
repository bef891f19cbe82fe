package app

import (
	"errors"
	"os"
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
	c, err := config.Load(file, environ,
		func(c *config.Config) config.Problems { return schedules(c.Schedules, now) },
		trusted, tenants,
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
	for _, file := range c.Tenants.Files {
		f, err := os.Open(file)
		if err != nil {
			return nil
		}
		f.Close()
	}
	_, err := registry.Open(c.Tenants.Files, defaultsOf(c))
	var found config.Problems
	errors.As(err, &found)
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
