package archtest

// A Room is what one package may import of our own. Names are import paths
// without the module's; "mailer/*" is every room below mailer.
type Room struct {
	May   []string // from its non-test files
	Tests []string // besides, from its test files; the room itself always
}

// A Fence is around a library, or a package of the standard library: only the
// rooms named may import it and what lies below it.
type Fence struct {
	Library string
	May     []string // from non-test files
	Tests   []string // besides, from test files; "*" is any room
	Why     string
}

// A Plan is all that is allowed. What it does not name is refused.
type Plan struct {
	Module string
	Rooms  map[string]Room
	Fences []Fence
	// Impure lists, for a room, the standard packages that it must not import,
	// with everything below them.
	Impure map[string][]string
}

// House is the floor plan of dsrd.
func House() Plan {
	return Plan{Module: "github.com/dsrd/dsrd", Rooms: rooms(), Fences: fences(), Impure: impure()}
}

func rooms() map[string]Room {
	return map[string]Room{
		"workflow":        {},
		"workflow/engine": {May: []string{"workflow"}},

		"mailer": {
			May:   []string{"workflow", "templates", "mailer/*"},
			Tests: []string{"store", "store/storetest", "workflow/engine"},
		},
		"mailer/envelope":  {},
		"mailer/inbox":     {May: []string{"mailer/envelope"}, Tests: []string{"mailer/mailtest"}},
		"mailer/authentic": {May: []string{"mailer/envelope"}, Tests: []string{"mailer/mailtest/forge"}},
		"mailer/composer":  {May: []string{"mailer/envelope"}},
		"mailer/courier":   {May: []string{"mailer/envelope"}, Tests: []string{"mailer/mailtest"}},
		"mailer/mailtest":  {},
		// What is forged is played against every room that reads mail.
		"mailer/mailtest/forge": {},
		"mailer/token":          {Tests: []string{"mailer/mailtest"}},
		"mailer/reader": {May: []string{
			"mailer/envelope", "mailer/reader/parts", "mailer/reader/bounce",
			"mailer/reader/reply", "mailer/reader/request", "mailer/reader/words",
		}, Tests: []string{"mailer/mailtest/forge"}},
		"mailer/reader/parts":   {Tests: []string{"mailer/mailtest/forge"}},
		"mailer/reader/bounce":  {May: []string{"mailer/reader/parts", "mailer/reader/words"}},
		"mailer/reader/reply":   {May: []string{"mailer/reader/words"}, Tests: []string{"mailer/mailtest/forge"}},
		"mailer/reader/request": {May: []string{"mailer/reader/words"}, Tests: []string{"mailer/mailtest/forge"}},
		"mailer/reader/words":   {},

		"store": {
			May: []string{"workflow"}, Tests: []string{"store/storetest", "store/redistest"},
		},
		"store/storetest": {May: []string{"store", "workflow", "workflow/engine", "store/redistest"}},
		"store/redistest": {May: []string{"internal/child"}},

		"export": {
			May:   []string{"workflow", "export/archive", "export/source"},
			Tests: []string{"export/*"},
		},
		"export/archive": {},
		"export/source":  {},
		"export/source/defender": {
			May:   []string{"export/source"},
			Tests: []string{"export/source/defender/defendertest"},
		},
		"export/source/defender/defendertest": {},

		"internal/nearest":   {},
		"templates":          {May: []string{"internal/nearest"}},
		"internal/config":    {May: []string{"internal/nearest"}},
		"internal/registry":  {May: []string{"workflow", "internal/config"}},
		"internal/admin":     {May: []string{"workflow", "templates"}},
		"internal/telemetry": {May: []string{"workflow", "workflow/engine"}},
		"internal/recovery": {
			May: []string{"workflow", "mailer", "mailer/envelope", "mailer/inbox", "store"},
			Tests: []string{
				"workflow/engine", "mailer/*", "store/storetest", "internal/registry",
			},
		},
		"internal/app": {
			May: []string{
				"workflow", "workflow/engine", "templates", "store", "export", "export/archive",
				"export/source", "export/source/defender", "mailer", "mailer/authentic",
				"mailer/composer", "mailer/courier", "mailer/envelope", "mailer/inbox",
				"mailer/reader", "mailer/token", "internal/admin", "internal/config", "internal/registry",
				"internal/telemetry", "internal/recovery",
			},
			Tests: []string{
				"internal/demo", "mailer/mailtest", "store/storetest", "store/redistest",
				"export/source/defender/defendertest",
			},
		},
		"internal/demo": {
			May: []string{
				"workflow", "workflow/engine", "mailer/*", "export/*", "store",
				"internal/app", "internal/admin", "internal/config", "internal/registry",
				"internal/telemetry",
			},
			Tests: []string{"store/storetest"},
		},
		"internal/archtest": {},
		"internal/child":    {},
		"internal/real": {
			May: []string{
				"internal/child", "mailer/mailtest", "export/source/defender/defendertest",
				"store/storetest",
			},
			Tests: []string{
				"export/*", "mailer/*", "store", "internal/config", "internal/admin", "internal/office",
			},
		},
		"internal/office": {May: []string{
			"internal/real", "internal/oracle", "internal/faulty", "store/redistest", "store/storetest",
			"mailer/*", "export/*", "store", "internal/config", "internal/admin",
		}},
		// The oracle shares nothing with what it judges.
		"internal/oracle": {},
		"internal/faulty": {},
		"internal/matrix": {Tests: []string{
			"internal/office", "internal/oracle", "internal/faulty", "internal/real", "store/redistest",
			"mailer/mailtest", "export/source/defender/defendertest",
		}},
		"internal/chaos": {Tests: []string{
			"internal/office", "internal/oracle", "internal/faulty", "internal/real", "store/redistest",
			"mailer/mailtest", "export/source/defender/defendertest",
		}},
		"internal/onehost": {},

		"cmd/dsrd": {
			May: []string{
				"internal/app", "internal/admin", "internal/config", "internal/registry",
				"internal/telemetry", "internal/demo",
				"workflow", // the names of states, for listings and their help
			},
			// Conversations look behind the curtain to see that all promises hold.
			Tests: []string{
				"workflow/engine", "store", "store/storetest", "mailer/*", "export/*",
			},
		},
	}
}

// impure keeps the law a function: what it could ask or do is out of its reach.
func impure() map[string][]string {
	return map[string][]string{
		"workflow": {
			"bufio", "context", "crypto/rand", "database", "embed", "expvar", "io", "log",
			"math/rand", "net", "os", "path/filepath", "plugin", "runtime", "sync", "syscall",
			"testing", "unsafe",
		},
	}
}
