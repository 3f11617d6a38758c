package slack

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
)

// client calls Slack's Web API. Errors hold Slack's words or the network's, never a token.
type client struct {
	http  *http.Client
	api   *slackapi.Client
	url   string // of the Web API, with a slash at its end
	token string
}

const (
	apiFor = 8 * time.Second
	// openFor bounds the opening of a modal: its trigger lives three seconds.
	openFor = 2500 * time.Millisecond
	// connections bounds what is open to Slack at once.
	connections = 5
)

func newClient(botToken, appToken, apiURL string) *client {
	c := &client{http: newHTTPClient(apiFor), url: apiURL, token: botToken}
	c.api = slackapi.New(botToken, slackapi.OptionAPIURL(apiURL), slackapi.OptionHTTPClient(c.http), slackapi.OptionAppLevelToken(appToken))
	return c
}

// newHTTPClient makes a client with a deadline that follows no redirect: a token or an answer must
// not go to another host.
func newHTTPClient(deadline time.Duration) *http.Client {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		MaxConnsPerHost:     connections,
		MaxIdleConnsPerHost: connections,
		IdleConnTimeout:     time.Minute,
		TLSHandshakeTimeout: 5 * time.Second,
	}
	return &http.Client{
		Timeout:       deadline,
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// authTest tells which team the token is of.
func (c *client) authTest(ctx context.Context) (team string, err error) {
	resp, err := c.api.AuthTestContext(ctx)
	if err != nil {
		return "", withoutAddress(err)
	}
	return resp.TeamID, nil
}

// openView opens a modal; once more at once when Slack had a moment of weakness, because a trigger
// lives three seconds.
func (c *client) openView(ctx context.Context, trigger string, view slackapi.ModalViewRequest) error {
	ctx, cancel := context.WithTimeout(ctx, openFor)
	defer cancel()
	_, err := c.api.OpenViewContext(ctx, trigger, view)
	if refused := (slackapi.SlackErrorResponse{}); err != nil && !errors.As(err, &refused) && ctx.Err() == nil {
		_, err = c.api.OpenViewContext(ctx, trigger, view)
	}
	return withoutAddress(err)
}

func (c *client) updateView(ctx context.Context, id string, view slackapi.ModalViewRequest) error {
	_, err := c.api.UpdateViewContext(ctx, view, "", "", id)
	return withoutAddress(err)
}

func (c *client) publishView(ctx context.Context, user string, view slackapi.HomeTabViewRequest) error {
	_, err := c.api.PublishViewContext(ctx, slackapi.PublishViewContextRequest{UserID: user, View: view})
	return withoutAddress(err)
}

// The metadata that lets us find a message again whose posting had no clear answer.
const (
	eventType = "clockwarden_delivery"
	eventKey  = "delivery"
)

func messageOptions(d core.Delivery, r conversation.Reply) []slackapi.MsgOption {
	return []slackapi.MsgOption{
		slackapi.MsgOptionText(fallback(r), false),
		slackapi.MsgOptionBlocks(blocks(r)...),
		slackapi.MsgOptionMetadata(slackapi.SlackMetadata{EventType: eventType, EventPayload: map[string]any{eventKey: string(d.ID)}}),
		slackapi.MsgOptionDisableLinkUnfurl(),
	}
}

// Send posts a message.
func (s *Slack) Send(ctx context.Context, d core.Delivery, r conversation.Reply) (channel, message string, err error) {
	if channel, err = s.channelOf(ctx, d); err != nil {
		return "", "", sendError(err, false)
	}
	options := messageOptions(d, r)
	if d.ReplyTo != "" {
		options = append(options, slackapi.MsgOptionTS(d.ReplyTo)) // in its thread, and not in the channel
	}
	channel, message, err = s.api.api.PostMessageContext(ctx, channel, options...)
	if err != nil {
		return "", "", sendError(err, true)
	}
	return channel, message, nil
}

// Find looks for a message by its metadata. Without the right to read the channel it finds nothing:
// a second message is better than none.
func (s *Slack) Find(ctx context.Context, d core.Delivery) (channel, message string, err error) {
	if channel, err = s.channelOf(ctx, d); err != nil {
		return "", "", sendError(err, false)
	}
	message, err = s.api.find(ctx, channel, d)
	refused := slackapi.SlackErrorResponse{}
	switch {
	case err == nil:
		return channel, message, nil
	case errors.Is(err, errManyMessages), errors.As(err, &refused) && !slices.Contains(passing, refused.Err):
		s.log.Warn("can't look for a message that may have been posted", "delivery", string(d.ID), "error", err.Error())
		return channel, "", nil
	}
	return "", "", sendError(err, true)
}

// channelOf is the channel of a delivery; direct messages have one of their own (D…).
func (s *Slack) channelOf(ctx context.Context, d core.Delivery) (string, error) {
	if !d.Direct {
		return d.Destination, nil
	}
	return s.api.openDirect(ctx, d.Destination)
}

// Edit replaces a message in place.
func (s *Slack) Edit(ctx context.Context, d core.Delivery, r conversation.Reply) error {
	if _, _, _, err := s.api.api.UpdateMessageContext(ctx, d.Channel, d.Message, messageOptions(d, r)...); err != nil {
		return sendError(err, false)
	}
	return nil
}

// openDirect finds the channel of the direct messages with a person.
func (c *client) openDirect(ctx context.Context, user string) (string, error) {
	ch, _, _, err := c.api.OpenConversationContext(ctx, &slackapi.OpenConversationParameters{Users: []string{user}})
	if err != nil {
		return "", err
	}
	return ch.ID, nil
}

// How much of a channel is looked through for a message that may be there: what came since the delivery was queued, page by
// page, at most so many.
const (
	historyPage  = 200 // as many as Slack advises
	historyPages = 10
)

// errManyMessages says that a channel has more new messages than are looked through.
var errManyMessages = errors.New("too many messages since then")

// find looks for the message of a delivery in its channel; "" when it is not there.
func (c *client) find(ctx context.Context, channel string, d core.Delivery) (string, error) {
	since := strconv.FormatInt(d.CreatedAt.Add(-window).Unix(), 10)
	cursor := ""
	for range historyPages {
		messages, next, err := c.page(ctx, channel, d.ReplyTo, since, cursor)
		if err != nil {
			return "", err
		}
		if ts := madeFor(d, messages); ts != "" {
			return ts, nil
		}
		if cursor = next; cursor == "" {
			return "", nil
		}
	}
	return "", errManyMessages
}

// page reads messages of a channel, or of a thread in it, which the history of the channel does not hold; next is the
// cursor of the following page.
func (c *client) page(ctx context.Context, channel, thread, since, cursor string) (messages []slackapi.Message, next string, err error) {
	if thread != "" {
		messages, more, next, err := c.api.GetConversationRepliesContext(ctx, &slackapi.GetConversationRepliesParameters{
			ChannelID: channel, Timestamp: thread, Oldest: since, Limit: historyPage, Cursor: cursor, IncludeAllMetadata: true,
		})
		if !more {
			next = ""
		}
		return messages, next, err
	}
	history, err := c.api.GetConversationHistoryContext(ctx, &slackapi.GetConversationHistoryParameters{
		ChannelID: channel, Oldest: since, Limit: historyPage, Cursor: cursor, IncludeAllMetadata: true,
	})
	if err != nil {
		return nil, "", err
	}
	if history.HasMore {
		next = history.ResponseMetaData.NextCursor
	}
	return history.Messages, next, nil
}

// madeFor finds the message of a delivery; "" when it is not among them.
func madeFor(d core.Delivery, messages []slackapi.Message) string {
	for _, m := range messages {
		if m.Metadata.EventType == eventType && m.Metadata.EventPayload[eventKey] == string(d.ID) {
			return m.Timestamp
		}
	}
	return ""
}

// hopeless are the answers after which the same call can't succeed later.
var hopeless = []string{
	"cannot_reply_to_message", "cant_update_message", "channel_not_found", "edit_window_closed", "invalid_arguments", "invalid_blocks", "is_archived",
	"message_not_found", "msg_blocks_too_long", "msg_too_long", "no_text", "user_disabled", "user_not_found", "user_not_visible",
}

// Answers of a Slack that is not well. Of the half-done ones its documentation says (chat.postMessage, "Errors"): "It's
// possible some aspect of the operation succeeded before the error was raised."
var (
	halfDone = []string{"fatal_error", "internal_error"}
	passing  = append([]string{"service_unavailable", "ratelimited"}, halfDone...)
)

// sendError says what became of a call. posting tells that it may have left a message behind.
func sendError(err error, posting bool) *bot.SendError {
	out := &bot.SendError{Err: withoutAddress(err)}
	limited := (*slackapi.RateLimitedError)(nil)
	refused := slackapi.SlackErrorResponse{}
	status := slackapi.StatusCodeError{}
	switch dial := (*net.OpError)(nil); {
	case errors.As(err, &limited):
		out.RetryAfter = max(limited.RetryAfter, time.Second)
	case errors.As(err, &refused):
		out.Err = errors.New(refused.Err)
		out.Final = slices.Contains(hopeless, refused.Err)
		out.Ambiguous = posting && slices.Contains(halfDone, refused.Err)
	case errors.As(err, &status):
		out.Down = status.Code >= http.StatusInternalServerError
		// 503 comes before any work was done; behind the others there may be somebody who did it.
		out.Ambiguous = posting && out.Down && status.Code != http.StatusServiceUnavailable
	case errors.As(err, &dial) && dial.Op == "dial":
		out.Down = true
	default: // a timeout, a reset, half an answer
		out.Down, out.Ambiguous = true, posting
	}
	return out
}
