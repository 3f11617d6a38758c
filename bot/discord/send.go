package discord

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/url"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
)

// post is a message of the bot's own. Two with the same nonce are one: Discord answers the second
// with the first for some minutes, so a message whose posting had no clear answer is safely sent again.
type post struct {
	message
	Nonce        string     `json:"nonce"`
	EnforceNonce bool       `json:"enforce_nonce"`
	Reference    *reference `json:"message_reference,omitempty"`
}

// reference makes a message an answer to another; one that is gone is no hindrance.
type reference struct {
	MessageID       string `json:"message_id"`
	FailIfNotExists bool   `json:"fail_if_not_exists"`
}

// nonce names a delivery, in at most maxNonce characters.
func nonce(d core.Delivery) string {
	sum := sha256.Sum256([]byte(string(d.ID) + "\x00" + d.Key))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:maxNonce]
}

// sent is a message as Discord knows it.
type sent struct {
	ID        string `json:"id"`
	ChannelID string `json:"channel_id"`
}

// Send posts a message.
func (d *Discord) Send(ctx context.Context, due core.Delivery, r conversation.Reply) (channel, id string, err error) {
	if channel, err = d.channelOf(ctx, due); err != nil {
		return "", "", sendError(err, false)
	}
	p := post{message: render(r), Nonce: nonce(due), EnforceNonce: true}
	if due.ReplyTo != "" {
		p.Reference = &reference{MessageID: due.ReplyTo}
	}
	var m sent
	if err := d.api.call(ctx, http.MethodPost, "/channels/"+url.PathEscape(channel)+"/messages", p, &m); err != nil {
		return "", "", sendError(err, true)
	}
	if m.ID == "" {
		return "", "", &bot.SendError{Err: errors.New("Discord's answer names no message"), Ambiguous: true} //nolint:staticcheck // a name
	}
	if m.ChannelID != "" {
		channel = m.ChannelID
	}
	return channel, m.ID, nil
}

// Edit replaces a message in place.
func (d *Discord) Edit(ctx context.Context, due core.Delivery, r conversation.Reply) error {
	path := "/channels/" + url.PathEscape(due.Channel) + "/messages/" + url.PathEscape(due.Message)
	if err := d.api.call(ctx, http.MethodPatch, path, render(r), nil); err != nil {
		return sendError(err, false)
	}
	return nil
}

// channelOf is the channel of a delivery; direct messages have one of their own.
func (d *Discord) channelOf(ctx context.Context, due core.Delivery) (string, error) {
	if !due.Direct {
		return due.Destination, nil
	}
	var ch struct {
		ID string `json:"id"`
	}
	if err := d.api.call(ctx, http.MethodPost, "/users/@me/channels", map[string]string{"recipient_id": due.Destination}, &ch); err != nil {
		return "", err
	}
	if ch.ID == "" {
		return "", errors.New("Discord's answer names no channel") //nolint:staticcheck // a name
	}
	return ch.ID, nil
}

// sendError says what became of a call. posting tells that it may have left a message behind.
func sendError(err error, posting bool) *bot.SendError {
	out := &bot.SendError{Err: withoutAddress(err)}
	said := (*apiError)(nil)
	switch dial := (*net.OpError)(nil); {
	case errors.As(err, &said):
		out.RetryAfter = said.RetryAfter
		switch said.Status {
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
			out.Final = true // wrong body, token, rights or place: it stays so
		case http.StatusBadGateway, http.StatusGatewayTimeout:
			out.Ambiguous = posting
		}
	case errors.As(err, &dial) && dial.Op == "dial":
	default: // a timeout, a reset, half an answer
		out.Ambiguous = posting
	}
	return out
}
