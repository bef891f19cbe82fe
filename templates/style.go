package templates

import (
	"fmt"
	"regexp"
	"strings"
)

// styles are all inline: mail programs drop style sheets. None sets a background or the colour of
// running text, so that a dark mode, which each program does in its own way, has nothing to break.
var styles = map[string]string{
	"body": "margin:0;padding:0",
	"page": "max-width:600px;margin:0 auto;padding:16px;font-family:-apple-system,'Segoe UI'," +
		"Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5",
	"cut":   "font-size:13px;padding:0 0 16px",
	"head":  "font-size:21px;line-height:1.3;margin:0 0 16px",
	"part":  "font-size:17px;line-height:1.3;margin:28px 0 8px",
	"text":  "margin:0 0 12px",
	"facts": "border-collapse:collapse;margin:0 0 12px",
	"key": "text-align:left;vertical-align:top;font-weight:normal;padding:4px 12px 4px 0;" +
		"white-space:nowrap",
	"value": "text-align:left;vertical-align:top;font-weight:600;padding:4px 0;" +
		"overflow-wrap:anywhere",
	"list": "margin:0 0 12px;padding:0 0 0 20px",
	"item": "margin:0 0 6px",
	"act": "border:1px solid #7a8190;border-left:5px solid #2f6fde;" +
		"border-radius:4px;padding:14px 16px 2px;margin:0 0 12px",
	"warn": "border:1px solid #7a8190;border-left:5px solid #c2410c;" +
		"border-radius:4px;padding:10px 14px;margin:0 0 12px",
	"code": "font-family:Consolas,Menlo,'DejaVu Sans Mono',monospace;font-size:14px;font-weight:600;" +
		"margin:0 0 12px;overflow-wrap:anywhere",
	"foot": "border-top:1px solid #7a8190;margin:28px 0 0;padding:12px 0 0;font-size:13px",
}

var styleAction = regexp.MustCompile(`\{\{style "([^"{}]*)"\}\}`)

// inline writes the styles into an HTML template before it is parsed: each letter has some sixty,
// and as calls they would cost more than all the rest of it.
func inline(file, content string) (string, error) {
	var err error
	inlined := styleAction.ReplaceAllStringFunc(content, func(action string) string {
		part := styleAction.FindStringSubmatch(action)[1]
		css, found := styles[part]
		if !found && err == nil {
			before, _, _ := strings.Cut(content, action)
			err = fmt.Errorf("template: %s:%d: there is no style %q", file,
				strings.Count(before, "\n")+1, part)
		}
		return css
	})
	return inlined, err
}
