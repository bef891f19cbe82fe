package app

import (
	"testing"
	"time"
)

// TestAClockThatIsWrongIsNotGoneBy has walls that are ahead, behind, jump and drift.
func TestAClockThatIsWrongIsNotGoneBy(t *testing.T) {
	redis := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for name, k := range map[string]struct {
		ahead, jumps time.Duration
		trusted      bool
	}{
		"right":                 {0, 0, true},
		"a little off":          {90 * time.Second, 0, true},
		"a year ahead":          {365 * 24 * time.Hour, 0, false},
		"an hour behind":        {-time.Hour, 0, false},
		"set back while it ran": {0, -time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			wall := redis.Add(k.ahead)
			g := &guarded{wall: func() time.Time { return wall }, slack: 2 * time.Minute}
			if !g.Now().Equal(wall) || !g.Trusted() {
				t.Error("before Redis was asked there is nothing but the wall")
			}
			g.measured(wall, redis, wall)
			if !g.Now().Equal(redis) {
				t.Errorf("it says %s, Redis %s", g.Now(), redis)
			}
			wall, redis := wall.Add(time.Minute+k.jumps), redis.Add(time.Minute)
			if k.jumps == 0 && !g.Now().Equal(redis) {
				t.Errorf("a minute later it says %s, Redis %s", g.Now(), redis)
			}
			g.wall = func() time.Time { return wall }
			g.measured(wall, redis, wall)
			if !g.Now().Equal(redis) || g.Trusted() != k.trusted || g.Offset() != k.ahead+k.jumps {
				t.Errorf("asked again: %s, Redis %s, trusted %t, offset %s", g.Now(), redis, g.Trusted(), g.Offset())
			}
		})
	}
}

// TestSmallStepsOfTheClockAreNotFollowed: each answer of Redis takes its time, and a clock
// that is set back each time goes backwards.
func TestSmallStepsOfTheClockAreNotFollowed(t *testing.T) {
	redis := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	wall := redis
	g := &guarded{wall: func() time.Time { return wall }, slack: time.Minute}
	g.measured(wall, redis, wall)
	last := g.Now()
	for range 50 {
		wall = wall.Add(10 * time.Millisecond)
		g.measured(wall, wall.Add(-200*time.Millisecond), wall)
		if now := g.Now(); now.Before(last) {
			t.Fatalf("it went back from %s to %s", last, now)
		}
		last = g.Now()
	}
}
