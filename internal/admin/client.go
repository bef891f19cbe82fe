package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Client speaks to the daemon's socket.
type Client struct {
	Socket string
	http   *http.Client
}

// NewClient makes a client for the socket at that path; it connects when used.
func NewClient(socket string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}
	return &Client{Socket: socket, http: &http.Client{Transport: &http.Transport{DialContext: dial}}}
}

// List gives one page of the queue; states may be empty.
func (c *Client) List(ctx context.Context, states []string, limit int, after string) (Page, error) {
	q := url.Values{"state": states, "limit": {strconv.Itoa(limit)}, "after": {after}}
	var p Page
	return p, c.call(ctx, http.MethodGet, "requests?"+q.Encode(), nil, &p)
}

// Show gives one request with its history.
func (c *Client) Show(ctx context.Context, id string) (View, error) {
	var v View
	return v, c.call(ctx, http.MethodGet, "requests/"+url.PathEscape(id), nil, &v)
}

// Do gives an order about a request and the request as it is afterwards.
func (c *Client) Do(ctx context.Context, id, verb string, o Order) (View, error) {
	var v View
	path := "requests/" + url.PathEscape(id) + "/" + url.PathEscape(verb)
	return v, c.call(ctx, http.MethodPost, path, o, &v)
}

// Mails gives one page of what became of mails; outcomes may be empty.
func (c *Client) Mails(ctx context.Context, outcomes []string, limit int, after string) (MailPage, error) {
	q := url.Values{"outcome": outcomes, "limit": {strconv.Itoa(limit)}, "after": {after}}
	var p MailPage
	return p, c.call(ctx, http.MethodGet, "mails?"+q.Encode(), nil, &p)
}

// Mail gives what became of the mail whose digest begins so.
func (c *Client) Mail(ctx context.Context, digest string) (MailView, error) {
	var v MailView
	return v, c.call(ctx, http.MethodGet, "mails/"+url.PathEscape(digest), nil, &v)
}

// Judge gives an order about a mail, and its record as it is afterwards.
func (c *Client) Judge(ctx context.Context, digest, verb string) (MailView, error) {
	var v MailView
	path := "mails/" + url.PathEscape(digest) + "/" + url.PathEscape(verb)
	return v, c.call(ctx, http.MethodPost, path, nil, &v)
}

// Pause stops what the daemon does by itself, for so long or, when that is zero,
// until Resume.
func (c *Client) Pause(ctx context.Context, why string, lasts time.Duration) (Pausing, error) {
	var p Pausing
	return p, c.call(ctx, http.MethodPost, "pause", Rest{Why: why, Lasts: lasts.String()}, &p)
}

// Resume ends a pause, and says which; nil when there was none.
func (c *Client) Resume(ctx context.Context) (*Pausing, error) {
	var p *Pausing
	return p, c.call(ctx, http.MethodPost, "resume", nil, &p)
}

// Status gives counts and the daemon's health.
func (c *Client) Status(ctx context.Context) (map[string]any, error) {
	var v map[string]any
	return v, c.call(ctx, http.MethodGet, "status", nil, &v)
}

func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("write the call: %v", err)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://dsrd/api/v1/"+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make the call: %v", err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("reach the daemon at %s: %v (%s)", c.Socket, bare(err), remedy(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return refusal(resp)
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("read the daemon's answer: %v", err)
	}
	return nil
}

// bare leaves out the address, which is only a name for the socket.
func bare(err error) error {
	var call *url.Error
	var dial *net.OpError
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		return dial.Err
	case errors.As(err, &call):
		return call.Err
	}
	return err
}

// remedy is what to do when the daemon cannot be reached.
func remedy(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return "you must belong to the group of the daemon's socket"
	}
	return "is `dsrd serve` running, and is --socket the console.socket of its configuration?"
}

func refusal(resp *http.Response) error {
	var said struct{ Error string }
	b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil || json.Unmarshal(b, &said) != nil || said.Error == "" {
		return fmt.Errorf("the daemon answered %s", resp.Status)
	}
	return fmt.Errorf("%s", said.Error)
}
