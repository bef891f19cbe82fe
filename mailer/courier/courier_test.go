package courier_test

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dsrd/dsrd/mailer/courier"
)

var sansErr = cmpopts.IgnoreFields(courier.Result{}, "Err")

// variants are the two ways to talk; every fault must end the same in both.
var variants = map[string][]string{"one by one": nil, "pipelined": {"PIPELINING", "SIZE 10240000"}}

func TestAnAcceptedMail(t *testing.T) {
	for name, offers := range variants {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{offers: append(slices.Clone(offers), "8BITMIME", "SMTPUTF8", "DSN")}
				c := courier.New(s.plain(), time.Now)
				got := send(c)
				want := courier.Result{Verdict: courier.Accepted, Stage: courier.StageDot, Code: 250,
					Enhanced: "2.0.0", Reply: "2.0.0 Ok: queued as 4XyZ12", QueueID: "4XyZ12"}
				extra := " RET=HDRS"
				if offers != nil {
					want.Limit, extra = 10240000, " SIZE=39 RET=HDRS"
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("result (-want +got):\n%s", diff)
				}
				s.serving.Wait()
				dialogue := []string{"EHLO dsrd.provider.example",
					"MAIL FROM:<bounce+k4f9@provider.example>" + extra,
					"RCPT TO:<jane.admin@contoso.example>", "DATA", "QUIT"}
				if diff := cmp.Diff(dialogue, s.commands); diff != "" {
					t.Errorf("dialogue (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff([]string{body}, s.mails); diff != "" {
					t.Errorf("mail (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// With several commands under way the server may open DATA for a recipient that it refused
// (RFC 2920 section 3.1); whatever is said then is text of a mail.
func TestNothingIsSaidWhileDataIsOpen(t *testing.T) {
	s := &script{stages: at("RCPT", "550 5.1.1 unknown"), offers: []string{"PIPELINING"}}
	// Cleanups run last in, first out: this one sees a server that has stopped.
	t.Cleanup(func() {
		if s.torn != "" || len(s.mails) != 0 {
			t.Errorf("the server heard %q and has the mails %q", s.torn, s.mails)
		}
	})
	server := courier.Server{Host: "127.0.0.1", Port: s.listen(t), TLS: courier.NoTLS, HELO: "x.example"}
	got := send(courier.New(server, time.Now))
	if diff := cmp.Diff(permanent(refused("rcpt", 550, "5.1.1", "5.1.1 unknown")), got, sansErr); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

// A mail that breaks off while DATA is open must not become a mail at the server.
func TestAMailCutShortIsNeverDelivered(t *testing.T) {
	torn := errors.New("disk torn out")
	whole := func(r io.Reader) io.Reader { return r }
	fails := func(r io.Reader) io.Reader { return io.MultiReader(r, iotest.ErrReader(torn)) }
	long := strings.Repeat("0123456789abcdef\r\n", 10_000)
	for name, c := range map[string]struct {
		mail      string
		wrap      func(io.Reader) io.Reader
		size      int
		permanent bool
	}{
		"the reader fails at once":       {"", fails, 10, false},
		"the reader fails in the middle": {long, fails, len(long) + 10, false},
		"the mail ends early":            {long, whole, len(long) + 1, false},
		"the mail is longer":             {long, whole, len(long) - 1, false},
		"the mail is empty":              {"", whole, 1, false},
		"a bare LF":                      {"a\nb\r\n", whole, 5, true},
		"a bare CR":                      {"a\rb\r\n", whole, 5, true},
		"a dot between bare line feeds":  {"a\n.\nb\r\n", whole, 7, true},
		"a dot after a bare line feed":   {"a\n.\r\nb\r\n", whole, 8, true},
		"a bare CR at the end":           {"a\r", whole, 2, true},
		"no line end at the end":         {"a\r\nb", whole, 4, true},
		"a bare LF, read byte by byte":   {"a\nb\r\n", iotest.OneByteReader, 5, true},
		"a bare CR, read byte by byte":   {"a\rb\r\n", iotest.OneByteReader, 5, true},
	} {
		for variant, offers := range variants {
			t.Run(name+", "+variant, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &script{offers: offers}
					cour := courier.New(s.plain(), time.Now)
					mail := c.wrap(strings.NewReader(c.mail))
					got := cour.Send(context.Background(), someone, mail, int64(c.size), nil)
					if got.Verdict != courier.Refused || got.Stage != courier.StageData ||
						got.Permanent != c.permanent || got.Err == nil {
						t.Errorf("got %+v", got)
					}
					s.serving.Wait()
					if len(s.mails) != 0 || slices.Contains(s.commands, "QUIT") {
						t.Errorf("server has %d mails and heard %q", len(s.mails), s.commands)
					}
				})
			})
		}
	}
}

func TestTheBytesArriveAsTheyAre(t *testing.T) {
	mail := strings.Repeat(".a\r\n..\r\n\r\n.\r\nend\r\n", 5_000) + strings.Repeat("x", 70_000) + "\r\n"
	for name, r := range map[string]io.Reader{
		"in large reads":   strings.NewReader(mail),
		"byte by byte":     iotest.OneByteReader(strings.NewReader(mail)),
		"with empty reads": iotest.HalfReader(strings.NewReader(mail)),
		"data with EOF":    iotest.DataErrReader(strings.NewReader(mail)),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{}
				c := courier.New(s.plain(), time.Now)
				got := c.Send(context.Background(), someone, r, int64(len(mail)), nil)
				if got.Verdict != courier.Accepted {
					t.Fatalf("got %+v", got)
				}
				s.serving.Wait()
				if len(s.mails) != 1 || s.mails[0] != mail {
					t.Errorf("the mail changed on its way")
				}
			})
		})
	}
}

