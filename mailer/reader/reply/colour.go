package reply

import (
	"regexp"
	"strconv"
	"strings"
)

// A colour is a colour that CSS or an attribute names.
type colour struct {
	r, g, b uint8
	unknown bool // an image, a gradient, a name that is not listed
	clear   bool // transparent
}

var (
	black = colour{}
	white = colour{r: 255, g: 255, b: 255}
)

// maxLikeness is the distance, summed over the three parts, up to which text cannot be told from
// what is behind it.
const maxLikeness = 48

// like reports whether text of one colour disappears on the other.
func (c colour) like(o colour) bool {
	if c.unknown || o.unknown || c.clear || o.clear {
		return false
	}
	return apart(c.r, o.r)+apart(c.g, o.g)+apart(c.b, o.b) <= maxLikeness
}

func apart(a, b uint8) int { return int(max(a, b)) - int(min(a, b)) }

var colours = map[string]colour{
	"white": white, "#fff": white, "black": black, "transparent": {clear: true},
	"snow": {r: 255, g: 250, b: 250}, "ivory": {r: 255, g: 255, b: 240},
	"ghostwhite": {r: 248, g: 248, b: 255}, "whitesmoke": {r: 245, g: 245, b: 245},
	"floralwhite": {r: 255, g: 250, b: 240}, "mintcream": {r: 245, g: 255, b: 250},
	"azure": {r: 240, g: 255, b: 255}, "window": white, "windowtext": black,
}

// colourFunction is how CSS Color 4 writes colours beside rgb.
var colourFunction = regexp.MustCompile(`^(?:hsla?|hwb|(?:ok)?lab|(?:ok)?lch|color)\(`)

// readColour reads a colour value; "inherit" is the one of the element around.
func readColour(s string, around colour) colour {
	s = strings.ToLower(strings.TrimSpace(s))
	if c, ok := colours[s]; ok {
		return c
	}
	switch {
	case s == "" || s == "inherit" || s == "currentcolor":
		return around
	case strings.HasPrefix(s, "#"):
		return hexColour(s[1:])
	case strings.HasPrefix(s, "rgb"):
		return rgbColour(s)
	case colourFunction.MatchString(s):
		return otherColour(s)
	}
	if first, _, ok := strings.Cut(s, " "); ok && !strings.Contains(s, "url") {
		return readColour(first, around)
	}
	return colour{unknown: true}
}

// faint is the part of opacity, and the same of 255, up to which a colour is none.
const faint, faintByte = 0.1, 0x19

func hexColour(s string) colour {
	if len(s) == 3 || len(s) == 4 {
		doubled := make([]byte, 0, 8)
		for _, c := range []byte(s) {
			doubled = append(doubled, c, c)
		}
		s = string(doubled)
	}
	if len(s) == 8 { // CSS Color 4, 5.2: the last two digits are the opacity
		if a, err := strconv.ParseUint(s[6:], 16, 8); err == nil && a <= faintByte {
			return colour{clear: true}
		}
	}
	n, err := strconv.ParseUint(s[:min(6, len(s))], 16, 32)
	if err != nil || len(s) < 6 {
		return colour{unknown: true}
	}
	return colour{r: uint8(n >> 16), g: uint8(n >> 8), b: uint8(n)}
}

// components are what stands between the brackets of a colour's function.
func components(s string) []string {
	_, s, _ = strings.Cut(s, "(")
	return strings.FieldsFunc(strings.TrimSuffix(s, ")"), func(r rune) bool {
		return strings.ContainsRune(", /", r)
	})
}

// otherColour reads of hsl, lab, oklch and their like what makes text disappear: an opacity
// of nothing, and of hsl a lightness that is all or nothing.
func otherColour(s string) colour {
	parts := components(s)
	if n := len(parts); n > 3 && atMost(parts[n-1], faint) {
		return colour{clear: true}
	}
	if !strings.HasPrefix(s, "hsl") || len(parts) < 3 {
		return colour{unknown: true}
	}
	switch light, _, ok := number(parts[2]); {
	case ok && light >= 94:
		return white
	case ok && light <= 6:
		return black
	}
	return colour{unknown: true}
}

func rgbColour(s string) colour {
	parts := components(s)
	if len(parts) < 3 {
		return colour{unknown: true}
	}
	var v [3]uint8
	for i := range v {
		n, unit, ok := number(parts[i])
		if !ok {
			return colour{unknown: true}
		}
		if unit == "%" {
			n *= 2.55
		}
		v[i] = uint8(max(0, min(255, n)))
	}
	if len(parts) > 3 && atMost(parts[3], faint) {
		return colour{clear: true}
	}
	return colour{r: v[0], g: v[1], b: v[2]}
}
