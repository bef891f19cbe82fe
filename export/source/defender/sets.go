package defender

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dsrd/dsrd/export/source"
)

// Names of the sets.
const (
	SecurityContacts = "security_contacts"
	JITPolicies      = "jit_policies"
	Alerts           = "alerts"
	ActivityLog      = "activity_log"
)

// activityDays is how far back Azure keeps the Activity Log.
const activityDays = 90

// A kind is a set and how it is read. Versions of the interface are pinned, a set each.
type kind struct {
	set source.Set
	// path follows /subscriptions/{id}/providers/.
	path string
	// filter is the OData filter at a time, or nil.
	filter func(now time.Time) string
	// keep decides on a row of the subscription; it may mask other people in it.
	keep func(row json.RawMessage, customer string) (kept json.RawMessage, masked int, ok bool)
}

var kinds = []kind{
	{
		set: source.Set{
			Name: SecurityContacts, Title: "Security contacts", Scope: source.ScopeCustomer,
			Category: "security_contacts", Classification: source.Personal,
			APIVersion: "2023-12-01-preview",
			Note: "A contact may name several people; its telephone number may be that of " +
				"any of them.",
		},
		path: "Microsoft.Security/securityContacts",
		keep: keepContact,
	},
	{
		// The form .../locations/{location}/jitNetworkAccessPolicies/default misses policies of
		// other names, so all of the subscription's are read.
		set: source.Set{
			Name: JITPolicies, Title: "Just-in-time access policies", Scope: source.ScopeTenant,
			Category: "jit_policies", Classification: source.NonIdentifiable,
			Retention: "30 days", APIVersion: "2020-01-01",
		},
		path: "Microsoft.Security/jitNetworkAccessPolicies",
		keep: keepAll,
	},
	{
		set: source.Set{
			Name: Alerts, Title: "Security alerts that name the customer",
			Scope: source.ScopeCustomer, Category: "alerts", Classification: source.Security,
			Retention: "2 years", APIVersion: "2022-01-01", Vouches: true,
			Note: "Alerts are read-only. Alerts that do not name the customer are left out.",
		},
		path: "Microsoft.Security/alerts",
		keep: keepAlert,
	},
	{
		set: source.Set{
			Name: ActivityLog, Title: "Log of changes to contacts, policies and alerts",
			Scope: source.ScopeTenant, Category: "activity_log", Classification: source.Personal,
			Retention: fmt.Sprintf("%d days", activityDays), APIVersion: "2015-04-01",
			Note: fmt.Sprintf("The log reaches back %d days.", activityDays),
		},
		path:   "microsoft.insights/eventtypes/management/values",
		filter: activityFilter,
		keep:   keepActivity,
	},
}

// Sets lists the sets, always in the same order.
func (s *Source) Sets() []source.Set {
	sets := make([]source.Set, 0, len(kinds))
	for _, k := range kinds {
		sets = append(sets, k.set)
	}
	return sets
}

func kindOf(set string) (kind, bool) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.set.Name == set })
	if i < 0 {
		return kind{}, false
	}
	return kinds[i], true
}

// firstPage is the URL of the first page of a subscription.
func (k kind) firstPage(endpoint *url.URL, subscription string, now time.Time) string {
	u := *endpoint
	u.Path = strings.TrimRight(u.Path, "/") + "/subscriptions/" + subscription +
		"/providers/" + k.path
	query := url.Values{"api-version": {k.set.APIVersion}}
	if k.filter != nil {
		query.Set("$filter", k.filter(now))
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// activityFilter keeps a minute of distance from the limit, which Azure refuses to cross.
func activityFilter(now time.Time) string {
	now = now.UTC()
	from := now.AddDate(0, 0, -activityDays).Add(time.Minute)
	return fmt.Sprintf("eventTimestamp ge '%s' and eventTimestamp le '%s'"+
		" and resourceProvider eq 'Microsoft.Security'",
		from.Format(time.RFC3339), now.Format(time.RFC3339))
}

var guid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// subscriptionIDs reads the parameter with the tenant's subscriptions, each once.
func subscriptionIDs(parameter string) ([]string, error) {
	var ids []string
	for _, id := range strings.FieldsFunc(strings.ToLower(parameter), func(r rune) bool {
		return r == ',' || r == ' ' || r == '\n' || r == '\t'
	}) {
		if !guid.MatchString(id) {
			return nil, errors.New("a subscription id is no GUID")
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, errors.New("the tenant has no subscription ids")
	}
	return ids, nil
}
