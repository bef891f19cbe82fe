package app

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/reader"
)

// Inspection reads files as the daemon would read mails, without a daemon.
type Inspection struct {
	As     string // message | text | html
	Online bool   // ask DNS
	Clock  func() time.Time

	verifier *authentic.Verifier
	options  reader.Options
	now      time.Time
	blind    bool
}

// InspectionReport is mailer.Report with words for people.
type InspectionReport struct {
	mailer.Report
	blind bool // nobody was asked for keys
}

// Prepare reads what the flags name; every problem is a wrong use.
func (i *Inspection) Prepare(zoneFile, now, configFile string, environ []string) error {
	if i.As != "message" && i.As != "text" && i.As != "html" {
		return fmt.Errorf("--as %s: write message, text or html", i.As)
	}
	zone := authentic.Zone{}
	if zoneFile != "" {
		raw, err := os.ReadFile(zoneFile)
		if err == nil {
			err = json.Unmarshal(raw, &zone)
		}
		if err != nil {
			return fmt.Errorf("read --dns: %v (a JSON object: name -> list of TXT strings)", err)
		}
	}
	i.verifier, i.blind = authentic.New(zone, authentic.Options{}), zoneFile == "" && !i.Online
	if i.Online {
		i.verifier = authentic.New(authentic.DNS{}, authentic.Options{})
	}
	if now != "" {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			return fmt.Errorf("read --now: %v", err)
		}
		i.now = at
	}
	i.options.Now = i.Clock
	if configFile == "" {
		return nil
	}
	return i.configured(configFile, environ)
}

func (i *Inspection) configured(file string, environ []string) error {
	c, err := config.Load(file, environ)
	if err != nil {
		return err
	}
	a := &App{options: Options{Config: c, Keys: &config.KeyFile{}}}
	i.options.Own = a.ownAddresses()
	return nil
}

// Report reads one file. What cannot be read gets its report too.
func (i *Inspection) Report(ctx context.Context, file string, open func() ([]byte, error)) InspectionReport {
	raw, err := open()
	if err != nil {
		why := err.Error()
		r := mailer.InspectBody(&reader.Mail{Err: why, Class: reader.Human, Decision: reader.None})
		r.File = file
		return InspectionReport{Report: r}
	}
	var r mailer.Report
	switch i.As {
	case "text":
		r = mailer.InspectBody(reader.ReadText(string(raw), i.options))
	case "html":
		r = mailer.InspectBody(reader.ReadHTML(string(raw), i.options))
	default:
		r = mailer.Inspect(ctx, raw, i.verifier, i.options, i.now)
	}
	r.File = file
	return InspectionReport{Report: r, blind: i.blind}
}

// Words is the report for a person.
func (r InspectionReport) Words() string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-12s %s\n", name, value)
		}
	}
	fmt.Fprintf(&b, "%s\n", r.File)
	if r.Error != nil {
		line("error", *r.Error)
		return b.String()
	}
	line("class", r.Class+because(r.Reasons))
	line("from", r.From)
	line("subject", r.SubjectLine)
	line("date", r.Date)
	line("asks for", strings.Join(r.Request.Kinds, ", "))
	line("customers", strings.Join(r.Request.Customers, ", "))
	line("language", r.Request.Language)
	line("decision", r.Intent)
	line("sender", r.Auth.Result+because(r.Auth.Why))
	for _, s := range r.Auth.DKIM {
		line("dkim", fmt.Sprintf("%s %s/%s%s", s.Result, s.Domain, s.Selector, because(some(s.Why))))
	}
	if r.blind && len(r.Auth.DKIM) > 0 {
		line("", "(no key was looked for: --online asks DNS, --dns FILE stands in for it)")
	}
	line("confirmable", fmt.Sprint(r.Auth.Confirmable))
	line("defects", strings.Join(r.Defects, ", "))
	line("new text", strings.ReplaceAll(r.ReplyText, "\n", "\n               "))
	return b.String()
}

func because(why []string) string {
	if len(why) == 0 {
		return ""
	}
	return " (" + strings.Join(why, "; ") + ")"
}

func some(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}
