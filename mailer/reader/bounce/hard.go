package bounce

// hard.go is the one place that says which failures mean a dead address.

// A verdict is one row: a reason that is hard when the code is permanent, or none was told.
type verdict struct {
	reason    Reason
	temporary bool // hard even when the code is 4.X.X: the sending server gave up all the same
	why       string
}

// verdicts are the reasons that can be hard; all others are soft whatever their status, since
// time, room, another wording or another server may help.
var verdicts = []verdict{
	{UserUnknown, true, "nobody is there; servers that fear harvesting say it with 4XX"},
	{HostUnknown, true, "the name does not resolve; a server that retried for days says 4.4.4"},
	{Moved, true, "the person is no longer there, the new address is another one"},
	{NotAccept, false, "RFC 7505: the domain takes no mail; with 4XX it is about today"},
}

// isHard reads the table. What is not a failure is never hard.
func isHard(r Recipient) bool {
	if r.Action != "failed" {
		return false
	}
	for _, v := range verdicts {
		if v.reason == r.Reason {
			return v.temporary || !isTemporary(r)
		}
	}
	return false
}

// isTemporary asks the enhanced code first: it is more often kept than the reply code.
func isTemporary(r Recipient) bool {
	if r.Status != "" {
		return r.Status[0] == '4'
	}
	return r.Code != "" && r.Code[0] == '4'
}
