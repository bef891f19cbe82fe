package authentic

// Organization is the domain that somebody registered above a name, such as
// example.co.uk for mail.example.co.uk; the name itself where nobody registers below
// what is above it. Names of one organisation are one sender, however many it makes up.
func Organization(domain string) string {
	if org := organization(lower(domain)); org != "" {
		return org
	}
	return lower(domain)
}