func TestTheCheckHasTheLastWord(t *testing.T) {
	gone := errors.New("the registry names another admin")
	for variant, offers := range variants {
		t.Run(variant, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{offers: offers}
				c := courier.New(s.plain(), time.Now)
				got := c.Send(context.Background(), someone, strings.NewReader(body), int64(len(body)),
					func(context.Context) error { return gone })
				want := courier.Result{Verdict: courier.Withheld, Stage: courier.StageCheck, Limit: got.Limit}
				if diff := cmp.Diff(want, got, sansErr); diff != "" {
					t.Errorf("result (-want +got):\n%s", diff)
				}
				if !errors.Is(got.Err, gone) {
					t.Errorf("error %v", got.Err)
				}
				s.serving.Wait()
				if heard := strings.Join(s.commands, "\n"); strings.Contains(heard, "RCPT") ||
					strings.Contains(heard, "jane.admin") {
					t.Errorf("server heard of the recipient: %q", s.commands)
				}
			})
		})
	}
}

func TestTheCheckRunsWhenTheServerIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		c := courier.New(s.plain(), time.Now)
		var heard []string
		got := c.Send(context.Background(), someone, strings.NewReader(body), int64(len(body)),
			func(context.Context) error {
				synctest.Wait()
				heard = slices.Clone(s.commands)
				return nil
			})
		if got.Verdict != courier.Accepted || len(heard) != 2 || !strings.HasPrefix(heard[1], "MAIL") {
			t.Errorf("%s, heard before the check: %q", got.Verdict, heard)
		}
	})
}

func TestAnEnvelopeThatIsNotTwoPlainAddressesIsNotSent(t *testing.T) {
	const ok = "a@x.example"
	for name, e := range map[string]courier.Envelope{
		"a command in the recipient": {From: ok, To: "a@x.example>\r\nRCPT TO:<b@x.example"},
		"a command in the sender":    {From: "a@x.example>\r\nRCPT TO:<b@x.example", To: ok},
		"a lone LF":                  {From: ok, To: "a@x.example\n"},
		"a lone CR":                  {From: "a@x.example\r", To: ok},
		"a NUL":                      {From: ok, To: "a\x00@x.example"},
		"a parameter":                {From: "a@x.example> BODY=8BITMIME", To: ok},
		"brackets":                   {From: ok, To: "<a@x.example>"},
		"a name":                     {From: ok, To: "A <a@x.example>"},
		"two recipients":             {From: ok, To: "a@x.example,b@x.example"},
		"a quoted local part":        {From: ok, To: `"a b"@x.example`},
		"beyond ASCII":               {From: ok, To: "grün@x.example"},
		"no recipient":               {From: ok},
		"no domain":                  {From: ok, To: "postmaster"},
		"a long local part":          {From: ok, To: strings.Repeat("a", 65) + "@x.example"},
		"a null recipient":           {From: ok, To: "<>"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{}
			c := courier.New(s.plain(), time.Now)
			got := c.Send(context.Background(), e, strings.NewReader(body), int64(len(body)), nil)
			if got.Verdict != courier.Refused || !got.Permanent || got.Stage != courier.StageAddress ||
				s.connections != 0 {
				t.Errorf("got %+v after %d connections", got, s.connections)
			}
			if strings.Contains(got.Err.Error(), "example") {
				t.Errorf("the error names an address: %v", got.Err)
			}
		})
	}
}

