package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dsrd/dsrd/export/source"
	"github.com/dsrd/dsrd/export/source/defender"
	"github.com/dsrd/dsrd/export/source/defender/defendertest"
	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/dsrd/dsrd/workflow"
)

// subscription of acme in this world.
const subscription = "11111111-1111-1111-1111-111111111111"

// canary is a world into which marked values are let at every entrance.
type canary struct {
	*place
	aviary
	client    *admin.Client
	stop      func()
	azure     *defendertest.Server
	anna, bob string   // admins
	jane, joe string   // customers
	output    *journal // what libraries write past our log

	endpoint *httptest.Server // gives tokens
	ca       string           // vouches for it
	answer   atomic.Value     // is what it says, a string
}

func newCanary(t *testing.T, logger func(io.Writer) *slog.Logger) *canary {
	t.Helper()
	c := &canary{output: &journal{}}
	c.tokens(t)
	lines := &journal{}
	c.place = newPlace(t, extra("policy:\n  receipt: true\ntokens:\n  - name: office\n    grant: refresh_token\n    endpoint: "+
		c.endpoint.URL+"/token\n    client_id: "+c.bird("client id")+"\n    secret_file: client\n"+
		"    refresh_token_file: refresh\n    ca_file: token.pem\n"),
		func(o *demo.Options) {
			o.Log = logger(lines)
			c.write(t, o.Dir, "client", c.bird("client secret")+"\n")
			c.write(t, o.Dir, "refresh", c.bird("refresh token")+"\n")
			c.write(t, o.Dir, "token.pem", c.ca)
		})
	c.place.log = lines
	log.SetOutput(c.output)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	c.people(t)
	c.passwords(t)
	c.source(t)
	c.start(t)
	c.Clock.Advance(25 * time.Hour) // admins who are new must wait before they are asked
	return c
}

func (c *canary) write(t *testing.T, dir, name, text string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
}

// tokens is a provider that first refuses, in many words, and then grants.
func (c *canary) tokens(t *testing.T) {
	t.Helper()
	c.answer.Store(`{"error":"invalid_grant","error_description":"` + c.bird("token refusal") + `"}`)
	c.endpoint = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		text := c.answer.Load().(string)
		if strings.Contains(text, "error") {
			w.WriteHeader(http.StatusBadRequest)
		}
		fmt.Fprint(w, text)
	}))
	t.Cleanup(c.endpoint.Close)
	c.ca = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.endpoint.Certificate().Raw}))
}

// people are registered: admins, second contacts, customers.
func (c *canary) people(t *testing.T) {
	t.Helper()
	c.anna = c.bird("admin's address") + "@acme.example"
	c.bob = c.bird("other admin's address") + "@globex.example"
	records := c.bird("second contact") + "@acme.example"
	secretary := c.bird("other second contact") + "@globex.example"
	c.jane = c.bird("customer's address") + "@customer.example"
	c.joe = c.bird("other customer's address") + "@buyer.example"
	for _, who := range []string{c.anna, c.bob, records, secretary, c.jane, c.joe} {
		must(t, c.Post.AddUser(who, "secret of "+who))
	}
	c.edit(t, "tenants.yaml", demo.Anna, c.anna)
	c.edit(t, "tenants.yaml", demo.Bob, c.bob)
	c.edit(t, "tenants.yaml", demo.Records, records)
	c.edit(t, "tenants.yaml", demo.Secretary, secretary)
	c.edit(t, "tenants.yaml", "Acme GmbH", c.bird("tenant's name")+" GmbH")
}

// passwords of Redis, and of the accounts at the mail servers.
func (c *canary) passwords(t *testing.T) {
	t.Helper()
	redis := c.bird("redis password")
	c.Redis.RequireAuth(redis)
	c.write(t, c.Dir, "redis", redis+"\n")
	c.edit(t, "dsrd.yaml", "\nredis:\n", "\nredis:\n  password_file: redis\n")
	c.where["secret of "+demo.Desk] = "mail password"
}

// source holds marked rows, of the customer and of a colleague.
func (c *canary) source(t *testing.T) {
	t.Helper()
	data := defendertest.Sample(subscription, c.jane)
	rows := data[subscription]
	row := fmt.Sprintf(`{"id":"/subscriptions/%s/providers/Microsoft.Security/securityContacts/mark",`+
		`"name":"mark","type":"Microsoft.Security/securityContacts","properties":{"emails":"%s;%s@partner.example",`+
		`"phone":%q,"isEnabled":true}}`, subscription, c.jane, c.bird("colleague in a row"), c.bird("phone in a row"))
	rows.Contacts = append(rows.Contacts, json.RawMessage(row))
	data[subscription] = rows
	for other, rows := range defendertest.Sample("22222222-2222-2222-2222-222222222222", c.joe) {
		data[other] = rows
	}
	c.azure = defendertest.New(data)
	t.Cleanup(c.azure.Close)
}

