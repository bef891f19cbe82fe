package inbox

import (
	"errors"
	"sync"
)

// halt remembers why a scan must not hand out another mail. Workers share it.
type halt struct {
	mu    sync.Mutex
	cause error
}

// heed keeps the first error that is no mail's fault, and reports whether this is one.
func (h *halt) heed(err error) bool {
	if !errors.Is(err, ErrOurs) {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cause == nil {
		h.cause = err
	}
	return true
}

// why is nil as long as mails may be handed out.
func (h *halt) why() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.cause
}

// halted reports whether no mail is to be handed out any more. Scan tells why.
func (v *visit) halted() bool { return v.halt.why() != nil }
