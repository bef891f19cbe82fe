package archtest

// anyRoom lets the test files of every room through a fence.
var anyRoom = []string{"*"}

// fences names every library of go.mod. One that is not here may be imported by
// nobody: to take a library in is a decision, and docs/decisions says why.
func fences() []Fence {
	return append(libraries(), standard()...)
}

func libraries() []Fence {
	return []Fence{
		{
			Library: "github.com/redis/go-redis/v9", May: []string{"store"},
			Why: "one room knows Redis, so that its promises can be proven in one place",
		},
		{
			Library: "github.com/alicebob/miniredis/v2",
			May:     []string{"store/storetest", "internal/demo"},
			Tests:   []string{"cmd/dsrd", "internal/app"},
			Why:     "the embedded Redis is for tests and the demonstration; serve wants a real one",
		},
		{
			Library: "github.com/emersion/go-imap/v2",
			May:     []string{"mailer/inbox", "mailer/mailtest"},
			Why:     "its traps are avoided in one room; nobody else can fall into them",
		},
		{
			Library: "github.com/emersion/go-sasl", May: []string{"mailer/inbox", "mailer/mailtest"},
			Why: "logins of go-imap",
		},
		{
			Library: "github.com/emersion/go-smtp", May: []string{"mailer/mailtest"},
			Why: "the server of the in-process post office",
		},
		{
			Library: "github.com/wneessen/go-mail",
			May:     []string{"mailer/composer", "mailer/courier"},
			Why:     "rendering in one room, transport in another, and no third",
		},
		{
			Library: "github.com/emersion/go-message",
			May:     []string{"mailer/reader", "mailer/authentic"},
			Tests:   []string{"mailer"}, // inspecting is measured against its bare parse
			Why:     "the second opinion on a stranger's bytes",
		},
		{
			Library: "github.com/emersion/go-msgauth",
			May:     []string{"mailer/authentic", "internal/demo", "internal/office"},
			Tests:   []string{"internal/real", "internal/office", "mailer/mailtest/forge"},
			Why:     "the second opinion on signatures; the demonstration's admin signs with it",
		},
		{
			Library: "github.com/robfig/cron/v3", May: []string{"workflow/engine"},
			Why: "cron only wakes; what is due lives in the store",
		},
		{
			Library: "github.com/spf13/cobra", May: []string{"cmd/dsrd"},
			Why: "flags are the command line's",
		},
		{
			Library: "github.com/Azure/azure-sdk-for-go/sdk/azcore",
			May:     []string{"export/source/defender", "export/source/defender/defendertest"},
			Why:     "a cloud's SDK stays in the source that reads that cloud",
		},
		{
			Library: "github.com/Azure/azure-sdk-for-go/sdk/azidentity",
			May:     []string{"export/source/defender"},
			Why:     "a cloud's credentials stay in the source that reads that cloud",
		},
		{
			Library: "filippo.io/age",
			May: []string{
				"export", "export/archive", "internal/app", "internal/demo", "internal/registry",
				"internal/office",
			},
			Tests: []string{"cmd/dsrd", "internal/real"},
			Why:   "packages are sealed with it and opened to be verified; the registry checks keys",
		},
		{
			Library: "github.com/klauspost/compress/flate", May: []string{"export/archive"},
			Tests: []string{"export"},
			Why:   "twice the speed of the standard library in the one place that needs it",
		},
		{
			Library: "go.yaml.in/yaml/v3", May: []string{"internal/config"},
			Why: "one strict reader, which tells line and key; the registry reads through it",
		},
		{
			Library: "golang.org/x/net/html", May: []string{"mailer/reader", "mailer/reader/reply"},
			Tests: []string{"templates"},
			Why:   "HTML of strangers is walked, never shown",
		},
		{
			Library: "golang.org/x/net/idna",
			May:     []string{"mailer/authentic", "mailer/reader/request", "export/source"},
			Why:     "addresses are compared in A-labels",
		},
		{
			Library: "golang.org/x/net/publicsuffix", May: []string{"mailer/authentic"},
			Why: "alignment by organisational domain",
		},
		{
			Library: "golang.org/x/net/dns", May: []string{"internal/real"},
			Tests: []string{"mailer/authentic", "internal/app"},
			Why:   "a DNS server to test with",
		},
		{
			Library: "golang.org/x/text",
			May: []string{
				"mailer/reader", "mailer/reader/parts", "mailer/reader/reply",
				"mailer/reader/request", "mailer/mailtest/forge",
			},
			Why: "charsets and normal forms of what strangers write",
		},
		{
			Library: "github.com/prometheus/client_golang", May: []string{"internal/telemetry"},
			Why: "one room counts; the others tell it what happened",
		},
		{
			Library: "golang.org/x/sync", May: []string{"internal/app"},
			Why: "parts that end together",
		},
		{
			Library: "github.com/google/go-cmp", May: []string{"store/storetest"}, Tests: anyRoom,
			Why: "tests",
		},
		{Library: "pgregory.net/rapid", May: []string{"store/storetest"}, Tests: anyRoom, Why: "tests"},
		{Library: "go.uber.org/goleak", Tests: anyRoom, Why: "tests"},
		{Library: "github.com/rogpeppe/go-internal", Tests: []string{"cmd/dsrd"}, Why: "conversations"},
	}
}

// standard fences the packages of the standard library through which chance, the
// network or another program could come in unseen.
func standard() []Fence {
	return []Fence{
		{
			Library: "crypto/rand",
			May: []string{
				"cmd/dsrd", "internal/app", "internal/demo", "internal/office", "mailer/mailtest",
				"store/storetest",
			},
			Tests: anyRoom,
			Why:   "chance is an argument; only the wiring and stand-ins draw it",
		},
		{Library: "math/rand", May: []string{"internal/office"}, Tests: anyRoom, Why: "chance is an argument"},
		{
			Library: "net/http",
			May: []string{
				"internal/admin", "internal/app", "internal/demo", "export/source/defender",
				"export/source/defender/defendertest", "internal/real", "internal/office",
				"internal/telemetry", "mailer/token",
			},
			Tests: anyRoom,
			Why:   "who talks HTTP is known: the socket, scrapes, the sources, the logins",
		},
		{Library: "net/smtp", Why: "frozen; the courier has go-mail's"},
		{
			Library: "os/exec",
			May: []string{
				"internal/child", "store/redistest", "internal/archtest", "internal/onehost",
				"internal/real", "internal/office",
			},
			Tests: anyRoom,
			Why:   "the daemon starts no other program",
		},
		{Library: "plugin", Why: "one static binary"},
		{Library: "unsafe", Why: "never"},
		{Library: "testing", May: []string{"store/storetest", "internal/office"}, Tests: anyRoom, Why: "not in the binary"},
	}
}
