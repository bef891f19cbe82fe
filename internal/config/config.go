package config

import "time"

// Config is dsrd.yaml. The comments of deploy/dsrd.example.yaml are its manual.
type Config struct {
	Mailboxes []Mailbox `yaml:"mailboxes"`
	SMTP      SMTP      `yaml:"smtp"`
	Tokens    []Token   `yaml:"tokens"`
	DNS       DNS       `yaml:"dns"`
	Redis     Redis     `yaml:"redis"`
	Tenants   Tenants   `yaml:"tenants"`
	Sources   []Source  `yaml:"sources"`
	Export    Export    `yaml:"export"`
	Delivery  Delivery  `yaml:"delivery"`
	Policy    Policy    `yaml:"policy"`
	Schedules Schedules `yaml:"schedules"`
	Console   Console   `yaml:"console"`
	Telemetry Telemetry `yaml:"telemetry"`
	Retention Retention `yaml:"retention"`
	Timing    Timing    `yaml:"timing"`
	Keys      Keys      `yaml:"keys"`
}

// Mailbox is one account to which data subjects write.
type Mailbox struct {
	Name         string   `yaml:"name"`
	Address      string   `yaml:"address"`
	Aliases      []string `yaml:"aliases"`
	Host         string   `yaml:"host"`
	Port         int      `yaml:"port"`
	Security     string   `yaml:"security"`
	Auth         string   `yaml:"auth"`
	User         string   `yaml:"user"`
	PasswordFile string   `yaml:"password_file"`
	Token        string   `yaml:"token"`
	CAFile       string   `yaml:"ca_file"`
	Idle         *bool    `yaml:"idle"`
	AuthservID   string   `yaml:"authserv_id"`
	Folder       string   `yaml:"folder"`
	Junk         string   `yaml:"junk"`
	Root         string   `yaml:"root"`
	After        string   `yaml:"after"`
	MaxBytes     Size     `yaml:"max_bytes"`
	KeepSent     *bool    `yaml:"keep_sent"`

	Password Secret `yaml:"-"`
}

