package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/dsrd/dsrd/internal/config"
)

// lookAtMailbox goes the daemon's way into a mailbox: connection, certificate, login,
// what the server can do, folders, and the headers of the latest mails.
func (k *Checkup) lookAtMailbox(ctx context.Context, m config.Mailbox) []Finding {
	var s seal
	t, err := k.enter(ctx, m, &s)
	if err != nil {
		return []Finding{k.trouble("connect to "+hostport(m.Host, m.Port), err)}
	}
	stop := context.AfterFunc(ctx, func() { _ = t.conn.Close() })
	defer stop()
	defer t.end()
	found := s.tell(k.Now())
	if err := k.login(ctx, t, m); err != nil {
		if errors.Is(err, errSpared) {
			return append(found, skipped(err.Error(), "the daemon's log says whether it logs in"))
		}
		return append(found, failing(fmt.Sprintf("log in as %s: %v", m.User, err), remedyOfLogin(err, m.Auth)))
	}
	found = append(found, good("connected and logged in as %s", m.User))
	if err := t.learn(); err != nil {
		return append(found, failing(fmt.Sprintf("ask what the server can do: %v", err), ""))
	}
	found = append(found, abilities(t, m)...)
	more, err := t.folders(m)
	if found = append(found, more...); err != nil {
		return append(found, k.trouble("list the folders", err))
	}
	found = append(found, t.quota(m)...)
	k.seen.put(m.Name, t.latest(m))
	return found
}

