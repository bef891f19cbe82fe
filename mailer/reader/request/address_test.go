package request

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// "?" stands for what looks like an address and cannot be read.
func TestAddressesOfAText(t *testing.T) {
	long := strings.Repeat("a", 64)
	tests := []struct {
		name, text string
		want       []string
	}{
		{"in a sentence", "write to a.b+c@x.example.", []string{"a.b+c@x.example"}},
		{"the domain in lower case", "A.B@X.Example", []string{"A.B@x.example"}},
		{"in brackets", "<a@x.example>(b@x.example)[c@x.example]",
			[]string{"a@x.example", "b@x.example", "c@x.example"}},
		{"with a scheme", "mailto:a@x.example?subject=hi", []string{"a@x.example"}},
		{"two parted by a bar", "a@x.example|b@x.example", []string{"a@x.example", "b@x.example"}},
		{"a possessive", "a@x.example's", []string{"a@x.example"}},
		{"an apostrophe inside", "o'neil@x.example", []string{"o'neil@x.example"}},
		{"letters beyond ASCII", "jürgen@x.example", []string{"jürgen@x.example"}},
		{"an A-label", "a@bücher.example", []string{"a@xn--bcher-kva.example"}},
		{"no spaces around it", "宛先はa@x.exampleです", []string{"a@x.example"}},
		{"the longest local part", long + "@x.example", []string{long + "@x.example"}},
		{"a local part too long", "a" + long + "@x.example", []string{"?"}},
		{"a domain of one label", "root@localhost", []string{"?"}},
		{"a domain that is a number", "a@10.0.0.1", []string{"?"}},
		{"an empty label", "a@x..example", []string{"?"}},
		{"dots in a row", "a..b@x.example", []string{"?"}},
		{"a dot at the end of the local part", "a.@x.example", []string{"?"}},
		{"two at signs", "a@b@x.example", []string{"?"}},
		{"two at signs in a row", "a@@x.example", []string{"?"}},
		{"a label that begins with a hyphen", "a@-x.example", []string{"?"}},
		{"nothing before the sign", "hello @jane", nil},
		{"a link", "https://a@x.example/", nil},
		{"a link with a password", "https://a:b@x.example/", nil},
		{"an address after a link", "https://x.example/ a@x.example", []string{"a@x.example"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, a := range addressesIn(tt.text) {
				spec := a.spec
				if spec == "" {
					spec = "?"
				}
				got = append(got, spec)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
		})
	}
}
