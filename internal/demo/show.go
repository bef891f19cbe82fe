package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/workflow"
)

// ShowOptions of the demonstration.
type ShowOptions struct {
	Out  string // folder for mails and package; replaced if an earlier show left it
	Keep bool   // stay up afterwards
	Log  bool   // show the daemon's log as well
}

// show tells the story while it happens.
type show struct {
	*World
	out    io.Writer
	folder string
	files  int
	asked  []byte // the confirmation as Anna got it
}

// Show walks the whole procedure and leaves every mail and the package in a folder.
func Show(ctx context.Context, out io.Writer, o ShowOptions) error {
	if err := clearOut(o.Out); err != nil {
		return err
	}
	state := filepath.Join(o.Out, "state")
	if err := os.MkdirAll(state, 0o700); err != nil {
		return fmt.Errorf("make the demo's folder: %v", err)
	}
	log := io.Discard
	if o.Log {
		log = out
	}
	w, err := New(ctx, Options{
		Dir: state, Clock: NewClock(time.Now), Slots: "*/5 * * * *",
		Log: telemetry.NewLog(log, telemetry.Text, slog.LevelInfo),
	})
	if err != nil {
		return err
	}
	s := &show{World: w, out: out, folder: o.Out}
	err = s.story(ctx)
	if err == nil && o.Keep {
		err = s.keep(ctx)
	}
	return errors.Join(err, w.Close())
}

// markFile tells a folder that a show made from one that it must not touch.
const markFile = ".dsrd-demo"

func clearOut(folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0 {
		return mark(folder)
	}
	if err != nil {
		return fmt.Errorf("make the demo's folder: %v", err)
	}
	if _, err := os.Stat(filepath.Join(folder, markFile)); err != nil {
		return fmt.Errorf("make the demo's folder: %s holds other things (name another with --out)", folder)
	}
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("clear the demo's folder: %v", err)
	}
	return mark(folder)
}

func mark(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the demo's folder: %v", err)
	}
	return os.WriteFile(filepath.Join(folder, markFile), []byte("made by dsrd demo\n"), 0o644)
}

func (s *show) tell(format string, args ...any) {
	fmt.Fprintf(s.out, "\n%s  %s\n", s.Clock.Now().Format("Mon 15:04"), fmt.Sprintf(format, args...))
}

func (s *show) more(format string, args ...any) {
	fmt.Fprintf(s.out, "           %s\n", fmt.Sprintf(format, args...))
}

// story is the procedure of the title page, with the three attempts that fail.
func (s *show) story(ctx context.Context) error {
	fmt.Fprintln(s.out, "A data subject request, from the first mail to the package. Mail servers, Redis and an")
	fmt.Fprintln(s.out, "API like Azure's run in this process; no network is used. Only the clock is moved ahead.")
	for _, act := range []func(context.Context) error{
		s.request, s.confirmation, s.forgery, s.away, s.answer, s.export, s.check,
	} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	s.more("")
	s.more("Everything is in %s/: the mails as .eml, the package, and what was in it.", s.folder)
	return nil
}

func (s *show) request(ctx context.Context) error {
	if err := s.Settle(ctx); err != nil { // the first start touches nothing that was there
		return err
	}
	s.tell("Jane Roe, a customer of Acme, writes to %s:", Desk)
	s.more("\"Please send me a copy of the data you hold about jane.roe@customer.example.\"")
	err := s.Write(Letter{
		From: Jane, To: Desk, SubjectLine: "My data",
		Body: "Hello,\n\nPlease send me a copy of the data you hold about jane.roe@customer.example.\n\nJane Roe\n",
	})
	if err != nil {
		return err
	}
	if err := s.save("request.eml", s.Recorded[len(s.Recorded)-1].Raw); err != nil {
		return err
	}
	return s.Settle(ctx)
}

func (s *show) confirmation(ctx context.Context) error {
	r, err := s.only(ctx)
	if err != nil {
		return err
	}
	s.tell("dsrd reads it: %v, customer known, tenant %s, sender proven by DKIM: %v.", r.Rights, r.TenantID,
		r.Requester.Verified)
	s.more("It is request %s now, to be answered by %s.", r.ID.Tag(), r.Deadline.Format("2 January 2006"))
	s.tell("dsrd asks %s, whom the registry names as Acme's administrator.", Anna)
	s.more("The mail carries a code that stands nowhere else. Jane gets no data, whatever happens.")
	if s.asked, err = s.Latest(Anna); err != nil {
		return err
	}
	return s.save("confirmation.eml", s.asked)
}

