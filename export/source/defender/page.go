package defender

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/dsrd/dsrd/export/source"
)

// firstWait is the pause before the second attempt; each further one doubles it.
const firstWait = time.Second

// A page is one answer of a list: rows as they were sent, and where the next page is.
type page struct {
	rows     []json.RawMessage
	nextLink string
}

// page asks for one page until it is there, the attempts are used up, or asking again is no use.
// Nothing of a page is handed on before all of it was read, so a repeated page repeats no row.
func (r *reader) page(ctx context.Context, link string) (page, error) {
	for attempt := 1; ; attempt++ {
		if !r.config.Now().Before(r.until) {
			return page{}, r.fail(source.Temporary, "the time for reading is used up")
		}
		p, failure := r.attempt(ctx, link)
		if failure == nil {
			return p, nil
		}
		if ctx.Err() != nil {
			return page{}, ctx.Err()
		}
		if attempt >= r.config.Attempts || !worthAsking(failure) {
			return page{}, failure
		}
		wait := r.wait(failure, attempt)
		if wait > r.config.MaxWait || r.config.Now().Add(wait).After(r.until) {
			return page{}, failure
		}
		if err := r.config.Sleep(ctx, wait); err != nil {
			return page{}, err
		}
	}
}

// worthAsking: a refused credential is not asked with again; a page that was not whole is.
func worthAsking(e *source.Error) bool {
	return e.Kind.Temporary() || e.Kind == source.Malformed && e.Status == http.StatusOK
}

// wait obeys Retry-After (RFC 9110 10.2.3), and otherwise doubles with a spread of a half.
func (r *reader) wait(e *source.Error, attempt int) time.Duration {
	if e.RetryAfter > 0 {
		return e.RetryAfter
	}
	pause := firstWait << (attempt - 1)
	return pause*3/4 + time.Duration(r.config.Jitter()*float64(pause)/2)
}

func (r *reader) attempt(ctx context.Context, link string) (page, *source.Error) {
	ctx, cancel := context.WithTimeout(ctx, r.config.PageTime)
	defer cancel()
	request, err := runtime.NewRequest(ctx, http.MethodGet, link)
	if err != nil {
		return page{}, r.fail(source.Malformed, "the link to a page is no URL")
	}
	request.Raw().Header.Set("Accept", "application/json")
	runtime.SkipBodyDownload(request)
	response, err := r.pipeline.Do(request)
	if err != nil {
		return page{}, r.transportFailure(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return page{}, r.statusFailure(response)
	}
	return r.decode(response.Body)
}

// decode reads a page whole and hands it on only if it is one.
func (r *reader) decode(body io.Reader) (page, *source.Error) {
	limit := min(r.limits.Bytes, pageBytes)
	text, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err != nil {
		return page{}, r.fail(source.Temporary, "the answer broke off")
	}
	if int64(len(text)) > limit {
		return page{}, r.fail(source.TooLarge, "the answer has more bytes than allowed")
	}
	r.limits.Bytes -= int64(len(text))
	// A page without the list is told from one whose list is empty.
	var list struct {
		Value    *[]json.RawMessage `json:"value"`
		NextLink *string            `json:"nextLink"`
	}
	if err := json.Unmarshal(text, &list); err != nil || list.Value == nil {
		failure := r.fail(source.Malformed, "the answer is no whole page")
		failure.Status = http.StatusOK
		return page{}, failure
	}
	p := page{rows: *list.Value}
	if list.NextLink != nil {
		p.nextLink = *list.NextLink
	}
	return p, nil
}

// transportFailure tells a refused credential from a network that does not answer.
func (r *reader) transportFailure(err error) *source.Error {
	var refused *azidentity.AuthenticationFailedError
	if errors.As(err, &refused) {
		if refused.RawResponse == nil || refused.RawResponse.StatusCode < 500 {
			return r.fail(source.Auth, "the credential got no token")
		}
		return r.fail(source.Temporary, "the token service is out of order")
	}
	return r.fail(source.Temporary, "no answer")
}

func (r *reader) statusFailure(response *http.Response) *source.Error {
	kind, reason := source.Malformed, "unexpected answer"
	switch status := response.StatusCode; {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		kind, reason = source.Auth, "access refused"
	case status == http.StatusNotFound:
		kind, reason = source.NotFound, "not found"
	case status == http.StatusTooManyRequests:
		kind, reason = source.Throttled, "too many questions"
	case status == http.StatusRequestTimeout || status >= 500:
		kind, reason = source.Temporary, "out of order"
	case status >= 300 && status < 400:
		reason = "a redirect, which is not followed"
	}
	failure := r.fail(kind, reason)
	failure.Status = response.StatusCode
	failure.RetryAfter = retryAfter(response.Header, r.config.Now())
	return failure
}

// retryAfter reads the header in both forms of RFC 9110 10.2.3, and Azure's in milliseconds.
func retryAfter(h http.Header, now time.Time) time.Duration {
	for _, name := range []string{"retry-after-ms", "x-ms-retry-after-ms"} {
		if ms, err := strconv.Atoi(h.Get(name)); err == nil && ms > 0 {
			return time.Duration(ms) * time.Millisecond
		}
	}
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
