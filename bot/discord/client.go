package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"
)

const (
	// apiFor bounds one call.
	apiFor = 8 * time.Second
	// connections bounds what is open to Discord at once.
	connections = 5
	// maxAnswer bounds what is read of an answer of Discord's.
	maxAnswer = 1 << 20
)

// client calls Discord's REST API. Errors hold Discord's words or the network's, never a token or an
// address, because the address of an interaction's answer is a secret for a quarter of an hour.
type client struct {
	session *discordgo.Session
	http    *http.Client // calls that carry the bot's token, through session
	plain   *http.Client // calls that carry the token of an interaction in their address
	url     string       // of the API, without a slash at its end
}

func newClient(token string, api *url.URL) (*client, error) {
	session, err := discordgo.New("Bot " + token)
	if err != nil {
		return nil, fmt.Errorf("make Discord session: %w", err)
	}
	t := newTransport()
	c := &client{
		session: session,
		http:    newHTTPClient(&rewriting{api: api, next: t}),
		plain:   newHTTPClient(&strict{next: t}),
		url:     api.String(),
	}
	// The library would sleep through deadlines when Discord asks for a pause; Delivery tries again.
	session.Client, session.ShouldRetryOnRateLimit, session.MaxRestRetries, session.StateEnabled = c.http, false, 0, false
	return c, nil
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		MaxConnsPerHost:     connections,
		MaxIdleConnsPerHost: connections,
		IdleConnTimeout:     time.Minute,
		TLSHandshakeTimeout: 5 * time.Second,
	}
}

// newHTTPClient makes a client with a deadline that follows no redirect: a token must not go to
// another host.
func newHTTPClient(t http.RoundTripper) *http.Client {
	return &http.Client{
		Timeout:       apiFor,
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// close ends the connections that are kept open.
func (c *client) close() {
	c.http.CloseIdleConnections()
	c.plain.CloseIdleConnections()
}

// apiError is an answer of Discord's other than success.
type apiError struct {
	Status     int
	Code       int    // Discord's own, 0: none
	Message    string // Discord's words
	RetryAfter time.Duration
}

func (e *apiError) Error() string {
	text := "Discord answered " + strconv.Itoa(e.Status)
	if e.Code != 0 || e.Message != "" {
		text += fmt.Sprintf(" (%d %.100s)", e.Code, e.Message)
	}
	return text
}

// strict turns every answer but success into an apiError.
type strict struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (s *strict) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	var said struct {
		Code       int     `json:"code"`
		Message    string  `json:"message"`
		RetryAfter float64 `json:"retry_after"`
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	_ = json.Unmarshal(body, &said) // a proxy before Discord may answer no JSON: then the status says enough
	e := &apiError{Status: resp.StatusCode, Code: said.Code, Message: said.Message}
	if seconds, err := strconv.ParseFloat(resp.Header.Get("Retry-After"), 64); err == nil && seconds > said.RetryAfter {
		said.RetryAfter = seconds
	}
	if said.RetryAfter > 0 && said.RetryAfter < 24*60*60 {
		e.RetryAfter = time.Duration(said.RetryAfter * float64(time.Second))
	}
	return nil, e
}

// rewriting sends what discordgo addresses to its own idea of Discord to the configured API, and
// keeps the rate limit headers from it: its limiter would sleep without looking at a deadline.
type rewriting struct {
	api  *url.URL
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t *rewriting) RoundTrip(r *http.Request) (*http.Response, error) {
	path, ok := strings.CutPrefix(r.URL.String(), discordgo.EndpointAPI)
	if !ok {
		return nil, errors.New("call to another address than Discord's API")
	}
	address, err := url.Parse(t.api.String() + "/" + path)
	if err != nil {
		return nil, errors.New("discord.api_url is not an address")
	}
	r = r.Clone(r.Context())
	r.URL, r.Host = address, ""
	resp, err := (&strict{next: t.next}).RoundTrip(r)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"X-Ratelimit-Remaining", "X-Ratelimit-Reset", "X-Ratelimit-Reset-After", "X-Ratelimit-Global"} {
		resp.Header.Del(name)
	}
	return resp, nil
}

// call makes a call as the bot. path begins with a slash; in may be nil, out too.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode call: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, apiFor)
	defer cancel()
	// A bucket of its own for each call: the library keeps one for every address for ever.
	bucket := &discordgo.Bucket{}
	bucket.Lock()
	answer, err := c.session.RequestWithLockedBucket(method, discordgo.EndpointAPI+strings.TrimPrefix(path, "/"), "application/json", body, bucket, 0,
		discordgo.WithContext(ctx))
	if err != nil {
		return withoutAddress(err)
	}
	return decodeAnswer(answer, out)
}

// interact makes a call that an interaction's token in the path permits. path begins with a slash;
// in may be nil, out too.
func (c *client) interact(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode call: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, apiFor)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return errors.New("discord.api_url is not an address")
	}
	req.Header.Set("Content-Type", jsonType)
	req.Header.Set("User-Agent", c.session.UserAgent)
	resp, err := c.plain.Do(req)
	if err != nil {
		return withoutAddress(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read Discord's answer: %w", err)
	}
	return decodeAnswer(answer, out)
}

func decodeAnswer(answer []byte, out any) error {
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return errors.New("Discord's answer is not understood") //nolint:staticcheck // a name
	}
	return nil
}

// withoutAddress takes the address out of an error: it may hold the token of an interaction.
func withoutAddress(err error) error {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}
