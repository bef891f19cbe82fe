package app

import (
	"context"
	"fmt"
	"io"

	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/workflow"
)

// relaying counts the relay's verdicts, and tells when nothing can leave by it.
type relaying struct {
	mailer.Courier
	metrics *telemetry.Metrics
	health  *health
	points  *points
}

func (c relaying) Send(ctx context.Context, e courier.Envelope, mail io.Reader, size int64,
	check func(context.Context) error,
) courier.Result {
	ctx, mail, check = c.points.letter(ctx, mail, check)
	r := c.Courier.Send(ctx, e, mail, size, check)
	order, _ := ctx.Value(orderKey{}).(workflow.EffectType)
	c.metrics.MailSent(order, string(r.Verdict), !r.Permanent || r.Config)
	switch remedy := relayRemedy(r); {
	case r.Verdict == courier.Accepted:
		c.health.good(relay)
	case remedy != "" && ctx.Err() == nil:
		c.health.bad(relay, fmt.Errorf("no letter can leave: %w (%s)", r.Err, remedy))
	}
	return r
}

// relay is the name under which health speaks of the server that takes our letters.
const relay = "relay"

// relayRemedy is what a person can do when the relay did not even get as far as the mail, or
// wants none of ours; "" when the result is about one letter or one moment.
func relayRemedy(r courier.Result) string {
	early := r.Stage == courier.StageConnect || r.Stage == courier.StageGreeting ||
		r.Stage == courier.StageEHLO || r.Stage == courier.StageStartTLS || r.Stage == courier.StageAuth
	switch {
	case r.Verdict != courier.Refused || !r.Config && !early:
		return ""
	case r.Stage == courier.StageAuth, r.Config && r.Code != 0 && !early:
		return "are smtp.user and its password or access token right, and may this account send by SMTP?"
	case r.Config && r.Code == 0:
		return "is this the relay that smtp.host, smtp.port and smtp.security mean, and does smtp.ca_file " +
			"hold the authority that vouches for it?"
	}
	return "does the relay run, and are smtp.host, smtp.port, smtp.security and the network right?"
}
