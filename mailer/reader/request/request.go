// Package request reads which data subject right a mail asks for, in which language and whose
// addresses it names.
//
// It must never look beyond the text it is given (no quoted history, no network, no clock), and
// never guess a customer: an address that cannot be told apart from a contact line is left out,
// and a mail without one is for people to review.
package request

// MaxCustomers is how many customers one mail may name. Each becomes a request of its own, so a
// longer list is cut rather than multiplied.
const MaxCustomers = 20

// The rights and purposes that Read tells apart, in the order in which it reports them.
const (
	access        = "access"
	portability   = "portability"
	erasure       = "erasure"
	rectification = "rectification"
	objection     = "objection"
	restriction   = "restriction"
	optOut        = "opt_out"
	export        = "export"
	reminder      = "reminder"
	complaint     = "complaint"
)

// kinds are all of them; a kind's number is its position here.
var kinds = [...]string{
	access, portability, erasure, rectification, objection, restriction, optOut, export,
	reminder, complaint,
}

// The first kinds are rights, the last two are not.
const (
	numRights     = 8
	isErasure     = 2
	isObjection   = 4
	isRestriction = 5
	isOptOut      = 6
	isReminder    = 8
	isComplaint   = 9
)

// rights are the kinds that ask for something to be done with data. A reminder and a complaint
// are about an earlier request and are weighed differently.
var rights = kinds[:numRights]

// Request is what a mail asks for.
type Request struct {
	// Kinds are the rights asked for: access, portability, erasure, rectification, objection,
	// restriction, opt_out, export; and reminder and complaint, which are about an earlier
	// request. Always in that order; empty when the text does not say.
	Kinds []string
	// Customers are the addresses of those whose data is meant, in the order of the text, without
	// repetition, at most MaxCustomers; domains in lower case and as A-labels (RFC 5890 2.3.2.1).
	Customers []string
	// Subjects are the data subjects. They are the customers.
	Subjects []string
	// Language is the ISO 639-1 code of the language of the text; empty when unsure.
	Language string
}

// Read reads a request from the newly written text of a mail (no quotes), its subject line and
// the writer's From address. Addresses in ours, also with a +detail, never are customers.
//
// At most 256 KiB of the text are read; the work grows linearly with what is read.
func Read(newText, subjectLine, from string, ours []string) Request {
	text, subjectLine := unhidden(clean(newText, maxText)), unhidden(clean(subjectLine, maxSubjectLine))
	// The word lists that find a disclaimer depend on the language, and the language on the
	// disclaimer: many a firm's is in English under letters of its own.
	language := languageOf(text)
	p := pageOf(text)
	if p.dropDisclaimers(booksFor(language).engine) {
		text = p.text()
		language = languageOf(text)
	}
	if language == "" {
		language = languageOf(subjectLine)
	}
	books := booksFor(language)
	evidence := evidenceOf(p.sentences(shelf().abbreviations), subjectLine, books)
	evidence.settle(len(spansIn(text)) > 0)
	who := naming{from: from, own: ownKeys(ours), books: books, firstPerson: evidence.firstPerson}
	customers := who.customersOf(text, p, subjectLine)
	return Request{
		Kinds:     evidence.kinds(),
		Customers: customers,
		Subjects:  append([]string(nil), customers...),
		Language:  language,
	}
}
