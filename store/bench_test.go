package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/store/storetest"
	"github.com/dsrd/dsrd/workflow"
)

// onServers runs a benchmark with 1 and with 64 callers at once.
func onServers(b *testing.B, f func(b *testing.B, s *store.Store, callers int)) {
	for name, open := range storetest.Servers(b) {
		for _, callers := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/callers=%d", name, callers), func(b *testing.B) {
				f(b, open(b).Open(b, func(c *store.Config) { c.PoolSize = callers }), callers)
			})
		}
	}
}

// share runs f(0) to f(n-1) on so many goroutines.
func share(n, callers int, f func(i int)) {
	var next atomic.Int64
	done := make(chan struct{})
	for range callers {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				f(int(i - 1))
			}
		}()
	}
	for range callers {
		<-done
	}
}

func BenchmarkCommit(b *testing.B) {
	onServers(b, func(b *testing.B, s *store.Store, callers int) {
		changes := births(b)
		b.ReportAllocs()
		b.ResetTimer()
		share(b.N, callers, func(i int) {
			if err := s.Commit(b.Context(), changes[i]); err != nil {
				b.Error(err)
			}
		})
		perSecond(b)
	})
}

// BenchmarkClaim claims effects ten at a time and finishes each.
func BenchmarkClaim(b *testing.B) {
	onServers(b, func(b *testing.B, s *store.Store, callers int) {
		changes := births(b)
		share(b.N, 64, func(i int) {
			if err := s.Commit(b.Context(), changes[i]); err != nil {
				b.Error(err)
			}
		})
		b.ReportAllocs()
		b.ResetTimer()
		share((b.N+9)/10, callers, func(int) {
			tasks, err := s.Claim(b.Context(), storetest.Start, 10, time.Hour)
			if err != nil {
				b.Error(err)
			}
			for _, task := range tasks {
				if err := s.Done(b.Context(), task); err != nil {
					b.Error(err)
				}
			}
		})
		perSecond(b)
	})
}

func births(b *testing.B) (changes []workflow.Change) {
	for n := range b.N {
		changes = append(changes, birth(b, n))
	}
	return changes
}

func perSecond(b *testing.B) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "per_second")
}
