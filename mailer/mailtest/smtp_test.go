package mailtest_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/emersion/go-smtp"
)

func newSMTP(t *testing.T, config mailtest.SMTPConfig) (*mailtest.SMTP, *smtp.Client) {
	t.Helper()
	config.Now = clock
	s, err := mailtest.NewSMTP(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	c := smtp.NewClient(conn)
	t.Cleanup(func() { _ = c.Close() })
	return s, c
}

func send(c *smtp.Client) error {
	return c.SendMail("a@x.test", []string{"b@y.test"}, strings.NewReader("Subject: x\r\n\r\nx\r\n"))
}

func TestAHookAnswersForTheServerAtEveryStage(t *testing.T) {
	for _, stage := range []mailtest.Stage{
		mailtest.StageHello, mailtest.StageMail, mailtest.StageRcpt,
		mailtest.StageData, mailtest.StageDot, mailtest.StageAccepted,
	} {
		t.Run(string(stage), func(t *testing.T) {
			s, c := newSMTP(t, mailtest.SMTPConfig{
				Hook: func(_ context.Context, at mailtest.Stage, _ mailtest.Envelope) error {
					if at == stage {
						return mailtest.Reply(451, "4.7.1 not now")
					}
					return nil
				},
			})
			err := send(c)
			var answer *smtp.SMTPError
			if !errors.As(err, &answer) || answer.Code != 451 {
				t.Errorf("got %v, want 451", err)
			}
			if got, want := len(s.Accepted()), accepted(stage); got != want {
				t.Errorf("got %d mails accepted, want %d", got, want)
			}
		})
	}
}

func TestAHookCutsTheConnectionAtEveryStage(t *testing.T) {
	for _, stage := range []mailtest.Stage{
		mailtest.StageHello, mailtest.StageMail, mailtest.StageRcpt,
		mailtest.StageData, mailtest.StageDot, mailtest.StageAccepted,
	} {
		t.Run(string(stage), func(t *testing.T) {
			s, c := newSMTP(t, mailtest.SMTPConfig{
				Hook: func(_ context.Context, at mailtest.Stage, _ mailtest.Envelope) error {
					if at == stage {
						return mailtest.ErrDrop
					}
					return nil
				},
			})
			err := send(c)
			var answer *smtp.SMTPError
			if err == nil || errors.As(err, &answer) {
				t.Errorf("got %v, want a broken connection", err)
			}
			if got, want := len(s.Accepted()), accepted(stage); got != want {
				t.Errorf("got %d mails accepted, want %d", got, want)
			}
		})
	}
}

// accepted is how many mails the server holds after trouble at the stage.
func accepted(stage mailtest.Stage) int {
	if stage == mailtest.StageAccepted {
		return 1
	}
	return 0
}

func TestTheConnectionCanBreakAfterTheAnswer(t *testing.T) {
	s, c := newSMTP(t, mailtest.SMTPConfig{
		Hook: func(_ context.Context, at mailtest.Stage, e mailtest.Envelope) error {
			if at == mailtest.StageReset && len(e.To) > 0 {
				return mailtest.ErrDrop
			}
			return nil
		},
	})
	if err := send(c); err != nil {
		t.Fatalf("the mail itself: got %v, want 250", err)
	}
	if err := c.Reset(); err == nil {
		t.Error("RSET after it: got an answer, want a broken connection")
	}
	if len(s.Accepted()) != 1 {
		t.Errorf("got %d mails accepted, want 1", len(s.Accepted()))
	}
}

func TestCloseFreesADialogueThatHangs(t *testing.T) {
	hanging := make(chan struct{})
	s, c := newSMTP(t, mailtest.SMTPConfig{
		Hook: func(ctx context.Context, at mailtest.Stage, _ mailtest.Envelope) error {
			if at != mailtest.StageDot {
				return nil
			}
			close(hanging)
			<-ctx.Done()
			return mailtest.ErrDrop
		},
	})
	result := make(chan error, 1)
	go func() { result <- send(c) }()
	<-hanging
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := <-result; err == nil {
		t.Error("got 250 from a server that was closed before it answered")
	}
	if len(s.Accepted()) != 0 {
		t.Error("a mail was accepted that the server never finished reading")
	}
}
