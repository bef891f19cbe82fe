// Package reply reads what a person newly wrote in a mail body, and whether that confirms or
// rejects.
//
// It must never let quoted, forwarded or hidden text decide, and never read a doubt as a yes:
// whatever is not plainly a confirmation is unclear.
package reply

import "strings"

// CutLine is the marker that our own mails carry as their first line. Everything from its first
// occurrence on is ours, whether or not a mail client marked it as quoted; only what stands
// unquoted below a quoted marker is the author's. In HTML the element with the id CutID stands
// for it.
const CutLine = "##- Reply above this line -##"

// CutID is the id of the HTML element that marks the beginning of our own text.
const CutID = "dsrd-cut"

// Bounds on what is read: an answer stands in the first maxLines lines that are not blank and the
// first maxText bytes. Unquoted text beyond them can only make an answer unclear.
const (
	maxText  = 64 << 10
	maxLines = 200
)

// Text is a mail body, divided into what is new and what is not.
type Text struct {
	New       string // what the person newly wrote, without quotes and signature
	Removed   string // everything else that a reader would see
	Forwarded bool   // the body carries a forwarded mail
	// Inline: new text stands between quoted lines, or both above and below them, or may go on
	// where it is not read (a signature that says "not", lines past what is read).
	Inline bool
	// Bottom: new text stands only below or between quoted lines, none above. An Inline answer
	// that is not Bottom as well does not confirm.
	Bottom bool
}

// FromPlain divides the text of a text/plain body. Lines may end in LF, CRLF or CR.
func FromPlain(text string) Text {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	n := plainBound(text)
	rest := strings.ToValidUTF8(text[n:], "\uFFFD")
	return divide(plainLines(strings.TrimSuffix(text[:n], "\n")), rest, plainTalks(rest))
}

// FromHTML divides a text/html body, given in UTF-8. What a reader would not see (comments,
// scripts, styles, elements hidden by style) counts neither as new nor as removed.
func FromHTML(html string) Text {
	lines, all := htmlLines(html)
	n := bound(lines)
	var rest []string
	for _, l := range lines[n:] {
		rest = append(rest, l.text)
	}
	return divide(lines[:n], block(rest), !all || talks(lines[n:]))
}
