package forge

import (
	"fmt"
	"strings"
)

// mimeBombs attack the tree of parts (RFC 2046).
var mimeBombs = map[string]func(*fuse) charge{
	"nested multiparts of one boundary": func(f *fuse) charge {
		return f.nest(func(int) string { return "b" }, f.below(2) == 0)
	},
	"nested multiparts": func(f *fuse) charge {
		return f.nest(func(i int) string { return fmt.Sprintf("b%d", i) }, f.below(2) == 0)
	},
	"nested multiparts whose boundaries begin alike": func(f *fuse) charge {
		return f.nest(func(i int) string { return strings.Repeat("b", 1+i%70) }, f.below(2) == 0)
	},
	"nested multiparts of 70 characters": func(f *fuse) charge {
		return f.nest(func(i int) string { return fmt.Sprintf("%070d", i) }, f.below(2) == 0)
	},
	"messages in messages": func(f *fuse) charge {
		unit := "Content-Type: message/rfc822\nFrom: a@b.example\n\n"
		return charge{kind: "Content-Type: message/rfc822\n", body: f.fill(unit) + "text\n"}
	},
	"messages and multiparts in turn": func(f *fuse) charge {
		return charge{kind: "Content-Type: multipart/mixed; boundary=b\n", body: f.each(func(i int) string {
			return fmt.Sprintf("--b%s\nContent-Type: message/rfc822\n\nSubject: x\n"+
				"Content-Type: multipart/mixed; boundary=b%d\n\n", bombLevel(i), i)
		})}
	},
	"many small parts": func(f *fuse) charge { return f.mixed(f.fill("--b\n\nx\n")) },
	"many empty parts": func(f *fuse) charge { return f.mixed(f.fill("--b\n")) },
	"many ends":        func(f *fuse) charge { return f.mixed(f.fill("--b--\n")) },
	"many alternatives": func(f *fuse) charge {
		return f.typed("alternative", f.fill("--b\n"+bombHTML+"\n<p>CONFIRM\n"))
	},
	"many related": func(f *fuse) charge {
		return f.typed("related", f.fill("--b\nContent-ID: <x>\n\nx\n"))
	},
	"many in a digest": func(f *fuse) charge {
		return f.typed("digest", f.fill("--b\n\nSubject: x\n\nx\n"))
	},
	"many attachments": func(f *fuse) charge {
		return f.mixed(f.fill("--b\nContent-Type: application/pdf; name=x.pdf\n" +
			"Content-Transfer-Encoding: base64\n\nQUJD\n"))
	},
	"two hundred large parts": func(f *fuse) charge {
		part := "--b\nContent-Type: " + f.pick("text/plain", "text/html", "image/png") + "\n" +
			f.pick("", "Content-Transfer-Encoding: base64\n") + "\n"
		return f.mixed(strings.Repeat(part+f.upTo(f.size/200, "QUJDQUJDQUJD\n"), 200))
	},
	"lines that are nearly boundaries": func(f *fuse) charge {
		return f.mixed(f.mix("--bx\n", "--b -\n", "-- b\n", "--\n", "--b-\n", " --b\n", "--b--x\n", "--B\n"))
	},
	"a long preamble": func(f *fuse) charge {
		return f.mixed(f.mix("this is a preamble\n", "--c\n", "\n") + "--b\n\nx\n--b--\n")
	},
	"a long epilogue": func(f *fuse) charge {
		return f.mixed("--b\n\nx\n--b--\n" + f.mix("this is an epilogue\n", "--c\n", "\n"))
	},
	"a boundary that never comes": func(f *fuse) charge {
		return charge{kind: "Content-Type: multipart/mixed; boundary=never\n", body: f.fill("--b\nContent-Type: " +
			"multipart/mixed; boundary=neither\n\n")}
	},
	"multiparts without boundaries": func(f *fuse) charge {
		return charge{kind: "Content-Type: multipart/mixed\n", body: "--b\nContent-Type: text/plain\n\nx\n" +
			f.fill("--b\nContent-Type: multipart/mixed\n\n"+strings.Repeat("--x\n", 900))}
	},
	"lines that could be a boundary": func(f *fuse) charge {
		return charge{kind: "Content-Type: multipart/mixed\n", body: f.upTo(4000, "--x\n") + f.fill("xxxx\n")}
	},
	"encoded multiparts": func(f *fuse) charge {
		return f.encodedNest(f.pick("base64", "quoted-printable"))
	},
	"parts without an empty line": func(f *fuse) charge {
		return f.mixed(f.fill("--b\nContent-Type: text/plain\nthis is no field\n"))
	},
	"parts with large headers": func(f *fuse) charge {
		return f.mixed(strings.Repeat("--b\n"+f.upTo(f.size/150, "X-Field: some value\n")+"\nx\n", 150))
	},
	"a part with a header of megabytes": func(f *fuse) charge {
		return f.mixed("--b\n" + f.fill(f.pick("X: y\n", "X:\n", "a\n", "X: y\n z\n")) + "\nx\n")
	},
	"pieces of a message": func(f *fuse) charge {
		return f.mixed(f.fill("--b\nContent-Type: message/partial; id=x; number=1; total=9999\n\nx\n"))
	},
	"messages elsewhere": func(f *fuse) charge {
		return f.mixed(f.fill("--b\nContent-Type: message/external-body; access-type=url; url=\"http://x\"\n\n" +
			"Content-Type: text/plain\n\n"))
	},
	"signed parts in signed parts": func(f *fuse) charge {
		return charge{kind: "Content-Type: multipart/signed; boundary=b\n", body: f.each(func(i int) string {
			return fmt.Sprintf("--b%s\nContent-Type: multipart/signed; boundary=b%d\n\n", bombLevel(i), i)
		})}
	},
	"encrypted parts": func(f *fuse) charge {
		return f.typed("encrypted", f.fill("--b\nContent-Type: application/pkcs7-mime\n\nAAAA\n"))
	},
	"winmail files": func(f *fuse) charge {
		return f.mixed(f.fill("--b\nContent-Type: application/ms-tnef; name=winmail.dat\n\nAAAA\n"))
	},
}

