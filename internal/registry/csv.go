package registry

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// columns of a CSV file. A further one, "defender.subscriptions", is a parameter
// of that source.
var columns = []string{
	"id", "name", "admin", "role", "language", "public_key", "domains", "customers",
	"second_contact", "regime", "encryption", "capacity", "confirm", "alignment",
}

// A table is a CSV file (RFC 4180): a header line, then one line an admin. Lines
// with one id are one tenant, its first line names the admin who is asked; what is
// the tenant's own may stand in any of them, but not in two ways.
type table struct {
	*reading
	header []string
	index  map[string]int // id -> place in out
	out    file
	line   int
}

// csv reads a table into the form that a YAML file has.
func (r *reading) csv(raw []byte) file {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff")) // spreadsheets write it in front
	r.name, r.lines = columnOf, map[string]int{}
	t := &table{reading: r, index: map[string]int{}}
	if !utf8.Valid(raw) {
		r.add("tenants", "is not UTF-8", "save it as \"CSV UTF-8\"")
		return t.out
	}
	rows := csv.NewReader(bytes.NewReader(raw))
	rows.Comma = separator(raw)
	for t.read(rows) {
	}
	return t.out
}

// separator: where the comma is in numbers, spreadsheets put semicolons between
// cells, and the header shows it.
func separator(raw []byte) rune {
	header, _, _ := bytes.Cut(raw, []byte("\n"))
	if bytes.IndexByte(header, ';') >= 0 {
		return ';'
	}
	return ','
}

// columnOf is the column in which "tenants[0].admins[1].role" stands.
func columnOf(key string) string {
	if _, parameter, is := strings.Cut(key, ".parameters."); is {
		return parameter
	}
	owner, name := cutLast(key)
	name, _, _ = strings.Cut(name, "[")
	switch {
	case name == "address" || name == "admins":
		return "admin"
	case name == "role" && !strings.Contains(owner, "."):
		return "capacity"
	}
	return name
}

func cutLast(key string) (before, after string) {
	i := strings.LastIndexByte(key, '.')
	return key[:max(i, 0)], key[i+1:]
}

// read takes one line; false at the end, or where the rest cannot be told apart.
func (t *table) read(rows *csv.Reader) bool {
	cells, err := rows.Read()
	var broken *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return false
	case errors.Is(err, csv.ErrFieldCount):
		t.line, _ = rows.FieldPos(0)
		t.wrong("columns", fmt.Sprintf("has %d cells, and the header %d", len(cells), len(t.header)),
			"put quotes around a cell that holds the separator")
		return true
	case errors.As(err, &broken):
		t.line = broken.Line
		t.wrong("columns", "has a quote that stands alone", `write "" for a quote in a cell, and close each`)
		return false
	case err != nil:
		t.wrong("tenants", err.Error(), "")
		return false
	}
	t.line, _ = rows.FieldPos(0)
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	if t.header == nil {
		return t.head(cells)
	}
	if strings.Join(cells, "") != "" { // spreadsheets leave empty lines at the end
		t.row(cells)
	}
	return true
}

// wrong is a problem of the line that is being read.
func (t *table) wrong(key, what, remedy string) {
	t.lines[key] = t.line
	t.add(key, what, remedy)
}

// head checks the names of the columns.
func (t *table) head(cells []string) bool {
	t.header = make([]string, len(cells))
	for i, c := range cells {
		c = strings.ToLower(c)
		source, parameter, dotted := strings.Cut(c, ".")
		switch {
		case slices.Contains(t.header[:i], c):
			t.wrong("columns", fmt.Sprintf("there are two columns %q", c), "keep one of them")
		case dotted && source != "" && parameter != "":
		case !slices.Contains(columns, c):
			t.wrong("columns", fmt.Sprintf("there is no column %q", c), "the columns are "+strings.Join(columns, ", "))
		}
		t.header[i] = c
	}
	for _, must := range []string{"id", "admin", "role"} {
		if !slices.Contains(t.header, must) {
			t.wrong("columns", fmt.Sprintf("the column %q is missing", must), "the first line names the columns")
		}
	}
	return len(t.found) == 0
}

// cell is what stands in a column of the row, "" where there is no such column.
func (t *table) cell(row []string, column string) string {
	if i := slices.Index(t.header, column); i >= 0 {
		return row[i]
	}
	return ""
}

// row enters one line.
func (t *table) row(row []string) {
	id := t.cell(row, "id")
	if id == "" {
		t.wrong("id", "is missing", "each line says whose it is")
		return
	}
	i, there := t.index[id]
	if !there {
		i = len(t.out.Tenants)
		t.index[id] = i
		t.out.Tenants = append(t.out.Tenants, tenant{ID: id, Parameters: map[string]map[string]string{}})
	}
	key := fmt.Sprintf("tenants[%d]", i)
	if !there {
		t.lines[key] = t.line
	}
	t.merge(key, &t.out.Tenants[i], row)
	t.admin(key, &t.out.Tenants[i], row)
}

// merge takes what is the tenant's own.
func (t *table) merge(key string, to *tenant, row []string) {
	for column, field := range map[string]*string{
		"name": &to.Name, "second_contact": &to.SecondContact, "regime": &to.Regime,
		"encryption": &to.Encryption, "capacity": &to.Role, // "role" is the admin's column
		"confirm": &to.Confirm, "alignment": &to.Alignment,
	} {
		t.once(key+"."+column, field, t.cell(row, column))
	}
	t.list(key+".domains", &to.Domains, t.cell(row, "domains"))
	t.list(key+".customers", &to.Customers, t.cell(row, "customers"))
	for i, column := range t.header {
		source, name, dotted := strings.Cut(column, ".")
		if !dotted || row[i] == "" {
			continue
		}
		if to.Parameters[source] == nil {
			to.Parameters[source] = map[string]string{}
		}
		value := to.Parameters[source][name]
		t.once(key+".parameters."+column, &value, row[i])
		to.Parameters[source][name] = value
	}
}

// once lets a value stand in several lines of a tenant if it is the same one.
func (t *table) once(key string, field *string, value string) {
	switch {
	case value == "" || value == *field:
	case *field != "":
		t.wrong(key, "differs from an earlier line of the same tenant", "write it once, or the same in each line")
	default:
		*field, t.lines[key] = value, t.line
	}
}

// list takes several values in one cell, with spaces or a separator between.
func (t *table) list(key string, values *[]string, cell string) {
	for _, v := range strings.FieldsFunc(cell, func(c rune) bool {
		return unicode.IsSpace(c) || c == ',' || c == ';'
	}) {
		if slices.ContainsFunc(*values, func(had string) bool { return strings.EqualFold(had, v) }) {
			continue
		}
		t.lines[fmt.Sprintf("%s[%d]", key, len(*values))] = t.line
		*values = append(*values, v)
	}
}

// admin takes the admin whom a line names; the same again adds nothing.
func (t *table) admin(key string, to *tenant, row []string) {
	a := admin{
		Address: t.cell(row, "admin"), Role: t.cell(row, "role"),
		Language: t.cell(row, "language"), PublicKey: t.cell(row, "public_key"),
	}
	switch {
	case a == admin{}, slices.Contains(to.Admins, a):
	case a.Address == "":
		t.wrong(key+".admins", "is missing", "say whose role, language or key it is")
	default:
		t.lines[fmt.Sprintf("%s.admins[%d]", key, len(to.Admins))] = t.line
		to.Admins = append(to.Admins, a)
	}
}
