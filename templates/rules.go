package templates

import (
	"fmt"
	"slices"
	"strings"
)

const cutLine = "##- Reply above this line -##"

// decisionWords are what an admin answers with. Alone on a line of ours they could be taken for an
// answer when a letter is quoted without marks.
var decisionWords = []string{"CONFIRM", "REJECT", "BESTÄTIGEN", "ABLEHNEN"}

// keeps reports what a letter lacks that the answers to it are read by. A letter that someone
// overrode with one of these missing would ask for answers that cannot be understood.
func (s sample) keeps(l Letter) error {
	plain, rich := fileName(s.letter, l.Language, "txt"), fileName(s.letter, l.Language, "html")
	if slices.Contains([]string{"confirmation", "reminder", "question"}, s.letter) {
		if !strings.HasPrefix(l.Text, cutLine+"\n") {
			return fmt.Errorf("template: %s: must begin with the line %q", plain, cutLine)
		}
		if !strings.Contains(l.HTML, `<div id="dsrd-cut"`) || !strings.Contains(l.HTML, cutLine) {
			return fmt.Errorf("template: %s: must hold %q in a div with the id dsrd-cut", rich, cutLine)
		}
	}
	if word := loneWord(l.Text); word != "" {
		return fmt.Errorf("template: %s: %q stands alone on a line", plain, word)
	}
	for _, line := range s.lines {
		if strings.Count("\n"+l.Text, "\n"+line+"\n") != 1 {
			return fmt.Errorf("template: %s: must hold one line %q", plain, line)
		}
		if strings.Count(l.HTML, ">"+line+"<") != 1 {
			return fmt.Errorf("template: %s: must hold one paragraph %q", rich, line)
		}
	}
	return nil
}

// loneWord is the first decision word that nothing but marks surrounds on its line.
func loneWord(text string) string {
	for line := range strings.Lines(text) {
		bare := strings.Trim(line, " \t\r\n\"'*_->.,:;!()#0123456789")
		if slices.Contains(decisionWords, strings.ToUpper(bare)) {
			return bare
		}
	}
	return ""
}
