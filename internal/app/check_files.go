package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/internal/registry"
)

// configuration reads all files that a daemon is made of: a finding for each problem.
func (k *Checkup) configuration() []Finding {
	c, keys, err := Load(k.File, k.Environ, k.Now())
	var problems config.Problems
	switch {
	case errors.As(err, &problems):
		var found []Finding
		for _, p := range problems {
			remedy := p.Remedy
			p.Remedy = ""
			found = append(found, Finding{GradeFail, "configuration", "", oneLine(p.String()), remedy})
		}
		return found
	case err != nil:
		return []Finding{{GradeFail, "configuration", "", oneLine(err.Error()), ""}}
	}
	k.config, k.keys = c, keys
	found := []Finding{good("%s: %s, %s, %s of tenants", k.File, counted(len(c.Mailboxes), "mailbox", "mailboxes"),
		counted(len(c.Sources), "source", "sources"), counted(len(c.Tenants.Files), "file", "files"))}
	found = append(found, risks(c)...)
	for i := range found {
		found[i].Check = "configuration"
	}
	return found
}

// risks are settings that are allowed and should be known of.
func risks(c *config.Config) (found []Finding) {
	for _, r := range []struct {
		is           bool
		what, remedy string
	}{
		{c.Redis.AcceptDataLoss, "redis.accept_data_loss is true: what was confirmed may be forgotten",
			"take it out once Redis is durable"},
		{c.Delivery.Encryption == "none", "delivery.encryption is none: packages travel readable",
			"write age or passphrase; a tenant may have its own"},
		{c.Policy.BreakerLimit == 0, "policy.breaker_limit is 0: a loop of mails would not be stopped",
			"write a number above the mails of a busy hour"},
		{c.Policy.CoolingOff == 0, "policy.cooling_off is 0: a new admin counts at once",
			"write 24h, so that a changed tenants file is noticed before it counts"},
		{c.Policy.ProcessOld, "policy.process_existing is true: old mail of a new mailbox is answered",
			"take it out after the first start, unless that is meant"},
	} {
		if r.is {
			found = append(found, warning(r.what, r.remedy))
		}
	}
	return found
}

// lookAtKeys tells of the key file, whose permissions reading it has checked, and of
// secrets that others may read.
func (k *Checkup) lookAtKeys(context.Context) []Finding {
	newest := k.keys.Signing[len(k.keys.Signing)-1]
	found := []Finding{good("%s is its owner's alone; signing key v%d of %s", k.config.Keys.File,
		newest.Version, newest.Made.UTC().Format(time.DateOnly))}
	for _, s := range secretsOf(k.config) {
		info, err := os.Stat(s.file)
		if err != nil {
			found = append(found, failing(fmt.Sprintf("%s: %v", s.key, err), "create the file"))
			continue
		}
		if info.Mode().Perm()&0o007 != 0 {
			found = append(found, warning(fmt.Sprintf("%s: everybody on this machine may read %s", s.key, s.file),
				"chmod o= "+s.file))
		}
	}
	return found
}

// secretFile is a file that holds a secret, and the key that names it.
type secretFile struct{ key, file string }

func secretsOf(c *config.Config) []secretFile {
	all := []secretFile{
		{"smtp.password_file", c.SMTP.Password.File}, {"redis.password_file", c.Redis.Password.File},
	}
	for i, m := range c.Mailboxes {
		all = append(all, secretFile{config.At("mailboxes", i) + ".password_file", m.Password.File})
	}
	for i, t := range c.Tokens {
		at := config.At("tokens", i)
		all = append(all, secretFile{at + ".secret_file", t.Secret.File},
			secretFile{at + ".refresh_token_file", t.RefreshToken})
	}
	for i, s := range c.Sources {
		at := config.At("sources", i) + ".credential"
		all = append(all, secretFile{at + ".secret_file", s.Credential.Secret.File},
			secretFile{at + ".certificate_file", s.Credential.CertificateFile})
	}
	var named []secretFile
	for _, s := range all {
		if s.file != "" {
			named = append(named, s)
		}
	}
	return named
}

// lookAtTenants counts the tenants and their lints; `dsrd tenant check` tells them.
func (k *Checkup) lookAtTenants(context.Context) []Finding {
	r, err := registry.Open(k.config.Tenants.Files, defaultsOf(k.config))
	if err != nil {
		return []Finding{failing(err.Error(), "dsrd tenant check says more")}
	}
	tenants := sortedTenants(r.Tenants())
	admins, lints := 0, 0
	for _, t := range tenants {
		admins += len(t.Admins)
		lints += len(lintsOf(t, k.config))
	}
	if lints > 0 {
		return []Finding{warning(fmt.Sprintf("%s, %s, %s", counted(len(tenants), "tenant", "tenants"),
			counted(admins, "admin", "admins"), counted(lints, "remark", "remarks")), "dsrd tenant check tells them")}
	}
	return []Finding{good("%s, %s", counted(len(tenants), "tenant", "tenants"), counted(admins, "admin", "admins"))}
}

// lookAtDaemon asks a daemon that runs what fails; that none runs is no fault.
func (k *Checkup) lookAtDaemon(ctx context.Context) []Finding {
	socket := k.config.Console.Socket
	status, err := admin.NewClient(socket).Status(ctx)
	if err != nil {
		return []Finding{skipped("no daemon answers at "+socket, "start it: dsrd serve --config "+k.File)}
	}
	failing, _ := status["failing"].(map[string]any)
	if len(failing) == 0 {
		return []Finding{good("a daemon answers at %s, and nothing fails", socket)}
	}
	var found []Finding
	for _, name := range sortedKeys(failing) {
		found = append(found, Finding{Grade: GradeWarn, About: name,
			What: oneLine(fmt.Sprint("the daemon says: ", failing[name]))})
	}
	return found
}
