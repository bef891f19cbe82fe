package source_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dsrd/dsrd/export/source"
)

func TestMaskHidesOtherPeopleOnly(t *testing.T) {
	const customer = "ann@shop.example"
	m := source.Masked
	tests := []struct {
		name, raw, want string
		count           int
	}{
		{"the customer stays", `{"e":"ann@shop.example"}`, `{"e":"ann@shop.example"}`, 0},
		{"letter case makes nobody else", `{"e":"Ann@Shop.Example"}`, `{"e":"Ann@Shop.Example"}`, 0},
		{"another person goes", `{"e":"bob@shop.example"}`, `{"e":"` + m + `"}`, 1},
		{"one list, two people", `"ann@shop.example; bob@x.example"`,
			`"ann@shop.example; ` + m + `"`, 1},
		{"an address that ends like the customer's", `"joann@shop.example"`, `"` + m + `"`, 1},
		{"an address that begins like the customer's", `"ann@shop.example.org"`, `"` + m + `"`, 1},
		{"a tag is another mailbox", `"ann+x@shop.example"`, `"` + m + `"`, 1},
		{"quotes around the customer", `"User 'ann@shop.example' ran"`,
			`"User 'ann@shop.example' ran"`, 0},
		{"a full stop behind", `"by bob@x.example."`, `"by ` + m + `."`, 1},
		{"a key is masked too", `{"bob@x.example":1}`, `{"` + m + `":1}`, 1},
		{"a link with %40", `"https://p.example/u/bob%40x.example/a"`,
			`"https://p.example/u/` + m + `/a"`, 1},
		{"the customer in an encoded query", `"https://p.example/?u%3Dann%40shop.example"`,
			`"https://p.example/?u%3Dann%40shop.example"`, 0},
		{"an escaped @", `"bob\u0040x.example"`, `"` + m + `"`, 1},
		{"an account on a machine is no address", `"root@vm1 root@10.0.0.1"`,
			`"root@vm1 root@10.0.0.1"`, 0},
		{"letters beyond ASCII", `"jürgen@müller.example"`, `"` + m + `"`, 1},
		{"numbers and spaces stay as they were", `{ "n" : 1.10, "e":"b@x.example" }`,
			`{ "n" : 1.10, "e":"` + m + `" }`, 1},
		{"escapes beside stay", `{"a":"\u00e4\/","e":"b@x.example"}`,
			`{"a":"\u00e4\/","e":"` + m + `"}`, 1},
		{"JSON inside a string", `"{\"to\":\"bob@x.example\"}"`, `"{\"to\":\"` + m + `\"}"`, 1},
		{"a lone @ ends nothing", `"@ @@ a@ @b bob@x.example"`, `"@ @@ a@ @b ` + m + `"`, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, count := source.Mask(json.RawMessage(tt.raw), customer)
			if string(got) != tt.want || count != tt.count {
				t.Errorf("got %s, %d masked; want %s, %d", got, count, tt.want, tt.count)
			}
		})
	}
}

func TestNamesFindsTheCustomerInAnySpelling(t *testing.T) {
	tests := []struct {
		name, raw, customer string
		want                bool
	}{
		{"deep inside", `{"a":[{"b":"x ann@shop.example y"}]}`, "ann@shop.example", true},
		{"as a key", `{"ann@shop.example":1}`, "ann@shop.example", true},
		{"in another case", `["ANN@SHOP.EXAMPLE"]`, "ann@shop.example", true},
		{"only as a part of another", `["joann@shop.example"]`, "ann@shop.example", false},
		{"an international domain", `["ann@xn--mller-kva.example"]`, "ann@müller.example", true},
		{"a slash in the local part", `["a/b@shop.example"]`, "a/b@shop.example", true},
		{"not at all", `{"e":"bob@x.example"}`, "ann@shop.example", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := source.Names(json.RawMessage(tt.raw), tt.customer); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestMaskLeavesValidJSONWithoutOtherAddresses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-zA-Z0-9'"\\<>;, äß%{}\[\]-]{0,6}`)
		who := rapid.SampledFrom([]string{"ann@shop.example", "bob@other.example", "q@w.example"})
		var text strings.Builder
		for range rapid.IntRange(0, 5).Draw(t, "parts") {
			text.WriteString(word.Draw(t, "word") + " " + who.Draw(t, "who") + " ")
		}
		raw, err := json.Marshal(map[string]string{"t": text.String()})
		if err != nil {
			t.Fatal(err)
		}
		got, _ := source.Mask(raw, "ann@shop.example")
		if !json.Valid(got) {
			t.Fatalf("no JSON: %s", got)
		}
		for _, other := range []string{"bob@other.example", "q@w.example"} {
			if strings.Contains(string(got), other) {
				t.Fatalf("%s survived in %s", other, got)
			}
		}
	})
}
