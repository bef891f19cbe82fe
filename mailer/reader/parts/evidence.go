package parts

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// sample is how many bytes of a text are looked at to tell its charset.
const sample = 4 << 10

// guess tells the charset of 8-bit text that is not UTF-8 by the letters that it would hold.
// It answers windows-1252 where nothing speaks clearly for another one.
func guess(text []byte) encoding.Encoding {
	text = aroundHigh(text)
	if e := guessWide(text); e != nil {
		return e
	}
	if wordsAreHigh(text) {
		return best(text, foreign, charmap.Windows1252)
	}
	return best(text, latin, charmap.Windows1252)
}

// aroundHigh is the sample: it begins a little before the first 8-bit letter.
func aroundHigh(text []byte) []byte {
	first := 0
	for first < len(text) && text[first] < utf8.RuneSelf {
		first++
	}
	text = text[max(0, first-64):]
	return text[:min(len(text), sample)]
}

// wordsAreHigh holds where 8-bit letters stand beside each other: in scripts other than Latin.
func wordsAreHigh(text []byte) bool {
	high, pairs := 0, 0
	for i, c := range text {
		if c < utf8.RuneSelf {
			continue
		}
		high++
		if i > 0 && text[i-1] >= utf8.RuneSelf || i+1 < len(text) && text[i+1] >= utf8.RuneSelf {
			pairs++
		}
	}
	return high >= 4 && 10*pairs >= 8*high
}

// wide are the charsets of two bytes a letter, with the letters that are frequent in what is
// written in them. Where kana stand, the text is Japanese: the Chinese and Korean charsets
// hold kana too, at the very places where EUC-JP has them.
var wide = []struct {
	charset  encoding.Encoding
	frequent map[rune]bool
}{
	{japanese.ShiftJIS, letters(kana)},
	{japanese.EUCJP, letters(kana)},
	{simplifiedchinese.GB18030, letters(simplified)},
	{traditionalchinese.Big5, letters(traditional)},
	{korean.EUCKR, letters(hangul)},
}

// guessWide needs a fifth of all letters to be frequent ones; in text of another charset it
// is one in fifty. Nil is none.
func guessWide(text []byte) encoding.Encoding {
	var found encoding.Encoding
	most := 0.2
	for _, w := range wide {
		out, err := w.charset.NewDecoder().Bytes(text)
		if err != nil {
			continue
		}
		high, frequent, bad := 0, 0, 0
		for _, r := range string(out) {
			switch {
			case r == utf8.RuneError:
				bad++
			case w.frequent[r]:
				frequent++
				high++
			case r >= utf8.RuneSelf:
				high++
			}
		}
		if bad > 1+high/50 || frequent < 2 {
			continue
		}
		if share := float64(frequent) / float64(high); share > most {
			most, found = share, w.charset
		}
	}
	return found
}

// A tongue is a charset together with the letters that one language writes beyond ASCII, and
// how frequent each is.
type tongue struct {
	charset *charmap.Charmap
	signs   [128]sign // of the bytes from 0x80 on
	rarity  float64   // what is taken off because few write in that charset
}

// A sign is what one byte stands for.
type sign struct {
	weight         float64 // of the small letter: the logarithm of its frequency
	capital, small bool
	end            bool // a form that only stands at the end of words
}

// newTongue reads a table of frequency.go.
func newTongue(charset *charmap.Charmap, table string, rarity float64) tongue {
	t := tongue{charset: charset, rarity: rarity}
	weight := weights(table)
	for i := range t.signs {
		r := charset.DecodeByte(byte(i + 0x80))
		s := sign{weight: unlikely, end: strings.ContainsRune(endForms, r)}
		if w, ok := weight[r]; ok {
			s.weight, s.small = w, unicode.IsLetter(r)
		} else if w, ok := weight[unicode.ToLower(r)]; ok && unicode.IsUpper(r) {
			s.weight, s.capital = w, true
		} else if strings.ContainsRune(marks, r) {
			s.weight = -5
		}
		t.signs[i] = s
	}
	return t
}

const (
	endForms = "ςךםןףץ"
	marks    = "\u00a0“”‘’–—…«»„" // that every language writes
)

// unlikely is the weight of a letter that the language does not have.
const unlikely = -9

// best is the charset whose language explains the 8-bit letters best. The fallback is only
// given up when another one is clearly better.
func best(text []byte, tongues []tongue, fallback encoding.Encoding) encoding.Encoding {
	const clearly = 0.7 // per letter, natural logarithm: twice as likely
	found, most, ours := fallback, math.Inf(-1), math.Inf(-1)
	for i := range tongues {
		t := &tongues[i]
		score := t.score(text)
		if t.charset == fallback {
			ours = max(ours, score)
		}
		if score > most {
			found, most = encoding.Encoding(t.charset), score
		}
	}
	if most < ours+clearly || most < unlikely+1 {
		return fallback
	}
	return found
}

// score is the mean weight of the 8-bit letters. A capital that follows a small letter, and a
// letter that follows the form of another one for the end of words, are as odd as letters of
// another language. Capitals are rare, unless there is nothing else.
func (t *tongue) score(text []byte) float64 {
	sum, n, capitals, small := 0.0, 0, 0, 0
	last := sign{}
	for _, c := range text {
		if c < utf8.RuneSelf {
			last = sign{small: c >= 'a' && c <= 'z'}
			continue
		}
		s := t.signs[c-0x80]
		switch isLetter := s.small || s.capital; {
		case s.capital && last.small, last.end && isLetter:
			sum += unlikely
		case s.capital:
			sum += s.weight
			capitals++
		default:
			sum += s.weight
			if s.small {
				small++
			}
		}
		n++
		last = s
	}
	if n == 0 {
		return unlikely
	}
	rare := 2.0
	if small == 0 {
		rare = 0.5
	}
	return (sum-rare*float64(capitals))/float64(n) - t.rarity
}

func letters(s string) map[rune]bool {
	m := make(map[rune]bool, len(s)/3)
	for _, r := range s {
		if r >= utf8.RuneSelf {
			m[r] = true
		}
	}
	return m
}
