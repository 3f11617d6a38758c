package discord

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

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
	p := post{message: d.marked(due, r), Nonce: nonce(due), EnforceNonce: true}
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
	if bot.Doubtful(due) { // it may be the message of an earlier try, which says what was true then
		if err := d.editMessage(ctx, channel, m.ID, d.marked(due, r)); err != nil {
			return "", "", sendError(err, true)
		}
	}
	return channel, m.ID, nil
}

// Edit replaces a message in place.
func (d *Discord) Edit(ctx context.Context, due core.Delivery, r conversation.Reply) error {
	if err := d.editMessage(ctx, due.Channel, due.Message, d.marked(due, r)); err != nil {
		return sendError(err, false)
	}
	return nil
}

func (d *Discord) editMessage(ctx context.Context, channel, id string, m message) error {
	return d.api.call(ctx, http.MethodPatch, "/channels/"+url.PathEscape(channel)+"/messages/"+url.PathEscape(id), m, nil)
}

// mark is an address that nobody sees, by which we know the message of a delivery again.
func (d *Discord) mark(due core.Delivery) string { return d.base.String() + "#" + nonce(due) }

// marked is a Reply as the message of a delivery. One without an embed, such as a reminder, gets a small one that names the
// product: Discord has no other place for the mark, and refuses an embed that shows nothing.
func (d *Discord) marked(due core.Delivery, r conversation.Reply) message {
	m := render(r)
	if len(m.Embeds) == 0 {
		name := d.catalog.Printer("", nil).T("product.name")
		m.Embeds = []embed{{Footer: &footer{Text: plain(conversation.Text(name), maxFooter)}}}
	}
	m.Embeds[0].URL = d.mark(due)
	return m
}

// How much of a channel is looked through for a message that may be there: what came since the delivery was queued, page by
// page, at most so many.
const (
	historyPage  = 100 // the most that Discord gives
	historyPages = 20
)

// Find looks for the message of a delivery among those since it was queued. Without the right to read
// the channel it finds nothing; the nonce then prevents a second message for some minutes.
func (d *Discord) Find(ctx context.Context, due core.Delivery) (channel, id string, err error) {
	if channel, err = d.channelOf(ctx, due); err != nil {
		return "", "", sendError(err, false)
	}
	after := snowflake(due.CreatedAt.Add(-window))
	for range historyPages {
		var list []struct {
			ID     string  `json:"id"`
			Embeds []embed `json:"embeds"`
		}
		path := "/channels/" + url.PathEscape(channel) + "/messages?limit=" + strconv.Itoa(historyPage) + "&after=" + after
		err = d.api.call(ctx, http.MethodGet, path, nil, &list)
		if said := (*apiError)(nil); errors.As(err, &said) && (said.Status == http.StatusForbidden || said.Status == http.StatusNotFound) {
			d.log.Warn("can't look for a message that may have been posted", "delivery", string(due.ID), "error", said.Error())
			return channel, "", nil
		}
		if err != nil {
			return "", "", sendError(err, true)
		}
		for _, m := range list {
			for _, e := range m.Embeds {
				if e.URL == d.mark(due) {
					return channel, m.ID, nil
				}
			}
		}
		if len(list) < historyPage {
			return channel, "", nil
		}
		after = list[0].ID // the newest of these, which are the next ones after the last
	}
	d.log.Warn("can't look for a message that may have been posted", "delivery", string(due.ID), "error", "too many messages since then")
	return channel, "", nil
}

// snowflake is the first id that Discord could have given at a time.
func snowflake(t time.Time) string {
	const epoch = 1420070400000 // 2015, in milliseconds
	return strconv.FormatInt(max(0, t.UnixMilli()-epoch)<<22, 10)
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
		out.Down = said.Status >= http.StatusInternalServerError
		// 503 comes before any work was done; behind the others there may be somebody who did it.
		out.Ambiguous = posting && out.Down && said.Status != http.StatusServiceUnavailable
		switch said.Status {
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
			out.Final = true // wrong body, token, rights or place: it stays so
		}
	case errors.As(err, &dial) && dial.Op == "dial":
		out.Down = true
	default: // a timeout, a reset, half an answer
		out.Down, out.Ambiguous = true, posting
	}
	return out
}
