package workflow

// Confirm is what a tenant asks of an answer beyond the rules that all of them must pass.
// The strings are stored.
type Confirm string

// The ways to confirm, the weaker first. The zero value means Reply.
const (
	// Reply: the code stands in the answer, if only quoted.
	Reply Confirm = ""
	// TypedCode: the code stands in what the admin newly wrote.
	TypedCode Confirm = "typed-code"
)

// Stronger is the one that asks for more.
func (c Confirm) Stronger(other Confirm) Confirm {
	if c == TypedCode || other == TypedCode {
		return TypedCode
	}
	return Reply
}
