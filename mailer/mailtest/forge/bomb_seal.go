package forge

import (
	"fmt"
	"strings"
)

// sealBombs attack what verifies: DKIM-Signature (RFC 6376), Authentication-Results (RFC
// 8601) and their relatives, on a mail that answers.
var sealBombs = map[string]func(*fuse) charge{
	"many signatures": func(f *fuse) charge {
		return charge{top: f.each(func(i int) string { return f.seal(fmt.Sprintf("t=%d;", i+1), "from:to") })}
	},
	"signatures of the admin's domain": func(f *fuse) charge {
		all := f.fill(f.seal("", "from:date:message-id"))
		return charge{top: strings.ReplaceAll(all, bombSigner, Domain(f.scene.Admin))}
	},
	"names in h=": func(f *fuse) charge {
		return charge{top: f.seal("", "from:"+f.fill("x:")+"to")}
	},
	"one name in h=": func(f *fuse) charge { return charge{top: f.seal("", "from"+f.fill(":from"))} },
	"many tags": func(f *fuse) charge {
		return charge{top: f.seal(f.each(func(i int) string { return fmt.Sprintf("x%d=y;", i) }), "from")}
	},
	"tags of nothing": func(f *fuse) charge { return charge{top: f.seal(f.fill(";"), "from")} },
	"blanks in tags": func(f *fuse) charge {
		return charge{top: f.seal(f.fill("\n "), "from")}
	},
	"a signature of megas": func(f *fuse) charge {
		return charge{top: f.seal("", "from", f.fill("QUJD"))}
	},
	"copied fields in z=": func(f *fuse) charge {
		return charge{top: f.seal("z="+f.fill("From:x|")+";", "from")}
	},
	"five bodies to hash": func(f *fuse) charge {
		top := ""
		for i := range 5 {
			top += f.seal(fmt.Sprintf("l=%d;", f.size-i), "from:to")
		}
		return charge{top: top, body: f.mix("a  b\t c \n", "\n", "x \n")}
	},
	"a body of blanks": func(f *fuse) charge {
		return charge{top: f.seal("", "from"), body: f.mix(" ", "\t", " \n", "\n")}
	},
	"a body of ends": func(f *fuse) charge {
		return charge{top: f.seal("", "from"), body: f.fill("\n")}
	},
	"a long selector again": func(f *fuse) charge {
		return charge{top: strings.ReplaceAll(f.seal("", "from"), "s=s1", "s="+f.fill("a."))}
	},
	"a long domain": func(f *fuse) charge {
		return charge{top: strings.ReplaceAll(f.seal("", "from"), bombSigner, f.fill("a.")+"example")}
	},
	"large keys": func(f *fuse) charge {
		return charge{top: strings.ReplaceAll(f.seal("", "from"), "s=s1", "s="+f.pick(bombSelectors...))}
	},
	"results": func(f *fuse) charge {
		return charge{top: "Authentication-Results: mx;" + f.fill(" dkim=pass header.d=a.example;") + "\n"}
	},
	"many stamps": func(f *fuse) charge {
		return charge{top: f.fill("Authentication-Results: mx; dkim=pass header.d=acme.example\n")}
	},
	"comments in results": func(f *fuse) charge {
		return charge{top: "Authentication-Results: mx (" + f.fill("(") + "; dkim=pass\n"}
	},
	"quotes in results": func(f *fuse) charge {
		return charge{top: "Authentication-Results: \"" + f.fill("\\\"") + "; dkim=pass\n"}
	},
	"properties": func(f *fuse) charge {
		return charge{top: "Authentication-Results: mx; dkim=pass" + f.fill(" header.d=a") + "\n"}
	},
	"chains": func(f *fuse) charge {
		return charge{top: f.each(func(i int) string {
			return fmt.Sprintf("ARC-Seal: i=%d; cv=pass; b=\nARC-Authentication-Results: i=%d; mx; dkim=pass\n", i, i)
		})}
	},
	"hops of brackets": func(f *fuse) charge {
		return charge{top: "Received: from " + f.mix("[192.0.2.1] ", "(", ")", "id ", "with ", "by ") + ";\n"}
	},
}

const bombSigner = "signer.example"

// bombSelectors have keys that nobody should have.
var bombSelectors = []string{"huge", "many", "tags", "empty"}

// BombZone is what the DNS says while bombs come: a good key for signatures that do not
// fit, and records of megabytes.
func BombZone() Zone {
	good := NewKey(bombSigner, "s1", Ed25519)
	z := Zone{}
	z.Publish(good)
	record := good.Record()
	for name, records := range map[string][]string{
		"huge": {"v=DKIM1; k=rsa; p=" + strings.Repeat("QUJD", 1<<18)}, "empty": {strings.Repeat(";", 1<<20)},
		"many": bombCopiesOf(record, 10_000), "tags": {record + strings.Repeat("; x=y", 1<<18)},
	} {
		z[name+"._domainkey."+bombSigner] = records
	}
	return z
}

func bombCopiesOf(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}

// seal is a signature field that could be one, and fits nothing.
func (f *fuse) seal(tags, names string, value ...string) string {
	b := strings.Repeat("QUJD", 16)
	if value != nil {
		b = value[0]
	}
	form := f.pick("simple/simple", "relaxed/relaxed", "simple/relaxed")
	return "DKIM-Signature: v=1; a=ed25519-sha256; c=" + form + "; d=" + bombSigner + "; s=s1; " +
		tags + " h=" + names + ";\n bh=" + strings.Repeat("A", 43) + "=;\n b=" + b + "\n"
}
