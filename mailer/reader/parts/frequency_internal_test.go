package parts

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFrequencyTables(t *testing.T) {
	for name, table := range map[string]string{
		"russian": russian, "ukrainian": ukrainian, "bulgarian": bulgarian, "greek": greek,
		"hebrew": hebrew, "arabic": arabic, "thai": thai, "western": western, "german": german,
		"nordic": nordic, "polish": polish, "czech": czech, "hungarian": hungarian,
		"croatian": croatian, "romanian": romanian, "turkish": turkish, "baltic": baltic,
	} {
		fields := strings.Fields(table)
		if len(fields) < 2*8 || len(fields)%2 != 0 {
			t.Errorf("%s: %d words", name, len(fields))
		}
		seen := map[string]bool{}
		for i := 0; i+1 < len(fields); i += 2 {
			letter, number := fields[i], fields[i+1]
			n, err := strconv.ParseFloat(number, 64)
			if err != nil || n <= 0 || n > 400 || utf8.RuneCountInString(letter) != 1 || seen[letter] {
				t.Errorf("%s: %q %q: %v", name, letter, number, err)
			}
			seen[letter] = true
		}
	}
}
