package templates

// Held tells the registered admin that an answer did not count, whoever wrote it. It never carries
// a code, nor anything of the answer.
type Held struct {
	Tag      string
	Customer string
	Why      string // "not_proven", "other_sender", "old_code" or "code_ended"
	Contact  string // whom the admin may ask; may be empty
}

// Held writes to the registered admin why an answer was held.
func (s *Set) Held(language string, d Held) (Letter, error) { return s.write("held", language, d) }
