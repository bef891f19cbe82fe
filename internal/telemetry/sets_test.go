package telemetry_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/workflow"
)

// constants are the strings that a room's code declares as constants: of that type,
// or with names that begin so.
func constants(t *testing.T, room, typeName, prefix string) []string {
	t.Helper()
	var found []string
	keep := func(s *ast.ValueSpec) {
		name, _ := s.Type.(*ast.Ident)
		if typeName != "" && (name == nil || name.Name != typeName) || !strings.HasPrefix(s.Names[0].Name, prefix) {
			return
		}
		for _, v := range s.Values {
			lit, ok := v.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				continue
			}
			if text, err := strconv.Unquote(lit.Value); err == nil && text != "" {
				found = append(found, text)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join("../..", room, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				keep(s.(*ast.ValueSpec))
			}
		}
	}
	if len(found) == 0 {
		t.Fatal(fmt.Errorf("no such constants in %s: %w", room, fs.ErrNotExist))
	}
	return found
}

// TestEverySeriesThatTheCodeCanNameIsThere reads the values that other rooms declare:
// one that was added there and not here would be counted as "other".
func TestEverySeriesThatTheCodeCanNameIsThere(t *testing.T) {
	page := scrape(t, telemetry.NewMetrics("v1", at, idle()))
	want := func(format string, values ...string) {
		t.Helper()
		for _, v := range values {
			if s := fmt.Sprintf(format, v); !strings.Contains(page, s) {
				t.Errorf("there is no series %s", s)
			}
		}
	}
	for _, e := range constants(t, "workflow", "EffectType", "") {
		want("dsrd_effects_total{result=\"put_off\",type=%q}", e)
		want("dsrd_task_failures_total{task=%q}", e)
		if kind, ok := strings.CutPrefix(e, "send_"); ok {
			for _, v := range constants(t, "mailer/courier", "Verdict", "") {
				want("dsrd_mail_total{kind=\""+kind+"\",result=%q}", v)
			}
		}
	}
	for _, class := range constants(t, "mailer/reader", "Class", "") {
		want("dsrd_mail_total{kind=\""+class+"\",result=%q}", constants(t, "workflow", "Outcomes", "Mail")...)
	}
	want("dsrd_transitions_total{event=%q}", constants(t, "workflow", "EventType", "")...)
	want("dsrd_transition_refused_total{event=%q}", constants(t, "workflow", "EventType", "")...)
	want("dsrd_requests{state=%q}", constants(t, "workflow", "State", "")...)
	for _, rule := range constants(t, "mailer", "", "rule") {
		if strings.HasPrefix(rule, "ack/") {
			want("dsrd_held_total{reason=%q}", rule)
		}
	}
}

// TestNothingThatAStrangerWritesMakesASeries counts values that nobody foresaw.
func TestNothingThatAStrangerWritesMakesASeries(t *testing.T) {
	m := telemetry.NewMetrics("v1", at, idle())
	before := strings.Count(scrape(t, m), "\ndsrd_")
	for i := range 50 {
		odd := fmt.Sprintf("jane.canary%d@customer.example", i)
		m.MailRead(odd, workflow.MailHeld, odd)
		m.MailRead(odd, workflow.Outcomes(odd), odd)
		m.MailSent(workflow.EffectType(odd), odd, false)
		m.Carried(workflow.EffectType(odd), workflow.Outcome{}, nil)
		m.Refused(workflow.EventType(odd))
		m.Committed(change(workflow.EventType(odd), "", workflow.State(odd)))
		m.Failed(workflow.Task{Effect: &workflow.Effect{Type: workflow.EffectType(odd)}}, nil)
		m.Durability(telemetry.Durability(odd))
	}
	page := scrape(t, m)
	if strings.Contains(page, "canary") {
		t.Error("it names somebody")
	}
	// Kinds and results that nobody foresaw are "other", each with each: a handful.
	if after := strings.Count(page, "\ndsrd_"); after > before+8 {
		t.Errorf("%d series more", after-before)
	}
}
