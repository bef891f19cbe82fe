package recovery_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/mailer/inbox"
)

func standing(generation string, epoch int64, sequences ...int64) recovery.Standing {
	s := recovery.Standing{Seen: *seen(generation, epoch, sequences...), Empty: true}
	s.Empty = s.Sequence == 0
	return s
}

func seen(generation string, epoch int64, sequences ...int64) *recovery.Seen {
	s := &recovery.Seen{Generation: generation, Epoch: epoch, Sequences: sequences}
	for _, n := range sequences {
		s.Sequence += n
	}
	return s
}

func TestJudge(t *testing.T) {
	sum := func(s *recovery.Seen) *recovery.Seen { s.Sequences = nil; return s }
	phase := func(s recovery.Standing, p recovery.Phase) recovery.Standing { s.Phase = p; return s }
	after := func(s recovery.Standing, a ...string) recovery.Standing { s.Ancestors = a; return s }
	unread := errors.New("the server refused the login")
	for _, c := range []struct {
		name  string
		store recovery.Standing
		views []recovery.View
		local *recovery.Local
		want  recovery.Verdict
		why   string
	}{
		{"nothing was ever seen of an empty store", standing("", 0, 0), []recovery.View{{Mailbox: "a"}}, nil,
			recovery.First, "nothing"},
		{"without mailboxes an empty store is a first start", standing("", 0, 0), nil, nil, recovery.First, ""},
		{"a store in use that no mailbox knows is taken for what it is", standing("g", 1, 7),
			[]recovery.View{{Mailbox: "a"}}, nil, recovery.Normal, "no mailbox"},
		{"as far as its marker", standing("g", 1, 7, 3), []recovery.View{{Mailbox: "a", Seen: seen("g", 1, 7, 3)}},
			nil, recovery.Normal, "mailbox a"},
		{"further than its marker", standing("g", 1, 8, 3), []recovery.View{{Mailbox: "a", Seen: seen("g", 1, 7, 3)}},
			nil, recovery.Normal, ""},
		{"one partition went back, another went on", standing("g", 1, 5, 9),
			[]recovery.View{{Mailbox: "a", Seen: seen("g", 1, 7, 3)}}, nil, recovery.Behind, "partition 0 of redis stands at change 5, and 7"},
		{"a partition is missing", standing("g", 1, 7), []recovery.View{{Mailbox: "a", Seen: seen("g", 1, 7, 3)}},
			nil, recovery.Behind, "partition 1"},
		{"a partition came", standing("g", 1, 7, 0), []recovery.View{{Mailbox: "a", Seen: seen("g", 1, 7)}},
			nil, recovery.Normal, ""},
		{"a marker from before there were partitions in it, behind", standing("g", 1, 4, 2),
			[]recovery.View{{Mailbox: "a", Seen: sum(seen("g", 1, 7))}}, nil, recovery.Behind, "stands at change 6"},
		{"a marker from before there were partitions in it, not behind", standing("g", 1, 4, 3),
			[]recovery.View{{Mailbox: "a", Seen: sum(seen("g", 1, 7))}}, nil, recovery.Normal, ""},
		{"a later life has more, whatever it counts", standing("g", 2, 1),
			[]recovery.View{{Mailbox: "a", Seen: seen("g", 1, 90)}}, nil, recovery.Normal, ""},
		{"an earlier life has less, whatever it counts", standing("g", 1, 90),
			[]recovery.View{{Mailbox: "a", Seen: seen("g", 2, 1)}}, nil, recovery.Behind, "life 1"},
		{"of two mailboxes one knows more", standing("g", 1, 7), []recovery.View{
			{Mailbox: "a", Seen: seen("g", 1, 6)}, {Mailbox: "b", Seen: seen("g", 1, 8)}}, nil, recovery.Behind, "mailbox b"},
		{"emptied under its own name", standing("g", 1, 0), []recovery.View{{Mailbox: "a", Seen: seen("g", 1, 8)}},
			nil, recovery.Behind, "partition 0"},
		{"empty, and a mailbox knows of content", standing("", 0, 0),
			[]recovery.View{{Mailbox: "a", Seen: seen("g", 1, 8)}}, nil, recovery.Empty, "empty"},
		{"empty, and founded, and a mailbox knows of content", standing("h", 1, 0),
			[]recovery.View{{Mailbox: "a", Seen: seen("g", 1, 8)}}, nil, recovery.Empty, "empty"},
		{"empty, and so was the one before", standing("", 0, 0),
			[]recovery.View{{Mailbox: "a", Seen: seen("g", 1, 0)}}, nil, recovery.Behind, "as empty"},
		{"another installation's", standing("h", 1, 20), []recovery.View{{Mailbox: "a", Seen: seen("g", 1, 8)}},
			nil, recovery.Foreign, "another redis"},
		{"another installation's, though it was halted", phase(standing("h", 1, 20), recovery.Suspect),
			[]recovery.View{{Mailbox: "a", Seen: seen("g", 1, 8)}}, nil, recovery.Foreign, "another redis"},
		{"its own mailbox and another installation's", standing("g", 1, 20), []recovery.View{
			{Mailbox: "a", Seen: seen("g", 1, 8)}, {Mailbox: "b", Seen: seen("x", 1, 8)}}, nil, recovery.Foreign, "mailbox b"},
		{"it took over what the mailbox knows", after(standing("h", 3, 2), "g"),
			[]recovery.View{{Mailbox: "a", Seen: seen("g", 2, 800)}}, nil, recovery.Normal, "took over"},
		{"what it took over went on elsewhere", after(standing("h", 3, 2), "g"),
			[]recovery.View{{Mailbox: "a", Seen: seen("g", 3, 1)}}, nil, recovery.Foreign, ""},
		{"halted", phase(standing("g", 2, 7), recovery.Suspect), []recovery.View{{Mailbox: "a", Seen: seen("g", 1, 7)}},
			nil, recovery.Behind, "behind"},
		{"a recovery was broken off", phase(after(standing("h", 2, 7), "g"), recovery.Recovering),
			[]recovery.View{{Mailbox: "a", Seen: seen("g", 1, 7)}}, nil, recovery.Behind, "recovering"},
		{"empty, and the mailbox cannot be read", standing("", 0, 0), []recovery.View{{Mailbox: "a", Err: unread}},
			nil, recovery.Unknown, "mailbox a"},
		{"in use, and the mailbox cannot be read", standing("g", 1, 7), []recovery.View{{Mailbox: "a", Err: unread}},
			nil, recovery.Unknown, "mailbox a"},
		{"one mailbox cannot be read, and another vouches", standing("g", 1, 7), []recovery.View{
			{Mailbox: "a", Err: unread}, {Mailbox: "b", Seen: seen("g", 1, 7)}}, nil, recovery.Normal, "mailbox b"},
		{"one mailbox cannot be read, and another knows more", standing("g", 1, 7), []recovery.View{
			{Mailbox: "a", Err: unread}, {Mailbox: "b", Seen: seen("g", 1, 8)}}, nil, recovery.Behind, "mailbox b"},
		{"one mailbox cannot be read, and this machine vouches for nothing", standing("g", 1, 7),
			[]recovery.View{{Mailbox: "a", Err: unread}},
			&recovery.Local{Generation: "g", Epoch: 1, Sequences: []int64{7}}, recovery.Unknown, ""},
		{"empty, and a marker there that is not ours", standing("", 0, 0),
			[]recovery.View{{Mailbox: "a", Err: inbox.ErrForged}}, nil, recovery.Unknown, ""},
		{"in use, and a marker there that is not ours", standing("g", 1, 7),
			[]recovery.View{{Mailbox: "a", Err: inbox.ErrForged}}, nil, recovery.Normal, ""},
		{"this machine saw more than the marker and the store", standing("g", 1, 7),
			[]recovery.View{{Mailbox: "a", Seen: seen("g", 1, 6)}},
			&recovery.Local{Generation: "g", Epoch: 1, Sequences: []int64{9}}, recovery.Behind, "this machine"},
		{"this machine saw another store, long ago", standing("g", 1, 7),
			[]recovery.View{{Mailbox: "a", Seen: seen("g", 1, 6)}},
			&recovery.Local{Generation: "x", Epoch: 5, Sequences: []int64{9}}, recovery.Normal, ""},
		{"this machine saw another store, and nobody vouches for this one", standing("g", 1, 7),
			[]recovery.View{{Mailbox: "a"}},
			&recovery.Local{Generation: "x", Epoch: 5, Sequences: []int64{9}}, recovery.Foreign, "this machine"},
		{"only this machine knows that the store was not empty", standing("", 0, 0),
			[]recovery.View{{Mailbox: "a"}},
			&recovery.Local{Generation: "g", Epoch: 1, Sequences: []int64{9}}, recovery.Empty, "this machine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := recovery.Judge(c.store, c.views, c.local)
			if got.Verdict != c.want || !strings.Contains(got.Why, c.why) {
				t.Errorf("got %s (%s), want %s (… %s …)", got.Verdict, got.Why, c.want, c.why)
			}
		})
	}
}
