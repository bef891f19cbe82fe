package forge

import (
	"encoding/base64"
	"mime/quotedprintable"
	"slices"
	"strings"
)

// transferBombs attack the transfer encodings (RFC 2045 6).
var transferBombs = map[string]func(*fuse) charge{
	"base64, a letter a line": func(f *fuse) charge { return f.coded("base64", f.fill("Q\n")) },
	"base64 of one line":      func(f *fuse) charge { return f.coded("base64", f.fill("QUJD")) },
	"base64 and garbage": func(f *fuse) charge {
		return f.coded("base64", f.fill("Q!U\x80J D"))
	},
	"base64 of nothing":         func(f *fuse) charge { return f.coded("base64", f.fill("!!!! ")) },
	"base64, padded everywhere": func(f *fuse) charge { return f.coded("base64", f.fill("QQ==")) },
	"base64 of base64": func(f *fuse) charge {
		return f.coded("base64", bombArmour(bombArmour(f.upTo(f.size/2, "x"), "base64"), "base64"))
	},
	"soft line breaks": func(f *fuse) charge {
		return f.coded("quoted-printable", f.fill("=\n"))
	},
	"soft breaks and blanks": func(f *fuse) charge {
		return f.coded("quoted-printable", f.fill("="+strings.Repeat(" ", 500)))
	},
	"equals signs": func(f *fuse) charge {
		return f.coded("quoted-printable", f.mix("=", "=A", "=zz", "=="))
	},
	"equals and blanks": func(f *fuse) charge {
		return f.coded("quoted-printable", "="+f.fill(" \t")+"x")
	},
	"escapes": func(f *fuse) charge {
		return f.coded("quoted-printable", f.fill("=3D=0A"))
	},
	"a line of escapes": func(f *fuse) charge {
		return f.coded("quoted-printable", f.fill("=C3=A4"))
	},
	"uuencoded": func(f *fuse) charge {
		return f.coded("x-uuencode", "begin 644 x\n"+f.fill("M"+strings.Repeat("A", 60)+"\n")+"end\n")
	},
	"uuencoded, no end": func(f *fuse) charge {
		return f.coded("uuencode", "begin 644 x\n"+f.fill("`\n"))
	},
	"uuencoded, no lines": func(f *fuse) charge {
		return f.coded("uue", "begin 644 x\n"+f.fill("M"))
	},
	"many uuencoded files": func(f *fuse) charge {
		return charge{body: f.fill("begin 644 x\n#0V%T\n`\nend\n")}
	},
	"yenc": func(f *fuse) charge {
		return charge{body: "=ybegin line=128 size=123456 name=x\n" + f.fill(f.noise(128)+"\n") + "=yend\n"}
	},
	"an unknown encoding": func(f *fuse) charge { return f.coded("x-"+f.fill("y"), "CONFIRM\n") },
	"a compressed file": func(f *fuse) charge {
		return charge{kind: "Content-Type: application/gzip; name=report!a.example!1!2.xml.gz\n" +
			"Content-Transfer-Encoding: base64\n", body: f.fill("H4sIAAAAAAACA+3BMQEAAADCoPVP7WsIoAAA\n")}
	},
}

// coded is text, HTML or a file under a transfer encoding.
func (f *fuse) coded(how, body string) charge {
	kind := f.pick(bombText, bombHTML, "Content-Type: application/octet-stream\n")
	return charge{kind: kind + "Content-Transfer-Encoding: " + how + "\n", body: body}
}

