package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

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

// need is a setting that Redis must have to keep what it confirms; any of the values will
// do, the first is what is told.
type need struct {
	setting string
	want    []string
}

// needs are the settings under which a mode keeps its word.
func (m Mode) needs() []need {
	needs := []need{{"maxmemory-policy", []string{"noeviction"}}, {"appendonly", []string{"yes"}}}
	switch m {
	case ModeWait: // the copies are in memory; a disk a second behind serves them all
		return append(needs, need{"appendfsync", []string{"everysec", "always"}})
	case ModeWaitAOF: // it waits for the disk by itself
		return needs
	}
	return append(needs,
		need{"appendfsync", []string{"always"}}, need{"no-appendfsync-on-rewrite", []string{"no"}})
}

// CheckDurability looks whether this Redis keeps what it confirms: every server of it that
// may come to answer us, replicas too. All findings are given at once, each with the line
// that mends it; the error repeats those that are wrong, and is nil when there are none or
// data loss is accepted. An embedded store is not asked. It is an error, too, when
// SelfTest fails, or the server cannot do what the mode wants. *Unreachable when Redis
// does not answer, or too few replicas are connected.
func (s *Store) CheckDurability(ctx context.Context) ([]Finding, error) {
	if s.cfg.Embedded {
		return nil, nil
	}
	servers, err := s.servers(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.able(servers); err != nil {
		return nil, err
	}
	if err := s.SelfTest(ctx); err != nil {
		return nil, err
	}
	findings, err := s.findings(ctx, servers)
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

// able demands what the mode cannot do without: WAITAOF, and the replicas.
func (s *Store) able(servers []Node) error {
	d := s.cfg.Durability
	for _, n := range servers {
		if d.Mode == ModeWaitAOF && !atLeast(n.Version, 7, 2) {
			return fmt.Errorf("check durability: redis.durability: waitaof needs Redis 7.2, "+
				"%s is %s: write fsync or wait", n.Addr, n.Version)
		}
		if s.gates() && n.Role == primary && n.Replicas < d.Replicas {
			few := tooFew{mode: d.Mode, local: 1, have: n.Replicas, want: d.Replicas}
			return failed(&few, "check durability of %s", n.Addr)
		}
	}
	return nil
}

// primary is the role of a server that takes writes, as Redis calls it.
const primary = "master"

// atLeast compares a version such as 7.0.15.
func atLeast(version string, major, minor int) bool {
	first, rest, _ := strings.Cut(version, ".")
	second, _, _ := strings.Cut(rest, ".")
	a, err1 := strconv.Atoi(first)
	b, err2 := strconv.Atoi(second)
	return err1 == nil && err2 == nil && (a > major || a == major && b >= minor)
}

// servers are those that answer; none where INFO is denied.
func (s *Store) servers(ctx context.Context) ([]Node, error) {
	servers, err := s.Nodes(ctx)
	if err != nil {
		return nil, fmt.Errorf("check durability: %w", err)
	}
	return servers, nil
}

func (s *Store) findings(ctx context.Context, servers []Node) ([]Finding, error) {
	if !s.clustered() {
		all, err := s.askNode(ctx, s.db, "")
		if err != nil || s.cfg.MasterName == "" || len(servers) == 0 {
			return all, err
		}
		return append(all, s.askReplicas(ctx, servers[0])...), nil
	}
	return s.askCluster(ctx)
}

// askReplicas asks those that a Sentinel may make the primary. One that cannot be reached
// from here is for a person to look after.
func (s *Store) askReplicas(ctx context.Context, of Node) (all []Finding) {
	if len(of.replicas) == 0 {
		return []Finding{{
			Setting: "connected_slaves", Node: of.Addr, Have: "0", Want: "1", Level: Unknown,
			Fix: "no replica can take over: start one",
		}}
	}
	for _, addr := range of.replicas {
		c, err := s.direct(addr)
		if err != nil {
			continue
		}
		found, err := s.askNode(ctx, c, addr)
		if err != nil {
			found = []Finding{{
				Setting: "appendonly", Node: addr, Want: "yes", Level: Unknown,
				Fix: "this replica does not answer: look there",
			}}
		}
		all = append(all, found...)
		c.Close()
	}
	return all
}

// direct connects to one server past the Sentinels.
func (s *Store) direct(addr string) (*redis.Client, error) {
	o, err := s.cfg.options()
	if err != nil {
		return nil, err
	}
	simple := o.Simple()
	simple.Addr = addr
	return redis.NewClient(simple), nil
}

func (s *Store) askNode(ctx context.Context, node redis.Cmdable, name string) ([]Finding, error) {
	var findings []Finding
	for _, n := range s.cfg.Durability.Mode.needs() {
		var have map[string]string
		err := s.again(ctx, func() (err error) {
			have, err = node.ConfigGet(ctx, n.setting).Result()
			return err
		})
		if text, denied := said(err); err != nil {
			if _, k, _ := refusal(text); !denied || k != lasting {
				return nil, err
			}
		}
		if f, found := n.finding(have[n.setting]); found {
			f.Node = name
			findings = append(findings, f)
		}
	}
	return findings, nil
}

func (n need) finding(have string) (Finding, bool) {
	f := Finding{Setting: n.setting, Have: have, Want: n.want[0], Level: Wrong}
	for _, want := range n.want {
		if have == want {
			return f, false
		}
	}
	if have == "" {
		f.Level = Unknown
		f.Fix = "CONFIG is denied here: ask whoever runs this Redis"
		return f, true
	}
	f.Fix = fmt.Sprintf("write \"%s %s\" into redis.conf, or run: redis-cli CONFIG SET %s %s",
		n.setting, f.Want, n.setting, f.Want)
	return f, true
}
