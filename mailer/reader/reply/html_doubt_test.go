package reply_test

import (
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
)

func TestWordsInMarkedElementsAreReadAsTheAuthors(t *testing.T) {
	for _, body := range []string{
		`<div>Confirm</div><div class="hs_signature">Only the orders, please</div>`,
		`<div>Confirm</div><div class="gmail_signature">Only the orders, please</div>`,
		`<div>Confirm</div><div class="gmail_signature">This email and any attachments are ` +
			`confidential and intended solely for the addressee, whoever it is.</div>` +
			`<div>Bob signs this as well.</div>`,
		`<div>Confirm</div><div class="gmail_signature">Bob signs this as well</div>`,
		`<div>Confirm</div><div class="x_hs_reply">not yet</div>`,
		`<div>Confirm</div><div class="clean_bq">not yet</div>`,
		`<p>Confirm</p><!-- not that one</p></body></html>`,
		`<p>Confirm</p><!--- not that one</p></body></html>`,
		`<svg><title></svg>not that one</title>`,
		`<p>Confirm</p><svg><title></svg>not that one</title>`,
		`<p>Confirm</p><svg><textarea></svg>not that one</textarea>`,
		`<p>Confirm</p><math><xmp></math>not that one</xmp>`,
		`<p>Confirm</p><title>not that one`,
		`<p>Confirm</p><textarea>not that one`,
		`<p>Confirm</p><xmp>not that one`,
		`<p>Confirm</p><noscript>not yet</noscript>`,
		`<p>Confirm</p><noscript><b>not yet</b></noscript>`,
		`<p>Confirm</p><object data="cid:x">not yet</object>`,
		`<p>Confirm</p><svg><text>not yet</text></svg>`,
		`<p>Confirm</p><svg><script></svg>not that one</script>`,
	} {
		if got, _ := reply.Decide(reply.FromHTML(body), "Re: x"); got == reply.Confirm {
			t.Errorf("%q confirms", body)
		}
	}
}

func TestMarkedElementsOfClientsStillLetAConfirmationStand(t *testing.T) {
	for _, body := range []string{
		`<p>Confirm</p><!-- a remark -->`, `<p>Confirm</p><!--><p></p>`, `<p>Confirm</p><!---><p></p>`,
		`<p>Confirm</p><!-- a remark --!>`, `<!DOCTYPE html><p>Confirm</p><![if !mso]><p></p><![endif]>`,
		`<html><head><title>Re: x</title><style>p {margin: 0}</style></head><body><p>Confirm</p></body>`,
		`<div>Confirm</div><div class="hs_signature">Anna Admin</div>`,
		`<div>Confirm</div><div id="Signature"><img src="cid:x"><br>i. A. Anna Admin<br>Tel. 1234</div>`,
		`<div>Confirm</div><div class="moz-signature">-- <br>Anna Admin, head of data protection</div>`,
		`<p>Confirm</p><svg><title>Logo</title><path d="M0 0"/></svg>`,
		`<p>Confirm</p><script>not()</script><title>no</title>`,
		`<p>Confirm</p><object data="cid:x"> </object><div style="display:none"><video>no</video></div>`,
	} {
		if got, why := reply.Decide(reply.FromHTML(body), "Re: x"); got != reply.Confirm {
			t.Errorf("%q: got %s (%s), want confirm", body, got, why)
		}
	}
}
