package slack

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/clockwarden/clockwarden/core"
)

// event is what Slack's Events API sends: the part of it we read.
type event struct {
	Type      string `json:"type"`
	Challenge string `json:"challenge"`
	TeamID    string `json:"team_id"`
	EventID   string `json:"event_id"`
	Event     struct {
		Type string          `json:"type"`
		Tab  string          `json:"tab"`
		User json.RawMessage `json:"user"` // an id, or with user_change a whole person
	} `json:"event"`
}

func eventOf(body []byte) (event, error) {
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("decode event: %w", err)
	}
	return e, nil
}

// take does what an event asks for, once: Slack sends an event again when it is in doubt.
func (s *Slack) take(ctx context.Context, e event) {
	if e.Type != "event_callback" || e.EventID == "" {
		return
	}
	first, err := s.svc.Once(ctx, "slack:event:"+e.TeamID+":"+e.EventID, rememberFor)
	if err != nil {
		s.log.Error("event can't be remembered", "error", err.Error())
	}
	if err != nil || !first {
		return
	}
	switch e.Event.Type {
	case "app_home_opened":
		user := ""
		if json.Unmarshal(e.Event.User, &user) != nil || user == "" || e.Event.Tab == "messages" {
			return
		}
		in := inbound{}
		in.req.Team, in.req.ChatUser = e.TeamID, user
		s.publishHome(ctx, in)
	case "user_change":
		var p person
		if err := json.Unmarshal(e.Event.User, &p); err != nil || p.ID == "" {
			s.log.Warn("changed person not understood")
			return
		}
		s.changed(ctx, e.TeamID, p)
	}
}

// changed unlinks a person who may not be linked any more.
func (s *Slack) changed(ctx context.Context, team string, p person) {
	s.locales.put(p.ID, p.Locale)
	why := p.barred(team)
	if why == "" {
		return
	}
	gone, err := s.svc.UnlinkBarred(ctx, core.System(core.JobChatPeople, core.DoorSlack),
		core.ChatAccount{Platform: core.PlatformSlack, Team: team, ChatUser: p.ID}, why)
	switch {
	case err != nil:
		s.log.Error("person can't be unlinked", "why", string(why), "error", err.Error())
	case gone:
		s.log.Info("person unlinked", "why", string(why))
	}
}
