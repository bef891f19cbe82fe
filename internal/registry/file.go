package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"filippo.io/age"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/workflow"
)

// file is what a tenants file holds.
type file struct {
	Tenants []tenant `yaml:"tenants"`
}

type tenant struct {
	ID            string                       `yaml:"id"`
	Name          string                       `yaml:"name"`
	Role          string                       `yaml:"role"` // the provider's towards the tenant
	Admins        []admin                      `yaml:"admins"`
	Domains       []string                     `yaml:"domains"`
	Customers     []string                     `yaml:"customers"`
	SecondContact string                       `yaml:"second_contact"`
	Regime        string                       `yaml:"regime"`
	Encryption    string                       `yaml:"encryption"`
	Confirm       string                       `yaml:"confirm"`   // what an answer must bring
	Alignment     string                       `yaml:"alignment"` // of who signs an answer
	Parameters    map[string]map[string]string `yaml:"parameters"`
}

type admin struct {
	Address   string `yaml:"address"`
	Role      string `yaml:"role"`
	Language  string `yaml:"language"`
	PublicKey string `yaml:"public_key"`
}

// Defaults are what a tenant means that does not say.
type Defaults struct {
	Encryption workflow.Encryption
	Regime     workflow.Regime
}

// reading collects the problems of one file.
type reading struct {
	file     string
	lines    map[string]int          // by key, "tenants[0].admins[1]"
	name     func(key string) string // what people call the key
	defaults Defaults
	found    config.Problems
}

func readFile(path string, defaults Defaults) ([]workflow.Tenant, config.Problems) {
	r := &reading{file: path, defaults: defaults, name: func(key string) string { return key }}
	raw, err := os.ReadFile(path)
	if err != nil {
		r.add("tenants", "cannot be read: "+bare(err).Error(),
			"name an existing file in tenants.files, and let the daemon's user read it")
		return nil, r.found
	}
	read := r.yaml
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		read = r.csv
	}
	f := read(raw)
	var tenants []workflow.Tenant
	for i, t := range f.Tenants {
		tenants = append(tenants, r.tenant(fmt.Sprintf("tenants[%d]", i), t))
	}
	if len(f.Tenants) == 0 && len(r.found) == 0 {
		r.add("tenants", "names no tenant", "see deploy/tenants.example.yaml")
	}
	return tenants, r.found
}

func (r *reading) yaml(raw []byte) (f file) {
	lines, err := config.ReadStrict(r.file, raw, &f)
	r.lines = lines
	var found config.Problems
	switch {
	case errors.As(err, &found):
		r.found = found
	case err != nil:
		r.add("tenants", err.Error(), "")
	}
	return f
}

func (r *reading) add(key, what, remedy string) {
	r.found = append(r.found, config.Problem{
		File: r.file, Line: r.line(key), Key: r.name(key), What: what, Remedy: remedy,
	})
}

