package mailer_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

var bareCode = regexp.MustCompile(`[a-z2-7]{5}(-[a-z2-7]{5}){3}-[a-z2-7]{6}`)

var sentKey = []byte("what seals the copies, 32 bytes!")

// outbox is the mailbox that copies go to.
type outbox struct {
	mails  [][]byte
	before error // in the place of storing, once
	after  error // when it is stored, once
	down   error
}

func (o *outbox) Find(_ context.Context, in inbox.Folder, id string) (bool, error) {
	if o.down != nil {
		return false, o.down
	}
	for _, m := range o.mails {
		if in == inbox.Sent && fieldOf(m, "Message-ID") == "<"+id+">" {
			return true, nil
		}
	}
	return false, nil
}

func (o *outbox) Append(_ context.Context, to inbox.Folder, raw []byte) error {
	if o.down != nil || to != inbox.Sent {
		return errors.Join(o.down, errors.New("not stored"))
	}
	if err := o.before; err != nil {
		o.before = nil
		return err
	}
	o.mails = append(o.mails, raw)
	err := o.after
	o.after = nil
	return err
}

// keeping lets the postman order copies, and gives who carries them out.
func (w *world) keeping() (*mailer.Copyist, *outbox) {
	box := &outbox{}
	w.postman.Keep = true
	return &mailer.Copyist{
		Requests: w.store, Blobs: w.store, Box: box, Key: sentKey, Now: w.clock,
		Epoch: func() int64 { return w.epoch },
	}, box
}

// letters are the orders whose letters left, oldest first.
func (w *world) letters(id workflow.ID) (all []workflow.EffectID) {
	w.t.Helper()
	entries, err := w.store.History(w.ctx(), id)
	w.must(err)
	for _, e := range entries {
		if e.Event.Type == workflow.LetterSent || e.Event.Type == workflow.PackageSent {
			all = append(all, e.Event.Effect)
		}
	}
	return all
}

// keep is the order to copy a letter, as it is carried out.
func (w *world) keep(
	c *mailer.Copyist, letter workflow.EffectID, change ...func(*workflow.Task),
) (workflow.Outcome, error) {
	id, _, _ := strings.Cut(string(letter), ".")
	e := workflow.Effect{
		ID: letter + "0", Request: workflow.ID(id), Type: workflow.KeepCopy, Of: letter, OrderedAt: monday,
	}
	t := workflow.Task{Request: e.Request, Effect: &e}
	for _, f := range change {
		f(&t)
	}
	return c.Carry(w.ctx(), w.load(e.Request), t)
}

// copies carries out the order to copy every letter of a request.
func (w *world) copies(c *mailer.Copyist, id workflow.ID) {
	w.t.Helper()
	for _, letter := range w.letters(id) {
		out, err := w.keep(c, letter)
		if err != nil || !cmp.Equal(out, workflow.Outcome{}) {
			w.t.Fatalf("copy %s: %+v, %v", letter, out, err)
		}
	}
}

// delivered is a request that went all its way, with a question and a reminder on it.
func delivered(t *testing.T) (*scene, *mailer.Copyist, *outbox) {
	t.Helper()
	s := &scene{world: newWorld(t)}
	c, box := s.keeping()
	s.id, s.confirmation = s.asked()
	s.pass(time.Hour)
	s.take(s.answer(s.confirmation, anna, "who asks for this?"))
	s.work()
	s.pass(30 * time.Hour)
	s.work()
	s.confirmation = s.post.to(t, anna)
	s.take(s.answer(s.confirmation, anna, "CONFIRM"))
	s.step(s.id, workflow.Event{Type: workflow.SlotOpened})
	s.work()
	if r := s.load(s.id); r.State != workflow.Completed {
		t.Fatalf("state %s", r.State)
	}
	return s, c, box
}

