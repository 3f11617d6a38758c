package panel

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// How long toasts stay, in seconds. One that can be undone gives time to think.
const (
	toastSeconds = 12
	undoSeconds  = 45
)

var (
	toastTarget   = regexp.MustCompile(`^div#toast-[0-9a-f]{8}$`)
	outcomeTarget = regexp.MustCompile(`^li#outcome-[0-9a-f]{24}$`)
)

func (v *visit) toast(text string, bad bool) templates.Toast {
	var b [4]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails
	return templates.Toast{Words: v.text(), ID: "toast-" + hex.EncodeToString(b[:]), Text: text, Bad: bad, Seconds: toastSeconds}
}

// origin is the page an act on an entry was started from, and where its result is shown.
type origin struct {
	mine  bool   // My time; else the place
	place string // "" for the Accounts tab
	view  string // the query of the table; on My time the week, "" for the present one
}

// Where an act can start besides the Accounts tab. An address carries these names and no address, so that it leads
// nowhere else.
const (
	fromMyTime    = "my-time"
	fromForgotten = "forgotten"
	fromInbox     = "inbox"   // its view is the notice
	fromStopped   = "stopped" // the result of a bulk stop; its view is what became of whom
)

// asked is the origin that the address of a dialog names, or its form.
func (v *visit) asked() origin {
	if v.r.Method == http.MethodPost {
		return v.origin(v.value("from"), v.value("view"))
	}
	q := v.r.URL.Query()
	return v.origin(q.Get("from"), q.Get("view"))
}

func (v *visit) origin(from, view string) origin {
	switch from {
	case fromMyTime:
		return origin{mine: true, view: weekOf(view)}
	case fromForgotten:
		return origin{place: from}
	case fromInbox:
		if !core.ValidID(view) {
			view = ""
		}
		return origin{place: from, view: view}
	case fromStopped:
		q, err := url.ParseQuery(view)
		if err != nil {
			q = nil
		}
		out := outcomesOf(q)
		return origin{place: from, view: out.query(v.origin("", q.Get("view")))}
	}
	// Only what a table's address can hold comes back, so that it leads nowhere else.
	return origin{view: parseView(view).query()}
}

func (o origin) fields() []templates.Field {
	f := []templates.Field{{Name: "from", Value: "accounts"}}
	if o.mine {
		f[0].Value = fromMyTime
	} else if o.place != "" {
		f[0].Value = o.place
	}
	if o.view != "" {
		f = append(f, templates.Field{Name: "view", Value: o.view})
	}
	return f
}

// on adds to the address of a dialog where it was opened, so that it leads back there as a page of its own too.
func (o origin) on(address string) string {
	if o.mine || o.place != "" {
		address = with(address, "from", o.fields()[0].Value)
	}
	return withView(address, o.view)
}

// opener is the id of what opened a dialog about a member, and gets the focus back.
func (o origin) opener(member core.ID) string {
	switch o.place {
	case fromForgotten:
		return "stop-" + string(member)
	case fromInbox:
		return "correct-" + o.view
	}
	return "menu-button-" + string(member)
}

// originURL is the page itself.
func (v *visit) originURL(o origin) string {
	if o.mine {
		return v.withWeek(v.path("/"), o.view)
	}
	switch o.place {
	case fromForgotten:
		return v.path(forgottenPath)
	case fromInbox:
		return v.path(inboxPath + "#notice-" + o.view)
	case fromStopped:
		return v.path(bulkPath + "/result?" + o.view)
	}
	if o.view == "" {
		return v.path("/settings/accounts")
	}
	return v.path("/settings/accounts?" + o.view)
}

