package templates

import "fmt"

var english = &language{
	tag: "en", and: "and", clock: "15:04 UTC",
	months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August",
		"September", "October", "November", "December"},
	days: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	date: func(day, month string, dayOfMonth, year int) string {
		return fmt.Sprintf("%s, %d %s %d", day, dayOfMonth, month, year)
	},
	names: map[string]map[string]string{
		"kind": {
			"":              "the customer's data",
			"export":        "a copy of the data (export)",
			"access":        "access to the data",
			"portability":   "a copy in a machine-readable form (data portability)",
			"erasure":       "erasure of the data",
			"rectification": "correction of the data",
			"objection":     "an objection to the processing",
			"restriction":   "restriction of the processing",
			"opt_out":       "opting out",
		},
		"category": {
			"security_contacts": "Security contacts (e-mail addresses, phone numbers)",
			"jit_policies":      "Just-in-time access policies (IP addresses)",
			"alerts":            "Security alerts (IP addresses, details of attackers)",
			"activity_log":      "Log of changes to contacts, policies and alerts",
		},
		"scope": {
			"customer": "only the entries of this customer",
			"tenant":   "entries of your whole organisation; other people's addresses are masked",
		},
		"reason": {
			"role_forbids":      "your role may not release it",
			"unsupported_right": "what was asked for is not something that an export answers",
			"tenant_gone":       "your organisation is no longer registered with us",
			"admin_changed":     "somebody else is now registered as administrator",
			"unknown_customer":  "the address is not known as one of your customers",
			"deadline_passed":   "the time for the request is over",
		},
		"role": {
			"reader":                "Reader",
			"contributor":           "Contributor",
			"owner":                 "Owner",
			"account_administrator": "Account Administrator",
		},
		"status": {
			"found":        "found",
			"none":         "searched, nothing there",
			"failed":       "FAILED, not in the package",
			"not_searched": "NOT SEARCHED, not in the package",
		},
	},
}

var german = &language{
	tag: "de", and: "und", clock: "15:04 Uhr (UTC)",
	months: [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August",
		"September", "Oktober", "November", "Dezember"},
	days: [7]string{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
	date: func(day, month string, dayOfMonth, year int) string {
		return fmt.Sprintf("%s, %d. %s %d", day, dayOfMonth, month, year)
	},
	names: map[string]map[string]string{
		"kind": {
			"":              "die Daten des Kunden",
			"export":        "eine Kopie der Daten (Export)",
			"access":        "Auskunft über die Daten",
			"portability":   "eine Kopie in maschinenlesbarer Form (Datenübertragbarkeit)",
			"erasure":       "Löschung der Daten",
			"rectification": "Berichtigung der Daten",
			"objection":     "Widerspruch gegen die Verarbeitung",
			"restriction":   "Einschränkung der Verarbeitung",
			"opt_out":       "Abmeldung (Opt-out)",
		},
		"category": {
			"security_contacts": "Sicherheitskontakte (E-Mail-Adressen, Telefonnummern)",
			"jit_policies":      "Richtlinien für Just-in-time-Zugriff (IP-Adressen)",
			"alerts":            "Sicherheitswarnungen (IP-Adressen, Angaben zu Angreifern)",
			"activity_log":      "Protokoll der Änderungen an Kontakten, Richtlinien und Warnungen",
		},
		"scope": {
			"customer": "nur die Einträge dieses Kunden",
			"tenant":   "Einträge Ihrer ganzen Organisation; Adressen anderer Personen sind unkenntlich gemacht",
		},
		"reason": {
			"role_forbids":      "Ihre Rolle darf sie nicht freigeben",
			"unsupported_right": "was verlangt wird, lässt sich nicht durch einen Export beantworten",
			"tenant_gone":       "Ihre Organisation ist bei uns nicht mehr eingetragen",
			"admin_changed":     "als Administrator ist jetzt jemand anderes eingetragen",
			"unknown_customer":  "die Adresse ist nicht als Ihr Kunde bekannt",
			"deadline_passed":   "die Zeit für die Anfrage ist abgelaufen",
		},
		"role": {
			"reader":                "Leser (Reader)",
			"contributor":           "Mitwirkender (Contributor)",
			"owner":                 "Besitzer (Owner)",
			"account_administrator": "Kontoadministrator (Account Administrator)",
		},
		"status": {
			"found":        "gefunden",
			"none":         "gesucht, nichts vorhanden",
			"failed":       "FEHLGESCHLAGEN, nicht im Paket",
			"not_searched": "NICHT GESUCHT, nicht im Paket",
		},
	},
}