func TestACopyProvesWhatLeft(t *testing.T) {
	s, c, box := delivered(t)
	s.copies(c, s.id)
	types := map[workflow.EffectType]int{}
	r := s.load(s.id)
	for i, raw := range box.mails {
		got, err := mailer.ReadCopy(raw, sentKey)
		if err != nil {
			t.Fatal(err)
		}
		types[got.Type]++
		left := s.sentAs(got.MessageID)
		sum := sha256.Sum256(left)
		want := mailer.Copy{
			Request: s.id, Effect: s.letters(s.id)[i], Type: got.Type, Number: i + 1, Ordered: r.Ordered,
			Epoch: 1, MessageID: got.MessageID, Digest: hex.EncodeToString(sum[:]), At: got.At,
			Customer: jane, Tenant: "acme",
		}
		want.Number = numberOf(want.Effect)
		if got.Type == workflow.SendPackage {
			p := *r.Package
			p.Blob, p.Passphrase = "", ""
			want.Package, want.Ack = &p, r.Ack
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", got.Type, diff)
		}
		if got.At.Before(monday) || got.At.After(s.now) {
			t.Errorf("%s left at %s", got.Type, got.At)
		}
		for _, field := range []string{"From", "To", "Subject", "Date", "Message-ID", "Reply-To", "Auto-Submitted", "X-Dsrd-Loop"} {
			if was, is := fieldOf(left, field), fieldOf(raw, field); was == "" || is != was {
				t.Errorf("%s: %s was %q, and is %q in the copy", got.Type, field, was, is)
			}
		}
	}
	want := map[workflow.EffectType]int{
		workflow.SendReceipt: 1, workflow.SendConfirmation: 1, workflow.SendQuestion: 1,
		workflow.SendReminder: 1, workflow.SendPassphrase: 1, workflow.SendPackage: 1,
	}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Errorf("copies (-want +got):\n%s", diff)
	}
}

func numberOf(e workflow.EffectID) (n int) {
	_, number, _ := strings.Cut(string(e), ".")
	fmt.Sscan(number, &n)
	return n
}

// headerOf gives a field of a mail with its name, as it stands there.
func headerOf(raw []byte, name string) string {
	return strings.TrimSpace(regexp.MustCompile(`(?m)^` + name + `: .*\r$`).FindString(string(raw)))
}

// fieldOf is a field's value.
func fieldOf(raw []byte, name string) string {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return ""
	}
	return m.Header.Get(name)
}

// sentAs is the mail that the relay took under that id.
func (s *scene) sentAs(id string) []byte {
	s.t.Helper()
	for _, m := range s.post.sent {
		if fieldOf(m.raw, "Message-ID") == "<"+id+">" {
			return m.raw
		}
	}
	s.t.Fatalf("no mail %s was sent", id)
	return nil
}

// unfolded are a mail's bytes, and what they are once every encoding in it is undone.
func unfolded(raw []byte) []string {
	text := string(raw)
	all := []string{text}
	if plain, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(text))); err == nil {
		all = append(all, string(plain))
	}
	for _, run := range regexp.MustCompile(`(?:[A-Za-z0-9+/]{76}\r\n)*[A-Za-z0-9+/]+={0,2}`).FindAllString(text, -1) {
		run = strings.ReplaceAll(run, "\r\n", "")
		if plain, err := base64.StdEncoding.DecodeString(run); err == nil {
			all = append(all, string(plain))
		}
	}
	return all
}

func TestNoCopyHoldsACodeAPassphraseOrData(t *testing.T) {
	s, c, box := delivered(t)
	var secrets []string
	for _, m := range s.post.sent {
		_, text := readMail(t, m.raw)
		secrets = append(secrets, bareCode.FindAllString(text, -1)...)
	}
	if len(secrets) < 2 {
		t.Fatalf("%d codes were sent, want one of a confirmation and one of a reminder", len(secrets))
	}
	for _, code := range secrets {
		secrets = append(secrets, strings.ReplaceAll(code, "-", ""), code[:11], code[6:17])
	}
	secrets = append(secrets, "open sesame", "data for", "passphrase.", "package.")
	s.copies(c, s.id)
	box.mails = append(box.mails, blobsOf(t, s, c)...)
	for _, raw := range box.mails {
		for _, text := range unfolded(raw) {
			for _, secret := range secrets {
				if strings.Contains(strings.ToLower(text), strings.ToLower(strings.TrimSpace(secret))) {
					t.Errorf("%q is in a copy:\n%s", secret, text)
				}
			}
		}
	}
}

