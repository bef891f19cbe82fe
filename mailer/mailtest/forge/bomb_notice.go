package forge

import (
	"fmt"
	"strings"
)

// noticeBombs attack readers of bounces and reports (RFC 3464, RFC 5965, RFC 7489).
var noticeBombs = map[string]func(*fuse) charge{
	"status fields": func(f *fuse) charge {
		return f.status(f.mix("Action: failed\n", "Status: 5.1.1\n", "X: y\n"))
	},
	"status recipients": func(f *fuse) charge { return f.status(f.each(bombRecipient)) },
	"a status address": func(f *fuse) charge {
		return f.status("Final-Recipient: rfc822; " + f.fill("a,") + "\nAction: failed\n")
	},
	"status addresses, long": func(f *fuse) charge {
		one := "Final-Recipient: rfc822; " + f.upTo(min(f.size/2, 120_000), "a@") + "%d\nAction: failed\n\n"
		return f.status(fmt.Sprintf(one, 1) + fmt.Sprintf(one, 2) + f.fill("a@b\n"))
	},
	"status addresses, many and long": func(f *fuse) charge {
		return f.report("--b\nContent-Type: message/delivery-status\n\n" +
			f.bounced(95, "Action: failed\nStatus: 5.1.1\n\n"))
	},
	"status parts of long addresses": func(f *fuse) charge {
		part := "--b\nContent-Type: message/delivery-status\n\n"
		return f.report(part + f.bounced(95, "Action: failed\n\n"+part))
	},
	"diagnoses of one address": func(f *fuse) charge {
		one := "Final-Recipient: rfc822; a@b.example\nAction: failed\nDiagnostic-Code: smtp; " +
			f.upTo(min(f.size/2, 90_000), "550-5.1.1 ") + "\n\n"
		return f.report("--b\nContent-Type: message/delivery-status\n\n" +
			f.fill(one+"--b\nContent-Type: message/delivery-status\n\n"))
	},
	"a diagnosis of megabytes": func(f *fuse) charge {
		return f.status("Final-Recipient: rfc822; a@b.example\nAction: failed\nDiagnostic-Code: smtp; " +
			f.fill("550-5.1.1 ") + "\n")
	},
	"a diagnosis, folded": func(f *fuse) charge {
		return f.status("Final-Recipient: rfc822; a@b.example\nDiagnostic-Code: smtp;" + f.fill("\n 550 5.1.") + "\n")
	},
	"many status parts": func(f *fuse) charge {
		return f.typed(bombReport, f.fill("--b\nContent-Type: message/delivery-status\n\n"+bombRecipient(1)))
	},
	"a returned mail": func(f *fuse) charge {
		return f.typed(bombReport, "--b\nContent-Type: message/delivery-status\n\n"+bombRecipient(1)+
			"--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"+
			bombArmour("Message-ID: <1@x>\n"+f.upTo(f.size*3/4, "X: y\n"), "base64"))
	},
	"many returned mails": func(f *fuse) charge {
		return f.typed(bombReport, f.fill("--b\nContent-Type: message/rfc822\n\nSubject: x\n\nx\n"))
	},
	"a notice in words": func(f *fuse) charge {
		c := bombProse("<a@b.example>: host mx said: 550 5.1.1 no such user\n", "could not be delivered\n",
			"final-recipient: rfc822; a@b\n", "a@b.example\n", "    a@b.example\n")(f)
		c.top = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\n"
		return c
	},
	"a notice of recipients": func(f *fuse) charge {
		c := charge{body: f.each(func(i int) string { return fmt.Sprintf("<a%d@b.example>: unknown user\n", i) })}
		c.top = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nX-Failed-Recipients: " +
			strings.Repeat("a@b.example, ", 2000) + "\n"
		return c
	},
	"a notice of records": func(f *fuse) charge {
		return charge{top: "From: no-reply@sns.amazonaws.com\nSubject: Amazon SES Email Event Notification\n",
			body: "{\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":[" +
				f.fill("{\"emailAddress\":\"a@b.example\"},") + "]}}\n"}
	},
	"records in records": func(f *fuse) charge {
		body := "{\"notificationType\":\"Bounce\",\"bounce\":" + f.fill("{\"a\":[") + "\n"
		return charge{top: "From: no-reply@sns.amazonaws.com\n", body: body}
	},
	"complaints": func(f *fuse) charge {
		part := "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
		return f.typed("report; report-type=feedback-report", f.fill(part))
	},
	"aggregate reports": func(f *fuse) charge {
		name := "a!b!1!2!" + strings.Repeat("x", 200)
		return f.mixed(f.fill("--b\nContent-Type: application/gzip; name=\"" + name + "\"\n\nx\n"))
	},
}

// bombReport is the subtype of RFC 6522 that carries bounces.
const bombReport = "report; report-type=delivery-status"

func bombRecipient(i int) string {
	return fmt.Sprintf("Final-Recipient: rfc822; a%d@b.example\nAction: failed\nStatus: 5.1.1\n\n", i)
}

// bounced are n recipients that share the size, each with the fields that follow its address.
func (f *fuse) bounced(n int, fields string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Final-Recipient: rfc822; %d%s@b.example\n%s", i, f.upTo(f.size/n, "A"), fields)
	}
	return b.String()
}

// report is a notice with as many lines for people as are read.
func (f *fuse) report(machine string) charge {
	return f.typed(bombReport, "--b\n\n"+strings.Repeat("It could not be delivered.\n", 400)+machine+"\n--b--\n")
}

func (f *fuse) status(fields string) charge {
	kind := f.pick("delivery-status", "global-delivery-status", "disposition-notification")
	return f.typed(bombReport, "--b\n\nx\n--b\nContent-Type: message/"+kind+
		"\n\nReporting-MTA: dns; x\n\n"+fields+"\n--b--\n")
}
