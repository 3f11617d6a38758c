package discord

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
)

// guildMember is what Discord tells of somebody on our server.
type guildMember struct {
	User    user   `json:"user"`
	Nick    string `json:"nick"`
	Pending bool   `json:"pending"` // has not accepted the server's rules yet
	Flags   int    `json:"flags"`
}

// flagGuest is the flag of a member who may only take part in a voice call.
const flagGuest = 1 << 4

// barred says why somebody may not be linked to a member.
func (m guildMember) barred() core.Barred {
	switch {
	case m.User.Bot, m.User.System:
		return core.BarredBot
	case m.Pending, m.Flags&flagGuest != 0:
		return core.BarredGuest
	}
	return ""
}

// shown is how people on the server see the person named.
func (m guildMember) shown() string {
	for _, name := range []string{m.Nick, m.User.GlobalName, m.User.Username} {
		if strings.TrimSpace(name) != "" {
			return name
		}
	}
	return ""
}

const (
	// profileFor bounds the question who somebody is: an answer waits for it.
	profileFor = 1500 * time.Millisecond

	codeUnknownUser   = 10013
	codeUnknownMember = 10007
)

// profile asks Discord who a person is. Somebody whom our server does not know is a stranger; any
// other failure is an error.
func (d *Discord) profile(ctx context.Context, id, language string) (conversation.Profile, error) {
	ctx, cancel := context.WithTimeout(ctx, profileFor)
	defer cancel()
	if !isSnowflake(id) {
		return conversation.Profile{Barred: core.BarredStranger}, nil
	}
	var m guildMember
	err := d.api.call(ctx, http.MethodGet, "/guilds/"+d.guild+"/members/"+id, nil, &m)
	if said := (*apiError)(nil); errors.As(err, &said) && (said.Code == codeUnknownMember || said.Code == codeUnknownUser) {
		return conversation.Profile{Barred: core.BarredStranger}, nil
	}
	if err != nil {
		return conversation.Profile{}, err
	}
	if m.User.ID != id {
		return conversation.Profile{}, errors.New("Discord answered somebody else")
	}
	return conversation.Profile{Name: m.shown(), Locale: language, Barred: m.barred()}, nil
}
