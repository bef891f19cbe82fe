package token

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxAnswer = 64 << 10 // an access token of Exchange Online has 3 KiB
	maxAfter  = time.Hour
)

// endpoint is the token endpoint and our way to it.
type endpoint struct {
	url    string
	client *http.Client
	now    func() time.Time
}

func newEndpoint(c Config) *endpoint {
	secure := &tls.Config{}
	if c.TLSConfig != nil {
		secure = c.TLSConfig.Clone()
	}
	secure.MinVersion = max(secure.MinVersion, tls.VersionTLS12)
	return &endpoint{url: c.Endpoint, now: c.Now, client: &http.Client{
		Transport: &http.Transport{
			DialContext:     (&net.Dialer{Timeout: c.Timeout}).DialContext,
			TLSClientConfig: secure,
			// One request an hour needs no idle connection; and on a connection that is used
			// anew net/http may send a request twice, which would use a refresh token up.
			DisableKeepAlives:      true,
			DisableCompression:     true, // what is bounded is what comes over the wire
			MaxResponseHeaderBytes: maxAnswer,
		},
		// A redirect would carry our secrets elsewhere: none is followed.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// post makes one request. The error is a refusal, and says nothing of what was sent or received but
// the answer's code.
func (e *endpoint) post(ctx context.Context, form url.Values) (grant, error) {
	asked := e.now()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url,
		strings.NewReader(form.Encode()))
	if err != nil {
		return grant{}, &refusal{fault: ErrSettings, text: "the endpoint's URL cannot be asked"}
	}
	request.GetBody = nil // never send it twice
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	response, err := e.client.Do(request)
	if err != nil {
		return grant{}, unreached(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return grant{}, temporary("the answer broke off")
	}
	if len(body) > maxAnswer {
		return grant{}, temporary("the answer has more than %d bytes", maxAnswer)
	}
	return e.read(response, body, asked)
}

// read sorts the answer.
func (e *endpoint) read(r *http.Response, body []byte, asked time.Time) (grant, error) {
	switch status := r.StatusCode; {
	case status == http.StatusOK:
		return readGrant(body, asked)
	case status >= 300 && status < 400:
		return grant{}, &refusal{fault: ErrSettings,
			text: "the endpoint answers with a redirect: configure the address it has now"}
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500:
		return grant{}, &refusal{fault: ErrTemporary, text: "the endpoint answers with status " +
			strconv.Itoa(status), after: e.after(r)}
	case status >= 400:
		if a, is := readRefusal(body); is {
			return grant{}, a.refusal()
		}
		if status == http.StatusNotFound || status == http.StatusGone {
			return grant{}, &refusal{fault: ErrSettings, text: "there is no token endpoint at this URL"}
		}
	}
	return grant{}, temporary("the endpoint answers with status %d and no OAuth error", r.StatusCode)
}

// after reads Retry-After (RFC 9110 10.2.3).
func (e *endpoint) after(r *http.Response) time.Duration {
	text := r.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxAfter)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(e.now()), 0), maxAfter)
}

// unreached is the error of a request without an answer.
func unreached(err error) error {
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) {
		return &refusal{fault: ErrSettings, text: "the endpoint's certificate: " + certificate.Error()}
	}
	var outer *url.Error // repeats the URL
	if errors.As(err, &outer) {
		if outer.Timeout() {
			return temporary("the endpoint does not answer in time")
		}
		err = outer.Err
	}
	return temporary("%v", err)
}
