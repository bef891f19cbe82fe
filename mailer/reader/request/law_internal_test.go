package request

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheListOfActsHasNoErrors(t *testing.T) {
	if found, _, err := readLaws(lawFile); err != nil || len(found.acts) == 0 {
		t.Errorf("%d acts: %v", len(found.acts), err)
	}
}

func TestALineOfTheActsThatSaysNothingIsNamed(t *testing.T) {
	files := fstest.MapFS{"words/law.txt": {
		Data: []byte("stray\n[act]\nname: fine\nacces: 15\nerasure: 17\nno colon\n"),
	}}
	found, _, err := readLaws(files)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"law.txt:1", `law.txt:4: no kind is called "acces"`, `law.txt:6: no kind is called "no colon"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %q", err, want)
		}
	}
	if len(found.acts) != 1 || len(found.acts[0].articles) != 1 {
		t.Errorf("the good lines are not there: %v", found.acts)
	}
}
