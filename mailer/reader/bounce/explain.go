package bounce

import "strings"

// explain gives each recipient the lines about it: those that name it, and those after them
// up to the next one. One recipient alone gets the whole notice.
func explain(rs []Recipient, lines []string) {
	if len(rs) == 1 {
		rs[0].context = told(lines)
		rs[0].atRecipient = refusedRecipient(lines)
		return
	}
	addresses := make([]string, len(rs))
	for i, r := range rs {
		addresses[i] = strings.ToLower(r.Address)
	}
	current, left := -1, 0
	for _, line := range lines {
		lower := strings.ToLower(line)
		for i, address := range addresses {
			if address != "" && strings.Contains(lower, address) {
				current, left = i, maxSaid
			}
		}
		if current >= 0 && left > 0 && len(rs[current].context) < maxDiagnosis {
			rs[current].context += " " + strings.TrimSpace(line)
			left--
		}
	}
}

// told joins the lines that look like a server's words first, so that they are read before
// the courtesies around them.
func told(lines []string) string {
	var first, rest strings.Builder
	for i, line := range lines {
		to := &rest
		if replyCodeIn(line) != "" || statusIn(line) != "" ||
			i > 0 && replyCodeIn(lines[i-1]) != "" {
			to = &first
		}
		if to.Len() < maxDiagnosis/2 {
			to.WriteString(strings.TrimSpace(line))
			to.WriteByte(' ')
		}
	}
	return first.String() + rest.String()
}

// refusedRecipient reads a transcript of the SMTP dialogue: was RCPT the last command before
// the first refusal? An envelope that is listed without the marks of a dialogue tells nothing.
func refusedRecipient(lines []string) bool {
	last := ""
	for _, line := range lines {
		lower := strings.ToLower(line)
		if !isDialogue(lower) {
			continue
		}
		for _, command := range []string{"mail from:", "rcpt to:", "data", "ehlo", "helo"} {
			if strings.Contains(lower, command) {
				last = command
				break
			}
		}
		if code := replyCodeIn(lower); code != "" && last != "" {
			return last == "rcpt to:"
		}
	}
	return false
}

func isDialogue(line string) bool {
	return strings.Contains(line, "-->") || strings.Contains(line, "<--") ||
		strings.Contains(line, ">>>") || strings.Contains(line, "<<<")
}
