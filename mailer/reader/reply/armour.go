package reply

import (
	"regexp"
	"strings"
)

const (
	opensArmour = "-----BEGIN PGP SIGNED MESSAGE-----"
	opensProof  = "-----BEGIN PGP SIGNATURE-----"
	endsProof   = "-----END PGP SIGNATURE-----"
)

var (
	armourField = regexp.MustCompile(`^(?:Hash|Version|Comment|Charset): [!-~ ]{1,80}$`)
	armourData  = regexp.MustCompile(`^[A-Za-z0-9+/=]{1,76}$`)
)

// maxArmour is how many lines a signature may have; those of the largest keys have about 20.
const maxArmour = 60

// cutArmour takes away the frame of a text that was signed within itself (RFC 9580 7): it is the
// work of a program, and what it says is no answer. A frame that holds anything else stays.
func cutArmour(lines []line) {
	framed := false
	for i := range lines {
		switch l := &lines[i]; {
		case l.quoted:
		case l.bare == opensArmour:
			framed = true
			mark(lines[i:i+1+armourFields(lines[i+1:])], gone)
		case !framed:
		case strings.HasPrefix(l.bare, "- -"): // RFC 9580 7.2
			l.text, l.bare = strings.TrimPrefix(l.text, "- "), strings.TrimPrefix(l.bare, "- ")
		case l.bare == opensProof:
			mark(lines[i:i+proofLines(lines[i:])], gone)
			framed = false
		}
	}
}

// armourFields counts the fields at the beginning.
func armourFields(lines []line) int {
	n := 0
	for n < len(lines) && armourField.MatchString(lines[n].bare) && isArmour(lines[n].bare) {
		n++
	}
	return n
}

// isArmour knows what a program wrote. A line that is nothing but "no" could be data as well.
func isArmour(s string) bool {
	return (armourField.MatchString(s) || armourData.MatchString(s)) && !decisive(tokenize(s))
}

// proofLines counts the lines of a signature, or none where something else stands in it.
func proofLines(lines []line) int {
	for n, l := range lines {
		switch {
		case n == 0:
		case n > maxArmour:
			return 0
		case l.bare == endsProof:
			return n + 1
		case !l.blank() && !isArmour(l.bare):
			return 0
		}
	}
	return 0
}
