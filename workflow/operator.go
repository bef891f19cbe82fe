package workflow

import "fmt"

// OnRetry says what "retry" means for a request: back to where it got stuck.
func OnRetry(r Request) (EventType, error) {
	switch {
	case r.OnHold:
		return "", onHold("retry", r)
	case r.State == NeedsReview, r.State == RefusedState && r.Reason == TenantGone:
		return AskAgain, nil
	case r.State != Stuck:
		return "", fmt.Errorf("retry %s: it is %s, not stuck: %w", r.ID, r.State, Refused)
	case r.StuckFrom == Delivering && r.Package != nil && !r.Package.Removed:
		return deliverAgain(r), nil
	case r.StuckFrom == Delivering || r.StuckFrom == Compiling:
		return CompileAgain, nil
	}
	return AskAgain, nil
}

// OnResend says what "resend" means: the newest letter that matters, again. A
// confirmation gets a new code; a package goes to the same admin, if the
// registry still names that admin.
func OnResend(r Request) (EventType, error) {
	if r.OnHold {
		return "", onHold("resend for", r)
	}
	switch r.State {
	case AwaitingConfirmation:
		return AskAgain, nil
	case Completed:
		return deliverAgain(r), nil
	case Stuck:
		return OnRetry(r)
	}
	return "", fmt.Errorf("resend for %s: it is %s, nothing to send: %w", r.ID, r.State, Refused)
}

func deliverAgain(r Request) EventType {
	if r.Package != nil && r.Package.Encryption == EncryptPassphrase {
		return HandOverAgain
	}
	return DeliverAgain
}

// onHold refuses what would only wait: whoever asks for it expects a letter.
func onHold(wish string, r Request) error {
	return fmt.Errorf("%s %s: it is on hold, take it off hold first: %w", wish, r.ID, Refused)
}
