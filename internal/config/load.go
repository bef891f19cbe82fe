package config

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// Load reads, completes and checks a configuration file. The error is Problems
// when the file could be read at all. environ is os.Environ(): DSRD_SMTP_HOST
// overrides smtp.host, and so on for every single value outside lists.
func Load(file string, environ []string, more ...Check) (*Config, error) {
	raw, err := readFile(file)
	if err != nil {
		return nil, fmt.Errorf("%v (give its path with --config)", err)
	}
	return Parse(file, raw, environ, more...)
}

// A Check finds what only other rooms can know to be wrong, such as a cron spec. A
// Problem without a File is one of the configuration's own, and gets the line of its
// Key.
type Check func(*Config) Problems

// Parse is Load for bytes that are already there; file names them and is what
// relative paths are relative to.
func Parse(file string, raw []byte, environ []string, more ...Check) (*Config, error) {
	c := defaults()
	lines, err := ReadStrict(file, raw, &c)
	var found Problems
	if err != nil && !errors.As(err, &found) {
		return nil, err
	}
	k := &checker{file: file, lines: lines, found: found, dir: filepath.Dir(file)}
	k.environment(&c, environ)
	c.Redis.given(environ)
	k.complete(&c)
	k.check(&c)
	for _, check := range more {
		k.take(check(&c))
	}
	if err := k.found.orNil(); err != nil {
		return nil, err
	}
	return &c, nil
}

// take adds what another room found.
func (k *checker) take(found Problems) {
	for _, p := range found {
		if p.File == "" {
			k.add(p.Key, "", p.What, p.Remedy)
			continue
		}
		k.found = append(k.found, p)
	}
}

// environment applies DSRD_SECTION_KEY overrides; an unknown one is a problem,
// because a typing error there would be silent otherwise.
func (k *checker) environment(c *Config, environ []string) {
	known := map[string]reflect.Value{}
	root := reflect.ValueOf(c).Elem()
	for i := range root.NumField() {
		section := root.Field(i)
		if section.Kind() != reflect.Struct {
			continue
		}
		name := yamlName(root.Type().Field(i))
		for j := range section.NumField() {
			key := yamlName(section.Type().Field(j))
			known["DSRD_"+strings.ToUpper(name+"_"+key)] = section.Field(j)
		}
	}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "DSRD_") {
			continue
		}
		field, ok := known[name]
		if !ok || !setScalar(field, value) {
			k.add("", name, "this environment variable sets no key", "see dsrd.example.yaml for the keys")
		}
	}
}

func yamlName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name
}

func setScalar(v reflect.Value, s string) bool {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		b, err := strconv.ParseBool(s)
		v.SetBool(b)
		return err == nil
	case reflect.Int:
		n, err := strconv.Atoi(s)
		v.SetInt(int64(n))
		return err == nil
	default:
		return false
	}
	return true
}

// complete fills defaults that depend on other keys, and resolves paths.
func (k *checker) complete(c *Config) {
	for i := range c.Mailboxes {
		m := &c.Mailboxes[i]
		m.mailboxDefaults()
		m.Password, m.CAFile = secret(k.dir, m.PasswordFile), path(k.dir, m.CAFile)
	}
	if len(c.Mailboxes) > 0 {
		c.SMTP.addresses(c.Mailboxes[0].Address)
		c.Policy.Contact = cmp.Or(c.Policy.Contact, c.Mailboxes[0].Address)
	}
	c.SMTP.Password, c.SMTP.CAFile = secret(k.dir, c.SMTP.PasswordFile), path(k.dir, c.SMTP.CAFile)
	for i := range c.Tokens {
		c.Tokens[i].complete(k.dir)
	}
	c.Redis.complete(k.dir)
	for i, f := range c.Tenants.Files {
		c.Tenants.Files[i] = path(k.dir, f)
	}
	for i := range c.Sources {
		s := &c.Sources[i]
		s.CAFile = path(k.dir, s.CAFile)
		s.Credential.Secret = secret(k.dir, s.Credential.SecretFile)
		s.Credential.CertificateFile = path(k.dir, s.Credential.CertificateFile)
	}
	c.Export.WorkDir, c.Delivery.BlobDir = path(k.dir, c.Export.WorkDir), path(k.dir, c.Delivery.BlobDir)
	c.Delivery.LettersDir = path(k.dir, c.Delivery.LettersDir)
	c.Keys.File, c.Console.Socket = path(k.dir, c.Keys.File), path(k.dir, c.Console.Socket)
}

// addresses derives our own addresses from the one that data subjects write to.
func (s *SMTP) addresses(mailbox string) {
	_, domain, _ := strings.Cut(mailbox, "@")
	if s.From == "" {
		s.From = mailbox
	}
	if s.Reply == "" && domain != "" {
		s.Reply = "confirm@" + domain
	}
	if s.Bounce == "" && domain != "" {
		s.Bounce = "bounce@" + domain
	}
	if s.HELO == "" {
		s.HELO = domain
	}
}