const bombHTML = "Content-Type: text/html; charset=utf-8\n"

func (f *fuse) mixed(body string) charge { return f.typed("mixed", body) }

func (f *fuse) typed(kind, body string) charge {
	return charge{kind: "Content-Type: multipart/" + kind + "; boundary=b\n", body: body}
}

// suffix makes the boundary of the i-th level the one that the level above has named.
func bombLevel(i int) string {
	if i == 0 {
		return ""
	}
	return fmt.Sprint(i - 1)
}

// nest puts multiparts into multiparts; closed ones all end.
func (f *fuse) nest(name func(level int) string, closed bool) charge {
	var open strings.Builder
	var ends []string
	for i, size := 0, 0; size < f.size; i++ {
		inner := fmt.Sprintf("--%s\nContent-Type: multipart/mixed; boundary=\"%s\"\n\n", name(i), name(i+1))
		open.WriteString(inner)
		size += len(inner)
		if closed {
			ends = append(ends, "--"+name(i)+"--\n")
			size += len(name(i)) + 5
		}
	}
	for i := len(ends) - 1; i >= 0; i-- {
		open.WriteString(ends[i])
	}
	return charge{kind: fmt.Sprintf("Content-Type: multipart/mixed; boundary=\"%s\"\n", name(0)), body: open.String()}
}

// encodedNest is multiparts in multiparts, each under a transfer encoding of its own, which
// RFC 2045 6.4 forbids.
func (f *fuse) encodedNest(how string) charge {
	levels := 3 + f.below(12)
	size := f.size
	if how == "base64" {
		for range levels {
			size = size * 3 / 4 // each level makes four bytes of three
		}
	}
	body := "--b\n\n" + f.upTo(size, "a line of text, as long as that\n")
	for range levels {
		body = "--b\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: " + how +
			"\n\n" + bombArmour(body, how)
	}
	return f.mixed(body)
}
