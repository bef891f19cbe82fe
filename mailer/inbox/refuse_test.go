package inbox_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/google/go-cmp/cmp"
)

func quarantined(bad ...uint32) func(inbox.Mail) (inbox.Disposition, error) {
	return func(m inbox.Mail) (inbox.Disposition, error) {
		if slices.Contains(bad, m.UID) {
			return inbox.Quarantine, nil
		}
		return inbox.Done, nil
	}
}

// One mail that the server will not mark, move or copy stops none of the others.
func TestAMailThatCannotBeMarkedOrMovedStopsNoOther(t *testing.T) {
	no := &hurt{no: "TAG NO this one not"}
	for _, c := range []struct {
		name, verb string
		bad        *hurt
		uid        uint32
	}{
		{"a refused STORE", "STORE", no, 7},
		{"a refused MOVE", "MOVE", no, 7},
		{"a refused MOVE of the first", "MOVE", no, 1},
		{"a refused MOVE of the last", "MOVE", &hurt{no: "TAG BAD no such thing"}, 100},
		{"a MOVE that breaks the connection", "MOVE", &hurt{drop: true}, 7},
		{"a refused COPY", "COPY", no, 7},
		{"a COPY that breaks the connection", "COPY", &hurt{drop: true}, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFolder(upTo(100)...)
			f.write = func(verb string, uid uint32) *hurt {
				if verb == c.verb && uid == c.uid {
					return c.bad
				}
				return nil
			}
			w := newFaked(t, f, nil)
			aside := []uint32{3, 7, 9} // COPY is what they are for
			if c.verb != "COPY" {
				aside = nil
			}
			w.desk.answer = quarantined(aside...)
			for range 30 {
				_, _ = w.box.Scan(t.Context())
				w.clock.add(3 * time.Minute)
			}
			whole, _ := w.handed()
			for uid := uint32(1); uid <= 100; uid++ {
				if whole[uid] != 1 {
					t.Errorf("mail %d: handed out %d times, want once", uid, whole[uid])
				}
				done := f.moved[uid] == "DSRD/Processed"
				if slices.Contains(aside, uid) {
					done = f.marks[uid] == "$DsrdQuarantine" && (uid == c.uid || f.copied[uid] == 1)
				}
				if !done && uid != c.uid {
					t.Errorf("mail %d: marked %q, moved to %q, copied %d times", uid, f.marks[uid], f.moved[uid], f.copied[uid])
				}
			}
			if c.verb != "STORE" && f.marks[c.uid] == "" {
				t.Errorf("mail %d is not marked", c.uid)
			}
			if c.bad.drop {
				if _, err := w.box.Scan(t.Context()); err != nil {
					t.Errorf("in the end: %v", err)
				}
			}
		})
	}
}

// A full account, or a folder that cannot be written: nothing is lost, nothing is done twice, it is
// told, and once there is room everything is where it belongs.
func TestAFullAccountLosesNothing(t *testing.T) {
	full := []string{"TAG NO [OVERQUOTA] full"}
	for _, c := range []struct {
		name, on string
		say      []string
		reads    bool // mail is handed out all the same
	}{
		{"MOVE over quota", "UID MOVE", full, true},
		{"COPY over quota", "UID COPY", full, true},
		{"STORE over quota", "UID STORE", full, true},
		{"CREATE over quota", "CREATE", full, false},
		{"a folder that is gone and cannot be made", "UID COPY", []string{"TAG NO [TRYCREATE] where"}, true},
		{"a folder that nobody may write to", "UID MOVE", []string{"TAG NO [NOPERM] no"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFolder(1, 2, 3)
			isFull := true
			w := newFaked(t, f, nil,
				mailtest.Rule{On: "LIST", Say: []string{"TAG OK none"}},
				mailtest.Rule{On: c.on, Make: func(command string) mailtest.Rule {
					f.mu.Lock()
					defer f.mu.Unlock()
					if isFull {
						return mailtest.Rule{Say: c.say}
					}
					words := strings.Fields(command)
					switch words[1] {
					case "STORE":
						return f.stored(words)
					case "MOVE", "COPY":
						return f.written(words)
					}
					return mailtest.Rule{}
				}})
			w.desk.answer = quarantined(2)
			for range 2 {
				if _, err := w.box.Scan(t.Context()); err == nil {
					t.Error("nobody was told")
				}
				w.clock.add(3 * time.Minute)
			}
			if whole, _ := w.handed(); (len(whole) == 3) != c.reads {
				t.Errorf("handed out %v", whole)
			}
			f.change(func(*folder) { isFull = false })
			w.scans(t)
			w.scans(t)
			whole, _ := w.handed()
			if diff := cmp.Diff(map[uint32]int{1: 1, 2: 1, 3: 1}, whole); diff != "" {
				t.Errorf("handed out (-want +got):\n%s", diff)
			}
			if f.moved[1] == "" || f.moved[3] == "" || f.marks[2] != "$DsrdQuarantine" || f.copied[2] != 1 {
				t.Errorf("moved %v, marked %v, copied %v", f.moved, f.marks, f.copied)
			}
		})
	}
}

