package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/clockwarden/clockwarden/bot/conversation"
)

// show brings a Reply to the person: a form is opened, everything else goes to the response_url, or
// into a modal where a view was clicked.
func (s *Slack) show(ctx context.Context, in inbound, r conversation.Reply) {
	for next := &r; next != nil; next = next.Next {
		s.showOne(ctx, in, *next)
	}
	if in.home {
		s.publishHome(ctx, in)
	}
}

func (s *Slack) showOne(ctx context.Context, in inbound, r conversation.Reply) {
	var err error
	switch {
	case r.Form != nil:
		if err = s.place(ctx, in, modal(*r.Form, in)); err != nil && in.responseURL != "" {
			s.log.Error("form can't be opened", "error", err.Error())
			err = s.answers.post(ctx, in.responseURL, result(s.words.FormFailed(ctx, s.named(in))))
		}
	case r.Empty():
	case in.modal != "" || in.responseURL == "":
		err = s.place(ctx, in, *resultView(s.productName(), r, in, true))
	default:
		err = s.answers.post(ctx, in.responseURL, result(r))
	}
	if err != nil {
		s.log.Error("answer can't be brought to Slack", "error", err.Error())
	}
}

// place puts a modal before the person: in the place of the one that was clicked, or as a new one.
func (s *Slack) place(ctx context.Context, in inbound, view slackapi.ModalViewRequest) error {
	if in.modal != "" {
		return s.api.updateView(ctx, in.modal, view)
	}
	return s.api.openView(ctx, in.triggerID, view)
}

// publishHome shows a person their App Home as it is now. One is made and shown at a time: of two at once, the one that
// looked earlier could come later, and what is over would stand there.
func (s *Slack) publishHome(ctx context.Context, in inbound) {
	turn := s.homes.of(in.req.ChatUser)
	turn.Lock()
	defer turn.Unlock()
	req := s.named(in)
	req.Typed, req.Press, req.Submit, req.Home = nil, nil, nil, true
	if err := s.api.publishView(ctx, in.req.ChatUser, homeView(s.words.Handle(ctx, req))); err != nil {
		s.log.Error("App Home can't be shown", "error", err.Error())
	}
}

// homes are locks for people; some share one.
type homes [64]sync.Mutex

func (h *homes) of(user string) *sync.Mutex {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(user))
	return &h[sum.Sum32()%uint32(len(h))]
}

func (s *Slack) productName() string { return s.catalog.Printer("", nil).T("product.name") }

// showLater is show in the background.
func (s *Slack) showLater(ctx context.Context, in inbound, r conversation.Reply) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), inlineFor)
	defer cancel()
	if !s.jobs.Start(ctx, func(ctx context.Context) { s.show(ctx, in, r) }) {
		s.log.Error("answer can't be brought to Slack", "error", "too many requests in work")
	}
}

// submitted is the inline answer to a form: its errors beside the fields, else the result in its
// place. The card the form belongs to is replaced by the result too, so that no dead button stays.
func (s *Slack) submitted(ctx context.Context, in inbound, r conversation.Reply) *slackapi.ViewSubmissionResponse {
	if shown := fieldErrors(in, r); len(shown) > 0 {
		return slackapi.NewErrorsViewSubmissionResponse(shown)
	}
	elsewhere := in.responseURL != ""
	if elsewhere && (r.Replace || r.Next != nil) {
		s.showLater(ctx, in, r)
	} else {
		if r.Next != nil {
			r = joined(r)
		}
		if in.home {
			s.showLater(ctx, in, conversation.Reply{}) // the App Home as it is now
		}
	}
	return slackapi.NewUpdateViewSubmissionResponse(resultView(s.productName(), r, in, !elsewhere || !r.Replace))
}

// joined is a reply and the one after it in one piece, for a modal, which shows only one.
func joined(r conversation.Reply) conversation.Reply {
	next := *r.Next
	before := append([]conversation.Text{r.Title}, r.Text...)
	for _, f := range r.Facts {
		before = append(before, f.Label+": "+f.Value)
	}
	next.Text = append(before, next.Text...)
	return next
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
	// answerPatience is the longest pause of Slack's that an answer waits for.
	answerPatience = 10 * time.Second
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
		again, pause, err := a.postOnce(ctx, address, text)
		if err == nil || !again || try == answerTries || pause > answerPatience {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(max(pause, answerPause*time.Duration(try))):
		}
	}
}

// postOnce sends an answer. again tells that another try may help, after the pause that Slack wants.
func (a *answerer) postOnce(ctx context.Context, address string, text []byte) (again bool, pause time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(text))
	if err != nil {
		return false, 0, errForeignHost
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := a.http.Do(req)
	if err != nil {
		return true, 0, withoutAddress(err)
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody))
	switch {
	case resp.StatusCode < 300:
		return false, 0, nil
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode >= 500:
		return true, retryAfter(resp.Header), fmt.Errorf("response_url answered %s", resp.Status)
	}
	return false, 0, fmt.Errorf("response_url answered %s", resp.Status)
}

// retryAfter is the pause that Slack asks for; 0 when it does not.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// withoutAddress takes the address out of an error: a response_url is a secret for half an hour.
func withoutAddress(err error) error {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}
