package reply

import "testing"

func TestEveryWordFileIsRead(t *testing.T) {
	if _, err := readLexicon(wordFiles); err != nil {
		t.Fatal(err)
	}
}