// charsetBombs attack the decoders.
var charsetBombs = map[string]func(*fuse) charge{
	"utf-7 shifts": func(f *fuse) charge {
		return f.in("utf-7", f.mix("+AGE-", "+-", "+", "+AGEA"))
	},
	"one utf-7 run": func(f *fuse) charge { return f.in("utf-7", "+"+f.fill("AGEA")) },
	"escapes of iso-2022-jp": func(f *fuse) charge {
		return f.in("iso-2022-jp", f.mix("\x1b$B", "\x1b(B", "\x1b(J", "\x1b"))
	},
	"escapes of iso-2022-kr": func(f *fuse) charge {
		return f.in("iso-2022-kr", f.mix("\x1b$)C", "\x0e", "\x0f"))
	},
	"escapes of iso-2022-cn": func(f *fuse) charge {
		return f.in("iso-2022-cn", f.mix("\x1b$)A", "\x1b$)G", "\x0e", "\x0f"))
	},
	"double bytes in ascii": func(f *fuse) charge {
		return f.in("iso-2022-jp", "\x1b$B"+f.fill("$\""))
	},
	"gb18030 of four bytes": func(f *fuse) charge {
		return f.in("gb18030", f.mix("\x81\x30\x81\x30", "\x81\x30", "\x84\x31\xa4\x37"))
	},
	"hz": func(f *fuse) charge {
		return f.in("hz-gb-2312", f.mix("~{", "~}", "~~", "~\n", "<:Ky"))
	},
	"utf-16 without its mark": func(f *fuse) charge {
		return f.in("utf-16", f.mix("\x00C", "C\x00", "\xd8\x00", "\xff\xfe"))
	},
	"utf-16 halves": func(f *fuse) charge { return f.in("utf-16le", f.fill("\x00\xd8")) },
	"utf-32": func(f *fuse) charge {
		return f.in("utf-32", f.fill("\x00\x00\x00C"))
	},
	"an unknown charset": func(f *fuse) charge {
		return f.in("x-"+strings.Repeat("y", 900), f.noise(min(f.size, MaxBomb)))
	},
	"a replacement charset": func(f *fuse) charge { return f.in("replacement", f.fill("\x80x")) },
	"half letters of utf-8": func(f *fuse) charge {
		return f.in("utf-8", f.mix("\xc3", "\xe2\x80", "\xf0\x9f\x98", "\xc3\xa4"))
	},
	"long forms of utf-8": func(f *fuse) charge {
		return f.in("utf-8", f.mix("\xc0\x80", "\xe0\x80\x80", "\xf8\x88\x80\x80\x80"))
	},
	"half letters of asia": func(f *fuse) charge {
		return f.in(f.pick("big5", "shift_jis", "euc-jp", "euc-kr", "gbk"), f.mix("\x81", "\xfe", "\xa1\xa1", "x"))
	},
	"noise in single bytes": func(f *fuse) charge {
		return f.in(f.pick("koi8-r", "windows-1252", "ibm866", "x-mac-cyrillic"), f.noise(min(f.size, MaxBomb)))
	},
	"noise": func(f *fuse) charge {
		return f.in(f.pick("utf-8", "us-ascii", "", "utf-7"), f.noise(min(f.size, MaxBomb)))
	},
	"a mail of noise": func(f *fuse) charge {
		return charge{top: f.noise(min(f.size, MaxBomb))}
	},
	"carriage returns":         func(f *fuse) charge { return charge{raw: f.fill("x\r")} },
	"line feeds":               func(f *fuse) charge { return charge{raw: f.fill("\n")} },
	"text of bare line feeds":  func(f *fuse) charge { return charge{raw: f.fill("CONFIRM\n")} },
	"carriage returns, doubly": func(f *fuse) charge { return charge{raw: f.fill("x\r\r\n")} },
	"NUL":                      func(f *fuse) charge { return charge{raw: f.fill("\x00")} },
}

// in is text in a charset, as it stands.
func (f *fuse) in(charset, body string) charge {
	kind := f.pick("text/plain", "text/html")
	return charge{kind: "Content-Type: " + kind + "; charset=\"" + charset + "\"\n", raw: body}
}

// bombArmour puts text under a transfer encoding; line ends are part of it.
func bombArmour(s, how string) string {
	var b strings.Builder
	if how == "base64" {
		all := base64.StdEncoding.EncodeToString([]byte(s))
		for line := range slices.Chunk([]byte(all), 76) {
			b.Write(line)
			b.WriteByte('\n')
		}
		return b.String()
	}
	w := quotedprintable.NewWriter(&b)
	// A strings.Builder takes all that it is given.
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return strings.ReplaceAll(b.String(), "\r\n", "\n")
}
