// Package defender reads what Microsoft Defender for Cloud holds, through the Azure REST API.
//
// It must never write to Azure, never send its token to a host other than the configured one, and
// never turn a row into anything but the bytes that Azure sent.
package defender

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/dsrd/dsrd/export/source"
)

const (
	// Name is the source's name in settings and packages.
	Name = "defender"
	// Subscriptions is the query parameter with the tenant's subscription ids, divided by commas
	// or blanks.
	Subscriptions = "subscriptions"

	publicEndpoint = "https://management.azure.com"
)

// A Config says how Azure is reached.
type Config struct {
	// Endpoint is the resource manager's base URL, https only; empty means Azure's public cloud.
	Endpoint string
	// Audience is what tokens are asked for; empty means the endpoint.
	Audience   string
	Credential azcore.TokenCredential
	// Roots are the certificates to trust; nil means the system's.
	Roots *x509.CertPool
	// Now is the clock, and Sleep waits or returns ctx's error. Both are required.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
	// Jitter returns a number in [0,1) that spreads retries; nil means always the same spread.
	Jitter func() float64
	// Attempts is how often one page is asked for; 0 means 4.
	Attempts int
	// MaxWait is the longest single wait that Retry-After may ask for; 0 means 2 minutes.
	MaxWait time.Duration
	// PageTime bounds one attempt, a slow body included; 0 means 1 minute.
	PageTime time.Duration
}

// A Source reads the Defender data of the subscriptions that a query names.
type Source struct {
	config   Config
	endpoint *url.URL
	pipeline runtime.Pipeline
	client   *http.Client
}

// New makes a source. It asks no network.
func New(c Config) (*Source, error) {
	if c.Credential == nil || c.Now == nil || c.Sleep == nil {
		return nil, errors.New("make defender source: credential, clock and sleep are required")
	}
	c = withDefaults(c)
	endpoint, err := url.Parse(c.Endpoint)
	if err != nil || endpoint.Scheme != "https" || endpoint.Host == "" || endpoint.User != nil {
		return nil, errors.New("make defender source: the endpoint must be an https URL")
	}
	transport := httpClient(c.Roots)
	client, err := arm.NewClient("dsrd", "v1.0.0", c.Credential, clientOptions(c, transport))
	if err != nil {
		return nil, fmt.Errorf("make defender source: %v", err)
	}
	s := &Source{
		config: c, endpoint: endpoint, pipeline: client.Pipeline(), client: transport,
	}
	return s, nil
}

// Close ends idle connections. A source that is closed may still be read.
func (s *Source) Close() { s.client.CloseIdleConnections() }

func withDefaults(c Config) Config {
	if c.Endpoint == "" {
		c.Endpoint = publicEndpoint
	}
	c.Endpoint = strings.TrimRight(c.Endpoint, "/")
	if c.Audience == "" {
		c.Audience = c.Endpoint
	}
	if c.Jitter == nil {
		c.Jitter = func() float64 { return 0.5 }
	}
	if c.Attempts <= 0 {
		c.Attempts = 4
	}
	if c.MaxWait <= 0 {
		c.MaxWait = 2 * time.Minute
	}
	if c.PageTime <= 0 {
		c.PageTime = time.Minute
	}
	return c
}

func clientOptions(c Config, client *http.Client) *arm.ClientOptions {
	return &arm.ClientOptions{
		// Registering a resource provider would be a write.
		DisableRPRegistration: true,
		ClientOptions: policy.ClientOptions{
			Cloud: cloud.Configuration{
				Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
					cloud.ResourceManager: {Endpoint: c.Endpoint, Audience: c.Audience},
				},
			},
			// Waiting is ours: the library sleeps on a clock of its own.
			Retry:     policy.RetryOptions{MaxRetries: -1},
			Telemetry: policy.TelemetryOptions{Disabled: true},
			Transport: client,
		},
	}
}

// httpClient follows no redirect, since each would take the token along, and no proxy that the
// environment names.
func httpClient(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: 15 * time.Second,
			IdleConnTimeout:     90 * time.Second,
			ForceAttemptHTTP2:   true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Name is "defender".
func (s *Source) Name() string { return Name }

// Read reads one set of all subscriptions that the query's parameters name, page by page, and
// marks each page if out is a source.Marker.
func (s *Source) Read(ctx context.Context, q source.Query, out source.Sink) error {
	kind, ok := kindOf(q.Set)
	if !ok {
		return &source.Error{
			Kind: source.Unset, Source: Name, Set: q.Set, Reason: "there is no such set",
		}
	}
	r := newReader(s, kind, q, out)
	subscriptions, err := subscriptionIDs(q.Parameters[Subscriptions])
	if err != nil {
		return r.fail(source.Unset, err.Error())
	}
	first, err := r.resume(subscriptions)
	if err != nil {
		return err
	}
	for i, id := range subscriptions[first.index:] {
		link := first.link
		if i > 0 || link == "" {
			link = r.kind.firstPage(r.endpoint, id, r.config.Now())
		}
		if err := r.subscription(ctx, id, link); err != nil {
			return err
		}
	}
	return nil
}
