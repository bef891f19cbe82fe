package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/internal/registry"
	"github.com/dsrd/dsrd/workflow"
)

// CheckTenants reads the tenants as they would be if candidate took the place of the
// configured file of that name (or of the only one), and says what would change and
// what is odd. Without a candidate the configured files are looked at. Nothing is put
// in force. A finding that fails is a problem for which a reload would be refused.
func CheckTenants(file string, environ []string, candidate string) ([]Finding, error) {
	c, err := config.Load(file, environ)
	if err != nil {
		return nil, err
	}
	if candidate == "" {
		r, err := registry.Open(c.Tenants.Files, defaultsOf(c))
		if err != nil {
			return problemsOf(err)
		}
		return remarks(r.Tenants(), c), nil
	}
	place, err := placeOf(candidate, c.Tenants.Files)
	if err != nil {
		return nil, err
	}
	return compared(c, candidate, place)
}

// placeOf is the index of the configured file that a candidate would replace.
func placeOf(candidate string, files []string) (int, error) {
	if _, err := os.Stat(candidate); err != nil {
		return 0, fmt.Errorf("read the tenants: %v (name the file that is to come into force)", err)
	}
	if len(files) == 1 {
		return 0, nil
	}
	same := func(f string) bool { return filepath.Base(f) == filepath.Base(candidate) }
	if i := slices.IndexFunc(files, same); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("%s has the name of none of tenants.files (give it the name of the file that it replaces: %s)",
		candidate, strings.Join(files, ", "))
}

// compared reads the registry twice, by links to the files, of which one leads
// elsewhere the second time: the registry itself says what differs.
func compared(c *config.Config, candidate string, place int) ([]Finding, error) {
	dir, err := os.MkdirTemp("", "dsrd-tenants-")
	if err != nil {
		return nil, fmt.Errorf("compare the tenants: %v", err)
	}
	defer os.RemoveAll(dir)
	var links, names []string
	for i, f := range c.Tenants.Files {
		if i == place {
			f = candidate
		}
		link := filepath.Join(dir, fmt.Sprintf("%d%s", i, filepath.Ext(f)))
		links, names = append(links, link), append(names, link, f)
	}
	back := strings.NewReplacer(names...)
	r, old, err := openLinked(c, links, candidate, place)
	if err != nil {
		return nil, err
	}
	changed, err := r.Reload()
	if err != nil {
		found, err := problemsOf(err)
		for i := range found {
			found[i].What = back.Replace(found[i].What)
		}
		return found, err
	}
	var found []Finding
	switch {
	case !old:
		found = append(found, Finding{GradeWarn, "change", "", "the configured files cannot be read: " +
			"nothing to compare with", "dsrd tenant check says why"})
	case len(changed) == 0:
		found = append(found, Finding{Grade: GradeOK, Check: "change", What: "changes nothing"})
	default:
		for _, d := range changed {
			found = append(found, Finding{Grade: GradeOK, Check: "change", About: d.Tenant, What: d.String()})
		}
	}
	return append(found, remarks(r.Tenants(), c)...), nil
}

// openLinked opens the configured files through links, and then leads the link at
// place to the candidate. Old is false when the configured ones are broken.
func openLinked(c *config.Config, links []string, candidate string, place int) (*registry.Registry, bool, error) {
	for i, f := range c.Tenants.Files {
		if err := link(f, links[i]); err != nil {
			return nil, false, err
		}
	}
	r, broken := registry.Open(links, defaultsOf(c))
	if err := os.Remove(links[place]); err != nil {
		return nil, false, fmt.Errorf("compare the tenants: %v", err)
	}
	return r, broken == nil, link(candidate, links[place])
}

func link(to, name string) error {
	whole, err := filepath.Abs(to)
	if err == nil {
		err = os.Symlink(whole, name)
	}
	if err != nil {
		return fmt.Errorf("compare the tenants: %v", err)
	}
	return nil
}

// problemsOf are the findings for what a reload would be refused for.
func problemsOf(err error) ([]Finding, error) {
	var problems config.Problems
	if !errors.As(err, &problems) {
		return nil, err
	}
	var found []Finding
	for _, p := range problems {
		remedy := p.Remedy
		p.Remedy = ""
		found = append(found, Finding{GradeFail, "tenants", "", oneLine(p.String()), remedy})
	}
	return found, nil
}

// remarks are the lints of all tenants, and a good word when there are none.
func remarks(tenants []workflow.Tenant, c *config.Config) (found []Finding) {
	problems, _ := problemsOf(orNil(unsourced(c, tenants)))
	found = append(found, problems...)
	for _, t := range sortedTenants(tenants) {
		for _, f := range lintsOf(t, c) {
			f.Check, f.About = "tenants", t.ID
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		f := good("%d tenants, nothing odd; whether their admins' mail can be proven only `dsrd tenant probe` shows",
			len(tenants))
		f.Check = "tenants"
		found = append(found, f)
	}
	return found
}

func orNil(ps config.Problems) error {
	if len(ps) == 0 {
		return errNone
	}
	return ps
}

var errNone = errors.New("no problem")

// freemail are domains in which everybody may have an address: no tenant's own.
var freemail = []string{
	"aol.com", "gmail.com", "gmx.at", "gmx.ch", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com",
	"live.com", "mail.ru", "me.com", "msn.com", "outlook.com", "proton.me", "protonmail.com", "qq.com", "t-online.de",
	"web.de", "yahoo.com", "yandex.ru",
}

// lintsOf are things that are allowed in a tenant and are seldom meant.
func lintsOf(t workflow.Tenant, c *config.Config) (found []Finding) {
	say := func(is bool, what, remedy string) {
		if is {
			found = append(found, warning(what, remedy))
		}
	}
	say(len(t.Domains)+len(t.Customers) == 0, "has no customers: no request will ever be its own",
		"name domains or customers")
	for _, d := range t.Domains {
		say(slices.Contains(freemail, d), "claims all of "+d+", where everybody may have an address",
			"list its customers one by one")
	}
	say(t.SecondContact == "", "has no second contact: nobody is told when the admin stays silent",
		"name one in second_contact")
	say(t.Encryption == workflow.EncryptNone, "gets its packages readable (encryption: none)", "use age or passphrase")
	own := ownDomains(c)
	for i, a := range t.Admins {
		domain := a.Address.Domain()
		who := fmt.Sprintf("admins[%d]", i)
		say(slices.Contains(own, domain), who+" is in our own domain "+domain+": the provider would confirm to itself",
			"name somebody of the tenant")
		say(slices.Contains(freemail, domain), who+" is at "+domain+", not at the tenant's own domain",
			"an address that ends with the job is safer")
		say(len(exportsOf(a.Role)) == 0, who+" has a role that may export nothing", "see docs about roles")
		say(t.Encryption == workflow.EncryptPassphrase && a.PublicKey != "", who+" has a public key that is not used",
			"write encryption: age, or take the key out")
	}
	return found
}

// ownDomains are those that our own mail comes from.
func ownDomains(c *config.Config) (all []string) {
	for _, a := range []string{c.SMTP.From, c.SMTP.Reply, c.SMTP.Bounce} {
		all = append(all, workflow.Address(a).Domain())
	}
	return all
}