// blobsOf are the copies that wait while the mailbox is away.
func blobsOf(t *testing.T, s *scene, c *mailer.Copyist) (all [][]byte) {
	t.Helper()
	away := *c
	away.Box = &outbox{down: inbox.ErrLost}
	for _, letter := range s.letters(s.id) {
		if _, err := s.keep(&away, letter); err != nil {
			t.Fatal(err)
		}
		all = append(all, s.blob(s.id, "copy."+string(letter)))
	}
	return all
}

func (w *world) blob(id workflow.ID, name string) []byte {
	w.t.Helper()
	blob, _, err := w.store.Open(w.ctx(), id, name)
	w.must(err)
	defer blob.Close()
	raw, err := io.ReadAll(blob)
	w.must(err)
	return raw
}

func (w *world) gone(id workflow.ID, name string) bool {
	blob, _, err := w.store.Open(w.ctx(), id, name)
	if err == nil {
		blob.Close()
	}
	return errors.Is(err, workflow.NotFound)
}

// What people read in the copy of a letter is the letter, but for its code.
func TestACopyShowsTheLetterWithItsCodeMasked(t *testing.T) {
	s, c, box := delivered(t)
	s.copies(c, s.id)
	for _, raw := range box.mails {
		got, err := mailer.ReadCopy(raw, sentKey)
		if err != nil {
			t.Fatal(err)
		}
		_, letter := readMail(t, s.sentAs(got.MessageID))
		_, shown := readMail(t, raw)
		want := bareCode.ReplaceAllString(letter, "*****-*****-*****-*****-******")
		switch got.Type {
		case workflow.SendPassphrase, workflow.SendPackage:
			if !strings.Contains(shown, got.Digest) || len(shown) > 600 {
				t.Errorf("the record of a %s:\n%s", got.Type, shown)
			}
			if p := got.Package; p != nil && (!strings.Contains(shown, p.File) || !strings.Contains(shown, p.SHA256)) {
				t.Errorf("the record does not name the package:\n%s", shown)
			}
		case workflow.SendConfirmation, workflow.SendReminder:
			if want == letter {
				t.Fatal("the letter has no code")
			}
			fallthrough
		default:
			if diff := cmp.Diff(want, shown); diff != "" {
				t.Errorf("%s (-letter +copy):\n%s", got.Type, diff)
			}
		}
	}
}

func TestAForgedCopyProvesNothing(t *testing.T) {
	s, c, box := delivered(t)
	s.copies(c, s.id)
	pack, other := box.mails[len(box.mails)-1], box.mails[0]
	if _, err := mailer.ReadCopy(pack, sentKey); err != nil {
		t.Fatal(err)
	}
	seal := headerOf(other, "X-Dsrd-Sent")
	proof := regexp.MustCompile(`(?s)eyJ[A-Za-z0-9+/=\r\n]+`).Find(pack)
	text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(proof), "\r\n", ""))
	s.must(err)
	for name, k := range map[string]struct {
		raw  []byte
		key  []byte
		want error
	}{
		"sealed with another key":  {pack, []byte("another"), mailer.ErrForged},
		"the seal of another copy": {swap(pack, headerOf(pack, "X-Dsrd-Sent"), seal), sentKey, mailer.ErrForged},
		"no seal":                  {swap(pack, headerOf(pack, "X-Dsrd-Sent"), "X-Other: a"), sentKey, mailer.ErrNotACopy},
		"a seal that is none":      {swap(pack, headerOf(pack, "X-Dsrd-Sent"), "X-Dsrd-Sent: zz"), sentKey, mailer.ErrForged},
		"another proof": {bytes.Replace(pack, proof, []byte(base64.StdEncoding.EncodeToString(
			bytes.Replace(text, []byte("send_package"), []byte("send_passage"), 1))), 1), sentKey, mailer.ErrForged},
		"no proof":            {swap(pack, "dsrd-sent.json", "dsrd-sent.text"), sentKey, mailer.ErrForged},
		"cut short":           {pack[:len(pack)/2], sentKey, mailer.ErrForged},
		"the letter":          {s.post.sent[0].raw, sentKey, mailer.ErrNotACopy},
		"no mail":             {[]byte("x"), sentKey, mailer.ErrNotACopy},
		"a state mail's seal": {[]byte("X-Dsrd-Marker: 00\r\n\r\n"), sentKey, mailer.ErrNotACopy},
	} {
		if got, err := mailer.ReadCopy(k.raw, k.key); !errors.Is(err, k.want) || got.Request != "" {
			t.Errorf("%s: got %+v, %v; want %v", name, got, err, k.want)
		}
	}
	loose := bytes.ReplaceAll(bytes.ReplaceAll(pack, []byte("\r\n"), []byte("\n")), proof[:8], append([]byte("\n "), proof[:8]...))
	if got, err := mailer.ReadCopy(loose, sentKey); err != nil || got.Request != s.id {
		t.Errorf("with other line ends: got %+v, %v", got, err)
	}
}

