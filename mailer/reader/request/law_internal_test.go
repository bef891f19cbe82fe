package request

import (
	"strings"
	"testing"
)

func TestTheListOfActsHasNoErrors(t *testing.T) {
	if _, err := readLines("law.txt", lawFile); err != nil {
		t.Error(err)
	}
	if _, err := readLines("law.txt", "stray\n[act]\nname: fine\n"); err == nil ||
		!strings.Contains(err.Error(), "law.txt:1") {
		t.Errorf("error %v does not name the line before the first act", err)
	}
}
