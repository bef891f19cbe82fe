package telemetry_test

import (
	"context"
	"testing"

	"github.com/dsrd/dsrd/internal/telemetry"
)

// TestCallerWhoHangsUpSpoilsNobodyElsesAnswer: what is remembered is for all who ask.
func TestCallerWhoHangsUpSpoilsNobodyElsesAnswer(t *testing.T) {
	w := telemetry.NewWatch(func(ctx context.Context) telemetry.Standing {
		_, bounded := ctx.Deadline()
		return telemetry.Standing{RedisUp: ctx.Err() == nil && bounded}
	}, at)
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	w.Standing(gone)
	if !w.Standing(t.Context()).RedisUp {
		t.Error("others hear that Redis is down, or the look has no end")
	}
}
