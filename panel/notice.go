package panel

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// did says in one sentence who did what.
func (v *visit) did(n core.Notice) string {
	actor := locale.Params{"Actor": n.ActorName}
	if id := "member.did." + string(n.Act); v.words.Has(id) {
		return v.t(id, actor)
	}
	return n.ActorName + " " + v.t("act."+string(n.Act))
}

// facts are what a notice says about the entry: what changed as it was and as it is, and enough else to know which
// entry is meant.
func (v *visit) facts(n core.Notice, known references) []templates.Fact {
	if n.EntryID == "" {
		return nil
	}
	before, _ := n.Data["before"].(map[string]any)
	var list []templates.Fact
	add := func(field, label string, write func(any) string) {
		now := n.Data[field]
		was, changed := before[field]
		f := templates.Fact{Label: v.t(label), After: write(now)}
		switch {
		case changed && n.Act == core.ActEntryCorrect:
			f.Before = write(was)
		case field == "billable" || now == nil:
			return
		}
		if tags, ok := now.([]any); ok && len(tags) == 0 && !changed {
			return
		}
		list = append(list, f)
	}
	add("description", "word.description", func(value any) string {
		if text, _ := value.(string); text != "" {
			return text
		}
		return v.t("no_description")
	})
	add("start", "word.start", v.factTime)
	add("end", "word.end", v.factTime)
	add("project_id", "word.project", func(value any) string {
		id, _ := value.(string)
		if name := v.about(known, core.TimeEntry{ProjectID: core.ID(id)}).Project; name != "" {
			return name
		}
		return v.t("no_project")
	})
	add("tag_ids", "word.tags", func(value any) string {
		var e core.TimeEntry
		ids, _ := value.([]any)
		for _, id := range ids {
			text, _ := id.(string)
			e.TagIDs = append(e.TagIDs, core.ID(text))
		}
		if names := v.about(known, e).Tags; len(names) > 0 {
			return strings.Join(names, ", ")
		}
		return v.t("none")
	})
	add("billable", "word.billable", func(value any) string {
		if yes, _ := value.(bool); yes {
			return v.t("yes")
		}
		return v.t("no")
	})
	return list
}

// factTime writes a time as a notice keeps it.
func (v *visit) factTime(value any) string {
	text, _ := value.(string)
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return v.t("running")
	}
	return v.words.DateTime(t)
}

// noticeReason is what was given as the reason; what the program itself writes there is said in the reader's words.
func (v *visit) noticeReason(n core.Notice) string {
	if n.Act == core.ActImpersonationStart {
		reason, note := v.actedReason(n.Reason)
		if note != "" {
			return reason + ": " + note
		}
		return reason
	}
	if id := "member.reason." + strings.ReplaceAll(n.Reason, " ", "_"); n.Reason != "" && v.words.Has(id) {
		return v.t(id)
	}
	return n.Reason
}

// mostUnread is the largest number the navigation shows.
const mostUnread = 99

// unread counts the reader's unread notices for the navigation.
func (v *visit) unread() (templates.Unread, error) {
	n, err := v.p.svc.UnreadNotices(v.r.Context(), v.actor)
	if err != nil || n == 0 {
		return templates.Unread{}, err
	}
	u := templates.Unread{Count: strconv.Itoa(n), Label: v.t("member.inbox.unread", locale.Params{"Count": n})}
	if n > mostUnread {
		u.Count = strconv.Itoa(mostUnread) + "+"
	}
	return u, nil
}

// unreadState is the same as JSON on one line, for open pages.
func (v *visit) unreadState() (string, error) {
	u, err := v.unread()
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(map[string]string{"count": u.Count, "label": u.Label})
	if err != nil {
		return "", fmt.Errorf("unread notices as JSON: %w", err)
	}
	return string(b), nil
}
