package config

import (
	"fmt"
	"net"
	"net/mail"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
)

// checker collects what is wrong with a configuration.
type checker struct {
	file  string
	dir   string
	lines map[string]int
	found Problems
}

func (k *checker) add(key, shown, what, remedy string) {
	if shown == "" {
		shown = key
	}
	k.found = append(k.found, Problem{File: k.file, Line: k.line(key), Key: shown, What: what, Remedy: remedy})
}

// line is where the key stands, or the nearest section around it.
func (k *checker) line(key string) int {
	for key != "" {
		if n, ok := k.lines[key]; ok {
			return n
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return 0
}

func (k *checker) need(key, value, remedy string) bool {
	if value == "" {
		k.add(key, "", "is missing", remedy)
	}
	return value != ""
}

func (k *checker) oneOf(key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		what := fmt.Sprintf("is %q", value)
		if value == "" {
			what = "must be written down, there is no default"
		}
		k.add(key, "", what, "one of: "+strings.Join(allowed, ", "))
	}
}

func (k *checker) address(key, value string) {
	a, err := mail.ParseAddress(value)
	if err != nil || a.Address != value {
		k.add(key, "", fmt.Sprintf("%q is no plain e-mail address", value), "write name@domain")
	}
}

// What is added to the local part of an address, behind a '+': to the one for answers the locator
// of a request; to the one for bounces its id, the number of the letter (up to six digits, so that
// 999 recoveries have room), its kind and a seal, with three dashes.
const (
	detailOfReply  = 1 + 8
	detailOfBounce = 1 + 26 + 1 + 6 + 2 + 1 + 12
)

// room says whether what is added to an address leaves it one (RFC 5321 4.5.3.1.1). No relay need
// take a longer one, and this daemon uses none.
func (k *checker) room(key, address string, detail int) {
	const longest = 64
	if local, _, _ := strings.Cut(address, "@"); len(local)+detail > longest {
		k.add(key, "", fmt.Sprintf("has %d characters before the @", len(local)), fmt.Sprintf(
			"%d at most: up to %d are added that tell letters apart, and %d are allowed", longest-detail, detail, longest))
	}
}

func (k *checker) readable(key, file string) {
	if file == "" {
		return
	}
	f, err := os.Open(file)
	if err != nil {
		k.add(key, "", fmt.Sprintf("%s: %v", file, bare(err)), "create the file, or let the daemon's user read it")
		return
	}
	f.Close()
}

func (k *checker) folder(key, dir string) {
	if dir == "" {
		return
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		k.add(key, "", "is no folder that can be read", "create it, or take the key out")
	}
}

func (k *checker) check(c *Config) {
	if len(c.Mailboxes) == 0 {
		k.add("mailboxes", "", "is missing", "name the mailbox that data subjects write to")
	}
	for i, m := range c.Mailboxes {
		k.mailbox(fmt.Sprintf("mailboxes[%d]", i), m, c.Mailboxes[:i], c.Tokens)
	}
	for i, t := range c.Tokens {
		k.token(fmt.Sprintf("tokens[%d]", i), t, c.Tokens[:i])
	}
	k.smtp(c.SMTP, c.Tokens)
	for i, s := range c.DNS.Servers {
		k.hostPort(fmt.Sprintf("dns.servers[%d]", i), s)
	}
	k.redis(c.Redis)
	k.tenants(c.Tenants)
	for i, s := range c.Sources {
		k.source(fmt.Sprintf("sources[%d]", i), s, c.Sources[:i])
	}
	k.oneOf("export.incomplete", c.Export.Incomplete, "wait", "declare")
	k.oneOf("delivery.encryption", c.Delivery.Encryption, "age", "passphrase", "none")
	k.folder("delivery.letters_dir", c.Delivery.LettersDir)
	k.policy(c.Policy)
	k.oneOf("telemetry.level", c.Telemetry.Level, "debug", "info", "warn", "error")
	k.oneOf("telemetry.format", c.Telemetry.Format, "json", "text")
	k.need("console.socket", c.Console.Socket, "a path such as /run/dsrd/dsrd.sock")
	if c.Console.HTTPOn() {
		k.hostPort("console.listen", c.Console.Listen)
	}
	k.timing(c.Timing)
	k.need("keys.file", c.Keys.File, "make one with: dsrd keys new --out keys.yaml")
}

func (k *checker) mailbox(key string, m Mailbox, before []Mailbox, tokens []Token) {
	if k.need(key+".name", m.Name, "a short word that never changes; progress is remembered under it") {
		for _, b := range before {
			if b.Name == m.Name {
				k.add(key+".name", "", fmt.Sprintf("%q is used twice", m.Name), "give each mailbox its own name")
			}
		}
	}
	k.address(key+".address", m.Address)
	for i, a := range m.Aliases {
		k.address(fmt.Sprintf("%s.aliases[%d]", key, i), a)
	}
	k.server(key, m.Host, m.Port, m.Security)
	k.account(key, m.Auth, m.User, m.Token, m.Password, tokens)
	k.readable(key+".ca_file", m.CAFile)
	k.oneOf(key+".after", m.After, "move", "keep")
}

func (k *checker) server(key, host string, port int, security string) {
	k.need(key+".host", host, "the server's name as its certificate has it")
	k.oneOf(key+".security", security, "implicit", "starttls", "none")
	if port < 1 || port > 65535 {
		k.add(key+".port", "", fmt.Sprintf("%d is no port", port), "1 to 65535")
	}
	if security == "none" && !loopback(host) {
		k.add(key+".security", "", "none would send the password in clear over the network",
			"use implicit or starttls; none is for this machine only")
	}
}

func (k *checker) hostPort(key, value string) {
	if _, _, err := net.SplitHostPort(value); err != nil {
		k.add(key, "", fmt.Sprintf("%q is no address", value), "write host:port, such as 127.0.0.1:53")
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (k *checker) login(key, user string, password Secret) {
	if user != "" && k.need(key, password.File+password.Env, "the path of a file with it, or ${VARIABLE}") {
		k.secret(key, password)
	}
}

// secret looks whether a reference leads to something.
func (k *checker) secret(key string, s Secret) {
	if !s.Set() {
		return
	}
	value, err := s.Read()
	switch {
	case err != nil && s.Env != "":
		k.add(key, "", fmt.Sprintf("names the variable %s, which is not set", s.Env), "set it for the daemon")
	case err != nil:
		k.readable(key, s.File)
	case value == "":
		k.add(key, "", "leads to nothing but an empty secret", "put the secret there")
	}
}

func (k *checker) smtp(s SMTP, tokens []Token) {
	k.server("smtp", s.Host, s.Port, s.Security)
	k.account("smtp", s.Auth, s.User, s.Token, s.Password, tokens)
	if r := s.Retry; r.First <= 0 || r.Longest < r.First || r.For < r.Longest || r.Ambiguous <= 0 {
		k.add("smtp.retry", "", "does not grow", "first <= longest <= for, and all above 0; 5m, 70m and 5d are usual")
	}
	k.readable("smtp.ca_file", s.CAFile)
	k.address("smtp.from", s.From)
	k.address("smtp.reply", s.Reply)
	k.address("smtp.bounce", s.Bounce)
	k.room("smtp.reply", s.Reply, detailOfReply)
	k.room("smtp.bounce", s.Bounce, detailOfBounce)
	if s.Connections < 1 || s.Connections > 64 {
		k.add("smtp.connections", "", fmt.Sprintf("is %d", s.Connections), "1 to 64")
	}
}

func (k *checker) tenants(t Tenants) {
	if len(t.Files) == 0 {
		k.add("tenants.files", "", "is missing", "list the YAML files that name tenants, admins and customers")
	}
	for i, f := range t.Files {
		k.readable(fmt.Sprintf("tenants.files[%d]", i), f)
	}
}

func (k *checker) source(key string, s Source, before []Source) {
	k.need(key+".name", s.Name, "it becomes a folder in the package")
	for _, b := range before {
		if b.Name == s.Name {
			k.add(key+".name", "", fmt.Sprintf("%q is used twice", s.Name), "give each source its own name")
		}
	}
	k.oneOf(key+".kind", s.Kind, "defender")
	c := s.Credential
	k.oneOf(key+".credential.kind", c.Kind,
		"client_secret", "client_certificate", "managed_identity", "workload_identity")
	switch c.Kind {
	case "client_secret":
		k.need(key+".credential.tenant_id", c.TenantID, "the directory's id")
		k.need(key+".credential.client_id", c.ClientID, "the application's id")
		k.login(key+".credential.secret_file", c.ClientID, c.Secret)
	case "client_certificate":
		k.need(key+".credential.tenant_id", c.TenantID, "the directory's id")
		k.need(key+".credential.client_id", c.ClientID, "the application's id")
		if k.need(key+".credential.certificate_file", c.CertificateFile, "a PEM or PKCS#12 file") {
			k.readable(key+".credential.certificate_file", c.CertificateFile)
		}
	}
	k.readable(key+".ca_file", s.CAFile)
}

func (k *checker) policy(p Policy) {
	k.oneOf("policy.regime", p.Regime, "gdpr", "ccpa")
	if p.CodeLife < Duration(3600e9) || p.CodeLife > 30*day {
		k.add("policy.code_life", "", "is out of range", "1h to 30d")
	}
	for i, r := range p.Reminders {
		if r >= p.CodeLife || i > 0 && r <= p.Reminders[i-1] {
			k.add(fmt.Sprintf("policy.reminders[%d]", i), "", "comes too late or out of order",
				"ascending, and all before code_life")
		}
	}
	if p.Escalations < 0 || p.Escalations > 5 {
		k.add("policy.escalations", "", fmt.Sprintf("is %d", p.Escalations), "0 to 5")
	}
	if p.CoolingOff > 30*day {
		k.add("policy.cooling_off", "", "is out of range", "0s to 30d")
	}
	if p.Questions < 0 || p.Questions > 5 {
		k.add("policy.questions", "", fmt.Sprintf("is %d", p.Questions), "0 to 5")
	}
	k.floods(p)
}

// floods bounds what mail that proves nobody may cost an admin. Fewer than eight a day
// leave no room beside those for whoever is proven; more in an hour than in a day mean
// that one of the two was misread. The top is far off: after an incident an admin may have
// to be asked for each of a provider's customers.
func (k *checker) floods(p Policy) {
	if p.AsksADay < 8 || p.AsksADay > 100_000 {
		k.add("policy.asks_a_day", "", fmt.Sprintf("is %d", p.AsksADay), "8 to 100000")
	}
	if p.AsksAnHour < 1 || p.AsksAnHour > p.AsksADay {
		k.add("policy.asks_an_hour", "", fmt.Sprintf("is %d", p.AsksAnHour), "1 to asks_a_day")
	}
	// A connection to the relay is kept for 10 s: sooner, a receipt would leave over one
	// that is warm from a letter to an admin.
	if p.ReceiptEvery < Duration(15*time.Second) || p.ReceiptEvery > day {
		k.add("policy.receipt_every", "", "is out of range", "15s to 24h")
	}
	if strings.ContainsFunc(p.Contact, unicode.IsControl) || len(p.Contact) > 200 {
		k.add("policy.contact", "", "is not one short line", "an address or a telephone number")
	}
}
