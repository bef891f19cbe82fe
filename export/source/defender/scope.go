package defender

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/dsrd/dsrd/export/source"
)

func keepAll(row json.RawMessage, _ string) (json.RawMessage, int, bool) { return row, 0, true }

// keepContact keeps a contact whose addresses name the customer. The field was called email up to
// version 2017-08-01-preview; addresses are divided by semicolons.
func keepContact(row json.RawMessage, customer string) (json.RawMessage, int, bool) {
	var contact struct {
		Properties struct {
			Emails json.RawMessage `json:"emails"`
			Email  json.RawMessage `json:"email"`
		} `json:"properties"`
	}
	if json.Unmarshal(row, &contact) != nil {
		return nil, 0, false
	}
	p := contact.Properties
	return row, 0, source.Names(p.Emails, customer) || source.Names(p.Email, customer)
}

// keepAlert keeps an alert that names the customer: as an address anywhere in it, or as an account
// entity, which Azure writes in two halves.
func keepAlert(row json.RawMessage, customer string) (json.RawMessage, int, bool) {
	var alert struct {
		Properties struct {
			Entities []json.RawMessage `json:"entities"`
		} `json:"properties"`
	}
	if json.Unmarshal(row, &alert) != nil {
		return nil, 0, false
	}
	named, masked := source.Names(row, customer), 0
	for _, entity := range alert.Properties.Entities {
		account, ok := accountOf(entity)
		if !ok {
			continue
		}
		if source.SameAddress(account.address(), customer) {
			named = true
			continue
		}
		row = bytes.ReplaceAll(row, entity, account.masked(entity))
		masked++
	}
	return row, masked, named
}

// An account is an entity that names a person by name and domain.
type account struct {
	Name      json.RawMessage `json:"name"`
	UPNSuffix json.RawMessage `json:"upnSuffix"`
	name      string
	suffix    string
}

// accountOf reads an entity; false when it is none that together make an address.
func accountOf(entity json.RawMessage) (account, bool) {
	var a account
	if json.Unmarshal(entity, &a) != nil || json.Unmarshal(a.Name, &a.name) != nil ||
		json.Unmarshal(a.UPNSuffix, &a.suffix) != nil {
		return account{}, false
	}
	return a, a.name != "" && strings.Contains(a.suffix, ".")
}

func (a account) address() string { return a.name + "@" + a.suffix }

// masked returns the entity without the name, wherever it stands as a value of its own, such as in
// displayName.
func (a account) masked(entity json.RawMessage) json.RawMessage {
	return bytes.ReplaceAll(entity, a.Name, []byte(`"`+source.Masked+`"`))
}

// keepActivity keeps the log's entries about the three kinds of data.
func keepActivity(row json.RawMessage, _ string) (json.RawMessage, int, bool) {
	var event struct {
		OperationName struct {
			Value string `json:"value"`
		} `json:"operationName"`
	}
	if json.Unmarshal(row, &event) != nil {
		return nil, 0, false
	}
	operation := strings.ToLower(event.OperationName.Value)
	for _, part := range []string{"/securitycontacts", "/jitnetworkaccesspolicies", "/alerts"} {
		if strings.Contains(operation, part) {
			return row, 0, true
		}
	}
	return row, 0, false
}
