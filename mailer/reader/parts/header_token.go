package parts

import "strings"

// FirstToken is the first word of a value, without comments and parameters, in lower case.
func FirstToken(value string) string {
	value = strings.ToLower(strings.TrimSpace(value))
	for strings.HasPrefix(value, "(") {
		end := strings.IndexByte(value, ')')
		if end < 0 {
			return ""
		}
		value = strings.TrimSpace(value[end+1:])
	}
	if i := strings.IndexAny(value, " \t;(,"); i >= 0 {
		value = value[:i]
	}
	return value
}
