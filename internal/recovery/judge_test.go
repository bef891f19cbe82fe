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
	// know are the views of mailboxes a, b...: a marker, an error or neither.
	know := func(all ...any) (views []recovery.View) {
		for i, x := range all {
			v := recovery.View{Mailbox: string(rune('a' + i))}
			v.Seen, _ = x.(*recovery.Seen)
			v.Err, _ = x.(error)
			views = append(views, v)
		}
		return views
	}
	saw := func(generation string, epoch, sequence int64) *recovery.Local {
		return &recovery.Local{Generation: generation, Epoch: epoch, Sequences: []int64{sequence}}
	}
	for _, c := range []struct {
		name  string
		store recovery.Standing
		views []recovery.View
		local *recovery.Local
		want  recovery.Verdict
		why   string
	}{

		{
			"nothing was ever seen of an empty store",
			standing("", 0, 0), know(nil), nil,
			recovery.First, "nothing",
		},
		{
			"without mailboxes an empty store is a first start",
			standing("", 0, 0), nil, nil,
			recovery.First, "",
		},
		{
			"a store in use that no mailbox knows is taken for what it is",
			standing("g", 1, 7), know(nil), nil,
			recovery.Normal, "no mailbox",
		},
		{
			"as far as its marker",
			standing("g", 1, 7, 3), know(seen("g", 1, 7, 3)), nil,
			recovery.Normal, "mailbox a",
		},
		{
			"further than its marker",
			standing("g", 1, 8, 3), know(seen("g", 1, 7, 3)), nil,
			recovery.Normal, "",
		},
		{
			"one partition went back, another went on",
			standing("g", 1, 5, 9), know(seen("g", 1, 7, 3)), nil,
			recovery.Behind, "partition 0 of redis stands at change 5, and 7",
		},
		{
			"a partition is missing",
			standing("g", 1, 7), know(seen("g", 1, 7, 3)), nil,
			recovery.Behind, "partition 1",
		},
		{
			"a partition came",
			standing("g", 1, 7, 0), know(seen("g", 1, 7)), nil,
			recovery.Normal, "",
		},
		{
			"a marker from before there were partitions in it, behind",
			standing("g", 1, 4, 2), know(sum(seen("g", 1, 7))), nil,
			recovery.Behind, "stands at change 6",
		},
		{
			"a marker from before there were partitions in it, not behind",
			standing("g", 1, 4, 3), know(sum(seen("g", 1, 7))), nil,
			recovery.Normal, "",
		},
		{
			"a later life has more, whatever it counts",
			standing("g", 2, 1), know(seen("g", 1, 90)), nil,
			recovery.Normal, "",
		},
		{
			"an earlier life has less, whatever it counts",
			standing("g", 1, 90), know(seen("g", 2, 1)), nil,
			recovery.Behind, "life 1",
		},
		{
			"of two mailboxes one knows more",
			standing("g", 1, 7), know(seen("g", 1, 6), seen("g", 1, 8)), nil,
			recovery.Behind, "mailbox b",
		},
		{
			"emptied under its own name",
			standing("g", 1, 0), know(seen("g", 1, 8)), nil,
			recovery.Behind, "partition 0",
		},
		{
			"empty, and a mailbox knows of content",
			standing("", 0, 0), know(seen("g", 1, 8)), nil,
			recovery.Empty, "empty",
		},
		{
			"empty, and founded, and a mailbox knows of content",
			standing("h", 1, 0), know(seen("g", 1, 8)), nil,
			recovery.Empty, "empty",
		},
		{
			"emptied while somebody worked with it",
			phase(standing("", 2, 0), recovery.Suspect), know(seen("g", 1, 8)), nil,
			recovery.Empty, "empty",
		},
		{
			"a recovery of an empty one was broken off at once",
			phase(after(standing("h", 2, 0), "g"), recovery.Recovering), know(seen("g", 1, 8)), nil,
			recovery.Behind, "recovering",
		},
		{
			"halted, and no mailbox knows it",
			phase(standing("", 2, 0), recovery.Suspect), know(nil), nil,
			recovery.Behind, "behind",
		},
		{
			"empty, and so was the one before",
			standing("", 0, 0), know(seen("g", 1, 0)), nil,
			recovery.Behind, "as empty",
		},
		{
			"another installation's",
			standing("h", 1, 20), know(seen("g", 1, 8)), nil,
			recovery.Foreign, "another redis",
		},
		{
			"another installation's, though it was halted",
			phase(standing("h", 1, 20), recovery.Suspect), know(seen("g", 1, 8)), nil,
			recovery.Foreign, "another redis",
		},
		{
			"its own mailbox and another installation's",
			standing("g", 1, 20), know(seen("g", 1, 8), seen("x", 1, 8)), nil,
			recovery.Foreign, "mailbox b",
		},
		{
			"it took over what the mailbox knows",
			after(standing("h", 3, 2), "g"), know(seen("g", 2, 800)), nil,
			recovery.Normal, "took over",
		},
		{
			"what it took over went on elsewhere",
			after(standing("h", 3, 2), "g"), know(seen("g", 3, 1)), nil,
			recovery.Foreign, "",
		},
		{
			"halted",
			phase(standing("g", 2, 7), recovery.Suspect), know(seen("g", 1, 7)), nil,
			recovery.Behind, "behind",
		},
		{
			"a recovery was broken off",
			phase(after(standing("h", 2, 7), "g"), recovery.Recovering), know(seen("g", 1, 7)), nil,
			recovery.Behind, "recovering",
		},
		{
			"empty, and the mailbox cannot be read",
			standing("", 0, 0), know(unread), nil,
			recovery.Unknown, "mailbox a",
		},
		{
			"in use, and the mailbox cannot be read",
			standing("g", 1, 7), know(unread), nil,
			recovery.Unknown, "mailbox a",
		},
		{
			"one mailbox cannot be read, and another vouches",
			standing("g", 1, 7), know(unread, seen("g", 1, 7)), nil,
			recovery.Normal, "mailbox b",
		},
		{
			"one mailbox cannot be read, and another knows more",
			standing("g", 1, 7), know(unread, seen("g", 1, 8)), nil,
			recovery.Behind, "mailbox b",
		},
		{
			"one mailbox cannot be read, and this machine vouches for nothing",
			standing("g", 1, 7), know(unread), saw("g", 1, 7),
			recovery.Unknown, "",
		},
		{
			"empty, and a marker there that is not ours",
			standing("", 0, 0), know(inbox.ErrForged), nil,
			recovery.Unknown, "",
		},
		{
			"in use, and a marker there that is not ours",
			standing("g", 1, 7), know(inbox.ErrForged), nil,
			recovery.Normal, "",
		},
		{
			"this machine saw more than the marker and the store",
			standing("g", 1, 7), know(seen("g", 1, 6)), saw("g", 1, 9),
			recovery.Behind, "this machine",
		},
		{
			"this machine saw another store, long ago",
			standing("g", 1, 7), know(seen("g", 1, 6)), saw("x", 5, 9),
			recovery.Normal, "",
		},
		{
			"this machine saw another store, and nobody vouches for this one",
			standing("g", 1, 7), know(nil), saw("x", 5, 9),
			recovery.Foreign, "this machine",
		},
		{
			"only this machine knows that the store was not empty",
			standing("", 0, 0), know(nil), saw("g", 1, 9),
			recovery.Empty, "this machine",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := recovery.Judge(c.store, c.views, c.local)
			if got.Verdict != c.want || !strings.Contains(got.Why, c.why) {
				t.Errorf("got %s (%s), want %s (… %s …)", got.Verdict, got.Why, c.want, c.why)
			}
		})
	}
}
