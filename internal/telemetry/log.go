package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
)

// Format is how log lines are written.
type Format string

// The formats.
const (
	JSON Format = "json"
	Text Format = "text"
)

// NewLog makes a log that masks what looks like an address, wherever it stands:
// a last line of defence for error texts of servers and libraries.
func NewLog(w io.Writer, format Format, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: redact}
	if format == Text {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

// redacter is implemented by values that know how to be named in a log.
type redacter interface{ Redacted() string }

// addressLike finds addresses in text that others wrote, with a quoted local part
// (RFC 5322 3.4.1) too.
var addressLike = regexp.MustCompile(`(?:"[^"\n]*"|[^\s<>"'(),:;=\[\]{}]+)@[^\s<>"'(),:;=\[\]{}]+`)

func redact(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(mask(a.Value.String()))
	case slog.KindAny:
		a.Value = redactAny(a.Value.Any())
	}
	return a
}

func redactAny(v any) slog.Value {
	switch v := v.(type) {
	case redacter:
		return slog.StringValue(v.Redacted())
	case error:
		return slog.StringValue(mask(v.Error()))
	case []byte:
		return slog.StringValue(mask(string(v)))
	case fmt.Stringer:
		return slog.StringValue(mask(v.String()))
	}
	return slog.StringValue(mask(fmt.Sprint(v)))
}

func mask(s string) string { return addressLike.ReplaceAllString(s, "***@***") }
