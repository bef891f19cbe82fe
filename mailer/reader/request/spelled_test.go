package request

import (
	"slices"
	"strings"
	"testing"
)

func TestAddressesWhoseSignsAreHidden(t *testing.T) {
	for written, want := range map[string]string{
		"jane [at] customer.example":                     "jane@customer.example",
		"jane[at]customer[dot]example":                   "jane@customer.example",
		"jane(at)customer(dot)example":                   "jane@customer.example",
		"jane.doe {AT} shop (dot) customer [.] example":  "jane.doe@shop.customer.example",
		"jane ( at ) customer.example.":                  "jane@customer.example",
		"jane at customer dot example":                   "jane@customer.example",
		"jane AT customer DOT example":                   "jane@customer.example",
		"jane ät kunde punkt example":                    "jane@kunde.example",
		"jane (arroba) cliente punto example":            "jane@cliente.example",
		"jane @ customer.example":                        "jane@customer.example",
		"jane＠customer.example":                          "jane@customer.example",
		"ｊａｎｅ＠ｃｕｓｔｏｍｅｒ．ｅｘａｍｐｌｅ":                          "jane@customer.example",
		"メールはjane＠customer.exampleです":                    "jane@customer.example",
		"<mailto:jane@customer.example>":                 "jane@customer.example",
		"a (at) x.example and b (at) y.example":          "a@x.example b@y.example",
		"we are at customer.example":                     "",
		"I work at customer.example":                     "",
		"it is at customer dot example":                  "",
		"look (at) this":                                 "",
		"come at nine dot":                               "",
		"(at) customer.example":                          "",
		"Please close my account @ shop.example":         "",
		"I was a guest @ cafe.example":                   "",
		"please ask kim @ customer.example":              "kim@customer.example",
		"my address: contact @ customer.example":         "contact@customer.example",
		"on the sites (a) shop.example (b) blog.example": "",
	} {
		got := strings.Join(Read("Please delete the data of:\n"+written, "", "", nil).Customers, " ")
		if got != want {
			t.Errorf("%s: got %q, want %q", written, got, want)
		}
	}
}

func TestOurOwnAddressIsNoCustomerHoweverItIsSpelled(t *testing.T) {
	for _, written := range []string{"desk (at) provider.example", "desk at provider dot example", "DESK＠provider.example"} {
		got := Read("Please delete the data of "+written+".", "", "", []string{"desk@provider.example"}).Customers
		if len(got) > 0 {
			t.Errorf("%s: got %q", written, got)
		}
	}
}

// A sign that is none leaves the writer the customer.
func TestAWordBeforeASignIsNobody(t *testing.T) {
	const jane = "jane@customer.example"
	for text, subjectLine := range map[string]string{
		"Please delete my account @ shop.example":                                   "",
		"I was a guest @ cafe.example. Please delete my data.":                      "",
		"Please delete my data on your sites (a) shop.example and (b) blog.example": "",
		"Please delete my personal data.":                                           "Account @ shop.example",
		"Bitte löschen Sie mein Konto @ laden.example":                              "",
		"Ich war ein Gast @ cafe.example. Bitte löschen Sie meine Daten.":           "",
	} {
		if got := Read(text, subjectLine, jane, nil).Customers; !slices.Equal(got, []string{jane}) {
			t.Errorf("%s (%s): got %q", text, subjectLine, got)
		}
	}
}
