package discord

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const (
	// peopleFirst is how long after the start people are looked at first, peopleEvery how long between two rounds.
	peopleFirst = 10 * time.Minute
	peopleEvery = 6 * time.Hour
	// peoplePause is between two questions, so that a round takes no more of Discord's limits than it has to.
	peoplePause = time.Second
)

// followPeople unlinks people who have left the server, until ctx ends. Discord tells nobody of that over HTTP, so it is
// asked from time to time, and never in the path of a click; commands need the server anyway, but the buttons of old direct
// messages do not.
func (d *Discord) followPeople(ctx context.Context) {
	for wait := peopleFirst; pause(ctx, wait); wait = peopleEvery {
		if err := d.checkPeople(ctx, peoplePause); err != nil && ctx.Err() == nil {
			d.log.Warn("can't find out who has left the server", "error", err.Error())
		}
	}
}

// checkPeople asks Discord about everybody who is linked. A failure ends the round: of nobody it is known then whether they left.
func (d *Discord) checkPeople(ctx context.Context, between time.Duration) error {
	ws, err := d.svc.WorkspaceBySlug(ctx, d.workspace)
	if err != nil {
		return err
	}
	a := core.System(core.JobChatPeople, core.DoorDiscord)
	linked, err := d.svc.Identities(ctx, a.In(ws.ID), false)
	if err != nil {
		return err
	}
	for _, i := range linked {
		if i.Platform != core.PlatformDiscord || i.Team != d.guild {
			continue
		}
		p, err := d.profile(ctx, i.ChatUser, "")
		if err != nil {
			return err
		}
		if p.Barred != "" {
			account := core.ChatAccount{Platform: i.Platform, Team: i.Team, ChatUser: i.ChatUser}
			if _, err := d.svc.UnlinkBarred(ctx, a, account, p.Barred); err != nil {
				return err
			}
		}
		if !pause(ctx, between) {
			return ctx.Err()
		}
	}
	return nil
}

// pause waits, and is false when ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