// enter connects, protects the connection and hears what the server can do.
func (k *Checkup) enter(ctx context.Context, m config.Mailbox, s *seal) (*talk, error) {
	trust, err := s.watch(m.CAFile, m.Host)
	if err != nil {
		return nil, err
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", hostport(m.Host, m.Port))
	if err != nil {
		return nil, err
	}
	t, err := k.greeted(ctx, conn, m, trust)
	if err != nil {
		_ = conn.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return t, err
}

func (k *Checkup) greeted(ctx context.Context, conn net.Conn, m config.Mailbox, trust *tls.Config) (*talk, error) {
	if m.Security == "implicit" {
		secured := tls.Client(conn, trust)
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn = secured
	}
	t, err := newTalk(ctx, conn)
	if err != nil {
		return nil, err
	}
	if err := t.learn(); err != nil || m.Security != "starttls" {
		return t, err
	}
	if err := t.secure(ctx, trust); err != nil {
		return nil, err
	}
	return t, t.learn()
}

func remedyOfLogin(err error, auth string) string {
	switch {
	case errors.Is(err, errRefused) && auth == "password":
		return "are user and password_file right? Exchange Online and Gmail want auth: xoauth2"
	case errors.Is(err, errRefused):
		return "is user the token's account, and has the application the right to IMAP there?"
	}
	return "see auth, password_file and token of this mailbox"
}

// abilities are extensions that the daemon is better off with.
func abilities(t *talk, m config.Mailbox) []Finding {
	var has []string
	var found []Finding
	for _, c := range []struct{ name, without, remedy string }{
		{"UIDPLUS", "mails that are done stay in the folder, marked", "harmless; after: keep says so"},
		{"MOVE", "mails are moved in two steps", "harmless"},
		{"IDLE", "new mail is noticed at the next scan only", "a short schedules.scan, or idle: false"},
	} {
		switch {
		case t.caps[c.name] || t.caps["IMAP4REV2"]: // RFC 9051 has all three in it
			has = append(has, c.name)
		case c.name == "IDLE" && !m.IdleOn():
		default:
			found = append(found, warning("the server has no "+c.name+": "+c.without, c.remedy))
		}
	}
	if len(has) > 0 {
		found = append([]Finding{good("the server has %s", strings.Join(has, ", "))}, found...)
	}
	return found
}

// folders looks whether the configured folders are there, and whether marks are kept.
func (t *talk) folders(m config.Mailbox) ([]Finding, error) {
	have, delimiter, prefix, err := t.names()
	if err != nil {
		return nil, err
	}
	var found []Finding
	for _, f := range []struct{ key, name string }{{"folder", m.Folder}, {"junk", m.Junk}} {
		if f.name != "" && !hasFolder(have, f.name) {
			found = append(found, failing(fmt.Sprintf("there is no folder %q", f.name),
				"write one of these as "+f.key+": "+few(have)))
		}
	}
	missing := 0
	for _, own := range ownFolders {
		if !hasFolder(have, prefix+m.Root+delimiter+own) {
			missing++
		}
	}
	if missing > 0 {
		found = append(found, good("%s of our own missing yet: the first start makes them",
			counted(missing, "folder", "folders")))
	}
	if !hasFolder(have, m.Folder) {
		return found, nil
	}
	count, keeps, err := t.examine(m.Folder)
	if err != nil {
		return append(found, failing(fmt.Sprintf("open the folder %q: %v", m.Folder, err),
			"has the account the right to it?")), nil
	}
	found = append(found, good("folder %s is there, with %s", m.Folder, counted(count, "mail", "mails")))
	if !keeps {
		found = append(found, warning("the server keeps no keywords of ours: what is done is remembered in Redis alone",
			"use after: move, or another folder"))
	}
	return found, nil
}

// ownFolders are those that the daemon makes below root.
var ownFolders = []string{"Processed", "Quarantine", "Sent", "State"}

// names lists all folders, and how a folder below another is written.
func (t *talk) names() (have []string, delimiter, prefix string, err error) {
	delimiter = "-"                   // a server without hierarchy
	roots, err := t.say(`LIST "" ""`) // RFC 9051 6.3.9: the delimiter alone
	if err != nil {
		return nil, "", "", err
	}
	for _, a := range roots {
		if d, _, ok := listed(a); ok && d != "" {
			delimiter = d
		}
	}
	if t.caps["NAMESPACE"] || t.caps["IMAP4REV2"] {
		prefix = t.namespace()
	}
	all, err := t.say(`LIST "" "*"`)
	for _, a := range all {
		if _, name, ok := listed(a); ok {
			have = append(have, name)
		}
	}
	slices.Sort(have)
	return have, delimiter, prefix, err
}

// namespace is what our own folders' names begin with (RFC 2342): the first string of
// the answer, which is the personal one unless that is NIL.
func (t *talk) namespace() string {
	answers, err := t.say("NAMESPACE")
	if err != nil {
		return ""
	}
	for _, a := range answers {
		rest, ok := strings.CutPrefix(a.line, "* NAMESPACE ((")
		if !ok {
			continue
		}
		words := atoms(rest, a.literals)
		if len(words) > 0 {
			return words[0]
		}
	}
	return ""
}

// listed reads "* LIST (flags) delimiter name".
func listed(a answer) (delimiter, name string, ok bool) {
	if !strings.HasPrefix(strings.ToUpper(a.line), "* LIST (") {
		return "", "", false
	}
	_, rest, found := strings.Cut(a.line, ") ")
	words := atoms(rest, a.literals)
	if !found || len(words) < 2 {
		return "", "", false
	}
	if strings.EqualFold(words[0], "NIL") {
		words[0] = ""
	}
	return words[0], words[1], true
}

// atoms are the words of an answer, quoted ones without their quotes, and literals
// put where they stand.
func atoms(s string, literals []string) (words []string) {
	for s = strings.TrimLeft(s, " "); s != ""; s = strings.TrimLeft(s, " ") {
		if s[0] != '"' {
			word, rest, _ := strings.Cut(s, " ")
			words, s = append(words, word), rest
			continue
		}
		var b strings.Builder
		i := 1
		for ; i < len(s) && s[i] != '"'; i++ {
			if s[i] == '\\' && i+1 < len(s) {
				i++
			}
			b.WriteByte(s[i])
		}
		word := b.String()
		if word == "" && len(literals) > 0 {
			word, literals = literals[0], literals[1:]
		}
		words, s = append(words, word), s[min(i+1, len(s)):]
	}
	return words
}

func hasFolder(have []string, name string) bool {
	name = folderName(name)
	return slices.ContainsFunc(have, func(h string) bool {
		// RFC 9051 5.1: INBOX in any case is the same folder.
		return h == name || strings.EqualFold(name, "INBOX") && strings.EqualFold(h, name)
	})
}

func few(names []string) string {
	const most = 12
	if len(names) > most {
		names = append(slices.Clone(names[:most]), "...")
	}
	return strings.Join(names, ", ")
}

// examine opens a folder without changing anything, not even \Recent.
func (t *talk) examine(folder string) (count int, keeps bool, err error) {
	answers, err := t.say("EXAMINE " + quoted(folderName(folder)))
	if err != nil {
		return 0, false, err
	}
	told := false
	for _, a := range answers {
		var n int
		if _, err := fmt.Sscanf(strings.ToUpper(a.line), "* %d EXISTS", &n); err == nil {
			count = n
		}
		if _, flags, ok := strings.Cut(a.line, "[PERMANENTFLAGS ("); ok {
			// A folder that is opened to be read may say that nothing lasts: that tells nothing.
			told = !strings.HasPrefix(flags, ")")
			keeps = strings.Contains(flags, `\*`) || strings.Contains(flags, "$DsrdDone")
		}
	}
	return count, keeps || !told, nil
}

// Quota of a mailbox, in percent, from which on it is told.
const (
	quotaWarns = 80
	quotaFails = 97
)

// quota tells how full the mailbox is, where the server says so (RFC 9208).
func (t *talk) quota(m config.Mailbox) []Finding {
	if !t.caps["QUOTA"] {
		return nil
	}
	answers, err := t.say("GETQUOTAROOT " + quoted(folderName(m.Folder)))
	if err != nil {
		return nil
	}
	var found []Finding
	for _, a := range answers {
		_, list, ok := strings.Cut(a.line, "(")
		if !ok || !strings.HasPrefix(strings.ToUpper(a.line), "* QUOTA ") {
			continue
		}
		found = append(found, fullness(strings.Fields(strings.TrimSuffix(list, ")")))...)
	}
	return found
}

// fullness reads triples of resource, usage and limit.
func fullness(words []string) (found []Finding) {
	for ; len(words) >= 3; words = words[3:] {
		var used, limit int64
		if _, err := fmt.Sscan(words[1]+" "+words[2], &used, &limit); err != nil || limit <= 0 {
			continue
		}
		percent := used * 100 / limit
		f := good("quota: %d %% of %s are used", percent, strings.ToLower(words[0]))
		switch {
		case percent >= quotaFails:
			f.Grade, f.Remedy = GradeFail, "make room: mail that does not arrive is not answered"
		case percent >= quotaWarns:
			f.Grade, f.Remedy = GradeWarn, "raise the quota, or delete old mails of root/Processed"
		}
		found = append(found, f)
	}
	return found
}
