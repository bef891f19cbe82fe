package request

// Lists of single words that count the same in every language's mail.
const (
	atWords     = "at"          // by which people hide the sign of an address from programs
	dotWords    = "dot"         // likewise
	replyMarks  = "reply"       // with which a mail program begins the subject line of a reply or a forward
	replyLabels = "reply label" // with which it does so before a colon; without one they are words like any other
)

// newSigns are these lists, in lower case, with what needs no language.
func newSigns() map[string]map[string]bool {
	return map[string]map[string]bool{
		atWords: {"@": true}, dotWords: {".": true}, replyMarks: {}, replyLabels: {},
	}
}
