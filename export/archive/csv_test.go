package archive_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dsrd/dsrd/export/archive"
)

func rowsOf(rows ...string) archive.Rows {
	return func(yield func(json.RawMessage, error) bool) {
		for _, row := range rows {
			if !yield(json.RawMessage(row), nil) {
				return
			}
		}
	}
}

func writeCSV(t interface{ Fatal(...any) }, rows ...string) string {
	columns := archive.NewColumns()
	for _, row := range rows {
		columns.Add(json.RawMessage(row), nil)
	}
	var out strings.Builder
	if err := columns.WriteCSV(&out, rowsOf(rows...)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestCSVFlattensRows(t *testing.T) {
	tests := []struct {
		name string
		rows []string
		want string
	}{
		{"an empty cell alone is no empty line", []string{`{"a":""}`}, "a\r\n\"\"\r\n"},
		{"nested objects become dotted columns", []string{`{"a":{"b":1,"c":"x"},"d":true}`},
			"a.b,a.c,d\r\n1,x,true\r\n"},
		{"columns come in the order of their first mention", []string{`{"b":1}`, `{"a":2,"b":3}`},
			"b,a\r\n1,\r\n3,2\r\n"},
		{"numbers keep their digits", []string{`{"n":1.10,"m":12345678901234567890}`},
			"n,m\r\n1.10,12345678901234567890\r\n"},
		{"null is empty", []string{`{"a":null,"b":1}`}, "a,b\r\n,1\r\n"},
		{"lists stay JSON", []string{`{"a":["x","y"],"b":[]}`},
			"a,b\r\n\"[\"\"x\"\",\"\"y\"\"]\",[]\r\n"},
		{"an empty object is a value", []string{`{"a":{}}`}, "a\r\n{}\r\n"},
		{"a dot in a key is no step down", []string{`{"a.b":1,"a":{"b":2}}`}, "a\\.b,a.b\r\n1,2\r\n"},
		{"white space between", []string{" { \"a\" : { \"b\" : [ 1 , 2 ] } ,\n\"c\" : 3 } "},
			"a.b,c\r\n\"[ 1 , 2 ]\",3\r\n"},
		{"escapes are resolved", []string{`{"a":"\u00e4\"\\"}`}, "a\r\n\"ä\"\"\\\"\r\n"},
		{"a row that is no object", []string{`"x"`, `5`}, "value\r\nx\r\n5\r\n"},
		{"line breaks stay in the cell", []string{`{"a":"x\ny"}`}, "a\r\n\"x\ny\"\r\n"},
		{"what lies too deep is JSON",
			[]string{`{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}`},
			"a.a.a.a.a.a.a.a\r\n\"{\"\"a\"\":1}\"\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, writeCSV(t, tt.rows...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCSVCellsAreNoFormulas(t *testing.T) {
	tests := []struct{ name, cell, want string }{
		{"equals", `=1+1`, `'=1+1`},
		{"plus", `+cmd|' /C calc'!A0`, `'+cmd|' /C calc'!A0`},
		{"minus", `-2+3`, `'-2+3`},
		{"at", `@SUM(A1)`, `'@SUM(A1)`},
		{"tab", "\t=1", "'\t'=1"},
		{"carriage return", "\r=1", "'\r'=1"},
		{"line feed", "\n=1", "'\n'=1"},
		{"zero byte", "\x00=1", "'\x00'=1"},
		{"full-width equals", "＝1+1", "'＝1+1"},
		{"blanks in front", "  =1+1", "  '=1+1"},
		{"behind a semicolon", "x;=1+1", "x;'=1+1"},
		{"behind a comma", "x,@y", "x,'@y"},
		{"behind a quote", `"=1+1`, `"'=1+1`},
		{"behind a line break and blanks", "x\n  =1", "x\n  '=1"},
		{"behind a bar", "a|=b", "a|'=b"},
		{"a number that is a formula", "-1+cmd", "'-1+cmd"},
		{"a telephone number with blanks", "+49 30 1", "'+49 30 1"},
		{"a plain number", "-12.50", "-12.50"},
		{"a plain number with a plus", "+49301", "+49301"},
		{"an exponent", "-1e-7", "-1e-7"},
		{"numbers in a list", "[-1,-2,-3]", "[-1,-2,-3]"},
		{"an unfinished number", "-1.", "'-1."},
		{"an unfinished exponent", "-1e", "'-1e"},
		{"a lone minus", "-", "'-"},
		{"an address", "ann@shop.example", "ann@shop.example"},
		{"a date", "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z"},
		{"a sum in the middle", "a = b + c", "a = b + c"},
		{"bytes that are no UTF-8", "\xff=1", "\xff=1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			row := fmt.Sprintf(`{"k":%s}`, quoteRaw(tt.cell))
			records, err := csv.NewReader(strings.NewReader(writeCSV(t, row))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			// encoding/csv reads \r\n inside quotes as \n; none of the cells holds the pair.
			if got := records[1][0]; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// quoteRaw is a JSON string that keeps bytes which are no UTF-8.
func quoteRaw(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c < 0x20:
			fmt.Fprintf(&out, `\u%04x`, c)
		default:
			out.WriteByte(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}

func TestCSVHeaderIsNoFormulaEither(t *testing.T) {
	if got := writeCSV(t, `{"=cmd":1}`); got != "'=cmd\r\n1\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestNoCellOfAnyLineOpensAFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringMatching("[=+@;,|'\"ab 1.e\t\r\n\x00-]{0,12}").Draw(t, "cell")
		row := fmt.Sprintf(`{"k":%s}`, quoteRaw(cell))
		// A program that splits at any separator and drops all quotes sees these cells.
		for _, part := range strings.FieldsFunc(writeCSV(t, row), func(r rune) bool {
			return strings.ContainsRune(",;|\t\r\n\"", r)
		}) {
			part = strings.TrimLeft(part, " \x00")
			if part == "" || !strings.ContainsRune("=+-@", rune(part[0])) {
				continue
			}
			if strings.Trim(part, "+-.0123456789e") != "" {
				t.Fatalf("%q opens a formula in the line of %q", part, cell)
			}
		}
	})
}

func TestJSONAndCSVHoldTheSameRows(t *testing.T) {
	word := rapid.StringMatching(`([a-z][a-z "\\\n,;äß€0-9]{0,8})?`)
	rapid.Check(t, func(t *rapid.T) {
		var rows []string
		var want [][]string
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			a, b := word.Draw(t, "a"), word.Draw(t, "b")
			raw, err := json.Marshal(map[string]any{"a": a, "b": map[string]string{"c": b}})
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, string(raw))
			want = append(want, []string{a, b})
		}
		records, err := csv.NewReader(strings.NewReader(writeCSV(t, rows...))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append([][]string{{"a", "b.c"}}, want...), records); diff != "" {
			t.Fatalf("CSV (-want +got):\n%s", diff)
		}
		var out strings.Builder
		list := archive.NewList(&out)
		for _, row := range rows {
			if err := list.Add(json.RawMessage(row)); err != nil {
				t.Fatal(err)
			}
		}
		if err := list.Close(); err != nil {
			t.Fatal(err)
		}
		var back []json.RawMessage
		if err := json.Unmarshal([]byte(out.String()), &back); err != nil {
			t.Fatal(err)
		}
		for i := range back {
			if string(back[i]) != rows[i] {
				t.Fatalf("row %d: got %s, want %s", i, back[i], rows[i])
			}
		}
	})
}

func TestJSONOfNoRowsIsAnEmptyList(t *testing.T) {
	var out strings.Builder
	if err := archive.NewList(&out).Close(); err != nil || out.String() != "[]\n" {
		t.Errorf("got %q, %v", out.String(), err)
	}
}

func TestTooManyColumnsAreCountedNotKept(t *testing.T) {
	columns := archive.NewColumns()
	var rows []string
	for i := range 1200 {
		rows = append(rows, fmt.Sprintf(`{"k%d":%d}`, i, i))
		columns.Add(json.RawMessage(rows[i]), nil)
	}
	if columns.LeftOut() != 200 {
		t.Errorf("got %d columns left out, want 200", columns.LeftOut())
	}
	var out strings.Builder
	if err := columns.WriteCSV(&out, rowsOf(rows...)); err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(out.String(), "\r\n")
	if n := strings.Count(head, ",") + 1; n != 1000 {
		t.Errorf("got %d columns, want 1000", n)
	}
}

func TestAnErrorOfTheRowsEndsTheFile(t *testing.T) {
	broken := errors.New("broken")
	rows := func(yield func(json.RawMessage, error) bool) { yield(nil, broken) }
	var out strings.Builder
	if err := archive.NewColumns().WriteCSV(&out, rows); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func FuzzColumnsKnowValidJSON(f *testing.F) {
	for _, row := range []string{
		`{"a":[{"b":"}"}],"c":{"d":"\""}}`, `{"a":{}}`, `{ }`, `[]`, `-0.5e+7`, `01`, `1.`, `.5`,
		`"\u12aF"`, `"\x"`, "\"\n\"", `{"a" 1}`, `{"a":1,}`, `[1,]`, `[1 2]`, `nul`, `true false`, ``,
		`{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":[{}]}}}}}}}}}`, `{"a":1`, `"`, `{1:2}`, `-`,
		`1e`, `[{"x":tru}]`, "\x00", `{"a":}`, "\"\\u\x15000\"",
	} {
		f.Add(row)
	}
	f.Fuzz(func(t *testing.T, row string) {
		got := archive.NewColumns().Add(json.RawMessage(row), nil)
		if want := json.Valid([]byte(row)); got != want {
			t.Errorf("%q: got %v, want %v", row, got, want)
		}
	})
}