// start puts a daemon in the place of the world's, and answers operators.
func (c *canary) start(t *testing.T) {
	t.Helper()
	must(t, c.App.Close())
	o, err := c.Assembly()
	must(t, err)
	from, err := defender.New(defender.Config{Endpoint: c.azure.URL(), Credential: c.azure.Credential(),
		Roots: c.azure.Roots(), Now: c.Clock.Now, Sleep: o.Sleep})
	must(t, err)
	o.Sources = []source.Source{from}
	c.App, err = app.New(t.Context(), o)
	must(t, err)
	must(t, c.App.Trust(t.Context(), false))
	c.Config = o.Config
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Operators(ctx) }()
	c.stop = func() { cancel(); must(t, <-ended) }
	c.client = admin.NewClient(c.Config.Console.Socket)
	within(t, 5*time.Second, "it answers operators", func() bool {
		_, err := c.client.Status(t.Context())
		return err == nil
	})
	must(t, c.Settle(t.Context()))
}

// raw sends a mail as it stands, with {} for what every mail needs.
func (c *canary) raw(t *testing.T, from, to, signAs string, lines ...string) {
	t.Helper()
	c.Clock.Advance(time.Minute)
	head := []string{"Date: " + c.Clock.Now().Format(time.RFC1123Z),
		"Message-ID: <" + c.bird("Message-ID") + "@" + from[strings.LastIndexByte(from, '@')+1:] + ">"}
	text := strings.Join(append(head, lines...), "\r\n") + "\r\n"
	must(t, c.Send([]byte(text), from, to, signAs))
	_ = c.Settle(t.Context()) // a mail that fails for now is one of the cases
}

// request is a mail full of marks, with an attachment.
func (c *canary) request(t *testing.T, from, customer string) {
	t.Helper()
	c.raw(t, from, demo.Desk, "",
		"From: \""+c.bird("requester's name")+"\" <"+from+">", "To: "+demo.Desk,
		"Subject: "+c.bird("subject line"), "X-Marked: "+c.bird("header value"),
		"References: <"+c.bird("reference")+"@somewhere.example>",
		"Received: from "+c.bird("host name")+".example by mx.provider.example; "+c.Clock.Now().Format(time.RFC1123Z),
		"MIME-Version: 1.0", `Content-Type: multipart/mixed; boundary=b`, "", "--b",
		"Content-Type: text/plain; charset=utf-8", "",
		"I am "+c.bird("words of the request")+". Please send me a copy of the data you hold about "+customer+".",
		"--b", "Content-Type: text/csv; name="+c.bird("type's file name")+".csv",
		"Content-Disposition: attachment; filename="+c.bird("attachment's name")+".csv", "",
		c.bird("attachment's content"), "--b--")
}

// reply lets an admin answer a mail of ours; n counts from the newest.
func (c *canary) reply(t *testing.T, who, text string, change func(*demo.Letter)) {
	t.Helper()
	c.Clock.Advance(time.Minute)
	l, err := demo.Reply(c.asking(t, who), who, text, true)
	must(t, err)
	if change != nil {
		change(&l)
	}
	must(t, c.Write(l))
	_ = c.Settle(t.Context()) // DNS may be broken
}

// asking is the newest mail to somebody that brings a code.
func (c *canary) asking(t *testing.T, who string) []byte {
	t.Helper()
	mails, err := c.Inbox(who)
	must(t, err)
	for _, m := range slices.Backward(mails) {
		if bytes.Contains(m.Raw, []byte("Code: ")) {
			return m.Raw
		}
	}
	t.Fatal("no mail asks")
	return nil
}