func (r *reading) line(key string) int {
	for key != "" {
		if n, ok := r.lines[key]; ok {
			return n
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return 0
}

func (r *reading) tenant(key string, t tenant) workflow.Tenant {
	if t.ID == "" || strings.ContainsAny(t.ID, "/@") || strings.ContainsFunc(t.ID, blank) {
		r.add(key+".id", fmt.Sprintf("%q is no id", t.ID), "a short word without spaces that never changes")
	}
	out := workflow.Tenant{
		ID: t.ID, Name: t.Name, Parameters: t.Parameters,
		Regime:     workflow.Regime(or(t.Regime, string(r.defaults.Regime))),
		Encryption: workflow.Encryption(or(t.Encryption, string(r.defaults.Encryption))),
		Capacity:   workflow.Capacity(or(t.Role, string(workflow.Processor))),
	}
	if strings.ContainsFunc(t.Name, unicode.IsControl) {
		r.add(key+".name", "has a line break or another control character", "write it on one line")
	}
	if out.Name == "" {
		out.Name = t.ID
	}
	for i, d := range t.Domains {
		out.Domains = append(out.Domains, r.domain(fmt.Sprintf("%s.domains[%d]", key, i), d))
	}
	for i, c := range t.Customers {
		out.Customers = append(out.Customers, r.address(fmt.Sprintf("%s.customers[%d]", key, i), c))
	}
	if t.SecondContact != "" {
		out.SecondContact = r.address(key+".second_contact", t.SecondContact)
	}
	for i, a := range t.Admins {
		out.Admins = append(out.Admins, r.admin(fmt.Sprintf("%s.admins[%d]", key, i), a))
	}
	r.answers(key, t, &out)
	r.rules(key, out)
	return out
}

// answers reads what the tenant wants of its admins' answers beyond the rules for all.
func (r *reading) answers(key string, t tenant, out *workflow.Tenant) {
	switch t.Confirm {
	case "", "reply":
		out.Confirm = workflow.Reply
	case string(workflow.TypedCode):
		out.Confirm = workflow.TypedCode
	case "console":
		r.add(key+".confirm", "console: there is no confirming in a console yet",
			"reply, or typed-code: the admin types the code into the answer")
	default:
		r.add(key+".confirm", fmt.Sprintf("%q is no way to confirm", t.Confirm),
			"reply: a quoted code will do; typed-code: the admin types it into the answer")
	}
	switch t.Alignment {
	case "", "relaxed":
	case "strict":
		out.StrictSigner = true
	default:
		r.add(key+".alignment", fmt.Sprintf("%q is no alignment", t.Alignment),
			"relaxed: a domain of the same organisation may sign answers; strict: the admin's own alone")
	}
}

func blank(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

func (r *reading) admin(key string, a admin) workflow.Admin {
	role := workflow.Role(a.Role)
	if !role.Known() {
		var names []string
		for _, k := range workflow.Roles() {
			names = append(names, string(k))
		}
		r.add(key+".role", fmt.Sprintf("%q is no role", a.Role), "one of: "+strings.Join(names, ", "))
	}
	if a.PublicKey != "" {
		if _, err := age.ParseX25519Recipient(a.PublicKey); err != nil {
			r.add(key+".public_key", "is no age recipient", "the line that age-keygen prints, age1...")
		}
	}
	return workflow.Admin{
		Address: r.address(key+".address", a.Address), Role: role,
		Language: a.Language, PublicKey: a.PublicKey,
	}
}

// rules are what must hold between the keys of a tenant.
func (r *reading) rules(key string, t workflow.Tenant) {
	if len(t.Admins) == 0 {
		r.add(key+".admins", "names nobody", "somebody must acknowledge before data leave")
	}
	seen := map[workflow.Address]bool{}
	for i, a := range t.Admins {
		if seen[a.Address] { // which of the two roles would count?
			r.add(fmt.Sprintf("%s.admins[%d].address", key, i), "is named twice", "name each admin once, with one role")
		}
		seen[a.Address] = true
	}
	if !slices.Contains([]workflow.Regime{workflow.GDPR, workflow.CCPA}, t.Regime) {
		r.add(key+".regime", fmt.Sprintf("%q is no regime", t.Regime), "gdpr or ccpa")
	}
	if t.Capacity != workflow.Processor && t.Capacity != workflow.Controller {
		r.add(key+".role", fmt.Sprintf("%q is no role of the provider", t.Capacity),
			"processor: the tenant answers the person; controller: we do")
	}
	switch t.Encryption {
	case workflow.EncryptAge:
		for i, a := range t.Admins {
			if a.PublicKey == "" {
				r.add(fmt.Sprintf("%s.admins[%d].public_key", key, i), "is missing",
					"encryption is age: put the admin's age recipient here")
			}
		}
	case workflow.EncryptPassphrase:
		if _, same := t.Admin(t.SecondContact); t.SecondContact == "" || same {
			r.add(key+".second_contact", "must name somebody who is no admin",
				"encryption is passphrase: it never goes to the package's own address")
		}
	case workflow.EncryptNone:
	default:
		r.add(key+".encryption", fmt.Sprintf("%q is no encryption", t.Encryption), "age, passphrase or none")
	}
}

// address takes plain addresses only: what stands here is compared with what
// mails claim, and becomes the recipient of data.
func (r *reading) address(key, value string) workflow.Address {
	a, err := mail.ParseAddress(value)
	if err != nil || a.Address != value || !ascii(value) {
		r.add(key, "is no plain e-mail address", "write name@domain, a domain in xn-- form")
	}
	return workflow.FoldAddress(value)
}

func (r *reading) domain(key, value string) string {
	if value == "" || strings.ContainsAny(value, " @/*") || !ascii(value) {
		r.add(key, "is no domain", "write customer.example")
	}
	return strings.ToLower(value)
}

func ascii(s string) bool {
	for _, c := range s {
		if c > 127 {
			return false
		}
	}
	return true
}

// bare leaves out call and path, which stand in front of it already.
func bare(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