// A copy that never works out costs the copy: the mail stays where it is, marked.
func TestAQuarantineThatStaysFullCostsTheCopyAlone(t *testing.T) {
	f := newFolder(1, 2)
	f.write = func(verb string, _ uint32) *hurt {
		if verb == "COPY" {
			return &hurt{no: "TAG NO [OVERQUOTA] full"}
		}
		return nil
	}
	w := newFaked(t, f, nil)
	w.desk.answer = quarantined(1, 2)
	told := 0
	for range 10 {
		if _, err := w.box.Scan(t.Context()); err != nil {
			told++
		}
		w.clock.add(time.Minute)
	}
	if told != 5 || f.marks[1] != "$DsrdQuarantine" || f.marks[2] != "$DsrdQuarantine" || len(f.uids) != 2 {
		t.Errorf("told %d times, marked %v, there are %v; want three tries each", told, f.marks, f.uids)
	}
	if len(w.desk.mails) != 2 {
		t.Errorf("handed out %d times, want each once", len(w.desk.mails))
	}
}

func TestAnAppendThatIsRefusedIsToldAndTheNextOneGoesOn(t *testing.T) {
	for _, rule := range []mailtest.Rule{
		{Say: []string{"TAG NO [OVERQUOTA] full"}},
		{Say: []string{"TAG NO [TRYCREATE] where"}},
		{Say: []string{"TAG BAD what"}},
		{Say: []string{"TAG OK without having read it"}},
		{Drop: true}, {Reset: true},
	} {
		rule.On, rule.Times = "APPEND", 2
		w := newFaked(t, newFolder(), nil, rule)
		err := w.box.Append(t.Context(), inbox.Sent, letter("x"))
		if len(rule.Say) > 0 && strings.Contains(rule.Say[0], " OK ") {
			continue // the literal was taken before the answer
		}
		if err == nil {
			t.Errorf("%+v: got no error", rule)
		}
		for range 2 {
			w.clock.add(3 * time.Minute)
			err = w.box.Append(t.Context(), inbox.Sent, letter("x"))
		}
		if err != nil {
			t.Errorf("%+v: then got %v", rule, err)
		}
	}
}

func TestTheQuotaIsReadOnceAnHourAndCostsNothingElse(t *testing.T) {
	caps := mailtest.Rule{On: "CAPABILITY", Say: []string{"* CAPABILITY IMAP4rev1 MOVE UIDPLUS QUOTA", "TAG OK x"}}
	for _, c := range []struct {
		name   string
		say    []string
		want   inbox.Quota
		fails  bool // the first scan
		logins int
	}{
		{"the nearest limit counts", []string{
			`* QUOTAROOT INBOX "a" b`, `* QUOTA "a" (STORAGE 10 100 MESSAGE 95 100)`, `* QUOTA b (STORAGE 50 100)`, "TAG OK x",
		}, inbox.Quota{Resource: "MESSAGE", Used: 95, Limit: 100}, false, 1},
		{"no limit", []string{`* QUOTAROOT INBOX ""`, `* QUOTA "" ()`, "TAG OK x"}, inbox.Quota{}, false, 1},
		{"no root", []string{"* QUOTAROOT INBOX", "TAG OK x"}, inbox.Quota{}, false, 1},
		{"NO", []string{"TAG NO ask somebody else"}, inbox.Quota{}, false, 1},
		{"another's quota", []string{`* QUOTA "z" (STORAGE 99 100)`, "TAG OK x"}, inbox.Quota{}, false, 1},
		{"nonsense", []string{`* QUOTAROOT INBOX ""`, `* QUOTA "" (STORAGE -1 x)`, "TAG OK x"}, inbox.Quota{}, true, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFaked(t, newFolder(1), nil, caps, mailtest.Rule{On: "GETQUOTAROOT", Say: c.say})
			r, err := w.box.Scan(t.Context())
			if (err != nil) != c.fails || r.Handled != 1 || !r.Complete {
				t.Errorf("got %+v, %v", r, err)
			}
			for range 30 {
				w.clock.add(time.Minute)
				r = w.scans(t)
			}
			if diff := cmp.Diff(c.want, r.Quota); diff != "" {
				t.Errorf("quota (-want +got):\n%s", diff)
			}
			if w.Asked("GETQUOTAROOT") != 1 || w.Asked("AUTHENTICATE") != c.logins {
				t.Errorf("asked %d times on %d connections", w.Asked("GETQUOTAROOT"), w.Asked("AUTHENTICATE"))
			}
			w.clock.add(31 * time.Minute)
			if w.scans(t); !c.fails && w.Asked("GETQUOTAROOT") != 2 {
				t.Error("not asked again after an hour")
			}
		})
	}
	if got := (inbox.Quota{Used: 95, Limit: 100}).Share(); got != 0.95 {
		t.Errorf("got share %v", got)
	}
}

