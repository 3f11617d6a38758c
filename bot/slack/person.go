package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
)

// person is what Slack tells of somebody. An own struct, because slack-go can't tell an address that
// is not confirmed from one of which Slack says nothing.
type person struct {
	ID                string `json:"id"`
	TeamID            string `json:"team_id"`
	Name              string `json:"name"`
	RealName          string `json:"real_name"`
	Locale            string `json:"locale"`
	Deleted           bool   `json:"deleted"`
	IsBot             bool   `json:"is_bot"`
	IsWorkflowBot     bool   `json:"is_workflow_bot"`
	IsRestricted      bool   `json:"is_restricted"`
	IsUltraRestricted bool   `json:"is_ultra_restricted"`
	IsStranger        bool   `json:"is_stranger"`
	IsEmailConfirmed  *bool  `json:"is_email_confirmed"`
	Profile           struct {
		DisplayName string `json:"display_name"`
		RealName    string `json:"real_name"`
	} `json:"profile"`
}

// slackbot is the one bot that Slack does not call a bot.
const slackbot = "USLACKBOT"

// barred says why somebody may not be linked to a member, in the team the app is installed in.
func (p person) barred(team string) core.Barred {
	switch {
	case p.IsStranger, p.TeamID != "" && p.TeamID != team:
		return core.BarredStranger
	case p.Deleted:
		return core.BarredDeactivated
	case p.IsBot, p.IsWorkflowBot, p.ID == slackbot:
		return core.BarredBot
	case p.IsRestricted, p.IsUltraRestricted:
		return core.BarredGuest
	case p.IsEmailConfirmed != nil && !*p.IsEmailConfirmed:
		return core.BarredUnconfirmed
	}
	return ""
}

// shown is how people in Slack see the person named.
func (p person) shown() string {
	for _, name := range []string{p.Profile.DisplayName, p.RealName, p.Profile.RealName, p.Name} {
		if strings.TrimSpace(name) != "" {
			return name
		}
	}
	return ""
}

// profileFor bounds the question who somebody is: a form waits for it.
const profileFor = 1500 * time.Millisecond

// profile asks Slack who a person is. Somebody whom our team does not know is a stranger; any other
// failure is an error.
func (s *Slack) profile(ctx context.Context, team, user string) (conversation.Profile, error) {
	ctx, cancel := context.WithTimeout(ctx, profileFor)
	defer cancel()
	p, err := s.api.userInfo(ctx, user)
	if errors.Is(err, errNoUser) {
		return conversation.Profile{Barred: core.BarredStranger}, nil
	}
	if err != nil {
		return conversation.Profile{}, err
	}
	s.locales.put(user, p.Locale)
	return conversation.Profile{Name: p.shown(), Locale: p.Locale, Barred: p.barred(team)}, nil
}

var errNoUser = errors.New("team does not know the person")

// userInfo calls users.info.
func (c *client) userInfo(ctx context.Context, user string) (person, error) {
	form := url.Values{"user": {user}, "include_locale": {"true"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"users.info", strings.NewReader(form.Encode()))
	if err != nil {
		return person{}, errors.New("users.info: api_url is not an address")
	}
	req.Header.Set("Content-Type", formType)
	req.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := c.http.Do(req)
	if err != nil {
		return person{}, fmt.Errorf("users.info: %w", withoutAddress(err))
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
		User  person `json:"user"`
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	switch {
	case err != nil:
		return person{}, fmt.Errorf("users.info: %w", err)
	case resp.StatusCode != http.StatusOK:
		return person{}, fmt.Errorf("users.info answered %s", resp.Status)
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return person{}, errors.New("users.info answered no JSON")
	}
	switch {
	case answer.Error == "user_not_found", answer.Error == "user_not_visible":
		return person{}, errNoUser
	case !answer.OK:
		return person{}, fmt.Errorf("users.info refused: %.100s", answer.Error)
	case answer.User.ID != user:
		return person{}, errors.New("users.info answered somebody else")
	}
	return answer.User, nil
}

// maxLocales bounds what is remembered of people's languages.
const maxLocales = 2000

// locales remembers the languages of people who are not linked. It is a convenience: what it does not
// know is asked again.
type locales struct {
	mu   sync.Mutex
	user map[string]string
}

func (l *locales) get(user string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.user[user]
}

func (l *locales) put(user, locale string) {
	if locale == "" || len(locale) > 20 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.user == nil || len(l.user) >= maxLocales {
		l.user = map[string]string{}
	}
	l.user[user] = locale
}