func FuzzReadCopy(f *testing.F) {
	f.Add([]byte("X-Dsrd-Sent: 00\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" +
		"Content-Disposition: attachment; filename=dsrd-sent.json\r\n\r\ne30=\r\n--a--\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if c, err := mailer.ReadCopy(raw, sentKey); err == nil {
			t.Errorf("a forgery passed: %+v", c)
		}
	})
}

// A mailbox that is away loses no copy, and keeps no letter waiting: what is kept meanwhile
// holds neither code nor data.
func TestACopyWaitsForTheMailbox(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		wait time.Duration
	}{
		"it is away":               {fmt.Errorf("dial: %w", inbox.ErrLost), time.Minute},
		"it refuses the login":     {fmt.Errorf("dial: %w", inbox.ErrAuth), time.Minute},
		"it may not be asked yet":  {inbox.TooEarly{Until: monday.Add(3 * time.Hour)}, 0},
		"its account has no room":  {errors.New("append to Sent: OVERQUOTA"), time.Minute},
		"it was away for two days": {inbox.ErrLost, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			s, copyist, box := delivered(t)
			letter := s.letters(s.id)[1]
			if c.wait == time.Hour {
				s.pass(48 * time.Hour)
			} else {
				s.now = monday.Add(time.Minute)
			}
			box.down = c.err
			out, err := s.keep(copyist, letter)
			want := s.now.Add(c.wait)
			if c.wait == 0 {
				want = monday.Add(3 * time.Hour)
			}
			if err != nil || !out.Retry.Equal(want) || !out.Uncounted || out.Note == "" {
				t.Fatalf("got %+v, %v; want to wait until %s, uncounted", out, err, want)
			}
			if !s.gone(s.id, "mail."+string(letter)) {
				t.Error("the letter's bytes are still there")
			}
			box.down = nil
			note := func(t *workflow.Task) { t.Note = out.Note }
			if out, err := s.keep(copyist, letter, note); err != nil || !cmp.Equal(out, workflow.Outcome{}) || len(box.mails) != 1 {
				t.Fatalf("then: %+v, %v, %d copies", out, err, len(box.mails))
			}
			if got, err := mailer.ReadCopy(box.mails[0], sentKey); err != nil || got.Effect != letter {
				t.Errorf("got %+v, %v", got, err)
			}
			s.must(copyist.Tidy(s.ctx(), workflow.Task{Request: s.id, Effect: &workflow.Effect{Of: letter}}))
			if !s.gone(s.id, "copy."+string(letter)) {
				t.Error("the copy is kept twice")
			}
		})
	}
}

// Whatever is cut, before a copy is stored or after, there is one in the end.
func TestACopyIsThereOnce(t *testing.T) {
	for name, again := range map[string]func(*workflow.Task){
		"the connection broke":     nil,
		"the worker died":          func(t *workflow.Task) { t.Lapsed, t.Note = 1, "" },
		"the worker failed":        func(t *workflow.Task) { t.Attempts, t.Note = 1, "" },
		"the daemon was told so":   func(t *workflow.Task) { t.Note = "mailbox" },
		"it was tried before that": func(t *workflow.Task) { t.Attempts, t.Lapsed = 2, 3 },
	} {
		for _, after := range []bool{false, true} {
			s, c, box := delivered(t)
			letter := s.letters(s.id)[0]
			if after {
				box.after = inbox.ErrLost
			} else {
				box.before = inbox.ErrLost
			}
			out, err := s.keep(c, letter)
			if err != nil || out.Retry.IsZero() {
				t.Errorf("%s: %+v, %v", name, out, err)
			}
			for range 2 {
				_, err := s.keep(c, letter, func(t *workflow.Task) {
					if t.Note = out.Note; again != nil {
						again(t)
					}
				})
				if err != nil {
					t.Error(err)
				}
			}
			if len(box.mails) != 1 {
				t.Errorf("%s: %d copies, want one", name, len(box.mails))
			}
		}
	}
}

