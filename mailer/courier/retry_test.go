package courier_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/courier"
)

func TestTheSchedule(t *testing.T) {
	const never = time.Duration(-1)
	hours := courier.Schedule{First: time.Hour, Longest: 3 * time.Hour, For: 7 * time.Hour}
	for name, c := range map[string]struct {
		schedule courier.Schedule
		want     []time.Duration // after the first, second, ... refusal
	}{
		"the defaults begin with": {courier.Schedule{}, []time.Duration{5 * time.Minute, 10 * time.Minute,
			20 * time.Minute, 40 * time.Minute, 70 * time.Minute, 70 * time.Minute}},
		"the last attempt comes when the time is over": {hours,
			[]time.Duration{time.Hour, 2 * time.Hour, 3 * time.Hour, time.Hour, never, never}},
		"a first pause longer than the longest": {courier.Schedule{First: 9 * time.Hour, Longest: time.Hour,
			For: 90 * time.Minute}, []time.Duration{time.Hour, 30 * time.Minute, never}},
		"one attempt more in a very short time": {courier.Schedule{For: time.Minute},
			[]time.Duration{time.Minute, never}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []time.Duration
			for attempt := range c.want {
				pause, again := c.schedule.Next(attempt + 1)
				if !again {
					pause = never
				}
				got = append(got, pause)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("pauses (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAMailIsTriedForFiveDays(t *testing.T) {
	var tried time.Duration
	attempts := 1
	for {
		pause, again := (courier.Schedule{}).Next(attempts)
		if !again {
			break
		}
		if pause > 70*time.Minute {
			t.Fatalf("a pause of %v", pause)
		}
		tried += pause
		attempts++
	}
	if tried != 5*24*time.Hour || attempts < 100 || attempts > 120 {
		t.Errorf("tried for %v in %d attempts", tried, attempts)
	}
	if _, again := (courier.Schedule{}).Next(1 << 40); again {
		t.Error("tried for ever")
	}
}
