package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// Finding is one thing about Redis that endangers what it confirmed.
type Finding struct {
	Setting string // as redis.conf calls it
	Node    string // address of the node, of a cluster; else ""
	Have    string // "" when it could not be read
	Want    string
	Fix     string // what to do about it
	Level   Level
}

// String is one line for a person.
func (f Finding) String() string {
	where := ""
	if f.Node != "" {
		where = " on " + f.Node
	}
	if f.Level == Unknown {
		return fmt.Sprintf("%s%s could not be read, it must be %q: %s", f.Setting, where, f.Want, f.Fix)
	}
	return fmt.Sprintf("%s%s is %q, must be %q: %s", f.Setting, where, f.Have, f.Want, f.Fix)
}

// Level of a finding.
type Level string

// Wrong stops the start, unless data loss was accepted; Unknown is for a person
// to look after, since managed servers often deny CONFIG.
const (
	Wrong   Level = "wrong"
	Unknown Level = "unknown"
)

// durable are the settings under which Redis keeps what it confirmed.
var durable = []struct{ setting, want string }{
	{"maxmemory-policy", "noeviction"},
	{"appendonly", "yes"},
	{"appendfsync", "always"},
	{"no-appendfsync-on-rewrite", "no"},
}

// CheckDurability looks whether this Redis keeps what it confirms. All findings
// are given at once, each with the line that mends it; the error repeats those
// that are wrong, and is nil when there are none or data loss is accepted. An
// embedded store is not asked. It is an error, too, when the user may not run one
// of the commands: in the middle of a commit would be too late. *Unreachable when
// Redis does not answer.
func (s *Store) CheckDurability(ctx context.Context) ([]Finding, error) {
	if s.cfg.Embedded {
		return nil, nil
	}
	if err := s.probe(ctx); err != nil {
		return nil, err
	}
	findings, err := s.findings(ctx)
	if err != nil {
		return nil, failed(err, "check durability")
	}
	var wrong []string
	for _, f := range findings {
		if f.Level == Wrong {
			wrong = append(wrong, f.String())
		}
	}
	if len(wrong) == 0 || s.cfg.AcceptDataLoss {
		return findings, nil
	}
	return findings, fmt.Errorf("check durability: this Redis may forget what it confirmed "+
		"(redis.accept_data_loss: true starts nevertheless):\n  %s", strings.Join(wrong, "\n  "))
}

// probe tries all commands on keys of its own; nothing is left of it.
func (s *Store) probe(ctx context.Context) error {
	k := s.keysOf(0)
	refused, err := s.tryCommands(ctx, k)
	if err != nil {
		return failed(err, "try the commands that the store needs")
	}
	if len(refused) == 0 {
		return nil
	}
	for _, line := range refused { // a command and what the server said to it
		_, text, _ := strings.Cut(line, ": ")
		if word, k, hint := refusal(text); k != lasting {
			return &Unreachable{
				Doing: "try the commands that the store needs", Refusal: word,
				Cause: fmt.Sprintf("%s (%s)", hint, text),
			}
		}
	}
	return fmt.Errorf("try the commands that the store needs: Redis refuses some to this user "+
		"(allow them: ACL SETUSER NAME +command, and the keys ~%s*):\n  %s",
		k, strings.Join(refused, "\n  "))
}

func (s *Store) tryCommands(ctx context.Context, k keys) (refused []string, err error) {
	names := []string{
		k.probe("hash"), k.probe("zset"), k.probe("list"), k.probe("set"), k.probe("string"),
	}
	err = s.again(ctx, func() error {
		refused, err = s.lua.probe.Run(ctx, s.db, names).StringSlice()
		return err
	})
	return refused, err
}

func (s *Store) findings(ctx context.Context) ([]Finding, error) {
	cluster, ok := s.db.(*redis.ClusterClient)
	if !ok {
		return s.askNode(ctx, s.db, "")
	}
	var mu sync.Mutex
	var all []Finding
	err := cluster.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error {
		found, err := s.askNode(ctx, c, c.Options().Addr)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, found...)
		return err
	})
	slices.SortFunc(all, func(a, b Finding) int { return strings.Compare(a.Node, b.Node) })
	return all, err
}

func (s *Store) askNode(ctx context.Context, node redis.Cmdable, name string) ([]Finding, error) {
	var findings []Finding
	for _, d := range durable {
		var have map[string]string
		err := s.again(ctx, func() (err error) {
			have, err = node.ConfigGet(ctx, d.setting).Result()
			return err
		})
		if text, denied := said(err); err != nil {
			if _, k, _ := refusal(text); !denied || k != lasting {
				return nil, err
			}
		}
		f := Finding{Setting: d.setting, Node: name, Want: d.want, Level: Wrong}
		f.Have = have[d.setting]
		switch {
		case f.Have == d.want:
			continue
		case f.Have == "":
			f.Level = Unknown
			f.Fix = "CONFIG is denied here: ask whoever runs this Redis"
		default:
			f.Fix = fmt.Sprintf("write \"%s %s\" into redis.conf, or run: redis-cli CONFIG SET %s %s",
				d.setting, d.want, d.setting, d.want)
		}
		findings = append(findings, f)
	}
	return findings, nil
}
