package reply_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
)

const proof = `-----BEGIN PGP SIGNATURE-----

iQIzBAEBCAAdFiEE0123456789abcdefghijklmnopqrstuvwxyzFAmcmJ0MACgk
Q0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij==
=AbCd
-----END PGP SIGNATURE-----
`

// A text that was signed within itself is read as what its writer wrote.
func TestTextSignedWithinItself(t *testing.T) {
	const frame = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
	tests := []struct {
		name, body, want string
		decision         reply.Decision
	}{
		{name: "above a quotation", want: "CONFIRM", decision: reply.Confirm,
			body: frame + "CONFIRM\n\n" + on + "\n" + quoted(ours) + "\n" + proof},
		{name: "below a quotation", want: "CONFIRM", decision: reply.Confirm,
			body: frame + on + "\n" + quoted(ours) + "\n\nCONFIRM\n" + proof},
		{name: "with a signature, whose dashes are escaped", want: "REJECT", decision: reply.Reject,
			body: frame + "REJECT\n\n- -- \nAnna Admin\n" + proof},
		{name: "with a remark of the program", want: "CONFIRM", decision: reply.Confirm,
			body: frame + "CONFIRM\n" + strings.Replace(proof, "\n\n", "\nComment: GPGTools\n\n", 1)},
		{name: "with a refusal where the proof should be", decision: reply.Unclear,
			body: frame + "CONFIRM\n" + strings.Replace(proof, "\n=AbCd", "\nplease do not\n=AbCd", 1)},
		{name: "with one word of refusal there", decision: reply.Unclear,
			body: frame + "CONFIRM\n" + strings.Replace(proof, "\n=AbCd", "\nno\n=AbCd", 1)},
		{name: "with a refusal as a remark", decision: reply.Unclear,
			body: frame + "CONFIRM\n" + strings.Replace(proof, "\n\n", "\nComment: do not send\n\n", 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := reply.FromPlain(tt.body)
			decision, why := reply.Decide(got, "Re: please confirm")
			if tt.want != "" && got.New != tt.want || decision != tt.decision {
				t.Errorf("%q is read as %s (%s), want %s", got.New, decision, why, tt.decision)
			}
		})
	}
}
