package inbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-sasl"
)

// Mode says how the connection is protected.
type Mode string

// The modes. There is no setting that turns verification off.
const (
	TLSImplicit Mode = "implicit" // TLS from the first byte, port 993 (RFC 8314 3.2)
	TLSStart    Mode = "starttls" // refused when the server does not offer it
	TLSNone     Mode = "none"     // for a server on loopback alone
)

// After says what becomes of a mail in its folder once it is done.
type After string

// Move puts it into Processed, as far as the server can do that safely; Keep leaves it.
const (
	Move After = "move"
	Keep After = "keep"
)

// Login is what proves who we are: a password or, if there is one, an OAuth 2 access token.
type Login struct{ User, Password, Token string }

// A Credential is asked at each login. After the server refused the last answer it is asked once
// more with refused set, so that a cached secret can be renewed.
type Credential func(ctx context.Context, refused bool) (Login, error)

// Timeouts bound each kind of command from its first byte to its last answer.
type Timeouts struct {
	Dial   time.Duration // TCP and TLS
	Login  time.Duration // greeting, login and SELECT, each
	Search time.Duration
	Header time.Duration // sizes, dates, headers
	Body   time.Duration // one FETCH of bodies
	Store  time.Duration // STORE, COPY, MOVE, APPEND, each
	Done   time.Duration // the end of IDLE
	// Silence is how long the server may say nothing while a command is pending.
	Silence time.Duration
}

// Config describes the account. Zero values take the default named with each field.
type Config struct {
	Name       string      // our name of the account, for keys and reports
	Addr       string      // host:port
	TLS        Mode        // TLSImplicit
	TLSConfig  *tls.Config // system roots, the host's name, TLS 1.2
	Credential Credential
	// Mechanism is how a token is shown, XOAUTH2 or OAUTHBEARER: the first that is offered.
	Mechanism string

	Folder string // INBOX
	Junk   string // a second folder to read; none
	Root   string // DSRD: the folders Processed, Quarantine, Sent and State lie in it
	After  After  // Move

	MaxBytes int64 // 10 MiB; of a bigger mail only the header is fetched
	Batch    int   // 100 mails a FETCH
	// BatchBytes is how much a FETCH may bring altogether, 16 MiB; two of them are in memory.
	BatchBytes int64
	// Workers is how many mails of a batch the handler gets at a time: 1, oldest first. More
	// let a store commit several with one fsync, and give up the order within a batch.
	Workers  int
	Timeouts Timeouts
	Keyword  string // $DsrdDone
	// Quarantined is the keyword of a mail that was copied to Quarantine: $DsrdQuarantine.
	Quarantined string
	// ProcessExisting hands out what was in the folder before the first start.
	ProcessExisting bool
	// MaxLogins is how many logins each of the three connections may try in Pauses.Window: 2.
	MaxLogins int
	Pauses    Pauses
	// Dial opens the connection below TLS; nil dials TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// IdleSlice is how long Watch idles before it asks whether the server is still there:
	// 5 minutes; 28 at most, because servers hang up after 30 (RFC 9051 5.4).
	IdleSlice time.Duration
	// Watching, when set, is told nil when Watch begins to idle on a new connection, and why it
	// does not idle any more. It must not block.
	Watching func(error)
	// Alarm makes the timers of Watch; nil takes the system's.
	Alarm func(time.Duration) (rings <-chan time.Time, stop func() bool)

	// MarkerKey signs the markers in State; at least 32 bytes. Without it there are no markers.
	MarkerKey []byte
	// Host is the right side of the Message-ID of markers: dsrd.invalid.
	Host string

	Now    func() time.Time // required
	Random io.Reader        // for jitter; required
}

// maxHeaderBytes is what is kept of an oversize mail.
const (
	maxHeaderBytes = 256 << 10
	minKeyBytes    = 32
	maxIdle        = 28 * time.Minute
	// uidsAtOnce keeps a command below the 8,000 octets that servers read (RFC 2683 3.2.1.5).
	uidsAtOnce = 500
)

func (c Config) withDefaults() Config {
	orElse(&c.TLS, TLSImplicit)
	orElse(&c.Folder, "INBOX")
	orElse(&c.Root, "DSRD")
	orElse(&c.After, Move)
	orElse(&c.MaxBytes, 10<<20)
	orElse(&c.Batch, 100)
	orElse(&c.BatchBytes, 16<<20)
	orElse(&c.Workers, 1)
	orElse(&c.Keyword, "$DsrdDone")
	orElse(&c.Quarantined, "$DsrdQuarantine")
	orElse(&c.MaxLogins, 2)
	orElse(&c.Host, "dsrd.invalid")
	orElse(&c.IdleSlice, 5*time.Minute)
	c.Pauses = c.Pauses.withDefaults()
	if c.Alarm == nil {
		c.Alarm = timer
	}
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	t := &c.Timeouts
	orElse(&t.Dial, 30*time.Second)
	orElse(&t.Login, 45*time.Second)
	orElse(&t.Search, 2*time.Minute)
	orElse(&t.Header, 2*time.Minute)
	orElse(&t.Body, 4*time.Minute)
	orElse(&t.Store, time.Minute)
	orElse(&t.Done, 15*time.Second)
	orElse(&t.Silence, time.Minute)
	return c
}

func timer(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}

func orElse[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (c Config) check() error {
	if c.Name == "" || c.Credential == nil || c.Now == nil || c.Random == nil {
		return errors.New("name, credential, clock and randomness are required")
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("address of the server: %v", err)
	}
	switch c.TLS {
	case TLSImplicit, TLSStart, TLSNone:
	default:
		return fmt.Errorf("unknown TLS mode %q", c.TLS)
	}
	if c.Mechanism != "" && c.Mechanism != xoauth2 && c.Mechanism != sasl.OAuthBearer {
		return fmt.Errorf("unknown way to show a token %q", c.Mechanism)
	}
	if c.After != Move && c.After != Keep {
		return fmt.Errorf("unknown way to leave a mail %q", c.After)
	}
	if c.TLSConfig != nil && c.TLSConfig.InsecureSkipVerify {
		return errors.New("certificates must be verified: add the server's authority to the roots")
	}
	if len(c.MarkerKey) != 0 && len(c.MarkerKey) < minKeyBytes {
		return fmt.Errorf("the marker key has fewer than %d bytes", minKeyBytes)
	}
	if c.MaxBytes < 0 || c.Batch < 0 || c.BatchBytes < 0 || c.Workers < 0 || c.MaxLogins < 0 {
		return errors.New("a limit is negative")
	}
	if c.IdleSlice < 0 || c.IdleSlice > maxIdle {
		return fmt.Errorf("an IDLE of %s: more than %s end in a hangup", c.IdleSlice, maxIdle)
	}
	return c.Pauses.check()
}

// secured is the TLS configuration of a connection: ours, or the given one made no weaker.
func (c Config) secured() *tls.Config {
	t := &tls.Config{}
	if c.TLSConfig != nil {
		t = c.TLSConfig.Clone()
	}
	t.MinVersion = max(t.MinVersion, tls.VersionTLS12) // RFC 8314 4.1
	if t.ServerName == "" {
		t.ServerName, _, _ = net.SplitHostPort(c.Addr) // checked in New
	}
	t.NextProtos = []string{"imap"} // RFC 7301
	return t
}

func (c Config) done() imap.Flag       { return imap.Flag(c.Keyword) }
func (c Config) quarantine() imap.Flag { return imap.Flag(c.Quarantined) }
