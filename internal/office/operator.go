package office

import "slices"

// Order lets an operator say something to the daemon, which must obey.
func (o *Office) Order(args ...string) {
	o.T.Helper()
	if got := Dsrd(o.T, nil, append(args, "--socket", o.Path("dsrd.sock"))...); got.Code != 0 {
		o.T.Fatalf("dsrd %v: %+v", args, got)
	}
}

// AwaitPause waits until the daemon wanted to do what is next about the only request, and was not
// allowed to.
func (o *Office) AwaitPause() {
	o.T.Helper()
	Until(o.T, "something waits for the end of the pause", func() bool {
		all := o.Requests()
		return len(all) == 1 && slices.ContainsFunc(o.Show(all[0].ID).Waiting,
			func(w Waiting) bool { return w.Note == "paused" })
	})
}