// Told to end in the middle, it leaves word that the copy may be there.
func TestACopyThatIsCutOffIsLookedForNext(t *testing.T) {
	s, c, box := delivered(t)
	ctx, stop := context.WithCancel(s.ctx())
	box.after = context.Canceled
	c.Box = ending{box, stop}
	e := workflow.Effect{Request: s.id, Type: workflow.KeepCopy, Of: s.letters(s.id)[0], OrderedAt: monday}
	out, err := c.Carry(ctx, s.load(s.id), workflow.Task{Request: s.id, Effect: &e})
	if err != nil || out.Note == "" || !out.Uncounted || out.Retry.After(s.now) {
		t.Errorf("got %+v, %v; want it looked for at once", out, err)
	}
}

// ending stores a mail, and then the daemon is told to end.
type ending struct {
	*outbox
	stop func()
}

func (e ending) Append(ctx context.Context, to inbox.Folder, raw []byte) error {
	defer e.stop()
	return e.outbox.Append(ctx, to, raw)
}

func TestACopyOfWhatIsGoneIsDropped(t *testing.T) {
	s, c, box := delivered(t)
	letter := s.letters(s.id)[0]
	s.must(s.store.Delete(s.ctx(), s.id, "mail."+string(letter)))
	out, err := s.keep(c, letter)
	if err != nil || out.Event.Type != workflow.EffectDropped || len(box.mails) != 0 {
		t.Errorf("got %+v, %v", out, err)
	}
	out, err = s.keep(c, s.letters(s.id)[0]+"9") // nothing says that it left, and nothing will
	if err != nil || out.Event.Type != workflow.EffectDropped || len(box.mails) != 0 {
		t.Errorf("of a letter that never left: got %+v, %v", out, err)
	}
}

// A package that was built anew since is not what the older letter carried.
func TestACopyNamesNoOtherPackage(t *testing.T) {
	s, c, box := delivered(t)
	letters := s.letters(s.id)
	id := letters[len(letters)-1]
	r := s.load(s.id)
	p := *r.Package
	p.SentBy = "another"
	r.Package = &p
	e := workflow.Effect{ID: id + "0", Request: s.id, Type: workflow.KeepCopy, Of: id}
	if _, err := c.Carry(s.ctx(), r, workflow.Task{Request: s.id, Effect: &e}); err != nil {
		t.Fatal(err)
	}
	got, err := mailer.ReadCopy(box.mails[0], sentKey)
	if err != nil || got.Type != workflow.SendPackage || got.Package != nil || got.Ack != nil {
		t.Errorf("got %+v, %v; want no package and no acknowledgement", got, err)
	}
}

// Every letter that left is copied by the worker, once, and nothing of it is kept elsewhere.
func TestTheWorkerCopiesEveryLetter(t *testing.T) {
	s := &scene{world: newWorld(t)}
	c, box := s.keeping()
	s.worker.Carriers[workflow.KeepCopy] = c
	box.after = inbox.ErrLost // of the first
	s.id, s.confirmation = s.asked()
	s.take(s.answer(s.confirmation, anna, "CONFIRM"))
	s.step(s.id, workflow.Event{Type: workflow.SlotOpened})
	for range 3 {
		s.work()
		s.pass(2 * time.Minute)
	}
	if len(box.mails) != len(s.post.sent) || len(box.mails) != 4 {
		t.Errorf("%d letters left, and there are %d copies", len(s.post.sent), len(box.mails))
	}
	for _, letter := range s.letters(s.id) {
		if !s.gone(s.id, "mail."+string(letter)) || !s.gone(s.id, "copy."+string(letter)) {
			t.Errorf("the bytes of %s are still there", letter)
		}
	}
	tasks, err := s.store.Tasks(s.ctx(), s.id)
	s.must(err)
	for _, task := range tasks {
		if task.Effect != nil && task.Effect.Type == workflow.KeepCopy {
			t.Errorf("%s still waits: %+v", task.Effect.ID, task)
		}
	}
	entries, err := s.store.History(s.ctx(), s.id)
	s.must(err)
	for _, e := range entries {
		if e.Event.Type == workflow.EffectDropped {
			t.Errorf("the history tells of a copy: %+v", e.Event)
		}
	}
}

