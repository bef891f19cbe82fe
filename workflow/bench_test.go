package workflow_test

import (
	"testing"

	"github.com/dsrd/dsrd/workflow"
)

// BenchmarkReceive and BenchmarkDecide are what the law itself costs, without a
// store: the history entry's JSON and hashes are most of it.
func BenchmarkReceive(b *testing.B) {
	r := birth(workflow.DefaultPolicy())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := workflow.Receive(r, "op", start); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	l := newLife(b, birth(workflow.DefaultPolicy()))
	for _, kind := range []workflow.EventType{workflow.CodeIssued, workflow.LetterSent} {
		if err := l.apply(l.event(kind)); err != nil {
			b.Fatal(err)
		}
	}
	e := l.event(workflow.Acknowledged)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := workflow.Decide(l.r, e, l.now); err != nil {
			b.Fatal(err)
		}
	}
}
