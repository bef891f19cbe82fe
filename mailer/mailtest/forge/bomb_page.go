package forge

import (
	"fmt"
	"strings"
)

// pageBombs attack readers of HTML by its structure.
var pageBombs = map[string]func(*fuse) charge{
	"nested tags": func(f *fuse) charge {
		return f.page(f.fill(f.pick("<div>", "<span>", "<b>", "<font>", "<table>", "<blockquote>",
			"<ul>", "<p>", "<a>", "<section>")))
	},
	"nested tags with words": func(f *fuse) charge {
		return f.page(f.mix("<div>a ", "<b>b", "<blockquote>c", "<p>d"))
	},
	"tags that close again": func(f *fuse) charge { return f.balanced("<div>", "</div>") },
	"ends alone": func(f *fuse) charge {
		return f.page("<div>" + f.mix("</x>", "</b>", "</p>", "</table>"))
	},
	"ends in the deep": func(f *fuse) charge {
		return f.page(f.upTo(f.size/2, "<b>") + f.upTo(f.size/2, "</i>"))
	},
	"blocks in the deep": func(f *fuse) charge {
		return f.page(f.upTo(f.size/2, "<b>") + f.upTo(f.size/2, "<li>"))
	},
	"unknown tags": func(f *fuse) charge {
		return f.page(f.each(func(i int) string { return fmt.Sprintf("<x%d>", i) }))
	},
	"tables in tables": func(f *fuse) charge { return f.page(f.fill("<table><tr><td>a")) },
	"cells and items": func(f *fuse) charge {
		return f.page(f.mix("<td>", "<tr>", "<li>", "<dt>", "<dd>", "<th>", "<tbody>"))
	},
	"an attribute of megabytes": func(f *fuse) charge {
		return f.page("<p " + f.pick("style", "class", "id", "alt", "title") + "=\"" + f.fill("x") + "\">CONFIRM")
	},
	"many attributes": func(f *fuse) charge {
		return f.page("<p " + f.each(func(i int) string { return fmt.Sprintf("a%d=1 ", i) }) + ">x")
	},
	"one attribute, often": func(f *fuse) charge {
		return f.page("<p " + f.mix("style=color:red ", "class=x ", "id=y ", "hidden ") + ">x")
	},
	"attributes everywhere": func(f *fuse) charge {
		return f.page(f.fill("<p style=\"color:red\" class=\"a b c\" id=d>"))
	},
	"many classes": func(f *fuse) charge {
		return f.page("<p class=\"" + f.mix("gmail_quote ", "m_1 ", "x_ ", "a ") + "\">x")
	},
	"classes that quote, nearly": func(f *fuse) charge {
		classes := f.mix("m_-1m_2x_", "ecx", "ydpabcdef", "msg-1")
		return f.page("<p class=\"" + classes + "\" id=\"" + f.mix("x_", "m_1") + "\">x")
	},
	"deep quotations": func(f *fuse) charge { return f.page(f.fill("<blockquote type=cite>")) },
	"quoting containers": func(f *fuse) charge {
		return f.page(f.mix("<div class=gmail_quote>", "<blockquote>x</blockquote>"))
	},
	"containers, closed": func(f *fuse) charge {
		return f.balanced("<div class=gmail_quote>", "x</div>")
	},
	"cut marks": func(f *fuse) charge { return f.page(f.fill("<div id=\"dsrd-cut\">x")) },
	"signatures": func(f *fuse) charge {
		return f.page(f.fill("<div class=gmail_signature>x"))
	},
	"line breaks":         func(f *fuse) charge { return f.page(f.fill("<br>")) },
	"paragraphs":          func(f *fuse) charge { return f.page(f.fill("<p>")) },
	"paragraphs of blank": func(f *fuse) charge { return f.page(f.fill("<p>&nbsp;</p>")) },
	"rules":               func(f *fuse) charge { return f.page(f.fill("<hr>x")) },
	"open brackets again": func(f *fuse) charge {
		return f.page(f.mix("<", "<a", "<a b=", "<!", "</"))
	},
	"a tag without end": func(f *fuse) charge { return f.page("CONFIRM<p " + f.fill("a ")) },
	"a comment unclosed": func(f *fuse) charge {
		return f.page("CONFIRM<!--" + f.mix("-", "->", "<!--", "x"))
	},
	"many comments": func(f *fuse) charge {
		return f.page(f.mix("<!-- a -->", "<!---->", "<!-->", "<!--->", "<?x>", "<!x>"))
	},
	"conditional words": func(f *fuse) charge {
		return f.page(f.mix("<!--[if mso]>x<![endif]-->", "<![if !mso]>", "<![CDATA[x]]>"))
	},
	"a script unclosed": func(f *fuse) charge {
		return f.page("CONFIRM<script>" + f.mix("<!--", "<script>", "</scrip", "-->", "x"))
	},
	"raw text unclosed": func(f *fuse) charge {
		element := f.pick("textarea", "title", "style", "xmp", "plaintext", "noscript", "iframe")
		return f.page("CONFIRM<" + element + ">" + f.mix("</", "x", "<!--", "</ti"))
	},
	"entities": func(f *fuse) charge {
		return f.page(f.mix("&amp;", "&#65;", "&#x41;", "&nbsp;", "&lt;", "&CounterClockwiseContourIntegral;"))
	},
	"entities, nearly": func(f *fuse) charge {
		return f.page(f.mix("&", "&#", "&#x", "&a", "&ampx", "&notit", "&#99999999999999;"))
	},
	"one long entity": func(f *fuse) charge { return f.page("&" + f.fill("a")) },
	"data in addresses": func(f *fuse) charge {
		return f.page("<img src=\"data:image/png;base64," + f.fill("QUJD") + "\">CONFIRM")
	},
	"many pictures": func(f *fuse) charge {
		return f.page(f.fill("<img alt=\"&#9989;\" src=\"cid:x\">"))
	},
	"text laid out": func(f *fuse) charge {
		return f.page("<pre>" + f.mix("x\n", "   ", "\n", "> x\n"))
	},
	"blanks of all kind": func(f *fuse) charge {
		return f.page(f.mix(" ", "\n", "&nbsp;", "\u2003", "\u200b", "x"))
	},
	"pictures as names": func(f *fuse) charge {
		return f.page(f.fill("<bdo dir=rtl>MRIFNOC</bdo>"))
	},
	"svg and math": func(f *fuse) charge {
		return f.page(f.mix("<svg>", "<math>", "<mi>", "<foreignObject>", "<title>x</title>"))
	},
	"office words": func(f *fuse) charge {
		return f.page(f.mix("<o:p>&nbsp;</o:p>", "<xml>", "<w:WordDocument>", "</xml>"))
	},
	"links": func(f *fuse) charge {
		return f.page(f.fill("<a href=\"https://x.example/?a=b&c=d\">x</a> "))
	},
}