// entryToast tells the present truth about an entry after an act: stopped (with Undo), running again, corrected.
func (v *visit) entryToast(act string, e core.TimeEntry, name string, o origin) (templates.Toast, bool) {
	own := e.MemberID == v.me.Self.ID
	params := locale.Params{
		"Name": name, "End": v.words.DayTime(e.End, v.now), "Duration": e.Duration(v.now), "Start": v.words.DayTime(e.Start, v.now),
	}
	suffix := ""
	if own {
		suffix = "_own"
	}
	t := v.toast("", false)
	switch {
	case act == "stopped" && !e.Running():
		t.Text = v.t("panel.toast.stopped"+suffix, params)
		if e.Incomplete {
			t.Text += " " + v.t("panel.toast.incomplete")
		}
		if e.Undoable(v.now) {
			t.Undo = &templates.ToastUndo{URL: v.path("/entries/" + string(e.ID) + "/undo-stop"), Hidden: o.fields()}
			t.Seconds = undoSeconds
		}
		t.Correct = v.correctURL(e.ID, o)
	case act == "undone" && e.Running():
		t.Text = v.t("panel.toast.undone"+suffix, params)
	case act == "corrected" && e.Running():
		t.Text = v.t("panel.toast.corrected_running", params)
	case act == "corrected":
		t.Text = v.t("panel.toast.corrected", params)
	case act == "created" && !e.Running():
		t.Text, t.Show = v.t("member.toast.created", params), v.elsewhere(e, o)
	case act == "deleted" && !e.DeletedAt.IsZero():
		t.Text = v.t("member.toast.deleted", params)
		t.Undo = &templates.ToastUndo{URL: v.path("/entries/" + string(e.ID) + "/restore"), Hidden: o.fields()}
		t.Seconds = undoSeconds
	case act == "restored":
		t.Text = v.t("member.toast.restored", params)
	default:
		return t, false
	}
	return t, true
}

func (v *visit) correctURL(id core.ID, o origin) string {
	if o.mine {
		return v.withWeek(v.path("/entries/"+string(id)+"/edit"), o.view)
	}
	return o.on(v.path("/entries/" + string(id) + "/correct"))
}

// flashes are the results a plain form's redirect carries in the address: ids only, so that what is shown is what
// is true now. An id of nothing shows nothing.
func (v *visit) flashes(o origin) []templates.Toast {
	var list []templates.Toast
	q := v.r.URL.Query()
	for _, act := range []string{"stopped", "undone", "corrected", "created", "deleted", "restored"} {
		id := q.Get(act)
		if !core.ValidID(id) {
			continue
		}
		find := v.p.svc.Entry
		if act == "deleted" {
			find = v.p.svc.DeletedEntry
		}
		e, err := find(v.r.Context(), v.actor, core.ID(id))
		if err != nil {
			continue
		}
		name, err := v.nameOf(e.MemberID)
		if err != nil {
			continue
		}
		if t, ok := v.entryToast(act, e, name, o); ok {
			list = append(list, t)
		}
	}
	if id := q.Get("deactivated"); core.ValidID(id) && !o.mine {
		if acc, err := v.p.svc.Account(v.r.Context(), v.actor, core.ID(id)); err == nil && acc.ActiveAPIKeys == 0 {
			list = append(list, v.toast(v.t("panel.toast.keys_none", locale.Params{"Name": acc.Name}), false))
		}
	}
	return list
}

// nameOf is the name of a member whose entry the actor may see.
func (v *visit) nameOf(member core.ID) (string, error) {
	if member == v.me.Self.ID {
		return v.me.Self.User.Name, nil
	}
	acc, err := v.p.svc.Account(v.r.Context(), v.actor, member)
	return acc.Name, err
}

// done answers an act on an entry: with scripts what changed on the page, else the page with the result.
func (v *visit) done(act string, e core.TimeEntry, o origin) error {
	if !v.fragment() {
		return v.redirect(with(v.originURL(o), act, string(e.ID)))
	}
	name, err := v.nameOf(e.MemberID)
	if err != nil {
		return err
	}
	var a answer
	if used := v.r.Header.Get("HX-Target"); outcomeTarget.MatchString(used) {
		return v.outcomeUndone(e, o)
	}
	if t, ok := v.entryToast(act, e, name, o); ok {
		put(&a, v.p.views.Toast, t)
	}
	a.closeDialog()
	if used := v.r.Header.Get("HX-Target"); toastTarget.MatchString(used) {
		// The toast whose Undo was pressed has served.
		a.body.WriteString(`<hx-partial hx-target="` + strings.TrimPrefix(used, "div") + `" hx-swap="delete"></hx-partial>`)
	}
	if o.mine {
		region, err := v.myTimeRegion(o.view)
		if err != nil {
			return err
		}
		v.w.Header().Set("HX-Retarget", "#time")
		v.w.Header().Set("HX-Reswap", "outerMorph")
		put(&a, v.p.views.MyTimeRegion, region)
	} else {
		acc, err := v.p.svc.Account(v.r.Context(), v.actor, e.MemberID)
		if err != nil {
			return err
		}
		v.refreshOrigin(&a, acc, o)
	}
	return v.send(http.StatusOK, &a)
}

// refreshOrigin puts what an act on an account changed on the page that it was started from into the answer.
func (v *visit) refreshOrigin(a *answer, acc core.Account, o origin) {
	switch o.place {
	case "":
		v.putRows(a, o.view, acc)
	case fromForgotten:
		v.tellList("flags")
	}
}
