package app

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"github.com/dsrd/dsrd/export"
	"github.com/dsrd/dsrd/export/archive"
	"github.com/dsrd/dsrd/export/source"
	"github.com/dsrd/dsrd/export/source/defender"
	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/workflow"
)

// compiler makes the room that carries out orders to compile.
func (a *App) compiler() (*export.Carrier, error) {
	if a.options.Sources == nil {
		sources, err := a.configuredSources()
		if err != nil {
			return nil, err
		}
		a.options.Sources = sources
	}
	signer, err := archive.NewSigner(a.options.Keys.SigningKey())
	if err != nil {
		return nil, err
	}
	dir, err := a.makeWorkDir()
	if err != nil {
		return nil, err
	}
	return &export.Carrier{
		Compiler: &export.Compiler{Dir: dir, Signer: signer, Now: a.options.Now, Random: a.options.Rand},
		Registry: a.registry, Blobs: a.store, Sources: a.readings,
		Progress: a.store, Missed: func(err error) {
			a.options.Log.Warn("what an export has read was not kept", "error", err)
		},
		Incomplete: export.Incomplete(a.options.Config.Export.Incomplete),
		Cooling:    a.cooling,
		Random:     a.options.Rand, Now: a.options.Now,
	}, nil
}

// makeWorkDir is where packages are compiled: private to us, made if it is missing.
func (a *App) makeWorkDir() (string, error) {
	dir := a.options.Config.Export.WorkDir
	if dir == "" {
		made, err := os.MkdirTemp("", "dsrd-export-")
		if err != nil {
			return "", fmt.Errorf("make a work folder: %v (or name one in export.work_dir)", err)
		}
		a.workDir = made
		return made, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make export.work_dir: %v", err)
	}
	return dir, nil
}

// readings are the sources that hold data for a tenant: those for which its entry
// in the registry has parameters.
func (a *App) readings(t workflow.Tenant) []export.Reading {
	var all []export.Reading
	for _, s := range a.options.Sources {
		if parameters, ok := t.Parameters[s.Name()]; ok {
			all = append(all, export.Reading{Source: s, Parameters: parameters, Limits: a.limits(s.Name())})
		}
	}
	return all
}

func (a *App) limits(name string) source.Limits {
	for _, s := range a.options.Config.Sources {
		if s.Name == name {
			l := s.Limits
			return source.Limits{Pages: l.Pages, Rows: l.Rows, Bytes: int64(l.Bytes), Time: time.Duration(l.Time)}
		}
	}
	return source.Limits{}
}

// catalog is what could be exported for a tenant, a line a category.
func (a *App) catalog(t workflow.Tenant) []mailer.Offer {
	var offers []mailer.Offer
	seen := map[string]bool{}
	for _, r := range a.readings(t) {
		for _, set := range r.Source.Sets() {
			if !seen[set.Category] {
				seen[set.Category] = true
				offers = append(offers, mailer.Offer{
					Category: workflow.Category(set.Category), Name: set.Category, Scope: string(set.Scope),
				})
			}
		}
	}
	return offers
}

func (a *App) configuredSources() ([]source.Source, error) {
	var all []source.Source
	for _, s := range a.options.Config.Sources {
		made, err := a.defender(s)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", s.Name, err)
		}
		all = append(all, made)
	}
	return all, nil
}

func (a *App) defender(s config.Source) (source.Source, error) {
	c, err := credentialOf(s.Credential)
	if err != nil {
		return nil, err
	}
	roots, err := pool(s.CAFile)
	if err != nil {
		return nil, err
	}
	c.Roots = roots
	credential, err := defender.NewCredential(c)
	if err != nil {
		return nil, err
	}
	return defender.New(defender.Config{
		Endpoint: s.Endpoint, Credential: credential, Roots: roots, Now: a.options.Now,
		Sleep: func(ctx context.Context, d time.Duration) error { return a.options.Sleep(ctx, d) },
	})
}

func credentialOf(c config.Credential) (defender.CredentialConfig, error) {
	out := defender.CredentialConfig{
		Kind: c.Kind, TenantID: c.TenantID, ClientID: c.ClientID, Authority: c.AuthorityHost,
	}
	secret, err := read(c.Secret)
	if err != nil {
		return out, err
	}
	out.Secret = secret
	if c.CertificateFile != "" {
		if out.Certificate, err = os.ReadFile(c.CertificateFile); err != nil {
			return out, fmt.Errorf("read the certificate: %v", err)
		}
	}
	return out, nil
}

func pool(caFile string) (*x509.CertPool, error) {
	c, err := tlsConfig(caFile, "")
	if err != nil || c == nil {
		return nil, err
	}
	return c.RootCAs, nil
}