// bounce says of the newest mail to somebody that it did not arrive.
func (c *canary) bounce(t *testing.T, who string) {
	t.Helper()
	sent := c.Post.SMTP.Accepted()
	var path, id string
	for _, a := range sent {
		if len(a.Envelope.To) == 1 && a.Envelope.To[0] == who {
			path = a.Envelope.From
			for _, line := range strings.Split(string(a.Raw), "\r\n") {
				if strings.HasPrefix(strings.ToLower(line), "message-id:") {
					id = line
				}
			}
		}
	}
	c.raw(t, "mailer-daemon@elsewhere.example", path, "-",
		"From: Mail System <mailer-daemon@elsewhere.example>", "To: "+path, "Subject: Undelivered "+c.bird("bounce's subject line"),
		"MIME-Version: 1.0", "Content-Type: multipart/report; report-type=delivery-status; boundary=b", "",
		"--b", "Content-Type: text/plain", "", c.bird("bounce's words"), "--b", "Content-Type: message/delivery-status", "",
		"Reporting-MTA: dns; "+c.bird("bounce's server")+".example", "",
		"Final-Recipient: rfc822; "+who, "Action: failed", "Status: 5.1.1",
		"Diagnostic-Code: smtp; 550 5.1.1 <"+c.bird("bounce's diagnosis")+"@acme.example> unknown", "",
		"--b", "Content-Type: text/rfc822-headers", "", id, "", "--b--")
}

// requests are those about a customer.
func (c *canary) requests(t *testing.T, customer string) []workflow.Request {
	t.Helper()
	all, err := c.Requests(t.Context())
	must(t, err)
	var found []workflow.Request
	for _, r := range all {
		if string(r.Customer) == customer {
			found = append(found, r)
		}
	}
	return found
}

// one wants one request about a customer, in a state.
func (c *canary) one(t *testing.T, customer string, want workflow.State) workflow.Request {
	t.Helper()
	all := c.requests(t, customer)
	for _, r := range all {
		if r.State == want {
			return r
		}
	}
	t.Fatalf("no request of that customer is %s: %d others; %s", want, len(all), c.log)
	return workflow.Request{}
}

// order gives an operator's order with a marked note; a refusal is an answer, too.
func (c *canary) order(t *testing.T, id workflow.ID, verb string) {
	t.Helper()
	_, err := c.client.Do(t.Context(), string(id), verb, admin.Order{
		Note: c.bird("note of " + verb), Customer: c.jane, Tenant: "acme"})
	if err != nil {
		c.none(t, "refusal of "+verb, err.Error())
	}
	must(t, c.Settle(t.Context()))
}

// look searches everything that people and programs who are not concerned can see.
func (c *canary) look(t *testing.T) {
	t.Helper()
	c.remember(t, c.place)
	c.Clock.Advance(2 * time.Second)
	status, err := c.client.Status(t.Context())
	must(t, err)
	for place, text := range map[string]string{
		"log": c.log.String(), "what libraries wrote": c.output.String() + "looked",
		"/metrics": asked(c.App, http.MethodGet, "/metrics", "").Body.String(),
		"/readyz":  asked(c.App, http.MethodGet, "/readyz", "").Body.String(),
		"/healthz": asked(c.App, http.MethodGet, "/healthz?"+c.bird("query"), "").Body.String(),
		"404":      asked(c.App, http.MethodGet, "/"+c.bird("path"), "").Body.String(),
		"405":      asked(c.App, c.bird("method"), "/metrics", "").Body.String(),
		"status":   shown(t, status),
	} {
		c.none(t, place, text)
	}
	c.none(t, "files", files(t, c.Config.Delivery.BlobDir, c.Config.Export.WorkDir))
	all, public := dump(t, c.World)
	c.none(t, "redis", public)
	if c.found(all) == nil {
		t.Error("no mark is in Redis at all: is it looked at?")
	}
}

// TestNobodyIsNamedWhereItIsNoConcern lets marked values in at every entrance, walks
// whole conversations, and looks for them in everything that is not a request's own.
// With the log that masks addresses, and with one that masks nothing: masking is the
// last line of defence, not the first.
func TestNobodyIsNamedWhereItIsNoConcern(t *testing.T) {
	for name, logger := range map[string]func(io.Writer) *slog.Logger{
		"masking": func(w io.Writer) *slog.Logger { return telemetry.NewLog(w, telemetry.JSON, slog.LevelDebug) },
		"bare": func(w io.Writer) *slog.Logger {
			return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCanary(t, logger)
			c.walk(t)
			if len(c.where) < 50 {
				t.Errorf("only %d values are marked", len(c.where))
			}
			if len(c.learn) < 5 {
				t.Errorf("only %d codes and passphrases were seen", len(c.learn))
			}
		})
	}
}

// walk is the story.
func (c *canary) walk(t *testing.T) {
	t.Helper()
	c.answers(t)
	c.look(t)
	c.failures(t)
	c.look(t)
	c.oddities(t)
	c.look(t)
	c.operators(t)
	c.look(t)
	c.silence(t)
	c.look(t)
	c.surroundings(t)
	c.look(t)
}

