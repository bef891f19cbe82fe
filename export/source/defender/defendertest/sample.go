package defendertest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Sample is what a small organisation holds in one subscription: two contacts, one of which names
// the customer beside a colleague, four policies, seven alerts of which three name the customer,
// and four entries of the activity log, over several pages.
func Sample(subscription, customer string) Data {
	name, domain, _ := strings.Cut(customer, "@")
	return Data{strings.ToLower(subscription): Subscription{
		Contacts: rows(
			contact(subscription, "default", customer+";colleague@partner.example"),
			contact(subscription, "second", "somebody.else@partner.example"),
		),
		Policies: rows(
			jit(subscription, "westeurope", "web", customer),
			jit(subscription, "westeurope", "database", "colleague@partner.example"),
			jit(subscription, "northeurope", "default", "colleague@partner.example"),
			jit(subscription, "northeurope", "batch", customer),
		),
		Alerts: rows(
			alert(subscription, 1, `{"type":"mailbox","upn":"`+customer+`"}`),
			alert(subscription, 2, `{"type":"mailbox","upn":"somebody.else@partner.example"}`),
			alert(subscription, 3, account(name, domain)),
			alert(subscription, 4, account("somebody.else", "partner.example")),
			alert(subscription, 5, `{"type":"host","hostName":"vm1"}`),
			alert(subscription, 6, account(name, domain), account("colleague", "partner.example")),
			alert(subscription, 7, `{"type":"file","name":"eicar.com"}`),
		),
		Activity: rows(
			event(subscription, 1, "Microsoft.Security/securityContacts/write", customer),
			event(subscription, 2, "Microsoft.Security/pricings/write", customer),
			event(subscription, 3,
				"Microsoft.Security/locations/jitNetworkAccessPolicies/delete",
				"colleague@partner.example"),
			event(subscription, 4, "Microsoft.Security/locations/alerts/dismiss/action", customer),
		),
	}}
}

func rows(texts ...string) []json.RawMessage {
	raw := make([]json.RawMessage, 0, len(texts))
	for _, text := range texts {
		raw = append(raw, json.RawMessage(text))
	}
	return raw
}

func contact(subscription, name, emails string) string {
	return fmt.Sprintf(`{"id":"/subscriptions/%[1]s/providers/Microsoft.Security/securityContacts/`+
		`%[2]s","name":%[2]q,"type":"Microsoft.Security/securityContacts","etag":"\"4b00\"",`+
		`"location":"West Europe","properties":{"emails":%[3]q,"phone":"+49 30 901820",`+
		`"isEnabled":true,"notificationsByRole":{"state":"On","roles":["Owner"]},`+
		`"notificationsSources":[{"sourceType":"Alert","minimalSeverity":"Low"}]}}`,
		subscription, name, emails)
}

func jit(subscription, location, name, requestor string) string {
	return fmt.Sprintf(`{"id":"/subscriptions/%[1]s/resourceGroups/rg/providers/`+
		`Microsoft.Security/locations/%[2]s/jitNetworkAccessPolicies/%[3]s","name":%[3]q,`+
		`"type":"Microsoft.Security/locations/jitNetworkAccessPolicies","kind":"Basic",`+
		`"location":%[2]q,"properties":{"provisioningState":"Succeeded","virtualMachines":[`+
		`{"id":"/subscriptions/%[1]s/resourceGroups/rg/providers/Microsoft.Compute/`+
		`virtualMachines/vm1","ports":[{"number":22,"protocol":"*","allowedSourceAddressPrefix":`+
		`"192.0.2.0/24","maxRequestAccessDuration":"PT3H"}]}],"requests":[{"requestor":%[4]q,`+
		`"startTimeUtc":"2026-03-01T08:00:00.6407898Z"}]}}`, subscription, location, name, requestor)
}

func account(name, suffix string) string {
	return fmt.Sprintf(`{"type":"account","name":%[1]q,"upnSuffix":%[2]q,"displayName":%[1]q}`,
		name, suffix)
}

func alert(subscription string, number int, entities ...string) string {
	return fmt.Sprintf(`{"id":"/subscriptions/%[1]s/resourceGroups/rg/providers/`+
		`Microsoft.Security/locations/westeurope/alerts/%[2]d","name":"%[2]d",`+
		`"type":"Microsoft.Security/Locations/alerts","properties":{"version":"2022-01-01",`+
		`"alertType":"VM_Test","systemAlertId":"%[2]d","severity":"High","status":"Active",`+
		`"timeGeneratedUtc":"2026-03-02T09:00:00.123Z","entities":[{"type":"ip",`+
		`"address":"198.51.100.7"},%[3]s]}}`, subscription, number, strings.Join(entities, ","))
}

func event(subscription string, number int, operation, caller string) string {
	return fmt.Sprintf(`{"id":"/subscriptions/%[1]s/providers/Microsoft.Security/events/%[2]d/`+
		`ticks/%[2]d","caller":%[4]q,"eventTimestamp":"2026-03-0%[2]dT10:00:00Z",`+
		`"operationName":{"value":%[3]q},"status":{"value":"Succeeded"},`+
		`"subscriptionId":%[1]q}`, subscription, number, operation, caller)
}
