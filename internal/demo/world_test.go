package demo_test

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/workflow"
)

func TestMainJob(t *testing.T) {
	ctx := context.Background()
	w, err := demo.New(ctx, demo.Options{
		Dir: t.TempDir(), Clock: demo.Still(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)),
		Log: telemetry.NewLog(os.Stderr, telemetry.Text, slog.LevelDebug),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.Settle(ctx))
	must(w.Write(demo.Letter{From: demo.Jane, To: demo.Desk, SubjectLine: "My data",
		Body: "Please export the data of jane.roe@customer.example.\n"}))
	must(w.Settle(ctx))
	raw, err := w.Latest(demo.Anna)
	must(err)
	t.Logf("%s", raw)
	must(w.Answer(demo.Anna, "CONFIRM"))
	must(w.Settle(ctx))
	must(w.Pass(ctx, 24*time.Hour))
	mails, err := w.Inbox(demo.Anna)
	must(err)
	if len(mails) != 2 {
		t.Fatalf("anna has %d mails, want confirmation and package", len(mails))
	}
	page, err := w.Requests(ctx)
	must(err)
	if len(page) != 1 || page[0].State != workflow.Completed {
		t.Errorf("got %+v", page)
	}
}

func TestLettersOfOnesOwn(t *testing.T) {
	ctx := context.Background()
	letters := t.TempDir()
	mail := filepath.Join(letters, "mail")
	if err := os.Mkdir(mail, 0o700); err != nil {
		t.Fatal(err)
	}
	options := demo.Options{
		Dir: t.TempDir(), Clock: demo.Still(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)),
		Log:     telemetry.NewLog(io.Discard, telemetry.Text, slog.LevelInfo),
		Letters: letters,
	}
	place := func(name string) {
		t.Helper()
		text := "Subject: {{.Tag}} Hello\n{{.Nobody}}\n"
		if err := os.WriteFile(filepath.Join(mail, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	place("declined.en.txt")
	if _, err := demo.New(ctx, options); err == nil || !strings.Contains(err.Error(), "declined.en.txt:2") {
		t.Errorf("a broken letter: got %v, want its file and line", err)
	}
}