// SMTP is the submission server that takes our mail.
type SMTP struct {
	Host         string `yaml:"host"`
	Port         int    `yaml:"port"`
	Security     string `yaml:"security"`
	Auth         string `yaml:"auth"`
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`
	Token        string `yaml:"token"`
	CAFile       string `yaml:"ca_file"`
	HELO         string `yaml:"helo"`
	From         string `yaml:"from"`
	FromName     string `yaml:"from_name"`
	Reply        string `yaml:"reply"`
	Bounce       string `yaml:"bounce"`
	Connections  int    `yaml:"connections"`
	MaxBytes     Size   `yaml:"max_bytes"`
	Retry        Retry  `yaml:"retry"`

	Password Secret `yaml:"-"`
}

// Retry is when a mail that was not accepted is tried again.
type Retry struct {
	First     Duration `yaml:"first"`
	Longest   Duration `yaml:"longest"`
	For       Duration `yaml:"for"`
	Ambiguous Duration `yaml:"ambiguous"`
}

// DNS says who is asked for keys and policies.
type DNS struct {
	Servers []string `yaml:"servers"`
}

// Tenants says where the registry is.
type Tenants struct {
	Files []string `yaml:"files"`
}

// Source is one system that holds customers' data.
type Source struct {
	Name       string     `yaml:"name"`
	Kind       string     `yaml:"kind"`
	Endpoint   string     `yaml:"endpoint"`
	CAFile     string     `yaml:"ca_file"`
	Credential Credential `yaml:"credential"`
	Limits     Limits     `yaml:"limits"`
}

// Credential says how a source is logged in to; the kind is always named.
type Credential struct {
	Kind            string `yaml:"kind"`
	TenantID        string `yaml:"tenant_id"`
	ClientID        string `yaml:"client_id"`
	SecretFile      string `yaml:"secret_file"`
	CertificateFile string `yaml:"certificate_file"`
	AuthorityHost   string `yaml:"authority_host"`

	Secret Secret `yaml:"-"`
}

// Limits bound what one reading of a source may cost; 0 takes the default.
type Limits struct {
	Pages int      `yaml:"pages"`
	Rows  int      `yaml:"rows"`
	Bytes Size     `yaml:"bytes"`
	Time  Duration `yaml:"time"`
}

// Export is how packages are compiled.
type Export struct {
	Incomplete string `yaml:"incomplete"`
	WorkDir    string `yaml:"work_dir"`
}

// Delivery is how packages are handed over.
type Delivery struct {
	Encryption     string `yaml:"encryption"`
	BlobDir        string `yaml:"blob_dir"`
	BlobInRedisMax Size   `yaml:"blob_in_redis_max"`
	LettersDir     string `yaml:"letters_dir"`
}

// Policy is the ladder and the limits of the dialogue.
type Policy struct {
	Regime        string     `yaml:"regime"`
	Reminders     []Duration `yaml:"reminders"`
	CodeLife      Duration   `yaml:"code_life"`
	Questions     int        `yaml:"questions"`
	Alarms        []Duration `yaml:"alarms"`
	Escalations   int        `yaml:"escalations"`
	CoolingOff    Duration   `yaml:"cooling_off"`
	Receipt       bool       `yaml:"receipt"`
	ReceiptEvery  Duration   `yaml:"receipt_every"`
	AsksAnHour    int        `yaml:"asks_an_hour"`
	AsksADay      int        `yaml:"asks_a_day"`
	Contact       string     `yaml:"contact"`
	BreakerLimit  int        `yaml:"breaker_limit"`
	BreakerWindow Duration   `yaml:"breaker_window"`
	ProcessOld    bool       `yaml:"process_existing"`
}

// Schedules are cron specs; they only wake.
type Schedules struct {
	Scan       string `yaml:"scan"`
	Export     string `yaml:"export"`
	Remind     string `yaml:"remind"`
	Deadline   string `yaml:"deadline"`
	Retention  string `yaml:"retention"`
	Checkpoint string `yaml:"checkpoint"`
	Report     string `yaml:"report"`
}

// Console is where operators reach the daemon.
type Console struct {
	Socket string `yaml:"socket"`
	Listen string `yaml:"listen"`
}

// Telemetry is what the daemon tells.
type Telemetry struct {
	Level  string `yaml:"level"`
	Format string `yaml:"format"`
}

// Retention is how long things are kept.
type Retention struct {
	Package  Duration `yaml:"package"`
	Personal Duration `yaml:"personal"`
	Mails    Duration `yaml:"mails"`
}

// Keys is where the key file is.
type Keys struct {
	File string `yaml:"file"`
}

const day = Duration(24 * time.Hour)

// defaults are what a key means that is not written. Decisions about people's
// data (delivery.encryption) have none.
func defaults() Config {
	return Config{
		Redis: Redis{
			Partitions: 1, Durability: Fsync, WaitReplicas: 1, WaitTimeout: Duration(time.Second),
			Recovery: RecoverRollback,
		},
		SMTP: SMTP{Port: 587, Security: "starttls", Auth: "password", Connections: 4, Retry: Retry{
			First: Duration(5 * time.Minute), Longest: Duration(70 * time.Minute), For: 5 * day,
			Ambiguous: Duration(10 * time.Minute),
		}},
		Export:   Export{Incomplete: "wait"},
		Delivery: Delivery{BlobInRedisMax: 16 << 20},
		Policy: Policy{
			Regime: "gdpr", Reminders: []Duration{day, 3 * day, 5 * day}, CodeLife: 7 * day,
			Questions: 2, Alarms: []Duration{7 * day, 14 * day, 21 * day, 27 * day},
			Escalations: 1, CoolingOff: day, ReceiptEvery: Duration(time.Minute), AsksAnHour: 5, AsksADay: 20,
			BreakerLimit: 60, BreakerWindow: Duration(10 * time.Minute),
		},
		Schedules: Schedules{
			Scan: "@every 60s", Export: "*/15 * * * *", Remind: "* * * * *", Deadline: "*/10 * * * *",
			Retention: "17 * * * *", Checkpoint: "*/5 * * * *", Report: "0 6 * * *",
		},
		Console:   Console{Socket: "/run/dsrd/dsrd.sock", Listen: "127.0.0.1:8025"},
		Telemetry: Telemetry{Level: "info", Format: "json"},
		Retention: Retention{Package: 30 * day, Personal: 730 * day, Mails: 90 * day},
		Timing:    usualTiming(),
	}
}

// IdleOn reports whether the server is asked to tell of new mail at once.
func (m Mailbox) IdleOn() bool { return m.Idle == nil || *m.Idle }

// KeepsSent reports whether a copy of what proves a sent letter is put into this mailbox.
func (m Mailbox) KeepsSent() bool { return m.KeepSent == nil || *m.KeepSent }

// HTTPOn reports whether anything is to be heard on console.listen.
func (c Console) HTTPOn() bool { return c.Listen != "off" }

// mailboxDefaults fill what a mailbox does not say.
func (m *Mailbox) mailboxDefaults() {
	def := func(p *string, v string) {
		if *p == "" {
			*p = v
		}
	}
	def(&m.Security, "implicit")
	def(&m.Auth, "password")
	def(&m.Folder, "INBOX")
	def(&m.Root, "DSRD")
	def(&m.After, "move")
	for _, p := range []**bool{&m.Idle, &m.KeepSent} {
		if *p == nil {
			on := true
			*p = &on
		}
	}
	if m.Port == 0 {
		m.Port = map[string]int{"implicit": 993}[m.Security]
	}
	if m.Port == 0 {
		m.Port = 143
	}
	if m.MaxBytes == 0 {
		m.MaxBytes = 10 << 20
	}
}
