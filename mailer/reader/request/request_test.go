package request_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/reader/request"
)

func TestReadsWhatIsAskedForAndByWhom(t *testing.T) {
	got := request.Read("Please export the data of jane@customer.example.", "", "ops@bank.example",
		[]string{"dsr@provider.example"})
	want := request.Request{
		Kinds:     []string{"export"},
		Customers: []string{"jane@customer.example"},
		Subjects:  []string{"jane@customer.example"},
		Language:  "en",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}
