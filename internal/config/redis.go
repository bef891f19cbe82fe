package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Redis holds the state.
type Redis struct {
	URL        string   `yaml:"url"`
	Addresses  []string `yaml:"addresses"`
	MasterName string   `yaml:"master_name"`
	Cluster    bool     `yaml:"cluster"`

	User                 string `yaml:"user"`
	PasswordFile         string `yaml:"password_file"`
	SentinelUser         string `yaml:"sentinel_user"`
	SentinelPasswordFile string `yaml:"sentinel_password_file"`
	TLS                  bool   `yaml:"tls"`
	CAFile               string `yaml:"ca_file"`

	Partitions     int      `yaml:"partitions"`
	Durability     string   `yaml:"durability"`
	WaitReplicas   int      `yaml:"wait_replicas"`
	WaitTimeout    Duration `yaml:"wait_timeout"`
	AcceptDataLoss bool     `yaml:"accept_data_loss"`
	Recovery       string   `yaml:"recovery"`
	StateDir       string   `yaml:"state_dir"`

	Password         Secret `yaml:"-"`
	SentinelPassword Secret `yaml:"-"`
}

// When Redis has confirmed a change: once it is on its disk, once replicas have it, or once
// it is on the disks of both (WAITAOF).
const (
	Fsync   = "fsync"
	Wait    = "wait"
	WaitAOF = "waitaof"
)

// Which lost state is filled again from the mailboxes without anybody being asked.
const (
	RecoverNever    = "never"    // dsrd recover says when
	RecoverRollback = "rollback" // the same Redis, only older
	RecoverAlways   = "always"   // an empty one, too
)

// Encrypted reports whether Redis is spoken to by TLS.
func (r Redis) Encrypted() bool { return r.TLS || strings.HasPrefix(r.URL, "rediss:") }

// given takes the folder for state that systemd has made (systemd.exec(5), StateDirectory=).
func (r *Redis) given(environ []string) {
	if r.StateDir != "" {
		return
	}
	for _, entry := range environ {
		if dirs, ok := strings.CutPrefix(entry, "STATE_DIRECTORY="); ok {
			r.StateDir, _, _ = strings.Cut(dirs, ":")
		}
	}
}

func (r *Redis) complete(dir string) {
	r.Password, r.CAFile = secret(dir, r.PasswordFile), path(dir, r.CAFile)
	r.SentinelPassword = secret(dir, r.SentinelPasswordFile)
	r.StateDir = path(dir, r.StateDir)
}

func (k *checker) redis(r Redis) {
	if r.URL != "" && len(r.Addresses) > 0 {
		k.add("redis.url", "", "stands beside redis.addresses", "one of the two; addresses are for Sentinels and a Cluster")
	} else if len(r.Addresses) == 0 {
		k.redisURL(r.URL)
	}
	for i, a := range r.Addresses {
		k.hostPort(At("redis.addresses", i), a)
	}
	k.redisKind(r)
	k.secret("redis.password_file", r.Password)
	k.secret("redis.sentinel_password_file", r.SentinelPassword)
	k.readable("redis.ca_file", r.CAFile)
	if r.Partitions < 1 || r.Partitions > 100 {
		k.add("redis.partitions", "", fmt.Sprintf("is %d", r.Partitions), "1 to 100, and never changed later")
	}
	k.durability(r)
	k.oneOf("redis.recovery", r.Recovery, RecoverNever, RecoverRollback, RecoverAlways)
	k.folder("redis.state_dir", r.StateDir)
}

func (k *checker) redisURL(text string) {
	if !k.need("redis.url", text, "such as redis://localhost:6379/0 or unix:///run/redis/redis.sock") {
		return
	}
	u, err := url.Parse(text)
	if err != nil || !slices.Contains([]string{"redis", "rediss", "unix"}, u.Scheme) {
		k.add("redis.url", "", "is no Redis URL", "redis://, rediss:// (TLS) or unix://")
	} else if _, has := u.User.Password(); has {
		k.add("redis.url", "", "holds a password", "put it into a file and name it in redis.password_file")
	}
}

// redisKind checks what the addresses are: Sentinels, nodes of a Cluster, or one server.
func (k *checker) redisKind(r Redis) {
	switch {
	case r.Cluster && r.MasterName != "":
		k.add("redis.cluster", "", "stands beside redis.master_name", "a Cluster has no Sentinels: take one out")
	case r.MasterName != "" && len(r.Addresses) == 0:
		k.add("redis.master_name", "", "needs the Sentinels", "list them in redis.addresses, and take redis.url out")
	case len(r.Addresses) > 1 && !r.Cluster && r.MasterName == "":
		k.add("redis.addresses", "", "are several", "write master_name (they are Sentinels) or cluster: true")
	}
	if r.MasterName == "" && (r.SentinelUser != "" || r.SentinelPasswordFile != "") {
		k.add("redis.sentinel_user", "", "is for Sentinels", "write redis.master_name, or take it out")
	}
}

func (k *checker) durability(r Redis) {
	k.oneOf("redis.durability", r.Durability, Fsync, Wait, WaitAOF)
	if r.WaitReplicas < 0 || r.WaitReplicas > 16 || r.WaitReplicas == 0 && r.Durability == Wait {
		k.add("redis.wait_replicas", "", fmt.Sprintf("is %d", r.WaitReplicas),
			"1 to 16, best all that can be elected; 0 only with waitaof")
	}
	k.within("redis.wait_timeout", r.WaitTimeout, 10*time.Millisecond, 10*time.Second)
}
