package config_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/config"
)

func TestLimitsOfTheDialogueHaveBounds(t *testing.T) {
	for name, k := range map[string]struct{ policy, refused string }{
		"as it is":                {"", ""},
		"a quiet desk":            {"asks_an_hour: 1\nasks_a_day: 8", ""},
		"too few a day":           {"asks_a_day: 7\n", "policy.asks_a_day"},
		"none an hour":            {"asks_an_hour: 0\n", "policy.asks_an_hour"},
		"more an hour than a day": {"asks_an_hour: 21\n", "policy.asks_an_hour"},
		"receipts at once":        {"receipt_every: 0s\n", "policy.receipt_every"},
		"receipts too soon":       {"receipt_every: 14s\n", "policy.receipt_every"},
		"receipts after a week":   {"receipt_every: 7d\n", "policy.receipt_every"},
		"a contact of two lines":  {"contact: \"a\\nb\"\n", "policy.contact"},
	} {
		t.Run(name, func(t *testing.T) {
			file, text := example(t)
			for line := range strings.SplitSeq(strings.TrimSpace(k.policy), "\n") {
				key, _, _ := strings.Cut(strings.TrimSpace(line), ":")
				text = regexp.MustCompile(`(?m)^  `+key+`:.*$`).ReplaceAllString(text, "  "+strings.TrimSpace(line))
			}
			place(t, file, text)
			_, err := config.Load(file, nil)
			switch {
			case k.refused == "" && err != nil:
				t.Error(err)
			case k.refused != "" && (err == nil || !strings.Contains(err.Error(), k.refused)):
				t.Errorf("got %v, want a word about %s", err, k.refused)
			}
		})
	}
}
