package templates

import (
	"reflect"
	"strings"
	"unicode"
)

// clean returns a copy of a letter's data in which no string can break a line, hide, or turn text
// around. A decision word or a code must not get a line of its own through a value.
func clean(data any) any {
	copied := reflect.New(reflect.TypeOf(data)).Elem()
	copied.Set(reflect.ValueOf(data))
	scrub(copied)
	return copied.Interface()
}

// scrub changes the strings of v in place, and copies slices before it changes them.
func scrub(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(oneLine(v.String()))
	case reflect.Slice:
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		for i := range own.Len() {
			scrub(own.Index(i))
		}
		v.Set(own)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				scrub(v.Field(i))
			}
		}
	}
}

// oneLine keeps what is visible, with single spaces between words.
func oneLine(s string) string {
	if !strings.ContainsFunc(s, unfit) {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, unfit), " ")
}

func unfit(r rune) bool {
	return r == unicode.ReplacementChar ||
		unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}
