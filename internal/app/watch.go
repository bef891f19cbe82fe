package app

import (
	"context"
	"sync"
)

// watch lets the server announce new mail, until ctx ends; the result waits for its
// end. Only the replica that holds the lease watches: in another a hint is of no
// use, and providers count connections. Whatever breaks, scans go on by schedule.
func (m *mailbox) watch(ctx context.Context) (ended func()) {
	var watching sync.WaitGroup
	if m.config.IdleOn() {
		watching.Go(func() {
			if err := m.box.Watch(ctx, m.stir); err == nil && ctx.Err() == nil {
				m.app.options.Log.Info("the server announces no new mail: it is found by schedules.scan alone",
					"mailbox", m.name)
			}
			m.app.health.forget(m.watched())
		})
	}
	return watching.Wait
}

// watching is told when idling begins and why it ended.
func (m *mailbox) watching(err error) { m.app.health.is(m.watched(), err) }

func (m *mailbox) watched() string { return "watch of mailbox " + m.name }
