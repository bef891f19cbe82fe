package archive

import (
	"fmt"
	"slices"
	"time"
)

// Schema names the form of the manifest; it changes when a reader of the old form would go wrong.
const Schema = "dsrd-package/1"

// A Status says what came of looking into a set.
type Status string

const (
	// Found: the set was read completely and holds data.
	Found Status = "found"
	// None: the set was read completely and holds nothing.
	None Status = "none"
	// Failed: the set could not be read; nothing of it is in the package.
	Failed Status = "failed"
	// NotSearched: the set was not looked into; the reason says why.
	NotSearched Status = "not_searched"
)

// A Manifest is the list of contents of one package.
type Manifest struct {
	Schema   string `json:"schema"`
	Request  string `json:"request"`
	Kind     string `json:"kind,omitempty"`
	Customer string `json:"customer"`
	Tenant   string `json:"tenant"`
	// TenantName is what people call the tenant, if it has a name.
	TenantName string    `json:"tenant_name,omitempty"`
	MadeAt     time.Time `json:"made_at"`
	// Complete is true when every set was read or was left out by a rule that LeftOut names.
	Complete   bool        `json:"complete"`
	Sources    []Source    `json:"sources"`
	LeftOut    []LeftOut   `json:"left_out"`
	Redactions []Redaction `json:"redactions"`
	// Files lists every file of the package except the manifest and its signature.
	Files     []Entry      `json:"files"`
	Signature SignatureKey `json:"signature"`
}

// A Source is one system that was, or should have been, asked.
type Source struct {
	Name string `json:"name"`
	Sets []Set  `json:"sets"`
}

// A Set is what came of one set of a source.
type Set struct {
	Name           string `json:"name"`
	Title          string `json:"title"`
	Status         Status `json:"status"`
	Reason         string `json:"reason,omitempty"`
	Scope          string `json:"scope"`
	Category       string `json:"category"`
	Classification string `json:"classification"`
	Retention      string `json:"retention"`
	APIVersion     string `json:"api_version"`
	// Rows is the number of rows in the package.
	Rows int `json:"rows"`
	// Pages is the number of pages that the source was asked for.
	Pages int `json:"pages"`
	// RowsLeftOut counts rows that were read past: about other people, or about other things.
	RowsLeftOut int `json:"rows_left_out"`
	// StartedAt and FinishedAt are null for a set that was not searched.
	StartedAt  *time.Time `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"`
	// ResumedAt are the times at which the reading went on where an earlier process had stopped.
	ResumedAt []time.Time `json:"resumed_at,omitempty"`
	// Snapshot is false: pages are read one after another, and data may change in between.
	Snapshot bool `json:"snapshot"`
	// ColumnsLeftOut counts fields that the CSV file has no column for; the JSON file has them.
	ColumnsLeftOut int      `json:"csv_columns_left_out,omitempty"`
	Note           string   `json:"note,omitempty"`
	Files          []string `json:"files"`
}

// A LeftOut is a category that is not in the package by a rule, and the rule.
type LeftOut struct {
	Category string `json:"category"`
	Reason   string `json:"reason"`
}

// A Redaction says how often something was made unreadable in a set.
type Redaction struct {
	Source string `json:"source"`
	Set    string `json:"set"`
	What   string `json:"what"`
	Count  int    `json:"count"`
}

// An Entry is one file with its checksum.
type Entry struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	// Rows is the number of rows in a data file, 0 in others.
	Rows   int    `json:"rows,omitempty"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// A SignatureKey names the key that signed the manifest.
type SignatureKey struct {
	Algorithm string `json:"algorithm"`
	KeyID     string `json:"key_id"`
}

// Holder is what people call the tenant.
func (m Manifest) Holder() string {
	if m.TenantName != "" {
		return m.TenantName
	}
	return m.Tenant
}

// gaps says what the manifest leaves open that a whole one would say.
func (m Manifest) gaps() []string {
	var gaps []string
	if m.Schema != Schema {
		gaps = append(gaps, fmt.Sprintf("the manifest has the unknown form %q", m.Schema))
	}
	if m.Request == "" || m.Customer == "" || m.Tenant == "" || m.MadeAt.IsZero() {
		gaps = append(gaps, "the manifest does not say whose data it is, or when it was made")
	}
	unread := false
	for _, s := range m.Sources {
		for _, set := range s.Sets {
			unread = unread || set.Status == Failed || !m.explains(set)
			if gap := m.setGap(set); gap != "" {
				gaps = append(gaps, fmt.Sprintf("%s/%s: %s", s.Name, set.Name, gap))
			}
		}
	}
	if m.Complete == unread {
		gaps = append(gaps, "the manifest contradicts itself about being complete")
	}
	for _, out := range m.LeftOut {
		if out.Reason == "" {
			gaps = append(gaps, fmt.Sprintf("no reason is given for leaving out %s", out.Category))
		}
	}
	return gaps
}

// explains reports whether a set was searched, or left out by a rule that the manifest names.
func (m Manifest) explains(s Set) bool {
	return s.Status != NotSearched || slices.ContainsFunc(m.LeftOut, func(out LeftOut) bool {
		return out.Category == s.Category
	})
}

func (m Manifest) setGap(s Set) string {
	switch s.Status {
	case Found:
		if s.Rows < 1 || len(s.Files) == 0 {
			return "found, but no data are there"
		}
	case None:
		if s.Rows != 0 || len(s.Files) != 0 {
			return "nothing found, but data are there"
		}
	case Failed, NotSearched:
		if s.Reason == "" {
			return "not read, and no reason is given"
		}
		if s.Rows != 0 || len(s.Files) != 0 {
			return "not read, but data are there"
		}
	default:
		return fmt.Sprintf("unknown status %q", s.Status)
	}
	for _, name := range s.Files {
		if !m.lists(name) {
			return fmt.Sprintf("the file %s is not in the list of files", name)
		}
	}
	return ""
}

func (m Manifest) lists(name string) bool {
	return slices.ContainsFunc(m.Files, func(e Entry) bool { return e.Name == name })
}
