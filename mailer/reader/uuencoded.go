package reader

import (
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// maxFilesInText bounds the files that one text may hold.
const maxFilesInText = 50

// filesIn takes the uuencoded files out of plain text, which was the way to attach them before
// there was MIME, and still is that of some scripts. A file counts only when it is whole, so
// that no sentence is taken for one.
func filesIn(text string) (rest string, files []*parts.Part) {
	if !strings.Contains(text, "\nend") || !strings.Contains(text, "begin ") {
		return text, nil
	}
	var b strings.Builder
	kept := 0 // text before it is written
	for pos := 0; pos < len(text) && len(files) < maxFilesInText; {
		line, next := cutLine(text, pos)
		name, ok := beginOfFile(line)
		if !ok {
			pos = next
			continue
		}
		end := endOfFile(text, next)
		if end < 0 {
			pos = next
			continue
		}
		files = append(files, parts.FileIn(name, []byte(text[pos:end])))
		b.WriteString(text[kept:pos])
		kept, pos = end, end
	}
	if files == nil {
		return text, nil
	}
	b.WriteString(text[kept:])
	return b.String(), files
}

// cutLine is the line at pos without its end, and where the next one begins.
func cutLine(text string, pos int) (line string, next int) {
	i := strings.IndexByte(text[pos:], '\n')
	if i < 0 {
		return text[pos:], len(text)
	}
	return strings.TrimSuffix(text[pos:pos+i], "\r"), pos + i + 1
}

// beginOfFile reads "begin 644 name": the mode is three or four octal digits.
func beginOfFile(line string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(line, "begin ")
	if !ok {
		return "", false
	}
	mode, name, _ := strings.Cut(rest, " ")
	name = strings.TrimSpace(name)
	return name, (len(mode) == 3 || len(mode) == 4) && strings.Trim(mode, "01234567") == "" &&
		name != ""
}

// endOfFile goes through lines of uuencode and says where the line after "end" begins; -1: it
// met a line that is none. Every line is looked at by one file only, or by none.
func endOfFile(text string, pos int) int {
	for pos < len(text) {
		line, next := cutLine(text, pos)
		switch {
		case line == "end":
			return next
		case line == "":
		case line[0] < ' ' || line[0] > '`' || len(line)-1 < neededFor(line[0])-2:
			return -1
		}
		pos = next
	}
	return -1
}

// neededFor is how many letters the line needs whose first letter counts its bytes. Blanks at
// its end may have been lost on the way.
func neededFor(count byte) int { return (int(count-' ')&63 + 2) / 3 * 4 }
