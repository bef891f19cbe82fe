package workflow

import "time"

// Tenant is a controller's organisation whose customers' data the provider holds.
type Tenant struct {
	ID            string
	Name          string
	Admins        []Admin // the first is asked
	Domains       []string
	Customers     []Address
	SecondContact Address // gets passphrases, never packages; may be ""
	Capacity      Capacity
	Regime        Regime
	Encryption    Encryption
	Confirm       Confirm // what an answer must bring beside the rules
	StrictSigner  bool    // only a signature of the admin's very domain proves an answer
	// Parameters for the sources: source name -> parameter -> value.
	Parameters map[string]map[string]string
}

// Admin is the person who acknowledges for a tenant.
type Admin struct {
	Address   Address
	Role      Role
	Language  string // ISO 639-1; "" means the request's language
	PublicKey string // age recipient; "" if none
}

// Encryption of packages for a tenant.
type Encryption string

// There is no default: one of these is written down for every tenant.
const (
	EncryptAge        Encryption = "age"
	EncryptPassphrase Encryption = "passphrase"
	EncryptNone       Encryption = "none"
)

// Admin gives the tenant's admin with that address, compared case-insensitively.
func (t Tenant) Admin(a Address) (Admin, bool) {
	for _, admin := range t.Admins {
		if FoldAddress(string(admin.Address)) == FoldAddress(string(a)) {
			return admin, true
		}
	}
	return Admin{}, false
}

// Capacity is in what role the provider holds a tenant's data (GDPR Art. 4(7), (8)):
// who answers the person follows from it. The zero value means Processor.
type Capacity string

// The two capacities. The strings are stored.
const (
	// Processor: the tenant is the controller and answers the person.
	Processor Capacity = "processor"
	// Controller: the provider answers the person itself.
	Controller Capacity = "controller"
)

// Regime is the law whose deadlines bind a request.
type Regime string

// The regimes whose clocks are known.
const (
	GDPR Regime = "gdpr"
	CCPA Regime = "ccpa"
)

// Policy is what was agreed when a request was born. It is stored with the
// request, so that a later change of configuration does not rewrite the past. A
// field added later is left out while it is zero: births are hashed into histories.
type Policy struct {
	Regime       Regime
	Capacity     Capacity        `json:",omitempty"`
	Escalations  int             `json:",omitempty"` // rounds with the second contact; 0 without one
	Reminders    []time.Duration // after the confirmation left
	CodeLife     time.Duration   // 1 h to 30 d
	Questions    int             // clarifications before a person must look
	Alarms       []time.Duration // after receipt: deadline warnings
	Receipt      bool            // an authenticated requester gets a receipt
	Confirm      Confirm         `json:",omitempty"` // what an answer must bring beside the rules
	PackageKept  time.Duration   // after the end of the request
	PersonalKept time.Duration   // after the end of the request
}

const day = 24 * time.Hour

// DefaultPolicy is the ladder of reminders and warnings that most tenants want.
func DefaultPolicy() Policy {
	return Policy{
		Regime:       GDPR,
		Reminders:    []time.Duration{1 * day, 3 * day, 5 * day},
		CodeLife:     7 * day,
		Questions:    2,
		Alarms:       []time.Duration{7 * day, 14 * day, 21 * day, 27 * day},
		PackageKept:  30 * day,
		PersonalKept: 730 * day, // 11 CCR 7101: records for 24 months
	}
}