func TestTheNullSender(t *testing.T) {
	for _, from := range []string{"", "<>"} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{offers: []string{"DSN"}}
			c := courier.New(s.plain(), time.Now)
			e := courier.Envelope{From: from, To: someone.To}
			got := c.Send(context.Background(), e, strings.NewReader(body), int64(len(body)), nil)
			if got.Verdict != courier.Accepted {
				t.Errorf("got %+v", got)
			}
			s.serving.Wait()
			if !slices.Contains(s.commands, "MAIL FROM:<>") {
				t.Errorf("heard %q", s.commands)
			}
		})
	}
}

func TestAMailAboveTheServersSizeIsNotOffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{offers: []string{"SIZE 38"}}
		got := send(courier.New(s.plain(), time.Now))
		want := courier.Result{Verdict: courier.Refused, Permanent: true, Stage: courier.StageSize, Limit: 38}
		if diff := cmp.Diff(want, got, sansErr); diff != "" {
			t.Errorf("result (-want +got):\n%s", diff)
		}
		s.serving.Wait()
		if diff := cmp.Diff([]string{"EHLO dsrd.provider.example", "QUIT"}, s.commands); diff != "" {
			t.Errorf("dialogue (-want +got):\n%s", diff)
		}
	})
}

func TestSizeZeroMeansNoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{offers: []string{"SIZE 0"}}
		if got := send(courier.New(s.plain(), time.Now)); got.Verdict != courier.Accepted {
			t.Errorf("got %+v", got)
		}
	})
}

func TestAContextThatEnds(t *testing.T) {
	for name, c := range map[string]struct {
		stage string
		want  courier.Verdict
	}{
		"before the greeting": {"CONNECT", courier.Refused},
		"at RCPT":             {"RCPT", courier.Refused},
		"after the dot":       {".", courier.Ambiguous},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{stages: at(c.stage, "hang")}
				ctx, cancel := context.WithTimeout(context.Background(), 7*time.Second)
				defer cancel()
				began := time.Now()
				got := courier.New(s.plain(), time.Now).Send(ctx, someone, strings.NewReader(body), int64(len(body)), nil)
				if got.Verdict != c.want || got.Permanent || !errors.Is(got.Err, context.DeadlineExceeded) {
					t.Errorf("got %+v", got)
				}
				if took := time.Since(began); took != 7*time.Second {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

// A server that takes one block every minute is slow, not dead: each block has its own deadline.
func TestASlowServerIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		server := s.plain()
		server.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := s.dial(ctx, network, address)
			return &sluggish{conn}, err
		}
		mail := strings.Repeat(strings.Repeat("x", 76)+"\r\n", 5_000)
		if got := sendThat(courier.New(server, time.Now), mail); got.Verdict != courier.Accepted {
			t.Errorf("got %+v", got)
		}
	})
}

type sluggish struct{ net.Conn }

func (s *sluggish) Write(p []byte) (int, error) {
	if len(p) > 1000 {
		<-time.After(time.Minute)
	}
	return s.Conn.Write(p)
}

