package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Duration is a time.Duration that is written "90s", "12h" or "7d".
type Duration time.Duration

// UnmarshalYAML reads "7d" and everything time.ParseDuration reads.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	days, isDays := strings.CutSuffix(n.Value, "d")
	if isDays {
		f, err := strconv.ParseFloat(days, 64)
		if err != nil || f < 0 {
			return wrong(n, "is no duration; write 90s, 12h or 7d")
		}
		*d = Duration(f * float64(24*time.Hour))
		return nil
	}
	v, err := time.ParseDuration(n.Value)
	if err != nil || v < 0 {
		return wrong(n, "is no duration; write 90s, 12h or 7d")
	}
	*d = Duration(v)
	return nil
}

// Size is a number of bytes that is written "500", "10MB" or "10MiB".
type Size int64

var units = []struct {
	suffix string
	bytes  int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"", 1}}

// UnmarshalYAML reads a number with one of the units.
func (s *Size) UnmarshalYAML(n *yaml.Node) error {
	for _, u := range units {
		digits, ok := strings.CutSuffix(n.Value, u.suffix)
		v, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if ok && err == nil && v >= 0 {
			*s = Size(v * u.bytes)
			return nil
		}
	}
	return wrong(n, "is no size; write 10MB or 10MiB")
}

func wrong(n *yaml.Node, what string) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %q %s", n.Line, n.Value, what)}}
}

// Secret is a reference to a secret, never the secret: the path of a file (its
// last line break is no part of it) or the name of an environment variable.
type Secret struct{ File, Env string }

// Set reports whether there is any reference.
func (s Secret) Set() bool { return s.File != "" || s.Env != "" }

// Read fetches the secret anew, so that a changed file counts at once.
func (s Secret) Read() (string, error) {
	if s.Env != "" {
		v, ok := os.LookupEnv(s.Env)
		if !ok {
			return "", fmt.Errorf("read secret: environment variable %s is not set", s.Env)
		}
		return v, nil
	}
	raw, err := os.ReadFile(s.File)
	if err != nil {
		return "", fmt.Errorf("read secret: %v", err)
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}

// secret makes a reference out of a "..._file" key: a path, or "${NAME}". systemd
// credentials are files in $CREDENTIALS_DIRECTORY: "${CREDENTIALS_DIRECTORY}/name".
func secret(dir, ref string) Secret {
	if name, ok := strings.CutPrefix(ref, "${"); ok {
		if name, only := strings.CutSuffix(name, "}"); only {
			return Secret{Env: name}
		}
	}
	return Secret{File: path(dir, os.Expand(ref, os.Getenv))}
}

// path resolves a path against the folder of the configuration.
func path(dir, p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(dir, p)
}
