package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dsrd/dsrd/workflow"
)

// gauges are what is asked at each scrape. They are right after a restart, and the
// same on every replica: nobody counts, everybody asks Redis.
type gauges struct {
	watch *Watch
	now   func() time.Time

	up, paused, unprocessed, outbox, deadline *prometheus.Desc
	failing, reload, breaker                  *prometheus.Desc
	overdue, replicas, offset                 *prometheus.Desc
	requests, scan, token                     *prometheus.Desc
}

func newGauges(w *Watch, now func() time.Time) *gauges {
	return &gauges{
		watch: w, now: now,
		up:     desc("redis_up", "1 when Redis answers. When it does not, what it alone knows is left out."),
		paused: desc("paused", "1 while all sending is paused."),
		unprocessed: desc("oldest_unprocessed_seconds",
			"Age of the oldest mail that nothing is decided about; 0 when there is none."),
		outbox: desc("outbox_oldest_seconds", "Age of the oldest letter that waits; 0 when there is none."),
		deadline: desc("deadline_seconds", "Time until the nearest legal deadline of an open request, "+
			"negative when it was missed; left out when no request is open."),
		reload: desc("config_reload_success",
			"1 when the files as they were last read are in force, 0 when older ones are."),
		breaker: desc("breaker_open", "1 while this process sends nothing, for too much has left."),
		overdue: desc("overdue_seconds",
			"How long the oldest timer or order that fell due has been taken up by nobody; 0 when none is."),
		replicas: desc("replicas", "Processes that work on this Redis; left out when that is not known."),
		offset:   desc("clock_offset_seconds", "How far this machine's clock is ahead of that of Redis."),
		failing:  desc("failing", "Things that this process says are failing; its log says which."),
		requests: desc("requests", "Requests that are kept, by state.", "state"),
		scan: desc("scan_last_success_timestamp_seconds",
			"When the latest scan began that took every mail in the mailbox; 0 when none did.", "mailbox"),
		token: desc("token_expires_seconds",
			"Time until the access token ends, 0 or less when there is none that lives.", "token"),
	}
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("dsrd_"+name, help, labels, nil)
}

// Describe names all of them, also those that a scrape may leave out.
func (g *gauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		g.up, g.paused, g.unprocessed, g.outbox, g.deadline, g.failing, g.reload, g.breaker,
		g.overdue, g.replicas, g.offset, g.requests, g.scan, g.token,
	} {
		to <- d
	}
}

// Collect asks once and tells all.
func (g *gauges) Collect(to chan<- prometheus.Metric) {
	s := g.watch.Standing(context.Background()) // a scrape has no context; the watch has its own end
	tell := func(d *prometheus.Desc, value float64, labels ...string) {
		m, err := prometheus.NewConstMetric(d, prometheus.GaugeValue, value, labels...)
		if err != nil { // a name in the configuration that is no UTF-8
			m = prometheus.NewInvalidMetric(d, err)
		}
		to <- m
	}
	tell(g.up, truth(s.RedisUp))
	tell(g.failing, float64(s.Failing))
	tell(g.reload, truth(s.Reload))
	tell(g.breaker, truth(s.Breaker))
	tell(g.offset, s.Offset.Seconds())
	for name, at := range s.Scans {
		tell(g.scan, stamp(at), name)
	}
	for name, end := range s.Tokens {
		tell(g.token, g.until(end), name)
	}
	if s.RedisUp {
		g.fromRedis(s, tell)
	}
}

func (g *gauges) fromRedis(s Standing, tell func(*prometheus.Desc, float64, ...string)) {
	for _, state := range workflow.States() {
		tell(g.requests, float64(s.Requests[state]), string(state))
	}
	tell(g.paused, truth(s.Paused))
	tell(g.unprocessed, g.age(s.UnprocessedSince))
	tell(g.outbox, g.age(s.OutboxSince))
	tell(g.overdue, g.age(s.OverdueSince))
	if s.Live > 0 {
		tell(g.replicas, float64(s.Live))
	}
	if !s.NearestDeadline.IsZero() {
		tell(g.deadline, g.until(s.NearestDeadline))
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// age in seconds; never negative, for another replica's clock may be ahead.
func (g *gauges) age(since time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(0, g.now().Sub(since).Seconds())
}

func (g *gauges) until(end time.Time) float64 {
	if end.IsZero() {
		return 0
	}
	return end.Sub(g.now()).Seconds()
}

func stamp(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
