package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/dsrd/dsrd/internal/nearest"
)

// document is a YAML file that remembers on which line each key stands.
type document struct {
	file  string
	root  yaml.Node
	lines map[string]int // "smtp.host" -> line
	found Problems
}

// ReadStrict decodes a YAML file into the value that into points to. All unknown
// keys and wrong types are problems at once; lines tells where each key stands.
func ReadStrict(file string, raw []byte, into any) (lines map[string]int, err error) {
	d := &document{file: file, lines: map[string]int{}}
	if err := yaml.Unmarshal(raw, &d.root); err != nil {
		return nil, Problems{d.syntax(err)}
	}
	d.walk("", &d.root)
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	err = dec.Decode(into)
	var types *yaml.TypeError
	switch {
	case errors.As(err, &types):
		for _, line := range types.Errors {
			d.found = append(d.found, d.typeProblem(line, reflect.TypeOf(into)))
		}
	case err != nil && !errors.Is(err, io.EOF):
		d.found = append(d.found, d.syntax(err))
	}
	return d.lines, d.found.orNil()
}

func (d *document) walk(path string, n *yaml.Node) {
	switch n.Kind {
	case yaml.DocumentNode:
		for _, c := range n.Content {
			d.walk(path, c)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := join(path, n.Content[i].Value)
			d.lines[key] = n.Content[i].Line
			d.walk(key, n.Content[i+1])
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			key := fmt.Sprintf("%s[%d]", path, i)
			d.lines[key] = c.Line
			d.walk(key, c)
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// lineOf finds the numbers that yaml writes into its errors.
var lineOf = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)

// values are what yaml quotes of the file, cut short: it may be a secret or a person,
// and what is cut short no log can know for what it is.
var values = regexp.MustCompile("`[^`]*` ?")

// unknownField is yaml's wording for a key that the type does not have.
var unknownField = regexp.MustCompile(`^field (\S+) not found in type (\S+)$`)

func (d *document) syntax(err error) Problem {
	p := Problem{File: d.file, Key: "yaml", What: err.Error()}
	if m := lineOf.FindStringSubmatch(err.Error()); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.What = m[2]
	}
	p.Remedy = "check indentation, colons and quotes there"
	return p
}

func (d *document) typeProblem(line string, t reflect.Type) Problem {
	p := Problem{File: d.file, What: line}
	if m := lineOf.FindStringSubmatch(line); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.What = values.ReplaceAllString(m[2], "")
	}
	p.Key = d.keyOn(p.Line)
	if m := unknownField.FindStringSubmatch(p.What); m != nil {
		p.What = fmt.Sprintf("there is no key %q here", m[1])
		if near := nearest.Alike(m[1], keysOf(t, m[2])); near != "" {
			p.Remedy = fmt.Sprintf("did you mean %q?", near)
		}
	}
	return p
}

// keyOn gives the longest path that begins on the line.
func (d *document) keyOn(line int) string {
	best := ""
	for key, at := range d.lines {
		if at == line && len(key) > len(best) {
			best = key
		}
	}
	return best
}

// keysOf lists the YAML keys of the named struct type within t.
func keysOf(t reflect.Type, name string) []string {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return keysOf(t.Elem(), name)
	case reflect.Struct:
	default:
		return nil
	}
	var keys, below []string
	for f := range t.Fields() {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key != "" {
			keys = append(keys, key)
		}
		below = append(below, keysOf(f.Type, name)...)
	}
	if t.String() == name {
		return keys
	}
	return below
}

// readFile reads a file of reasonable size.
func readFile(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %v", path, bare(err))
	}
	return raw, nil
}

// bare leaves out call and path, which stand in front of it already.
func bare(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
