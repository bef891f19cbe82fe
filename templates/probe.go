package templates

// Probe asks an admin to answer, so that we see whether the admin's mail can be checked.
// It belongs to no request and decides nothing.
type Probe struct {
	ProviderName string
	TenantName   string
}

// Probe writes to an admin whose mail is to be tried.
func (s *Set) Probe(language string, d Probe) (Letter, error) { return s.write("probe", language, d) }
