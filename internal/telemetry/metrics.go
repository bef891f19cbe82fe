package telemetry

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts what this process does, and tells at each scrape how everything
// stands. Every label has a closed set of values.
type Metrics struct {
	registry *prometheus.Registry

	mail, held, effects, transitions, refused, failures *prometheus.CounterVec

	ambiguous  prometheus.Counter
	durability *prometheus.GaugeVec
	losses     losses
}

// NewMetrics makes all series, at zero, so that the first step of each is seen. The
// version is the program's; how things stand is asked of the watch.
func NewMetrics(version string, now func() time.Time, w *Watch) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		mail: counters("mail_total", "Mails that came in, by class and outcome; mails handed to the "+
			"relay, by letter and its verdict on one attempt.", "kind", "result"),
		held:        counters("held_total", "Answers that were held, by the rule that failed.", "reason"),
		effects:     counters("effects_total", "Attempts to carry out an order, by what came of it.", "type", "result"),
		transitions: counters("transitions_total", "Changes of requests that were committed, by event.", "event"),
		refused:     counters("transition_refused_total", "Events that the workflow refused.", "event"),
		failures:    counters("task_failures_total", "Attempts that ended in an error, by task.", "task"),
		ambiguous: prometheus.NewCounter(opts("ambiguous_total",
			"Mails of which nobody knows whether the relay took them: each may have arrived twice.")),
		durability: prometheus.NewGaugeVec(prometheus.GaugeOpts(opts("redis_durability",
			"How far Redis keeps what it confirmed, as found at the start: 1 at the mode that holds.")),
			[]string{"mode"}),
	}
	m.losses = newLosses()
	m.register(version, now, w)
	m.begin()
	return m
}

func opts(name, help string) prometheus.CounterOpts {
	return prometheus.CounterOpts{Namespace: "dsrd", Name: name, Help: help}
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(opts(name, help), labels)
}

func (m *Metrics) register(version string, now func() time.Time, w *Watch) {
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "dsrd", Name: "build_info", Help: "1; the label says which version this is.",
		ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(
		m.mail, m.held, m.effects, m.transitions, m.refused, m.failures, m.ambiguous, m.durability,
		build, newGauges(w, now), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	m.losses.register(m.registry)
}

// begin makes every series that there can be: a rate needs a zero to rise from.
func (m *Metrics) begin() {
	for _, c := range classes() {
		series(m.mail, outcomes(), c)
	}
	for _, l := range letters() {
		series(m.mail, verdicts(), l)
	}
	for _, t := range texts(effects()) {
		series(m.effects, results(), t)
	}
	series(m.held, append(rules(), other))
	series(m.transitions, append(events(), other))
	series(m.refused, append(events(), other))
	series(m.failures, append(texts(effects()), timer, other))
	for _, mode := range modes() {
		m.durability.WithLabelValues(string(mode))
	}
}

// series makes one for each of the last label's values.
func series(v *prometheus.CounterVec, last []string, before ...string) {
	for _, value := range last {
		v.WithLabelValues(append(before[:len(before):len(before)], value)...)
	}
}

// Handler answers scrapes, in bounded time.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, CoalesceGather: true, MaxRequestsInFlight: maxScrapes,
	})
}

// maxScrapes at once: two Prometheus servers and a curious person.
const maxScrapes = 8
