package request

import "strings"

const (
	// maxSignature is how many lines that are not blank a signature may have. What is longer goes
	// on with the letter.
	maxSignature = 12
	// maxClosing is how many words a closing line may have: "Mit freundlichen Grüßen, Jane Doe".
	maxClosing = 7
	// maxMark is how many tokens at the beginning of a line may hold the mark of a postscript.
	maxMark = 8
	// elsewhereReach is how many words may stand between "contact us at" and the address.
	elsewhereReach = 3
	// windowBefore is how many bytes before an address are read for such words.
	windowBefore = 120
)

// naming is what decides whom the addresses of a text name.
type naming struct {
	from        string
	own         map[string]bool // keys of our own addresses
	books       *books
	firstPerson bool // the text speaks in the first person
}

// customersOf returns the addresses whose data is asked for. The writer's own counts only when
// nobody else is named and the text speaks in the first person.
func (n naming) customersOf(text string, p *page, subjectLine string) []string {
	at := p.cutSignature(n.books.engine)
	customers, named := n.pick(text[:max(0, min(len(text), p.cut(at)-1))])
	customers = appendNew(customers, n.pickFirstPerson(p, at))
	if len(customers) > MaxCustomers {
		customers = customers[:MaxCustomers]
	}
	if len(customers) > 0 || named || !n.firstPerson {
		return customers
	}
	writer := writerOf(n.from, n.own)
	if writer.spec == "" || namesAnother(subjectLine, writer, n.own) {
		return nil
	}
	return []string{writer.spec}
}

// pick returns the customers that a text names, and whether it names somebody who cannot be read.
func (n naming) pick(text string) (customers []string, unreadable bool) {
	seen := map[string]bool{}
	end := 0 // of the address before
	for _, a := range addressesIn(text) {
		if len(customers) == MaxCustomers {
			break
		}
		before := text[max(end, a.start-windowBefore):a.start]
		end = a.end
		switch {
		case a.spec == "":
			unreadable = true
		case n.own[ownKey(a)] || seen[a.key()] || isElsewhere(before, n.books.engine):
		default:
			seen[a.key()] = true
			customers = append(customers, a.spec)
		}
	}
	return customers, unreadable
}

// pickFirstPerson returns the customers of those lines, from one on, that say whose they are:
// "my account: jane@customer.example".
func (n naming) pickFirstPerson(p *page, at int) []string {
	var lines []string
	for _, l := range p.lines[at:] {
		if strings.Contains(l.text, "@") && p.says(l, inFirstPerson, n.books.engine) {
			lines = append(lines, l.text)
		}
	}
	customers, _ := n.pick(strings.Join(lines, "\n"))
	return customers
}

// appendNew appends what is not there yet, comparing without case.
func appendNew(customers, more []string) []string {
	for _, m := range more {
		known := false
		for _, c := range customers {
			known = known || strings.EqualFold(c, m)
		}
		if !known {
			customers = append(customers, m)
		}
	}
	return customers
}

// ownKeys returns the keys of our own addresses.
func ownKeys(ours []string) map[string]bool {
	own := map[string]bool{}
	for _, o := range ours {
		for _, a := range addressesIn(clean(o, maxSubjectLine)) {
			own[ownKey(a)] = true
		}
	}
	return own
}

// ownKey is the key of an address without its +detail (RFC 5233): mail to it is ours as well.
func ownKey(a address) string {
	local, domain, _ := strings.Cut(a.key(), "@")
	base, _, _ := strings.Cut(local, "+")
	if base == "" {
		base = local
	}
	return base + "@" + domain
}

// writerOf reads the From address; it is malformed if that is ours or not one address.
func writerOf(from string, own map[string]bool) address {
	found := addressesIn(clean(from, maxSubjectLine))
	if len(found) != 1 || own[ownKey(found[0])] {
		return address{}
	}
	return found[0]
}

// namesAnother reports whether the subject line names somebody who is neither the writer nor us.
// Customers are not read there, but the writer is then not the one who is meant.
func namesAnother(subjectLine string, writer address, own map[string]bool) bool {
	for _, a := range addressesIn(subjectLine) {
		if a.key() != writer.key() && !own[ownKey(a)] {
			return true
		}
	}
	return false
}

// isElsewhere reports whether the words before an address say that it is where to write to, not
// whose data is meant.
func isElsewhere(before string, e *engine) bool {
	if i := strings.LastIndex(before, "\n\n"); i >= 0 {
		before = before[i:]
	}
	words := wordsIn(appendTokens(nil, before, shelf().dictionary))
	for _, h := range e.find(words, setOf(inElsewhere), nil) {
		if len(words)-h.end <= elsewhereReach {
			return true
		}
	}
	return false
}