func TestAServerThatClosesDuringTheMailIsHeard(t *testing.T) {
	const dialogue = "220 hi\r\n250 mail.example\r\n250 ok\r\n250 ok\r\n354 go\r\n"
	long := strings.Repeat(strings.Repeat("x", 76)+"\r\n", 5_000)
	block := func(p []byte) bool { return len(p) > 1000 }
	dot := func(p []byte) bool { return strings.HasSuffix(string(p), "\r\n.\r\n") }
	for name, c := range map[string]struct {
		mail, said string
		breaks     func(p []byte) bool
		want       courier.Result
	}{
		"with a reply":    {long, "552 5.3.4 too much\r\n", block, permanent(refused("data", 552, "5.3.4", "5.3.4 too much"))},
		"without a reply": {long, "", block, refused("data", 0, "", "")},
		// The dot did not leave this machine, so there is nothing to be unsure about.
		"before the dot": {body, "", dot, refused("data", 0, "", "")},
	} {
		t.Run(name, func(t *testing.T) {
			server := (&script{}).plain()
			server.Dial = func(context.Context, string, string) (net.Conn, error) {
				return &earlyNo{answers: dialogue + c.said, breaks: c.breaks}, nil
			}
			got := sendThat(courier.New(server, time.Now), c.mail)
			if diff := cmp.Diff(c.want, got, sansErr); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
}

// earlyNo breaks the way to the server once the mail is under way; what it said can still be read.
type earlyNo struct {
	net.Conn
	answers string
	breaks  func(p []byte) bool
}

func (e *earlyNo) Read(p []byte) (int, error) {
	line, rest, found := strings.Cut(e.answers, "\n")
	if !found {
		return 0, io.EOF
	}
	e.answers = rest
	return copy(p, line+"\n"), nil
}

func (e *earlyNo) Write(p []byte) (int, error) {
	if e.breaks(p) {
		return 0, errors.New("broken pipe")
	}
	return len(p), nil
}

func (e *earlyNo) Close() error                { return nil }
func (e *earlyNo) SetDeadline(time.Time) error { return nil }

func TestAServerThatNeverStopsTalkingIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{stages: at("RCPT", strings.Repeat("250-blah\r\n", 100_000)+"250 ok")}
		got := send(courier.New(s.plain(), time.Now))
		if got.Verdict != courier.Refused || got.Permanent || got.Stage != courier.StageRcpt {
			t.Errorf("got %+v", got)
		}
	})
}

func TestNoReplyNamesAPerson(t *testing.T) {
	for reply, want := range map[string]string{
		"550 5.1.1 <jane.admin@contoso.example>: Recipient address rejected":         "5.1.1 <[address]>: Recipient address rejected",
		"550 5.1.1 Jane.Admin: no such user":                                         "5.1.1 [address]: no such user",
		"550 5.7.1 from=bounce+k4f9=40provider.example to other@x.example refused":   "5.7.1 [address] to [address] refused",
		"550 5.7.1 see https://help.example/?to=jane.admin%40contoso.example&code=1": "5.7.1 see https:[address]",
		"550 \x1b[31mred\x00 \u202e":                                                 "[31mred",
		"550 " + strings.Repeat("ü", 300):                                            strings.Repeat("ü", 200),
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{stages: at("RCPT", reply)}
			got := send(courier.New(s.plain(), time.Now))
			if got.Reply != want {
				t.Errorf("reply %q, want %q", got.Reply, want)
			}
			if e := strings.ToLower(got.Err.Error()); strings.Contains(e, "jane") || strings.Contains(e, "contoso") {
				t.Errorf("error %v", got.Err)
			}
		})
	}
}

func TestQueueIDs(t *testing.T) {
	for reply, want := range map[string]string{
		"250 2.0.0 Ok: queued as 4Xk2Lz3vYmz9rxX": "4Xk2Lz3vYmz9rxX",
		"250 OK id=1tABCD-0000000Abcd-1x2y":       "1tABCD-0000000Abcd-1x2y",
		"250 2.6.0 <a.b@provider.example> [InternalId=32281802442, Hostname=X.prod.outlook.com] Queued mail for delivery": "32281802442",
		"250 2.0.0 OK  1764000000 5b1f17b1804b1-4a5d1e2f3a4sm123.4 - gsmtp":                                               "5b1f17b1804b1-4a5d1e2f3a4sm123.4",
		"250 2.0.0 9f1e2d3c Message accepted for delivery":                                                                "9f1e2d3c",
		"250 Ok 0102019a5b6c7d8e-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d-000000":                                             "0102019a5b6c7d8e-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d-000000",
		"250 thanks": "",
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{stages: at(".", reply)}
			if got := send(courier.New(s.plain(), time.Now)); got.QueueID != want || got.Verdict != courier.Accepted {
				t.Errorf("%q gives %q, want %q", reply, got.QueueID, want)
			}
		})
	}
}

func TestConnectionRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	c := courier.New(courier.Server{Host: "127.0.0.1", Port: port, TLS: courier.NoTLS, HELO: "x"}, time.Now)
	got := send(c)
	if diff := cmp.Diff(refused("connect", 0, "", ""), got, sansErr); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

func TestADialThatHangsEndsAfter30s(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := (&script{}).plain()
		server.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		began := time.Now()
		got := send(courier.New(server, time.Now))
		if took := time.Since(began); took != 30*time.Second || got.Verdict != courier.Refused || got.Permanent {
			t.Errorf("after %v: %+v", took, got)
		}
	})
}
