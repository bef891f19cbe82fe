package forge

import "fmt"

// listBombs attack the fields that list something (RFC 5322 3.4 and 3.6.4).
var listBombs = map[string]func(*fuse) charge{
	"many addresses": func(f *fuse) charge {
		return f.listed(func(i int) string { return fmt.Sprintf("a%d@b.example, ", i) })
	},
	"many names":          func(f *fuse) charge { return f.listed(bombSame("a, ")) },
	"many separators":     func(f *fuse) charge { return f.listed(bombSame(",")) },
	"many groups":         func(f *fuse) charge { return f.listed(bombSame("g: a@b.example; ")) },
	"groups in groups":    func(f *fuse) charge { return f.listed(bombSame("g:")) },
	"one address, colons": func(f *fuse) charge { return f.listed(bombSame("@:::::::")) },
	"an address after all": func(f *fuse) charge {
		return charge{top: "To: " + f.fill("x") + "@" + f.fill(":") + "\n"}
	},
	"nested comments":       func(f *fuse) charge { return f.listed(bombSame("(")) },
	"comments in addresses": func(f *fuse) charge { return f.listed(bombSame("a(b)@(c)d.example,")) },
	"open quotes":           func(f *fuse) charge { return f.listed(bombSame("\"a,")) },
	"quotes and backslash":  func(f *fuse) charge { return f.listed(bombSame("\"\\\"")) },
	"open brackets":         func(f *fuse) charge { return f.listed(bombSame("<")) },
	"routes": func(f *fuse) charge {
		return f.listed(bombSame("<@a,@b:c@d.example>,"))
	},
	"encoded addresses": func(f *fuse) charge {
		return f.listed(bombSame("=?utf-8?Q?a=40b.example?=, "))
	},
	"many recipients": func(f *fuse) charge {
		return f.field(f.each(func(i int) string {
			return f.pick("Delivered-To", "X-Original-To", "Cc", "Envelope-To") + fmt.Sprintf(": a%d@b.example\n", i)
		}))
	},
	"many references": func(f *fuse) charge {
		ids := f.each(func(i int) string { return fmt.Sprintf("<%d@b.example>\n ", i) })
		return charge{top: "References: " + ids + "\n"}
	},
	"open references": func(f *fuse) charge {
		return charge{top: "References: " + f.fill("<x ") + "\n"}
	},
	"commas in references": func(f *fuse) charge {
		return charge{top: "In-Reply-To: " + f.fill("<a,b>") + "\nReferences: " + f.fill("<<>>") + "\n"}
	},
	"a date of comments": func(f *fuse) charge {
		return charge{top: "Date: " + f.fill("(x) ") + "\n"}
	},
	"a date of digits": func(f *fuse) charge {
		return charge{top: "Date: Mon, " + f.fill("2") + "\n"}
	},
	"a From of names": func(f *fuse) charge {
		return charge{top: "From: " + f.mix("anna ", "\"x\" ", "<a@b.example> ", ". ") + "\n"}
	},
	"responders' comments": func(f *fuse) charge {
		return charge{top: "Auto-Submitted: " + f.fill("()") + "no\nPrecedence: " + f.fill("(") + "\n"}
	},
	"return paths": func(f *fuse) charge { return charge{top: f.fill("Return-Path: <>\n")} },
}

// listed puts a list into the fields whose addresses are read, in every second mail of the
// size that one field may still have.
func (f *fuse) listed(one func(i int) string) charge {
	some := *f
	if f.below(2) == 0 {
		some.size = min(f.size, 60_000)
	}
	name := f.pick("To", "Cc", "Delivered-To", "Sender", "Reply-To", "X-Failed-Recipients")
	top := ""
	for range 1 + f.below(4) {
		top += name + ": " + some.each(one) + "\n"
	}
	return charge{top: top}
}

func bombSame(s string) func(int) string { return func(int) string { return s } }
