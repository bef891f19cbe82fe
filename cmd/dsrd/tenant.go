package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/app"
)

func newTenant() *cobra.Command {
	c := &cobra.Command{
		Use: "tenant", Short: "look at the tenants and who acknowledges for them", Args: none,
		Long: "Looks at the tenants' files that the configuration names, and at what would change if\n" +
			"another file took the place of one. The daemon reads the files again on SIGHUP.",
		Example: "  dsrd tenant ls",
		RunE:    func(*cobra.Command, []string) error { return usagef("tenant: say ls, show, check or probe") },
	}
	c.AddCommand(newTenantList(), newTenantShow(), newTenantCheck(), newTenantProbe())
	return c
}

// registryFlags are those by which a verb finds the tenants' files.
func registryFlags(c *cobra.Command) (file *string, asJSON *bool) {
	file = c.Flags().String("config", defaultConfig, "configuration file")
	asJSON = c.Flags().Bool("json", false, "one JSON object a line")
	return file, asJSON
}

func newTenantList() *cobra.Command {
	c := &cobra.Command{
		Use: "ls", Short: "list the tenants", Args: none,
		Example: "  dsrd tenant ls --json | jq -r 'select(.second_contact == null) | .id'",
	}
	file, asJSON := registryFlags(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		book, err := app.OpenTenants(*file, os.Environ())
		if err != nil {
			return err
		}
		return listTenants(c.OutOrStdout(), book.List(), *asJSON)
	}
	return c
}

func listTenants(w io.Writer, all []app.TenantView, asJSON bool) error {
	if asJSON {
		for _, t := range all {
			if err := json.NewEncoder(w).Encode(t); err != nil {
				return fmt.Errorf("write the tenants: %v", err)
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "TENANT\tNAME\tASKED FIRST\tADMINS\tSECOND CONTACT\tDOMAINS\tCUSTOMERS\tENCRYPTION\tREGIME\tROLE")
	for _, v := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%d\t%d\t%s\t%s\t%s\n", v.ID, v.Name, firstAdmin(v), len(v.Admins),
			dash(v.SecondContact), len(v.Domains), v.Customers, v.Encryption, v.Regime, v.Capacity)
	}
	return t.Flush()
}

func firstAdmin(v app.TenantView) string {
	if len(v.Admins) == 0 {
		return "-"
	}
	return v.Admins[0].Address
}

func newTenantShow() *cobra.Command {
	c := &cobra.Command{
		Use: "show ID", Short: "show a tenant with its admins", Args: one("one tenant (dsrd tenant ls lists them)"),
		Example: "  dsrd tenant show acme",
	}
	file, asJSON := registryFlags(c)
	c.ValidArgsFunction = tenantIDs(file)
	c.RunE = func(c *cobra.Command, args []string) error {
		book, err := app.OpenTenants(*file, os.Environ())
		if err != nil {
			return err
		}
		v, err := book.Show(args[0])
		if err != nil {
			return err
		}
		if *asJSON {
			return json.NewEncoder(c.OutOrStdout()).Encode(v)
		}
		printTenant(c.OutOrStdout(), v)
		return nil
	}
	return c
}

func printTenant(w io.Writer, v app.TenantView) {
	line := func(name, value string) { fmt.Fprintf(w, "%-15s %s\n", name, dash(value)) }
	line("tenant", v.ID)
	line("name", v.Name)
	line("role", v.Capacity)
	line("regime", v.Regime)
	line("encryption", v.Encryption)
	for i, a := range v.Admins {
		name := "admin"
		if i == 0 {
			name = "asked first"
		}
		key := "no key"
		if a.Key {
			key = "with a key"
		}
		line(name, fmt.Sprintf("%s, %s, %s, may export: %s", a.Address, a.Role, key, dash(strings.Join(a.Exports, ", "))))
	}
	line("second contact", v.SecondContact)
	line("domains", strings.Join(v.Domains, ", "))
	line("customers", fmt.Sprintf("%d listed by address", v.Customers))
	line("sources", strings.Join(v.Sources, ", "))
}

func newTenantCheck() *cobra.Command {
	c := &cobra.Command{
		Use: "check [FILE]", Short: "say what is wrong or odd, and what a new file would change",
		Long: "Says what is wrong with the tenants' files, and what is odd. With FILE it says what would\n" +
			"change if FILE took the place of the configured file of the same name, or of the only one;\n" +
			"nothing is put in force. It ends with 1 where a reload would be refused.",
		Example: "  dsrd tenant check tenants.yaml.new && mv tenants.yaml.new tenants.yaml && systemctl reload dsrd",
		Args:    cobra.MaximumNArgs(1),
	}
	file, asJSON := registryFlags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		candidate := strings.Join(args, "")
		found, err := app.CheckTenants(*file, os.Environ(), candidate)
		if err != nil {
			return err
		}
		return tell(c.OutOrStdout(), found, *asJSON)
	}
	return c
}
