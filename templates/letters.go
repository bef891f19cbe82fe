package templates

import "time"

// Answering says who owes the person who asked an answer (GDPR Art. 12(3)): the tenant where the
// provider only processes the data for it, else the provider.
type Answering struct {
	ProviderName  string
	Controller    bool      // the provider is itself the controller of the data
	LegalDeadline time.Time // its day is told as it stands in its location
}

// Confirmation asks a tenant's admin to release a customer's data.
type Confirmation struct {
	Answering
	Tag        string // "[DSR-K4F9-7XQ2]"
	Customer   string // address whose data is asked for
	TenantName string
	Again      string   // why it comes once more: "admin_changed", "after_recovery", ...; "" if it does not
	Kinds      []string // rights: "export", "access", "erasure", ...

	// All that is told of who wrote: never an address, never a name, never a word of the mail.
	SenderDomain   string // domain of the From address; "" if there is none to tell
	SenderVerified bool   // that domain signed the mail

	Categories []Category // what a package will hold
	LeftOut    []LeftOut  // what it will not hold
	Code       string     // in groups, "abcde-fghij-..."
	TypedCode  bool       // it must be typed: a quotation does not do
	CodeEnds   time.Time
	AdminRole  string // "owner", "account_administrator", ...; may be empty

	RequestedAt time.Time
	Encryption  string // "age", "passphrase" or "none"
	Escalates   bool   // the second contact is told when nobody answers
}

// Category is a kind of data in a package.
type Category struct {
	Name  string // "security_contacts", ...; an unknown one is shown as it stands
	Scope string // "customer": entries of the customer; "tenant": of the whole tenant
}

// LeftOut is a kind of data that will not be in a package, and why.
type LeftOut struct {
	Name   string
	Reason string // "role_forbids", ...; an unknown one is shown as it stands
}

// Reminder asks again, with a new code; the earlier one is dead.
type Reminder struct {
	Confirmation
	Number int // 1 for the first
}

// Escalation tells the second contact that the admin does not answer. It never carries a code, and
// of the customer only what is needed to know whom it is about.
type Escalation struct {
	Answering
	Tag         string
	Customer    string // masked: "j***@customer.example"
	TenantName  string
	Admin       string // address of who has to answer
	RequestedAt time.Time
	CodeEnds    time.Time // about when the code that the admin gets now dies
}

// Question asks an admin whose answer did not decide. It never carries a code.
type Question struct {
	Tag       string
	Customer  string
	Why       string // "unclear", "code_missing", "code_not_typed" or "other_address"
	TypedCode bool   // the code must be typed: a quotation does not do
}

// Which asks an authenticated requester whose mail named no customer.
type Which struct {
	ProviderName string
}

// Declined tells the admin that a request ended without data.
type Declined struct {
	Answering
	Tag      string
	Customer string
	By       string // "admin", "operator" or "requester"
}

// Refusal tells the admin that the answer cannot be carried out.
type Refusal struct {
	Answering
	Tag      string
	Customer string
	Role     string // the admin's
	Reason   string // "role_forbids", "unsupported_right", "tenant_gone", ...
}

// Receipt tells an authenticated requester that the mail came in. It is the same for customers that
// are known and unknown, and so says nothing about anybody.
type Receipt struct {
	ProviderName string
	ReceivedAt   time.Time
}

// Delivery goes with the package, or with each part of it.
type Delivery struct {
	Answering
	Tag        string
	Customer   string
	TenantName string
	FileName   string
	Encryption string // "age", "passphrase" or "none"
	Part       int    // from 1; 0 or 1 of 1 when the package is one file
	Parts      int
	Sources    []SourceLine
	LeftOut    []LeftOut
	SHA256     string // of the attached file, hexadecimal
	Verify     string // command that verifies the package; may be empty
}

// SourceLine is what became of one set of data.
type SourceLine struct {
	Name   string
	Status string // "found", "none", "failed" or "not_searched"
	Count  int    // entries found
	Note   string // short, of the program; may be empty
}

// Incomplete is true when a set that should be there is not.
func (d Delivery) Incomplete() bool {
	for _, s := range d.Sources {
		if s.Status == "failed" || s.Status == "not_searched" {
			return true
		}
	}
	return false
}

// Split is true when the package comes in several mails.
func (d Delivery) Split() bool { return d.Parts > 1 }

// Passphrase goes to the second contact, never to the address that gets the package.
type Passphrase struct {
	Tag        string
	FileName   string
	Passphrase string
}

// Confirmation writes the letter to a tenant's admin. language is a BCP 47 tag; its region is
// ignored, and a language that there is no letter in gives English. So it is with all letters.
func (s *Set) Confirmation(language string, d Confirmation) (Letter, error) {
	return s.write("confirmation", language, d)
}

// Reminder writes the second and later letters to an admin who has not answered.
func (s *Set) Reminder(language string, d Reminder) (Letter, error) {
	return s.write("reminder", language, d)
}

// Escalation writes to the second contact that the admin does not answer.
func (s *Set) Escalation(language string, d Escalation) (Letter, error) {
	return s.write("escalation", language, d)
}

// Question writes back to an admin whose answer did not decide.
func (s *Set) Question(language string, d Question) (Letter, error) {
	return s.write("question", language, d)
}

// Which writes back to a requester who named no customer.
func (s *Set) Which(language string, d Which) (Letter, error) { return s.write("which", language, d) }

// Declined writes to the admin that the request is over and nothing was sent.
func (s *Set) Declined(language string, d Declined) (Letter, error) {
	return s.write("declined", language, d)
}

// Refusal writes to the admin why nothing will be sent.
func (s *Set) Refusal(language string, d Refusal) (Letter, error) {
	return s.write("refusal", language, d)
}

// Receipt writes to the requester that the mail came in.
func (s *Set) Receipt(language string, d Receipt) (Letter, error) {
	return s.write("receipt", language, d)
}

// Delivery writes the letter that the package is attached to.
func (s *Set) Delivery(language string, d Delivery) (Letter, error) {
	return s.write("delivery", language, d)
}

// Passphrase writes to the second contact.
func (s *Set) Passphrase(language string, d Passphrase) (Letter, error) {
	return s.write("passphrase", language, d)
}
