package defender

import (
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// The kinds of credential. One is named; none is guessed from the environment.
const (
	ClientSecret      = "client_secret"
	ClientCertificate = "client_certificate"
	ManagedIdentity   = "managed_identity"
	WorkloadIdentity  = "workload_identity"
)

// A CredentialConfig says as whom Azure is asked.
type CredentialConfig struct {
	Kind string
	// TenantID and ClientID name the application; a managed identity needs no TenantID, and no
	// ClientID when it is the machine's own.
	TenantID, ClientID string
	Secret             string
	// Certificate holds certificate and key in PEM or PKCS#12, Password opens them.
	Certificate, Password []byte
	// TokenFile holds the token of a Kubernetes service account.
	TokenFile string
	// Authority is the login host; empty means Azure's public cloud.
	Authority string
	// Roots are the certificates to trust; nil means the system's.
	Roots *x509.CertPool
}

// NewCredential makes the credential of the named kind. It asks no network.
func NewCredential(c CredentialConfig) (azcore.TokenCredential, error) {
	credential, err := newCredential(c)
	if err != nil {
		return nil, fmt.Errorf("make azure credential %q: %v", c.Kind, err)
	}
	return credential, nil
}

func newCredential(c CredentialConfig) (azcore.TokenCredential, error) {
	switch c.Kind {
	case ClientSecret:
		return secretCredential(c)
	case ClientCertificate:
		return certificateCredential(c)
	case ManagedIdentity:
		return managedCredential(c)
	case WorkloadIdentity:
		return workloadCredential(c)
	}
	return nil, errors.New("unknown kind; use client_secret, client_certificate, " +
		"managed_identity or workload_identity")
}

func secretCredential(c CredentialConfig) (azcore.TokenCredential, error) {
	if c.Secret == "" {
		return nil, errors.New("the secret is missing")
	}
	return azidentity.NewClientSecretCredential(c.TenantID, c.ClientID, c.Secret,
		&azidentity.ClientSecretCredentialOptions{
			ClientOptions: c.options(), DisableInstanceDiscovery: c.Authority != "",
		})
}

func certificateCredential(c CredentialConfig) (azcore.TokenCredential, error) {
	certificates, key, err := azidentity.ParseCertificates(c.Certificate, c.Password)
	if err != nil {
		return nil, errors.New("the certificate cannot be read")
	}
	return azidentity.NewClientCertificateCredential(c.TenantID, c.ClientID, certificates, key,
		&azidentity.ClientCertificateCredentialOptions{
			ClientOptions: c.options(), DisableInstanceDiscovery: c.Authority != "",
		})
}

func managedCredential(c CredentialConfig) (azcore.TokenCredential, error) {
	options := &azidentity.ManagedIdentityCredentialOptions{}
	options.Telemetry.Disabled = true
	if c.ClientID != "" {
		options.ID = azidentity.ClientID(c.ClientID)
	}
	return azidentity.NewManagedIdentityCredential(options)
}

func workloadCredential(c CredentialConfig) (azcore.TokenCredential, error) {
	return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
		ClientOptions: c.options(), TenantID: c.TenantID, ClientID: c.ClientID,
		TokenFilePath: c.TokenFile, DisableInstanceDiscovery: c.Authority != "",
	})
}

func (c CredentialConfig) options() policy.ClientOptions {
	options := policy.ClientOptions{
		Transport: httpClient(c.Roots),
		// The reader of pages asks again, with its own clock.
		Retry:     policy.RetryOptions{MaxRetries: -1},
		Telemetry: policy.TelemetryOptions{Disabled: true},
	}
	if c.Authority != "" {
		options.Cloud = cloud.Configuration{ActiveDirectoryAuthorityHost: c.Authority}
	}
	return options
}