// page is HTML, alone or below a plain text that confirms.
func (f *fuse) page(body string) charge { return charge{kind: bombHTML, body: "<html><body>" + body} }

func (f *fuse) balanced(open, end string) charge {
	n := max(1, f.size/(len(open)+len(end)))
	return f.page(strings.Repeat(open, n) + "CONFIRM" + strings.Repeat(end, n))
}

// styleBombs attack readers of CSS.
var styleBombs = map[string]func(*fuse) charge{
	"many rules": func(f *fuse) charge {
		return f.styled(f.each(func(i int) string { return fmt.Sprintf(".c%d{display:none}", i) }))
	},
	"rules for all": func(f *fuse) charge {
		return f.styled(f.mix("*{opacity:0}", "p{color:#fff}", "div>p{font-size:0}"))
	},
	"many selectors": func(f *fuse) charge {
		return f.styled(f.each(func(i int) string { return fmt.Sprintf("#i%d,", i) }) + "p{display:none}")
	},
	"a long selector": func(f *fuse) charge {
		return f.styled(f.mix("a ", "a>", "a+", "a~", ".b", ":c", "[d]") + "{display:none}")
	},
	"many declarations": func(f *fuse) charge {
		return f.styled("p{" + f.mix("color:red;", "a:b;", ";", ":", "display:none;") + "}")
	},
	"braces":      func(f *fuse) charge { return f.styled(f.mix("{", "}", "{}", "}{")) },
	"open braces": func(f *fuse) charge { return f.styled(f.fill("{")) },
	"style comments": func(f *fuse) charge {
		return f.styled(f.mix("/*x*/", "/*", "*/", "/**/", "p{}"))
	},
	"open style comments": func(f *fuse) charge { return f.styled(f.fill("/*")) },
	"media in media":      func(f *fuse) charge { return f.styled(f.fill("@media x{")) },
	"style escapes": func(f *fuse) charge {
		return f.styled("p{" + f.mix("\\64", "\\", "dis\\70lay:none;") + "}")
	},
	"style elements": func(f *fuse) charge {
		return f.page(f.fill("<style>p{display:none}</style>"))
	},
	"styles everywhere": func(f *fuse) charge {
		return f.page(f.fill("<p style=\"display:none;color:#fff;opacity:0\">x"))
	},
	"a style of megabytes": func(f *fuse) charge {
		return f.page("<p style=\"" + f.mix("color:red;", "/**/", "a:b;", "width:1px;") + "\">x")
	},
	"colours": func(f *fuse) charge {
		return f.page(f.fill("<font color=\"#fefefe\" style=\"background:rgb(255,255,255)\">x"))
	},
	"colours of megabytes": func(f *fuse) charge {
		return f.page("<font color=\"" + f.fill("f") + "\" style=\"color:rgb(" + f.fill("9,") + ")\">x")
	},
	"numbers": func(f *fuse) charge {
		return f.page("<p style=\"font-size:" + f.fill("9") + "px;left:-" + f.fill("9") + "\">x")
	},
	"hidden and seen": func(f *fuse) charge {
		return f.page(f.fill("<b style=\"display:none\">a</b><b>b</b>"))
	},
	"a sheet and its names": func(f *fuse) charge {
		return f.page("<style>.a{display:none}</style>" + f.fill("<p class=\"b c d e f\">x"))
	},
}

func (f *fuse) styled(css string) charge {
	return f.page("<style>" + css + "</style><p class=c1 id=i1>CONFIRM")
}
