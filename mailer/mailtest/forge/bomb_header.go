package forge

import (
	"fmt"
	"strings"
)

// headerBombs attack the header block (RFC 5322 2.2) and what stands in its parameters
// (RFC 2045 5.1, RFC 2231).
var headerBombs = map[string]func(*fuse) charge{
	"many fields": func(f *fuse) charge {
		return f.field(f.each(func(i int) string { return fmt.Sprintf("X-%d: y\n", i) }))
	},
	"many fields on top": func(f *fuse) charge { return charge{top: f.fill("X: y\n")} },
	"one long field": func(f *fuse) charge {
		return f.field("X-Long: " + f.fill("x") + "\n")
	},
	"one field, folded often": func(f *fuse) charge {
		return f.field("X-Long: " + f.fill("\n x") + "\n")
	},
	"folds of nothing": func(f *fuse) charge {
		return f.field("X-Long: x" + f.fill("\n ") + "\n")
	},
	"a header of folds": func(f *fuse) charge { return charge{top: f.fill(" x\n")} },
	"lines without a colon": func(f *fuse) charge {
		return charge{top: f.mix("no field\n", "nor this\n")}
	},
	"stray lines between fields": func(f *fuse) charge {
		return f.field(f.mix("X-A: b\n", "no field\n", "From someone\n", ">From x\n"))
	},
	"colons alone":              func(f *fuse) charge { return f.field(f.fill(":\n")) },
	"names of 8-bit letters":    func(f *fuse) charge { return f.field(f.fill("N\xe4me: x\n")) },
	"white space before colons": func(f *fuse) charge { return f.field(f.fill("Name : x\n")) },
	"NUL in fields": func(f *fuse) charge {
		return f.field(f.fill("X: \x00\x00\x00\n"))
	},
	"bare carriage returns":  func(f *fuse) charge { return f.field(f.fill("X: a\rY: b\n")) },
	"nothing but line feeds": func(f *fuse) charge { return charge{top: f.fill("\n")} },
	"copies of each field":   func(f *fuse) charge { return f.field(f.mix(bombCopies...)) },
	"many Received":          func(f *fuse) charge { return charge{top: f.fill(bombHop)} },
	"many Subject":           func(f *fuse) charge { return charge{top: f.fill("Subject: x\n")} },
	"a long subject of prefixes": func(f *fuse) charge {
		return f.subject(f.mix("Re: ", "Fwd: ", "[x] ", "AW: ", "： "))
	},
	"a subject of marks": func(f *fuse) charge { return f.subject(f.fill("[DSR-abcd-efg ")) },
	"a subject of combining marks": func(f *fuse) charge {
		return f.subject("e" + f.fill("\u0301\u0323"))
	},
	"encoded words": func(f *fuse) charge {
		return f.subject(f.mix("=?utf-8?Q?=C3=A4?= ", "=?utf-8?B?w6Q=?= "))
	},
	"encoded words cut in two": func(f *fuse) charge {
		return f.subject(f.fill("=?utf-8?Q?=C3?= =?utf-8?Q?=A4?= "))
	},
	"encoded words of all charsets": func(f *fuse) charge {
		return f.subject(f.mix("=?utf-7?Q?+AGEA?=", "=?iso-2022-jp?B?GyRC?=", "=?x?B?AAAA?=", "=?gb18030?Q?=81?="))
	},
	"encoded words that never end": func(f *fuse) charge {
		return f.subject(f.mix("=?a?b?x ", "=?utf-8?Q?y "))
	},
	"beginnings of encoded words": func(f *fuse) charge {
		return f.subject(f.mix("=?", "=?=", "=?utf-8?", "?="))
	},
	"ends of encoded words": func(f *fuse) charge {
		return f.subject("=?utf-8?Q?x" + f.fill("?=AA"))
	},
	"encoded words in encoded words": func(f *fuse) charge {
		return f.subject(f.fill("=?utf-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?="))
	},
	"parameters": func(f *fuse) charge {
		return f.parameters(func(i int) string { return fmt.Sprintf("p%d=x;", i) })
	},
	"semicolons": func(f *fuse) charge {
		return f.parameters(func(int) string { return ";" })
	},
	"semicolons and quotes": func(f *fuse) charge {
		return f.parameters(func(int) string { return f.pick(";", "\";", "\\") })
	},
	"comments in parameters": func(f *fuse) charge {
		return f.parameters(func(int) string { return "(a)b;" })
	},
	"open comments": func(f *fuse) charge {
		return f.parameters(func(int) string { return "(;" })
	},
	"continued parameters": func(f *fuse) charge {
		return f.parameters(func(i int) string { return fmt.Sprintf("name*%d=x;", i) })
	},
	"continued backwards": func(f *fuse) charge {
		return f.parameters(func(i int) string { return fmt.Sprintf("name*%d=x;", 1<<20-i) })
	},
	"continuations far apart": func(f *fuse) charge {
		return f.parameters(func(i int) string { return fmt.Sprintf("name*%d9999999999=x;", i) })
	},
	"continued in percents": func(f *fuse) charge {
		return f.parameters(func(i int) string { return fmt.Sprintf("name*%d*=utf-8''%%C3;", i) })
	},
	"one name many times": func(f *fuse) charge {
		return f.parameters(func(int) string { return "name*0*=x''%e4;charset=y;" })
	},
	"a file name of megabytes": func(f *fuse) charge {
		return f.named(strings.Repeat("x", min(f.size, 60_000)))
	},
	"a report's name, nearly": func(f *fuse) charge {
		return f.named(strings.Repeat("a!1", min(f.size/3, 20_000)))
	},
	"a file name of percents": func(f *fuse) charge {
		return f.named(strings.Repeat("%e4", min(f.size/3, 20_000)))
	},
}

var bombCopies = []string{"From: a@b.example\n", "To: a@b.example\n", "Subject: x\n", "Date: x\n",
	"Message-ID: <x@y>\n", "In-Reply-To: <x@y>\n", "References: <x@y>\n", "Content-Type: text/html\n",
	"MIME-Version: 1.0\n", "Reply-To: x@y.example\n", "Sender: x@y.example\n", "Cc: x@y.example\n"}

const bombHop = "Received: from a (b [192.0.2.1]) by c (Postfix) with ESMTPS id 1;\n" +
	"\tMon, 2 Nov 2026 10:00:00 +0000\n"

func (f *fuse) field(lines string) charge { return charge{fields: lines} }

// subject leaves the field under the limit of one field in every second mail, so that it is
// read at all; the others are cut.
func (f *fuse) subject(s string) charge {
	if f.below(2) == 0 {
		s = s[:min(len(s), 60_000)]
	}
	return charge{top: "Subject: " + s + "\n"}
}

// parameters fills the Content-Type of many parts, as far as a field may go, or one beyond it.
func (f *fuse) parameters(one func(i int) string) charge {
	some := *f
	some.size = min(f.size, 60_000)
	head := "Content-Type: text/plain; " + some.each(one) + "\n"
	if f.size <= 60_000 || f.below(4) == 0 {
		some.size = f.size
		return charge{kind: "Content-Type: text/plain; " + some.each(one) + "\n", body: "CONFIRM\n"}
	}
	return f.mixed(f.upTo(f.size, "--b\n"+head+"Content-Disposition: attachment; "+some.each(one)+"\n\nx\n"))
}

// named gives the name to as many parts as fit.
func (f *fuse) named(name string) charge {
	return f.mixed(f.fill("--b\nContent-Type: application/zip\nContent-Disposition: attachment;\n filename=\"" +
		name + "\"\n\nx\n"))
}