// answers: a request, answers that are held or unclear, and an export.
func (c *canary) answers(t *testing.T) {
	t.Helper()
	c.request(t, c.jane, c.jane)
	c.one(t, c.jane, workflow.AwaitingConfirmation)
	c.reply(t, c.anna, "CONFIRM "+c.bird("forged answer"), func(l *demo.Letter) { l.SignAs = "elsewhere.example" })
	c.reply(t, c.anna, "CONFIRM", func(l *demo.Letter) {
		l.From = c.bird("forger's address") + "@elsewhere.example"
	})
	c.reply(t, c.anna, c.bird("automatic answer"), func(l *demo.Letter) {
		l.Headers = append(l.Headers, "Auto-Submitted: auto-replied")
	})
	must(t, c.BreakDNS("acme.example", true))
	c.reply(t, c.anna, "CONFIRM\n\n"+c.bird("admin's signature"), nil)
	must(t, c.BreakDNS("acme.example", false))
	c.Clock.Advance(time.Minute)
	must(t, c.Settle(t.Context()))
	c.one(t, c.jane, workflow.Confirmed)
	must(t, c.Pass(t.Context(), 24*time.Hour))
	c.one(t, c.jane, workflow.Completed)
	mail, err := c.Latest(c.anna)
	must(t, err)
	opened, err := c.Open(mail)
	must(t, err)
	if !opened.Report.OK() || len(c.found(unzipped(t, opened.Zip))) < 2 {
		t.Error("the marked rows do not arrive: is the source read?")
	}
	c.bounce(t, c.anna)
	c.one(t, c.jane, workflow.Stuck)
}

// failures of the relay and of the source, each in words of its own.
func (c *canary) failures(t *testing.T) {
	t.Helper()
	relay := func(reply error) {
		c.Post.SMTP.SetHook(func(_ context.Context, s mailtest.Stage, _ mailtest.Envelope) error {
			if s == mailtest.StageRcpt {
				return reply
			}
			return nil
		})
	}
	relay(mailtest.Reply(450, "4.7.1 "+c.bird("temporary refusal")+" <"+c.joe+"> later"))
	c.request(t, c.joe, c.joe)
	relay(mailtest.Reply(550, "5.1.1 "+c.bird("final refusal")+" <"+c.bob+"> unknown"))
	c.Clock.Advance(2 * time.Hour)
	must(t, c.Settle(t.Context()))
	c.Post.SMTP.SetHook(nil)
	r := c.one(t, c.joe, workflow.Stuck)
	c.order(t, r.ID, "retry")
	c.reply(t, c.bob, "Maybe, says "+c.bird("unclear answer"), nil)
	c.order(t, r.ID, "resend")
	c.reply(t, c.bob, "CONFIRM", nil)
	c.one(t, c.joe, workflow.Confirmed)
	c.azure.Break("security_contacts", defendertest.ServerError, 0, 0)
	must(t, c.Pass(t.Context(), 24*time.Hour))
	c.azure.Mend()
	c.azure.Break("security_contacts", defendertest.Unauthorized, 0, 0)
	c.Clock.Advance(time.Hour)
	must(t, c.Settle(t.Context()))
	r = c.one(t, c.joe, workflow.Stuck)
	c.azure.Mend()
	c.order(t, r.ID, "retry")
	must(t, c.Pass(t.Context(), 24*time.Hour))
	c.one(t, c.joe, workflow.Completed) // its passphrase went to the second contact
}

// oddities are mails that no machine should act on.
func (c *canary) oddities(t *testing.T) {
	t.Helper()
	stranger := c.bird("stranger's address") + "@elsewhere.example"
	c.request(t, stranger, c.bird("unknown customer")+"@nowhere.example")
	plain := []string{"To: " + demo.Desk, "MIME-Version: 1.0"}
	text := "Content-Type: text/plain; charset=utf-8"
	for _, lines := range [][]string{
		{"From: <<" + c.bird("malformed sender") + "@@x>, two@elsewhere.example", "Subject: =?x?y?" + c.bird("malformed subject line"), text, "", "Hello"},
		{"From: \"" + c.bird("quoted local part") + " q\"@elsewhere.example", "Subject: hi", text, "", "Delete the data of " + c.jane},
		{"From: " + stranger, "Subject: hi", "Content-Type: text/plain; charset=" + c.bird("charset"), "", c.jane},
		{"From: " + stranger, "Subject: hi", "Content-Transfer-Encoding: " + c.bird("encoding"), text, "", c.jane},
		{"From: " + stranger, "Subject: hi", "Content-Type: multipart/mixed; boundary=" + c.bird("boundary"), "", "--", "x"},
		{"From: " + stranger, "List-Id: <" + c.bird("list") + ".example>", "Subject: news", text, "", "news"},
		{"From: someone@" + c.bird("domain") + ".example", "Subject: hi", text, "",
			"Export " + c.jane, base64.StdEncoding.EncodeToString([]byte(c.bird("base64")))},
	} {
		c.raw(t, "stranger@elsewhere.example", demo.Desk, "-", append(plain, lines...)...)
	}
}

