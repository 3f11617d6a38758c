package conversation

import (
	"context"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// suggested is how many values are offered at most, which every platform can show.
const suggested = 25

const (
	suggestedSteps = 15 * time.Minute // between the moments that are offered
	exactMoment    = "2006-01-02 15:04"
)

// Suggest offers values for an argument that is being typed: members for an option of ArgPerson or
// ArgSearch, moments for ArgAt. The request says who types, and nothing else. It changes nothing,
// and offers nothing to a person who is not linked or may not see accounts.
func (h *Handler) Suggest(ctx context.Context, req Request, option, typed string) []Option {
	c, err := h.identify(ctx, req)
	if err != nil || !c.me.May(core.ActAccountsView, "") {
		return nil
	}
	typed = strings.TrimSpace(typed)
	if option == string(ArgAt) {
		return c.moments(typed)
	}
	page, err := h.svc.Accounts(ctx, c.actor, core.AccountQuery{Search: typed, Limit: suggested})
	if err != nil {
		if core.AsError(err) == nil {
			h.log.Error("accounts can't be suggested", "platform", req.Platform, "request_id", req.ID, "error", err.Error())
		}
		return nil
	}
	var list []Option
	for _, a := range page.Accounts {
		o := Option{Value: a.Email, Label: clipped(a.Name, 60) + " (" + clipped(a.Email, 254) + ")"}
		if option == string(ArgSearch) {
			o.Value, o.Label = a.Name, clipped(a.Name, 100)
		}
		list = append(list, o)
	}
	return list
}

// moments offers what was typed, when it is understood, and the quarters of an hour before now.
func (c *call) moments(typed string) []Option {
	var list []Option
	offer := func(t time.Time) {
		list = append(list, Option{Value: t.In(c.Zone()).Format(exactMoment), Label: Text(c.DayTime(t, c.now))})
	}
	if t, err := locale.ParseWhen(typed, c.now, c.Zone()); typed != "" && err == nil {
		offer(t)
	}
	for t := c.now.Truncate(suggestedSteps); len(list) < suggested && c.now.Sub(t) < 24*time.Hour; t = t.Add(-suggestedSteps) {
		if strings.Contains(c.DayTime(t, c.now), typed) && (len(list) == 0 || list[0].Value != t.In(c.Zone()).Format(exactMoment)) {
			offer(t)
		}
	}
	return list
}