// forgery is an answer in Anna's name by somebody who even knows the code.
func (s *show) forgery(ctx context.Context) error {
	s.Clock.Advance(12 * time.Minute)
	l, err := Reply(s.asked, Anna, "CONFIRM", true)
	if err != nil {
		return err
	}
	l.SignAs = "elsewhere.example"
	s.tell("Somebody answers CONFIRM in Anna's name, with the right code, signed by another domain.")
	if err := s.Write(l); err != nil {
		return err
	}
	if err := s.save("forged-answer.eml", s.Recorded[len(s.Recorded)-1].Raw); err != nil {
		return err
	}
	if err := s.Settle(ctx); err != nil {
		return err
	}
	err = s.expect(ctx, workflow.AwaitingConfirmation, "dsrd holds it for an operator to see (rule %s); nothing moves.")
	if err != nil {
		return err
	}
	s.more("Anna hears of it, once, by a mail without a code.")
	told, err := s.Latest(Anna)
	if err != nil {
		return err
	}
	return s.save("held.eml", told)
}

func (s *show) away(ctx context.Context) error {
	s.Clock.Advance(3 * time.Minute)
	l, err := Reply(s.asked, Anna, "I am out of the office until Monday. CONFIRM", true)
	if err != nil {
		return err
	}
	l.SubjectLine = "Automatic reply: " + l.SubjectLine
	l.Headers = append(l.Headers, "Auto-Submitted: auto-replied")
	s.tell("Anna's mail program answers by itself, quoting the code, properly signed.")
	if err := s.Write(l); err != nil {
		return err
	}
	if err := s.save("out-of-office.eml", s.Recorded[len(s.Recorded)-1].Raw); err != nil {
		return err
	}
	if err := s.Settle(ctx); err != nil {
		return err
	}
	return s.expect(ctx, workflow.AwaitingConfirmation, "dsrd notes that she is away; a machine cannot confirm.")
}

func (s *show) answer(ctx context.Context) error {
	s.Clock.Advance(2 * time.Hour)
	s.tell("Anna herself answers: CONFIRM. Her mail server signs it.")
	l, err := Reply(s.asked, Anna, "CONFIRM\n\nAnna Admin", true)
	if err != nil {
		return err
	}
	if err := s.Write(l); err != nil {
		return err
	}
	if err := s.save("answer.eml", s.Recorded[len(s.Recorded)-1].Raw); err != nil {
		return err
	}
	if err := s.Settle(ctx); err != nil {
		return err
	}
	return s.expect(ctx, workflow.Confirmed,
		"All eight rules hold. The request is confirmed and waits for the export schedule.")
}

func (s *show) export(ctx context.Context) error {
	if err := s.Pass(ctx, 5*time.Minute); err != nil {
		return err
	}
	r, err := s.only(ctx)
	if err != nil {
		return err
	}
	if r.State != workflow.Completed || r.Package == nil {
		return fmt.Errorf("the demonstration went wrong: the request is %s %s", r.State, r.Reason)
	}
	s.tell("The schedule opens. dsrd reads Defender for Cloud, page by page, and builds the package:")
	for _, line := range r.Package.Sources {
		s.more("%-30s %-8s %d", line.Name, line.Status, line.Count)
	}
	s.tell("dsrd mails it to %s, encrypted with her key: %s, %d bytes.", Anna, r.Package.File, r.Package.Size)
	mail, err := s.Latest(Anna)
	if err != nil {
		return err
	}
	return s.save("delivery.eml", mail)
}

// check opens the package as Anna would.
func (s *show) check(context.Context) error {
	mail, err := s.Latest(Anna)
	if err != nil {
		return err
	}
	opened, err := s.Open(mail)
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{opened.Name: opened.Sealed, "package.zip": opened.Zip} {
		if err := os.WriteFile(filepath.Join(s.folder, name), data, 0o600); err != nil {
			return fmt.Errorf("save the package: %v", err)
		}
	}
	s.tell("Anna opens it with her key and verifies it:")
	for _, line := range opened.Report.Lines {
		s.more("%s", line)
	}
	if !opened.Report.OK() {
		return errors.New("the demonstration went wrong: the package does not verify")
	}
	return unpack(opened.Zip, filepath.Join(s.folder, "package"))
}

// only is the one request of the show.
func (s *show) only(ctx context.Context) (workflow.Request, error) {
	all, err := s.Requests(ctx)
	if err == nil && len(all) != 1 {
		err = fmt.Errorf("the demonstration went wrong: %d requests", len(all))
	}
	if err != nil {
		return workflow.Request{}, err
	}
	return all[0], nil
}

// expect makes the show fail where it does not go as told.
func (s *show) expect(ctx context.Context, state workflow.State, line string) error {
	r, err := s.only(ctx)
	if err != nil {
		return err
	}
	if r.State != state {
		return fmt.Errorf("the demonstration went wrong: the request is %s, not %s", r.State, state)
	}
	rule, err := s.App.LastRule(ctx, r.ID)
	if err != nil {
		return err
	}
	if bytes.Contains([]byte(line), []byte("%s")) {
		line = fmt.Sprintf(line, rule)
	}
	s.more("%s", line)
	return nil
}

func (s *show) save(name string, data []byte) error {
	s.files++
	name = fmt.Sprintf("%d-%s", s.files, name)
	if err := os.WriteFile(filepath.Join(s.folder, name), data, 0o644); err != nil {
		return fmt.Errorf("save %s: %v", name, err)
	}
	s.more("(%s)", name)
	return nil
}
