package telemetry

import "github.com/prometheus/client_golang/prometheus"

// losses count what a Redis forgot, and what came of servers and processes that died.
type losses struct {
	rollbacks prometheus.Counter
	fenced    prometheus.Counter
	twice     *prometheus.CounterVec
	recovery  *prometheus.GaugeVec
}

func newLosses() losses {
	return losses{
		rollbacks: prometheus.NewCounter(opts("redis_rollback_total",
			"Times that Redis was found to lack what the mailboxes or this process know of.")),
		fenced: prometheus.NewCounter(opts("fenced_total",
			"Times that this process was refused what another had taken over.")),
		twice: counters("duplicates_possible_total", "Copies of letters that may have left beside the one "+
			"that should have, by what led to it.", "cause"),
		recovery: prometheus.NewGaugeVec(prometheus.GaugeOpts(opts("recovery",
			"1 at the step of a recovery that this process is at.")), []string{"step"}),
	}
}

func (l losses) register(r *prometheus.Registry) {
	r.MustRegister(l.rollbacks, l.fenced, l.twice, l.recovery)
	series(l.twice, append(causes(), other))
	for _, step := range steps() {
		l.recovery.WithLabelValues(step)
	}
}

// causes of a letter that may have left twice.
func causes() []string { return []string{"crash", "ambiguous", "fenced"} }

// steps of a recovery.
func steps() []string {
	return []string{"begin", "sent", "mails", "withdrawals", "requests", "markers", "end"}
}

// RolledBack counts a loss that was found.
func (m *Metrics) RolledBack() { m.losses.rollbacks.Inc() }

// Fenced counts a refusal because another has the lease or the task.
func (m *Metrics) Fenced() { m.losses.fenced.Inc() }

// Twice counts a copy of a letter that may have left beside the right one.
func (m *Metrics) Twice(cause string) { m.losses.twice.WithLabelValues(known(causes(), cause)).Inc() }

// Recovering notes which step of a recovery is under way; "" when none is.
func (m *Metrics) Recovering(step string) {
	for _, s := range steps() {
		value := 0.0
		if s == step {
			value = 1
		}
		m.losses.recovery.WithLabelValues(s).Set(value)
	}
}
