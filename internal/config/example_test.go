package config_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/config"
)

// TestTheExampleShowsEveryKey: a key that is not in it is one that nobody can find.
func TestTheExampleShowsEveryKey(t *testing.T) {
	file, text := example(t)
	var c config.Config
	lines, err := config.ReadStrict(file, []byte(text), &c)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, key := range keys(reflect.TypeFor[config.Config](), "") {
		if n++; lines[key] == 0 {
			t.Errorf("the example does not show %s", key)
		}
	}
	if n < 90 {
		t.Errorf("only %d keys were looked for", n)
	}
}

// keys are the paths of all keys below a type, of the first of each list.
func keys(t reflect.Type, path string) []string {
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct {
		return keys(t.Elem(), path+"[0]")
	}
	if t.Kind() != reflect.Struct {
		return []string{path}
	}
	var all []string
	for f := range t.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); name != "" && name != "-" {
			all = append(all, keys(f.Type, strings.TrimPrefix(path+"."+name, "."))...)
		}
	}
	return all
}