// The rendered mail lives until its copy is made, and no longer; where none is made, no
// longer than the order to send.
func TestALettersBytesLiveUntilTheCopyIsMade(t *testing.T) {
	for _, keep := range []bool{true, false} {
		w := newWorld(t)
		c, _ := w.keeping()
		w.postman.Keep = keep
		id, _ := w.asked()
		for _, letter := range w.letters(id) {
			if w.gone(id, "mail."+string(letter)) == keep {
				t.Errorf("kept %v: gone %v", keep, !keep)
			}
			w.must(c.Tidy(w.ctx(), workflow.Task{Request: id, Effect: &workflow.Effect{Of: letter}}))
			if !w.gone(id, "mail."+string(letter)) {
				t.Error("still there after the copy was made")
			}
		}
	}
	w := newWorld(t)
	w.keeping()
	w.post.answers = []courier.Result{{Verdict: courier.Refused, Permanent: true, Stage: courier.StageRcpt, Code: 550}}
	id := w.take(w.write(letter{from: mark, to: desk, body: "Please export the data of " + jane + ".\n"})).Requests[0]
	w.work()
	if r := w.load(id); r.State != workflow.Stuck {
		t.Fatalf("state %s", r.State)
	}
	if letter := workflow.EffectID(string(id) + ".1"); !w.gone(id, "mail."+string(letter)) {
		t.Error("the bytes of a letter that was refused are still there")
	}
}

// Nobody ever learns whether such a letter arrived: if the store is lost, its copy alone tells
// that it may have.
func TestALetterThatMayHaveLeftIsCopiedWhenItIsGivenUp(t *testing.T) {
	lost := courier.Result{Verdict: courier.Ambiguous, Stage: courier.StageData}
	for name, c := range map[string]struct {
		answers []courier.Result
		then    workflow.EventType
		want    int
	}{
		"its answer was lost, and nobody wants it any more": {[]courier.Result{lost}, workflow.OperatorCancelled, 1},
		"its answer was lost twice":                         {[]courier.Result{lost, lost}, "", 1},
		"it was refused after its answer was lost": {[]courier.Result{
			lost, {Verdict: courier.Refused, Permanent: true, Stage: courier.StageRcpt, Code: 550},
		}, "", 1},
		"it was put off, and nobody wants it any more": {[]courier.Result{
			{Verdict: courier.Refused, Stage: courier.StageRcpt, Code: 450},
		}, workflow.OperatorCancelled, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			copyist, box := w.keeping()
			w.worker.Carriers[workflow.KeepCopy] = copyist
			w.post.answers = c.answers
			id := w.take(w.write(letter{from: mark, to: desk, body: "Please export the data of " + jane + ".\n"})).Requests[0]
			w.work()
			if c.then != "" {
				w.step(id, workflow.Event{Type: c.then, Actor: "operator:olga"})
			}
			for range 3 {
				w.pass(time.Hour)
				w.work()
			}
			if len(box.mails) != c.want || len(w.post.answers) != 0 {
				t.Fatalf("%d copies, want %d; %d answers were not given", len(box.mails), c.want, len(w.post.answers))
			}
			first := workflow.EffectID(string(id) + ".1")
			if !w.gone(id, "mail."+string(first)) {
				t.Error("the letter's bytes are still there")
			}
			if c.want == 0 {
				return
			}
			got, err := mailer.ReadCopy(box.mails[0], copyist.Key)
			if err != nil || got.Effect != first || got.Type != workflow.SendConfirmation {
				t.Errorf("the copy tells of %s %s, %v", got.Type, got.Effect, err)
			}
		})
	}
}
