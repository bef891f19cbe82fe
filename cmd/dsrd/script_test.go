package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

// TestMain lets scripts call the real program, and finds goroutines that a world
// left behind.
func TestMain(m *testing.M) {
	testscript.Main(leakless{m}, map[string]func(){"dsrd": main})
}

type leakless struct{ *testing.M }

func (l leakless) Run() int {
	code := l.M.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// TestConversations plays every story of testdata/script in a world of its own:
// mail in, time passes, expected mail out. testdata/script/README.md says what the
// commands mean.
func TestConversations(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", Setup: enter, Cmds: commands(), RequireUniqueNames: true,
	})
}

// commands are the words of a story. Those of people come first, then those of
// time and machines, then those that look.
func commands() map[string]command {
	all := map[string]func(*play, bool, []string) error{
		"mail": (*play).mail, "again": (*play).again, "answer": (*play).answer,
		"autoreply": (*play).autoreply, "forge": (*play).forge, "tenants": (*play).tenants,

		"settle": (*play).settle, "tick": (*play).tick, "down": (*play).down, "scan": (*play).scan,
		"work": (*play).work, "slot": (*play).slot, "slot-opens": (*play).slotOpens, "forget-redis": (*play).forgetRedis, "redis-older": (*play).redisOlder, "pass": (*play).pass, "restart": (*play).restart,
		"dns": (*play).dns, "azure": (*play).azure, "smtp": (*play).smtp,

		"expect": (*play).expect, "letter": (*play).letter, "head": (*play).head,
		"twice": (*play).twice, "package": (*play).open, "requests": (*play).requests,
		"state": (*play).state, "id": (*play).id, "digest": (*play).digest, "history": (*play).history, "mails": (*play).mails,
		"folder": (*play).folder, "stored": (*play).stored, "kept": (*play).kept,
	}
	cmds := map[string]command{}
	for name, do := range all {
		cmds[name] = asCommand(do)
	}
	return cmds
}

type command = func(ts *testscript.TestScript, neg bool, args []string)
