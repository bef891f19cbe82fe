package config_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/config"
)

// edited loads the example with one line replaced.
func edited(t *testing.T, environ []string, changes ...string) (*config.Config, error) {
	t.Helper()
	file, text := example(t)
	for i := 0; i+1 < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			t.Fatalf("the example no longer has %q", changes[i])
		}
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	place(t, file, text)
	return config.Load(file, environ)
}

const singleURL, noAddresses = "url: redis://localhost:6379/0", "addresses: [] "

func TestRedisIsOneServerOrSentinelsOrACluster(t *testing.T) {
	for name, k := range map[string]struct {
		changes []string
		refused string
	}{
		"one server": {nil, ""},
		"an address instead of a URL": {
			[]string{singleURL, `url: ""`, noAddresses, "addresses: [localhost:6379] "}, ""},
		"Sentinels": {[]string{singleURL, `url: ""`, noAddresses, "addresses: [a:26379, b:26379] ",
			`master_name: "" `, "master_name: dsrd ", `sentinel_user: "" `, "sentinel_user: watcher "}, ""},
		"a Cluster": {[]string{singleURL, `url: ""`, noAddresses, "addresses: [a:6379, b:6379] ",
			"cluster: false ", "cluster: true "}, ""},
		"neither":             {[]string{singleURL, `url: ""`}, "redis.url: is missing"},
		"both":                {[]string{noAddresses, "addresses: [a:1] "}, "redis.url: stands beside"},
		"no port":             {[]string{singleURL, `url: ""`, noAddresses, "addresses: [a] "}, "redis.addresses[0]"},
		"several of nothing":  {[]string{singleURL, `url: ""`, noAddresses, "addresses: [a:1, b:1] "}, "are several"},
		"a name and no watch": {[]string{`master_name: "" `, "master_name: dsrd "}, "needs the Sentinels"},
		"a Cluster with Sentinels": {[]string{singleURL, `url: ""`, noAddresses, "addresses: [a:1] ",
			`master_name: "" `, "master_name: dsrd ", "cluster: false ", "cluster: true "}, "redis.cluster"},
		"a Sentinel's user alone": {[]string{`sentinel_user: "" `, "sentinel_user: watcher "}, "redis.sentinel_user"},
		"a word for durability":   {[]string{"durability: fsync ", "durability: maybe "}, "fsync, wait, waitaof"},
		"no replica to wait for": {
			[]string{"durability: fsync ", "durability: wait ", "wait_replicas: 1 ", "wait_replicas: 0 "},
			"redis.wait_replicas"},
		"waiting for disks alone": {
			[]string{"durability: fsync ", "durability: waitaof ", "wait_replicas: 1 ", "wait_replicas: 0 "}, ""},
		"waiting for ever":           {[]string{"wait_timeout: 1s ", "wait_timeout: 1h "}, "redis.wait_timeout"},
		"a word for recovery":        {[]string{"recovery: rollback ", "recovery: sometimes "}, "never, rollback, always"},
		"a folder that is not there": {[]string{`state_dir: ""`, "state_dir: nowhere"}, "redis.state_dir"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := edited(t, nil, k.changes...)
			switch {
			case k.refused == "" && err != nil:
				t.Error(err)
			case k.refused != "" && (err == nil || !strings.Contains(err.Error(), k.refused)):
				t.Errorf("got %v, want a word about %s", err, k.refused)
			}
		})
	}
}

func TestTheFolderForStateIsThatOfSystemd(t *testing.T) {
	dir := t.TempDir()
	c, err := edited(t, []string{"STATE_DIRECTORY=" + dir + ":/elsewhere"})
	if err != nil || c.Redis.StateDir != dir {
		t.Errorf("got %v, %v", c, err)
	}
	named := t.TempDir()
	c, err = edited(t, []string{"STATE_DIRECTORY=" + dir}, `state_dir: ""`, "state_dir: "+named)
	if err != nil || c.Redis.StateDir != named {
		t.Errorf("a folder that is named does not count: %v, %v", c, err)
	}
}

func TestTimingHasBounds(t *testing.T) {
	for change, refused := range map[string]string{
		"lease: 15s >> lease: 3s":                         "",
		"lease: 15s >> lease: 500ms":                      "timing.lease",
		"lease: 15s >> lease: 2m":                         "timing.lease",
		"lease: 15s >> lease: 2s":                         "timing.look",
		"look: 1s >> look: 10ms":                          "timing.look",
		"recheck: 1m >> recheck: 11m":                     "timing.recheck",
		"grace: 20s >> grace: 0s":                         "timing.grace",
		"reconnect_first: 2s >> reconnect_first: 2m":      "timing.reconnect_first",
		"reconnect_longest: 80s >> reconnect_longest: 1s": "timing.reconnect_longest",
		"logins: 2 >> logins: 0":                          "timing.logins",
		"imap_silence: 1m >> imap_silence: 0s":            "timing.imap_silence",
		"smtp_command: 5m >> smtp_command: 1h":            "timing.smtp_command",
		"smtp_dot: 10m >> smtp_dot: 1h":                   "timing.smtp_dot",
		"clock_slack: 2m >> clock_slack: 2h":              "timing.clock_slack",
	} {
		t.Run(change, func(t *testing.T) {
			from, to, _ := strings.Cut(change, " >> ")
			_, err := edited(t, nil, " "+from+" ", " "+to+" ")
			if refused == "" && err != nil || refused != "" && (err == nil || !strings.Contains(err.Error(), refused)) {
				t.Errorf("got %v, want a word about %q", err, refused)
			}
		})
	}
}
