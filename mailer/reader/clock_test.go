package reader_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/reader"
)

// A machine that stood still for a moment, or is short of time, makes no good mail an odd
// one: what the clock shows at the n-th look depends on the machine, the mail does not.
func TestAMailIsReadThoughTheClockJumped(t *testing.T) {
	parts := "Content-Type: multipart/mixed; boundary=b\n\n" +
		strings.Repeat("--b\n\nCONFIRM\n", 3) + "--b--\n"
	for _, raw := range []string{"From: a@b.example\n\nCONFIRM", parts} {
		want := reader.Read([]byte(raw), reader.Options{})
		for jump := range 12 {
			now, looks := time.Unix(0, 0), 0
			o := reader.Options{Now: func() time.Time {
				if looks++; looks == jump {
					now = now.Add(time.Hour)
				}
				return now
			}}
			got := reader.Read([]byte(raw), o)
			if got.Err != "" || got.Text != want.Text || !slices.Equal(got.Defects, want.Defects) {
				t.Errorf("the clock jumped at look %d: %q, %v", jump, got.Err, got.Defects)
			}
		}
	}
}

func TestReadingEndsWhereTheTimeIsUpTwice(t *testing.T) {
	now, looks := time.Unix(0, 0), 0
	o := reader.Options{Now: func() time.Time { looks++; now = now.Add(time.Hour); return now }}
	m := reader.Read([]byte("Content-Type: multipart/mixed; boundary=b\n\n"+
		strings.Repeat("--b\n\nx\n", 100)), o)
	if m.Err == "" || m.Text != "" || looks > 20 {
		t.Errorf("got %q, %q after %d looks", m.Err, m.Text, looks)
	}
}
