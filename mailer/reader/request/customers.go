package request

import "strings"

const (
	// maxSignature is how many lines that are not blank a signature may have. What is longer goes
	// on with the letter.
	maxSignature = 12
	// maxClosing is how many words a closing line may have: "Mit freundlichen Grüßen, Jane Doe".
	maxClosing = 7
	// elsewhereReach is how many words may stand between "contact us at" and the address.
	elsewhereReach = 3
	// windowBefore is how many bytes before an address are read for such words.
	windowBefore = 120
)

// customersOf returns the addresses whose data is asked for. The writer's own counts only when
// nobody else is named and the text speaks in the first person.
func customersOf(text, subjectLine, from string, ours []string, books []*book) []string {
	own := ownKeys(ours)
	body, signature := cutSignature(text, books)
	customers, named := pick(body, own, books)
	if more, _ := pickFirstPerson(signature, own, books); len(more) > 0 {
		customers = appendNew(customers, more)
	}
	if len(customers) > MaxCustomers {
		customers = customers[:MaxCustomers]
	}
	if len(customers) > 0 || named {
		return customers
	}
	writer := writerOf(from, own)
	if writer.spec == "" || namesAnother(subjectLine, writer, own) || !says("first-person", text, books) {
		return nil
	}
	return []string{writer.spec}
}

// pick returns the customers that a text names, and whether it names somebody who cannot be read.
func pick(text string, own map[string]bool, books []*book) (customers []string, unreadable bool) {
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
		case own[ownKey(a)] || seen[a.key()] || isElsewhere(before, books):
		default:
			seen[a.key()] = true
			customers = append(customers, a.spec)
		}
	}
	return customers, unreadable
}

// pickFirstPerson returns the customers of those lines of a signature that say whose they are:
// "my account: jane@customer.example".
func pickFirstPerson(signature string, own map[string]bool, books []*book) ([]string, bool) {
	var lines []string
	for line := range strings.SplitSeq(signature, "\n") {
		if strings.Contains(line, "@") && says("first-person", line, books) {
			lines = append(lines, line)
		}
	}
	return pick(strings.Join(lines, "\n"), own, books)
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
func isElsewhere(before string, books []*book) bool {
	if i := strings.LastIndex(before, "\n\n"); i >= 0 {
		before = before[i:]
	}
	words := wordsOf(before)
	for _, h := range hitsIn(words, books) {
		if h.section == "elsewhere" && len(words)-h.end <= elsewhereReach {
			return true
		}
	}
	return false
}

// says reports whether a phrase of a section stands anywhere in the text.
func says(section, text string, books []*book) bool {
	var phrases []*index
	for _, b := range books {
		if x := b.bySection[section]; x != nil {
			phrases = append(phrases, x)
		}
	}
	for _, s := range sentencesOf(text, shelf().abbreviations) {
		for i := range s {
			for _, x := range phrases {
				if x.begins(s, i, section) {
					return true
				}
			}
		}
	}
	return false
}