// operators use every verb, on a request that nobody could assign, and read mails.
func (c *canary) operators(t *testing.T) {
	t.Helper()
	all, err := c.Requests(t.Context())
	must(t, err)
	for _, r := range all {
		for _, verb := range admin.Verbs() {
			if verb != "cancel" && verb != "decline" {
				c.order(t, r.ID, verb)
			}
		}
	}
	must(t, c.Pass(t.Context(), time.Hour))
	c.order(t, all[0].ID, "decline")
	c.order(t, all[len(all)-1].ID, "cancel")
}

// silence: nobody answers, until everything is over and purged.
func (c *canary) silence(t *testing.T) {
	t.Helper()
	late := c.bird("late customer") + "@customer.example"
	must(t, c.Post.AddUser(late, "secret of "+late))
	c.request(t, late, late)
	for range 40 {
		must(t, c.Pass(t.Context(), 24*time.Hour))
	}
	if r := c.requests(t, late); len(r) == 0 || r[0].MissedAt.IsZero() {
		t.Errorf("the deadline was not missed: %d requests", len(r))
	}
	must(t, c.App.Report(t.Context()))
	must(t, c.App.Retain(t.Context()))
}

// surroundings: files that change, tokens that are refused, servers that go away.
func (c *canary) surroundings(t *testing.T) {
	t.Helper()
	c.edit(t, "tenants.yaml", c.anna, c.bird("new admin's address")+"@acme.example")
	must(t, c.App.Reload())
	for _, broken := range []string{
		"domain: [" + c.bird("broken file") + ".example]",
		"domains: [" + c.bird("broken domain") + "@]",
		"customers: [" + c.bird("broken customer") + " at example]",
		"customers: " + c.bird("no list"),
		"second_contact: " + c.bird("broken second contact"),
	} {
		c.edit(t, "tenants.yaml", "domains: [customer.example]", broken)
		if c.App.Reload() == nil {
			t.Errorf("a broken file is taken: %s", broken)
		}
		c.edit(t, "tenants.yaml", broken, "domains: [customer.example]")
	}
	must(t, c.App.Checkpoint(t.Context()))
	c.stop()
	r := run(t.Context(), c.App)
	within(t, 20*time.Second, "the token is refused", func() bool { return c.log.count("log in anew") > 0 })
	r.finish(t)
	if left := c.scrape(t, c.App)[`dsrd_token_expires_seconds{token="office"}`]; left != 0 {
		t.Errorf("there is no token, yet it is told to last %v seconds", left)
	}
	c.answer.Store(`{"access_token":"` + c.bird("access token") + `","token_type":"Bearer","expires_in":3600,` +
		`"refresh_token":"` + c.bird("newer refresh token") + `"}`)
	c.Clock.Advance(time.Hour)
	c.start(t)
	c.stop()
	r = run(t.Context(), c.App)
	within(t, 20*time.Second, "there is a token", func() bool {
		s := c.App.TokenStatus()
		return len(s) == 1 && s[0].Err == nil && !s[0].Expires.IsZero()
	})
	r.finish(t)
	if left := c.scrape(t, c.App)[`dsrd_token_expires_seconds{token="office"}`]; left < 3000 || left > 3600 {
		t.Errorf("the token is told to last %v seconds", left)
	}
	must(t, c.App.Close())
	c.start(t)
	c.Redis.SetError("ERR it does not want to")
	if _, err := c.App.RunDue(t.Context()); err == nil {
		t.Error("nobody minds a redis that refuses")
	}
	_ = c.App.Scan(t.Context()) // the same
	c.Redis.SetError("")
}

// unzipped is all that is in a package.
func unzipped(t *testing.T, data []byte) string {
	t.Helper()
	all, err := readZip(bytes.NewReader(data), int64(len(data)))
	must(t, err)
	return all
}
