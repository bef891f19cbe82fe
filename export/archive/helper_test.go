package archive_test

import (
	"encoding/base64"
	"strings"
	"testing"
)

// decodeField reads a base64 field of a signature file.
func decodeField(t *testing.T, text, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, "\n"+name+": ")
	if !ok {
		t.Fatalf("no field %s", name)
	}
	value, _, _ := strings.Cut(rest, "\n")
	raw, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
