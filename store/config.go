package store

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Config says which Redis is used and how. URL or Addrs, Rand and Now must be
// given; the zero value of everything else is usable.
type Config struct {
	URL        string   // redis://, rediss:// or unix://; may carry user and password
	Addrs      []string // host:port or socket path; several with MasterName are Sentinels
	MasterName string   // of a Sentinel set-up
	Cluster    bool     // Addrs (or URL) are nodes of a Redis Cluster
	DB         int      // of Addrs, unless they are a cluster's; a URL says its own
	Username   string
	Password   string
	TLS        *tls.Config

	SentinelUsername string // of the Sentinels themselves
	SentinelPassword string

	Durability Durability // when a change counts as committed
	// ReadTimeout is how long one attempt waits for an answer, 0 means 2 s. No call outlives
	// the deadline of its context.
	ReadTimeout time.Duration

	Partitions int    // 1 to 100, 0 means 1; never lowered once requests exist
	Prefix     string // of every key; "" means "dsrd"
	PoolSize   int    // connections kept, 0 means 32
	Embedded   bool   // a Redis inside this process: has no durability to check

	// AcceptDataLoss lets the daemon start on a Redis that may forget what it
	// confirmed; the findings are still reported.
	AcceptDataLoss bool

	MasterKey      []byte // 32 bytes; wraps each request's data key. Blobs need it
	BlobDir        string // for blobs above BlobInRedisMax; "" keeps all in Redis
	BlobInRedisMax int64  // bytes of the largest blob kept in Redis, 0 means 1 MiB

	Rand io.Reader        // keys, nonces and operation ids
	Now  func() time.Time // only to date the store's generation

	// Backoff waits before attempt n (1 is the first repetition) and gives the
	// context's error when it ends first. nil waits 25 ms, doubling.
	Backoff func(ctx context.Context, n int) error
	// Dial opens connections; nil dials the network. Tests break it on purpose.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

const (
	maxPartitions      = 100 // two decimal digits of an id
	defaultPool        = 32
	defaultBlobInRedis = 1 << 20
	defaultRead        = 2 * time.Second
	masterKeyBytes     = 32 // AES-256
)

// checked fills in what was left out, or says everything that is wrong.
func (c Config) checked() (Config, error) {
	c.Partitions = or(c.Partitions, 1)
	c.Prefix = or(c.Prefix, "dsrd")
	c.PoolSize = or(c.PoolSize, defaultPool)
	c.BlobInRedisMax = or(c.BlobInRedisMax, defaultBlobInRedis)
	c.ReadTimeout = or(c.ReadTimeout, defaultRead)
	if c.Backoff == nil {
		c.Backoff = waitDoubling
	}
	var wrong []string
	var err error
	if c.Durability, err = c.Durability.checked(); err != nil {
		wrong = append(wrong, err.Error())
	}
	for _, w := range []struct {
		is   bool
		text string
	}{
		{c.URL == "" && len(c.Addrs) == 0, "neither a URL nor an address"},
		{c.Partitions < 1 || c.Partitions > maxPartitions, "partitions must be 1 to 100"},
		{strings.ContainsAny(c.Prefix, "{}: \n"), "the prefix may not contain { } : or blanks"},
		{len(c.MasterKey) != 0 && len(c.MasterKey) != masterKeyBytes, "the master key must be 32 bytes"},
		{c.Rand == nil, "no source of randomness"},
		{c.Now == nil, "no clock"},
	} {
		if w.is {
			wrong = append(wrong, w.text)
		}
	}
	if len(wrong) > 0 {
		return c, fmt.Errorf("configure store: %s", strings.Join(wrong, "; "))
	}
	return c, nil
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// options translates for the client library.
//
// MaxRetries is -1: with its default of 3 go-redis 9.23 runs the same script up
// to four times when only the reply was lost. The store repeats by itself, with
// the same operation id. A cluster's client repeats all the same, while it looks
// for the right node: that every script may be repeated is no mere precaution.
func (c Config) options() (*redis.UniversalOptions, error) {
	o := &redis.UniversalOptions{
		Addrs: c.Addrs, MasterName: c.MasterName, IsClusterMode: c.Cluster,
		Username: c.Username, Password: c.Password, TLSConfig: c.TLS, Dialer: c.Dial, DB: c.DB,
		SentinelUsername: c.SentinelUsername, SentinelPassword: c.SentinelPassword,
		// The gate answers late on purpose.
		ReadTimeout: max(c.ReadTimeout, c.Durability.Timeout+c.ReadTimeout/2),
		DialTimeout: c.ReadTimeout, WriteTimeout: c.ReadTimeout,
	}
	if c.URL != "" {
		if err := c.fromURL(o); err != nil {
			return nil, err
		}
	}
	if len(o.Addrs) > 1 && !c.Cluster && c.MasterName == "" {
		// go-redis would silently take several addresses for a cluster.
		return nil, fmt.Errorf("configure store: several addresses need a master name or cluster: true")
	}
	o.MaxRetries = -1
	o.DialerRetries = 1 // else five, with pauses that know nothing of Backoff
	o.Protocol = 2
	o.PoolSize = c.PoolSize
	o.PipelinePoolSize = -1
	o.ContextTimeoutEnabled = true
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o, nil
}

func (c Config) fromURL(o *redis.UniversalOptions) error {
	u, err := redis.ParseURL(c.URL)
	if err != nil {
		return fmt.Errorf("configure store: the Redis URL cannot be read") // it may hold a password
	}
	o.Addrs, o.DB = []string{u.Addr}, u.DB
	o.Username, o.Password = or(c.Username, u.Username), or(c.Password, u.Password)
	if o.TLSConfig == nil {
		o.TLSConfig = u.TLSConfig
	}
	return nil
}

const firstWait = 25 * time.Millisecond

func waitDoubling(ctx context.Context, n int) error {
	t := time.NewTimer(firstWait << min(n, 6))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
