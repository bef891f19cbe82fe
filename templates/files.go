package templates

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/dsrd/dsrd/internal/nearest"
)

// letters are the names of all letters; shared are the files whose blocks several letters use.
var (
	letters = []string{"confirmation", "reminder", "escalation", "question", "which", "declined",
		"refusal", "receipt", "delivery", "passphrase", "probe", "digest", "held"}
	shared = []string{"frame", "ask"}
)

func fileName(name, language, ending string) string {
	return path.Join("mail", name+"."+language+"."+ending)
}

// gather returns the text of every file by name, the override's where it has one.
func gather(override fs.FS) (map[string]string, error) {
	files := map[string]string{}
	if err := collect(embedded, func(name, content string) error {
		files[name] = content
		return nil
	}); err != nil {
		return nil, fmt.Errorf("load templates: %v", err)
	}
	if override == nil {
		return files, nil
	}
	var errs []error
	err := collect(override, func(name, content string) error {
		if _, known := files[name]; !known {
			errs = append(errs, fmt.Errorf("load templates: %s replaces no letter; did you mean %s?",
				name, nearest.Name(name, slices.Collect(maps.Keys(files)))))
		}
		files[name] = content
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load templates: read override: %v", err)
	}
	return files, errors.Join(errs...)
}

// collect calls each with every file of folder but hidden ones.
func collect(folder fs.FS, each func(name, content string) error) error {
	return fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		switch hidden := name != "." && strings.HasPrefix(path.Base(name), "."); {
		case err != nil:
			return err
		case hidden && entry.IsDir(): // a mounted ConfigMap keeps its versions in "..data"
			return fs.SkipDir
		case hidden || entry.IsDir():
			return nil
		}
		content, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		return each(name, string(content))
	})
}
