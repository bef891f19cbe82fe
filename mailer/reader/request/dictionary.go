package request

import "unicode/utf8"

// dictionary numbers the words that stand in phrases as they are, without a star: a text is looked
// up in it once a word, and whatever is asked of a word then is asked by number.
type dictionary struct {
	numbers map[string]int32 // from 1 on
	words   []string         // by number; 0 is every other word
}

func newDictionary() *dictionary {
	return &dictionary{numbers: map[string]int32{}, words: []string{""}}
}

// add takes in the words of patterns.
func (d *dictionary) add(patterns []pattern) {
	for _, p := range patterns {
		d.addParts(p.parts)
	}
}

func (d *dictionary) addParts(parts []part) {
	for i := range parts {
		part := &parts[i]
		if !part.prefix && !part.suffix && d.numbers[part.text] == 0 {
			d.numbers[part.text] = int32(len(d.words))
			d.words = append(d.words, part.text)
		}
		d.addParts(part.or)
	}
}

// fold returns a word of a text folded, and its number. A nil dictionary knows no words. It
// allocates nothing for words that it knows, nor for those that folding does not change.
func (d *dictionary) fold(raw string) (string, int32) {
	raw = shorten(raw)
	if isLowerASCII(raw) {
		return raw, d.number(raw)
	}
	var space [2 * maxWord]byte
	folded, ok := foldInto(space[:0], raw)
	if !ok {
		text := fold(raw)
		return text, d.number(text)
	}
	if d != nil {
		if n := d.numbers[string(folded)]; n > 0 {
			return d.words[n], n
		}
	}
	return string(folded), 0
}

func (d *dictionary) number(folded string) int32 {
	if d == nil {
		return 0
	}
	return d.numbers[folded]
}

// foldInto appends a folded word to a buffer. It reports false for words with letters that cannot
// be folded one by one.
func foldInto(b []byte, raw string) ([]byte, bool) {
	for i := 0; i < len(raw); {
		if c := raw[i]; c < utf8.RuneSelf {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			b = append(b, c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(raw[i:])
		if r >= maxTabled {
			return b, false
		}
		b = append(b, foldedLetters()[r]...)
		i += size
	}
	return b, true
}

// isLowerASCII reports whether folding leaves a word as it is, at a glance.
func isLowerASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] >= 'A' && s[i] <= 'Z' {
			return false
		}
	}
	return true
}
