package inbox_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// allocated is how much memory a function asks for, what was given back included.
func allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// A server that never stops talking is hung up on, whatever it says and wherever: the memory that it
// takes is bounded, and so is the time, by the bytes and not by the clock.
func TestAServerThatNeverStopsTalkingTakesNoMemory(t *testing.T) {
	literal := func(start string, n string) func(io.Writer) {
		return func(w io.Writer) {
			_, _ = io.WriteString(w, start+"{"+n+"}\r\n")
			endless("abc\r\n")(w)
		}
	}
	after := func(start string, more func(io.Writer)) func(io.Writer) {
		return func(w io.Writer) {
			_, _ = io.WriteString(w, start)
			more(w)
		}
	}
	for _, c := range []struct {
		name, on string
		pour     func(io.Writer)
	}{
		{"a greeting without end", "GREETING", after("* OK ", endless("x"))},
		{"a greeting of spaces", "GREETING", after("* OK", endless(" "))},
		{"no IMAP at all", "GREETING", endless("x")},
		{"an answer without end", "LIST", after("* OK ", endless("x"))},
		{"a tag without end", "LIST", endless("T")},
		{"a code without end", "SELECT", after("* OK [X", endless("x "))},
		{"a code over lines", "SELECT", after("* OK [X ", endless("x\r\n"))},
		{"a number without end", "SELECT", after("* ", endless("1"))},
		{"a number of a literal without end", "LIST", after(`* LIST () "/" {`, endless("1"))},
		{"a quoted string without end", "LIST", after(`* LIST () "/" "`, endless("x"))},
		{"a quoted string over lines", "LIST", after(`* LIST () "/" "`, endless("x\r\n"))},
		{"a quoted string that hides its end", "LIST", after(`* LIST () "/" "`, endless("\\\"\r\n"))},
		{"a literal of 4 GiB", "LIST", literal(`* LIST () "/" `, "4294967296")},
		{"a literal of all there is", "LIST", literal(`* LIST () "/" `, "9223372036854775807")},
		{"a literal beyond that", "LIST", literal(`* LIST () "/" `, "99999999999999999999")},
		{"a literal after text that looks like a body", "LIST", literal(`* LIST () "/" BODY[] `, "4294967296")},
		{"a body in a quoted string", "UID FETCH 1:2 (UID BODY", literal(`* 1 FETCH (UID 1 BODY[] "BODY[] `, "4294967296")},
		{"a body in the fields of a body", "UID FETCH 1:2 (UID BODY",
			literal(`* 1 FETCH (UID 1 BODY[HEADER.FIELDS (BODY[] `, "4294967296")},
		{"a body as a quoted string", "UID FETCH 1:2 (UID BODY", after(`* 1 FETCH (UID 1 BODY[]<0> "`, endless("x"))},
		{"a body of 4 GiB", "UID FETCH 1:2 (UID BODY", literal("* 1 FETCH (UID 1 BODY[]<0> ", "4294967296")},
		{"a body of 4 GiB of another mail", "UID FETCH 1:2 (UID BODY", literal("* 9 FETCH (UID 9 BODY[]<0> ", "4294967296")},
		{"an envelope of 4 GiB", "UID FETCH 1:2 (UID BODY", literal("* 1 FETCH (UID 1 ENVELOPE (", "4294967296")},
		{"flags without end", "UID FETCH 1:2 (UID BODY", after("* 1 FETCH (UID 1 FLAGS (", endless("x "))},
		{"parentheses without end", "UID FETCH 1:2 (UID BODY", after("* 1 FETCH ", endless("("))},
		{"items without end", "UID FETCH 1:2 (UID BODY", after("* 1 FETCH (UID 1 ", endless("RFC822.SIZE 1 "))},
		{"bodies without end in one answer", "UID FETCH 1:2 (UID BODY", after("* 1 FETCH (UID 1 ", endless("BODY[9] {3}\r\nabc "))},
		{"folders without end", "LIST", endless("* LIST () \"/\" " + strings.Repeat("n", 200) + "\r\n")},
		{"flags of others without end", "UID STORE", endless("* 1 FETCH (UID 99 FLAGS (" + strings.Repeat("x", 200) + "))\r\n")},
		{"EXISTS without end", "SELECT", endless("* 1 EXISTS\r\n")},
		{"EXPUNGE without end", "UID MOVE", endless("* " + strings.Repeat("0", 200) + "1 EXPUNGE\r\n")},
		{"capabilities without end", "CAPABILITY", endless("* CAPABILITY IMAP4rev1" + strings.Repeat(" MOVE", 40) + "\r\n")},
		{"a capability without end", "CAPABILITY", after("* CAPABILITY ", endless("X"))},
		{"numbers without end", "UID SEARCH", after("* SEARCH", endless(" "+strings.Repeat("0", 200)+"1"))},
		{"an ESEARCH without end", "UID SEARCH", after("* ESEARCH UID ALL 1", endless(",2"))},
		{"a challenge without end", "AUTHENTICATE", after("+ ", endless("x"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFolder(1, 2)
			w := newFaked(t, f, func(b *inbox.Config) { b.MaxBytes = 1 << 20 },
				mailtest.Rule{On: c.on, Pour: c.pour, Times: 1})
			n := allocated(func() { _, _ = w.box.Scan(t.Context()) })
			if w.Asked(c.on) == 0 {
				t.Fatal("it was never asked")
			}
			most := int64(64 << 20)
			if c.on == "UID SEARCH" {
				most = 128 << 20 // go-imap throws some bytes away for each number
			}
			if n > most {
				t.Errorf("it took %d MiB, want %d at most", n>>20, most>>20)
			}
			for range 3 {
				w.clock.add(10 * time.Minute)
				_, _ = w.box.Scan(t.Context())
			}
			if whole, _ := w.handed(); whole[1] != 1 || whole[2] != 1 {
				t.Errorf("handed out %v, want each once, later", whole)
			}
		})
	}
}

// Sizes that lie do not fill the memory: of mails that are said to be small and are not, no more are
// in it than of such that say so.
func TestMailsThatAreBiggerThanSaidComeAFewAtATime(t *testing.T) {
	const size, n = 1 << 20, 40
	big := "Subject: big\r\n\r\n" + strings.Repeat("x", size-20)
	end := big + ")\r\n"
	f := newFolder(upTo(n)...)
	f.any = true
	w := newFaked(t, f, func(b *inbox.Config) { b.MaxBytes, b.BatchBytes = size, 3*size },
		mailtest.Rule{On: "UID FETCH", Make: func(command string) mailtest.Rule {
			words := strings.Fields(command)
			if !strings.Contains(command, "BODY") {
				f.mu.Lock()
				defer f.mu.Unlock()
				return f.fetched(words[2], words[3:])
			}
			return mailtest.Rule{Say: []string{}, Pour: func(w io.Writer) {
				for _, uid := range numbers(words[2]) {
					fmt.Fprintf(w, "* %d FETCH (UID %d BODY[]<0> {%d}\r\n", uid, uid, len(big))
					_, _ = io.WriteString(w, end)
				}
			}, Then: "TAG OK done"}
		}})
	var most uint64
	taken := 0
	w.desk.answer = func(inbox.Mail) (inbox.Disposition, error) {
		w.desk.forget()
		if taken++; taken%8 != 0 {
			return inbox.Done, nil
		}
		runtime.GC()
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		most = max(most, now.HeapAlloc)
		return inbox.Done, nil
	}
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	if r := w.scans(t); r.Handled != n || !r.Complete {
		t.Errorf("got %+v, want all handled", r)
	}
	// Two batches of 3 MiB are in memory at a time, and what the server here writes.
	if grown := int64(most) - int64(before.HeapAlloc); grown > 16*size {
		t.Errorf("%d MiB were in use at once", grown>>20)
	}
}
