package token

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Fault is a class of error that a caller may branch on with errors.Is.
type Fault string

// Error is the class as a sentence.
func (f Fault) Error() string { return string(f) }

const (
	// ErrTemporary: the network, the provider or the vault has trouble. It is tried again.
	ErrTemporary Fault = "no token for the moment"
	// ErrGrant: the refresh token is expired, revoked or used up (invalid_grant). A person must
	// log in again and put a new one into the vault.
	ErrGrant Fault = "the refresh token is not valid any more: log in anew"
	// ErrClient: the provider does not know the client or its secret (invalid_client). A person
	// must renew the secret or correct the client id.
	ErrClient Fault = "the client id or its secret is wrong or expired: renew it"
	// ErrSettings: the endpoint, the scope, the permissions or the certificate is wrong. A person
	// must change the configuration here or at the provider.
	ErrSettings Fault = "the settings of the token are wrong here or at the provider"
)

// NeedsPerson says whether an error of this package will not mend itself.
func NeedsPerson(err error) bool {
	return errors.Is(err, ErrGrant) || errors.Is(err, ErrClient) || errors.Is(err, ErrSettings)
}

// answered is a refusal in the words of RFC 6749 5.2.
type answered struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

// fault sorts a refusal. Codes that nobody has heard of are settings: an endpoint that speaks OAuth
// and says no does not change its mind by being asked again.
func (a answered) fault() Fault {
	switch a.Code {
	case "invalid_grant", "interaction_required", "login_required":
		return ErrGrant
	case "invalid_client":
		return ErrClient
	case "temporarily_unavailable", "server_error", "slow_down":
		return ErrTemporary
	}
	return ErrSettings
}

var (
	codeText  = regexp.MustCompile(`^[a-z_]{1,40}$`)
	azureCode = regexp.MustCompile(`\bAADSTS[0-9]{1,8}\b`)
)

// words are what may be repeated of a refusal: the code, and the numbers by which Microsoft's manual
// is searched. The description itself may name an account.
func (a answered) words() string {
	code := "an unknown reason"
	if codeText.MatchString(a.Code) {
		code = a.Code
	}
	numbers := slices.Compact(azureCode.FindAllString(a.Description, 3))
	if len(numbers) == 0 {
		return code
	}
	return code + " (" + strings.Join(numbers, ", ") + ")"
}

// refusal is an error of the endpoint, with how long it wants to be left alone.
type refusal struct {
	fault Fault
	text  string
	after time.Duration
}

func (r *refusal) Error() string { return fmt.Sprintf("%s: %s", r.fault, r.text) }
func (r *refusal) Unwrap() error { return r.fault }

func temporary(format string, args ...any) error {
	return &refusal{fault: ErrTemporary, text: fmt.Sprintf(format, args...)}
}
