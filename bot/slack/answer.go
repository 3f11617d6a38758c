package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/clockwarden/clockwarden/bot/conversation"
)

// show brings a Reply to the person: a form is opened, everything else goes to the response_url.
func (s *Slack) show(ctx context.Context, in inbound, r conversation.Reply) {
	if r.Form != nil {
		if err := s.api.openView(ctx, in.triggerID, modal(*r.Form, in.responseURL)); err != nil {
			s.log.Error("form can't be opened", "error", err.Error())
		}
		return
	}
	if r.Empty() || in.responseURL == "" {
		return
	}
	if err := s.answers.post(ctx, in.responseURL, result(r)); err != nil {
		s.log.Error("answer can't be brought to Slack", "error", err.Error())
	}
}

// showLater is show in the background.
func (s *Slack) showLater(ctx context.Context, in inbound, r conversation.Reply) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), inlineFor)
	defer cancel()
	if !s.jobs.start(ctx, func(ctx context.Context) { s.show(ctx, in, r) }) {
		s.log.Error("answer can't be brought to Slack", "error", "too many requests in work")
	}
}

// submitted is the inline answer to a form: its errors beside the fields, else the result in its
// place. The card the form belongs to is replaced by the result too, so that no dead button stays.
func (s *Slack) submitted(ctx context.Context, in inbound, r conversation.Reply) *slackapi.ViewSubmissionResponse {
	if shown := fieldErrors(in, r); len(shown) > 0 {
		return slackapi.NewErrorsViewSubmissionResponse(shown)
	}
	if r.Replace {
		s.showLater(ctx, in, r)
	}
	title := s.catalog.Printer("", nil).T("product.name")
	return slackapi.NewUpdateViewSubmissionResponse(resultView(title, r))
}

// fieldErrors are the errors of fields that the form has; Slack refuses any other.
func fieldErrors(in inbound, r conversation.Reply) map[string]string {
	shown := map[string]string{}
	for field, t := range r.Errors {
		if _, ok := in.req.Submit.Values[field]; ok {
			shown[field] = plain(t, maxField)
		}
	}
	return shown
}

// answerer posts to response_urls. The address comes with the request, so it is held to Slack's
// hosts and the one of api_url, and never followed elsewhere.
type answerer struct {
	allowed []string // scheme://host[:port]
	http    *http.Client
	log     *slog.Logger
}

const (
	answerFor   = 5 * time.Second
	answerTries = 3
	answerPause = 500 * time.Millisecond
)

func newAnswerer(api *url.URL, log *slog.Logger) *answerer {
	return &answerer{
		allowed: []string{"https://hooks.slack.com", "https://slack.com", api.Scheme + "://" + api.Host},
		http:    newHTTPClient(answerFor),
		log:     log,
	}
}

var errForeignHost = errors.New("response_url is not an address of Slack")

// permitted tells whether an answer may go to the address.
func (a *answerer) permitted(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.User == nil && u.Opaque == "" && slices.Contains(a.allowed, u.Scheme+"://"+u.Host)
}

// post sends an answer, again after a pause when Slack has a moment of weakness.
func (a *answerer) post(ctx context.Context, address string, b body) error {
	if !a.permitted(address) {
		return errForeignHost
	}
	text, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	for try := 1; ; try++ {
		again, err := a.postOnce(ctx, address, text)
		if err == nil || !again || try == answerTries {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(answerPause * time.Duration(try)):
		}
	}
}

func (a *answerer) postOnce(ctx context.Context, address string, text []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(text))
	if err != nil {
		return false, errForeignHost
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := a.http.Do(req)
	if err != nil {
		return true, withoutAddress(err)
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody))
	switch {
	case resp.StatusCode < 300:
		return false, nil
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode >= 500:
		return true, fmt.Errorf("response_url answered %s", resp.Status)
	}
	return false, fmt.Errorf("response_url answered %s", resp.Status)
}

// withoutAddress takes the address out of an error: a response_url is a secret for half an hour.
func withoutAddress(err error) error {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}
