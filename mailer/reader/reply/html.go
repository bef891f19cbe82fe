package reply

func htmlLines(s string) []line { return plainLines(s) }