// Folders of any name, below any namespace, are spelled as the server wants them.
func TestFoldersOfAnyNameAreFound(t *testing.T) {
	for _, c := range []struct {
		name, folder, wire, space, processed string
	}{
		{"plain", "INBOX", "INBOX", `"" "/"`, "DSRD/Processed"},
		{"below INBOX with dots", "INBOX", "INBOX", `"INBOX." "."`, "INBOX.DSRD.Processed"},
		{"with backslashes", "INBOX", "INBOX", `"" "\\"`, `DSRD\\Processed`},
		{"without a hierarchy", "INBOX", "INBOX", `"" NIL`, "DSRD-Processed"},
		{"an umlaut", "Anträge", `"Antr&AOQ-ge"`, `"" "/"`, "DSRD/Processed"},
		{"an ampersand", "Q&A", `"Q&-A"`, `"" "/"`, "DSRD/Processed"},
		{"Japanese", "台北", `"&U,BTFw-"`, `"" "/"`, "DSRD/Processed"},
		{"a quote and a space", `the "new" ones`, `"the \"new\" ones"`, `"" "/"`, "DSRD/Processed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var moved string
			s := newScriptedServer(t, "MOVE NAMESPACE", func(b *inbox.Config) {
				b.Folder, b.ProcessExisting = c.folder, true
			}, 1,
				mailtest.Rule{On: "NAMESPACE", Say: []string{"* NAMESPACE ((" + c.space + ")) NIL NIL", "TAG OK x"}},
				mailtest.Rule{On: "UID FETCH 1 (UID BODY", Say: []string{body(1), "TAG OK x"}},
				mailtest.Rule{On: "UID MOVE 1 ", Make: func(command string) mailtest.Rule {
					moved = strings.TrimPrefix(command, "UID MOVE 1 ")
					return mailtest.Rule{}
				}})
			if r, err := s.box.Scan(t.Context()); err != nil || r.Handled != 1 {
				t.Fatalf("got %+v, %v; want the mail handled", r, err)
			}
			if s.Asked("SELECT "+c.wire) == 0 || moved != `"`+c.processed+`"` {
				t.Errorf("selected otherwise or moved to %s, want %q: %q", moved, c.processed, s.Commands())
			}
		})
	}
}

// Names that are no modified UTF-7 cost nothing but the list of names.
func TestBrokenFolderNamesStopNothing(t *testing.T) {
	for _, name := range []string{`"&"`, `"&AOQ"`, `"&AAA-"`, "\"\xe4\xff\"", `"&====-"`, `"Antr\xe4ge"`} {
		t.Run(name, func(t *testing.T) {
			everything := mailtest.Rule{On: `LIST "" "*"`, Say: []string{`* LIST () "/" ` + name, "TAG OK x"}}
			beside := mailtest.Rule{On: `LIST "" "DSRD*"`, Say: []string{`* LIST () "/" ` + name, "TAG OK x"}}
			w := newFaked(t, newFolder(1), nil, everything, beside)
			if r := w.scans(t); r.Handled != 1 {
				t.Errorf("got %+v, want the mail handled", r)
			}
			gone := newFaked(t, newFolder(1), func(c *inbox.Config) { c.Junk = "Junk" }, everything,
				mailtest.Rule{On: `SELECT "Junk"`, Say: []string{"TAG NO [NONEXISTENT] where"}},
				mailtest.Rule{On: "SELECT Junk", Say: []string{"TAG NO [NONEXISTENT] where"}})
			r, err := gone.box.Scan(t.Context())
			if !errors.Is(err, inbox.ErrNoFolder) || r.Handled != 1 || r.Complete {
				t.Errorf("without Junk: got %+v, %v; want INBOX read and ErrNoFolder", r, err)
			}
		})
	}
}

// A junk folder that is gone or renamed is told with the names that there are; INBOX goes on, and
// once it is back its answers are read.
func TestAJunkFolderThatIsGoneIsToldAndINBOXGoesOn(t *testing.T) {
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.Junk = "Junk" })
	w.deliver("one")
	report, err := w.box.Scan(t.Context())
	if !errors.Is(err, inbox.ErrNoFolder) || report.Handled != 1 || report.Complete {
		t.Fatalf("got %+v, %v; want INBOX read and ErrNoFolder", report, err)
	}
	if !strings.Contains(err.Error(), "INBOX") {
		t.Errorf("got %q, want the names that there are", err)
	}
}
