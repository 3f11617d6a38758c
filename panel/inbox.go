package panel

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

const (
	inboxPath = "/inbox"
	// noticesShown and actedShown are how many lines the page has.
	noticesShown = 100
	actedShown   = 20
)

// inbox shows the notices of the reader, and who acted in their name. Looking at it changes nothing.
func (p *Panel) inbox(v *visit) error {
	region, err := v.inboxRegion()
	if err != nil {
		return err
	}
	if v.fragment() {
		return show(v, http.StatusOK, p.views.InboxRegion, region)
	}
	layout, err := v.shell(v.t("nav.inbox"), inboxPath)
	if err != nil {
		return err
	}
	if id := v.r.URL.Query().Get("answered"); core.ValidID(id) {
		for _, item := range region.Items {
			if item.ID == id && item.Answer != "" {
				layout.Toasts = append(layout.Toasts, v.toast(item.Answer, false))
			}
		}
	}
	layout.Toasts = append(layout.Toasts, v.flashes(origin{place: fromInbox})...)
	return show(v, http.StatusOK, p.views.Inbox, templates.InboxPage{Layout: layout, Region: region})
}

// readInbox marks what the page showed as read.
func (p *Panel) readInbox(v *visit) error {
	newest := v.value("newest")
	if newest != "" && !core.ValidID(newest) {
		return &core.Error{Code: core.CodeInvalid, Message: "panel.error.form"}
	}
	if err := p.svc.MarkNoticesRead(v.r.Context(), v.actor, core.ID(newest)); err != nil {
		return err
	}
	return v.inboxChanged("", "")
}

// acceptCorrection says that what was done to an entry is right.
func (p *Panel) acceptCorrection(v *visit) error {
	if err := p.svc.AnswerCorrection(v.r.Context(), v.actor, v.id("notice"), true, ""); err != nil {
		return err
	}
	return v.inboxChanged(v.id("notice"), v.t("member.toast.accepted"))
}

// disputeForm asks what is wrong.
func (p *Panel) disputeForm(v *visit) error {
	d, err := v.disputeDialog()
	if err != nil {
		return err
	}
	return v.showDispute(http.StatusOK, d)
}

// disputeCorrection says that what was done to an entry is wrong, and why; whoever did it is told.
func (p *Panel) disputeCorrection(v *visit) error {
	note := strings.TrimSpace(v.value("note"))
	err := p.svc.AnswerCorrection(v.r.Context(), v.actor, v.id("notice"), false, note)
	if core.ErrorCode(err) == core.CodeInvalid && core.AsError(err).Field != "" {
		d, again := v.disputeDialog()
		if again != nil {
			return again
		}
		d.Note, d.Error, d.BadField = v.value("note"), v.sentence(err), core.AsError(err).Field
		return v.showDispute(http.StatusUnprocessableEntity, d)
	}
	if err != nil {
		return err
	}
	return v.inboxChanged(v.id("notice"), v.t("member.toast.disputed"))
}

// inboxChanged answers an act on the inbox.
func (v *visit) inboxChanged(answered core.ID, text string) error {
	if !v.fragment() {
		to := v.path(inboxPath)
		if answered != "" {
			to = with(to, "answered", string(answered))
		}
		return v.redirect(to)
	}
	region, err := v.inboxRegion()
	if err != nil {
		return err
	}
	var a answer
	if text != "" {
		put(&a, v.p.views.Toast, v.toast(text, false))
	}
	a.closeDialog()
	put(&a, v.p.views.InboxPart, region)
	v.w.Header().Set("HX-Reswap", "none")
	return v.send(http.StatusOK, &a)
}

func (v *visit) disputeDialog() (templates.Dispute, error) {
	id := v.id("notice")
	// Asked before the form is shown, so that nobody writes a note for nothing.
	if !v.me.May(core.ActCorrectionDispute, v.me.Self.ID) {
		return templates.Dispute{}, &core.Error{Code: core.CodeForbidden, Message: "error.not_while_impersonating"}
	}
	notices, err := v.p.svc.Notices(v.r.Context(), v.actor, noticesShown)
	if err != nil {
		return templates.Dispute{}, err
	}
	known, err := v.references()
	if err != nil {
		return templates.Dispute{}, err
	}
	for _, n := range notices {
		if n.ID != id {
			continue
		}
		if n.Answer != "" {
			return templates.Dispute{}, &core.Error{Code: core.CodeConflict, Message: "error.notice_answered"}
		}
		return templates.Dispute{
			Dialog: templates.Dialog{
				Words: v.text(), Heading: v.t("member.dispute.title"), Action: v.path("/inbox/" + string(id) + "/dispute"),
				Return: "dispute-" + string(id), BackURL: v.path(inboxPath), IsPage: !v.fragment(),
			},
			Text: v.did(n), Facts: v.facts(n, known),
		}, nil
	}
	return templates.Dispute{}, &core.Error{Code: core.CodeNotFound, Message: "error.notice_not_found"}
}

func (v *visit) showDispute(code int, d templates.Dispute) error {
	if v.fragment() {
		return show(v, code, v.p.views.DisputeDialog, d)
	}
	layout, err := v.shell(d.Heading, inboxPath)
	if err != nil {
		return err
	}
	return show(v, code, v.p.views.Dispute, templates.DisputePage{Layout: layout, Dialog: d})
}

func (v *visit) inboxRegion() (templates.Inbox, error) {
	region := templates.Inbox{Words: v.text(), PageURL: v.path(inboxPath), Nobody: v.t("member.acted.none")}
	notices, err := v.p.svc.Notices(v.r.Context(), v.actor, noticesShown+1)
	if err != nil {
		return region, err
	}
	unread, err := v.p.svc.UnreadNotices(v.r.Context(), v.actor)
	if err != nil {
		return region, err
	}
	known, err := v.references()
	if err != nil {
		return region, err
	}
	if len(notices) > noticesShown {
		notices, region.More = notices[:noticesShown], true
	}
	if unread > 0 {
		region.Unread = v.t("member.inbox.unread", locale.Params{"Count": unread})
		if !v.actor.Impersonating() {
			region.ReadURL = v.path("/inbox/read")
		}
	}
	mayAnswer := v.me.May(core.ActCorrectionAccept, v.me.Self.ID)
	if !mayAnswer {
		region.ReadOnly = v.t("member.inbox.read_only", locale.Params{"Name": v.me.Self.User.Name})
	}
	for i, n := range notices {
		if i == 0 {
			region.Newest = string(n.ID)
		}
		region.Items = append(region.Items, v.inboxItem(n, known, mayAnswer))
	}
	region.ActedAs, err = v.actedAs()
	return region, err
}

func (v *visit) inboxItem(n core.Notice, known references, mayAnswer bool) templates.InboxItem {
	item := templates.InboxItem{
		ID: string(n.ID), Unread: n.ReadAt.IsZero(), Text: v.did(n), Mark: initials(n.ActorName, 2), Tint: tint(core.ID(n.ActorName)),
		At: v.moment(n.At, v.words.DayTime(n.At, v.now)), Door: v.t("door." + string(n.Door)), Facts: v.facts(n, known), Reason: v.noticeReason(n),
	}
	switch {
	case n.Answer == core.NoticeAccepted:
		item.Answer = v.t("member.inbox.accepted", locale.Params{"At": n.AnsweredAt})
	case n.Answer == core.NoticeDisputed:
		item.Answer, item.Disputed = v.t("member.inbox.disputed", locale.Params{"At": n.AnsweredAt}), true
		item.AnswerNote = n.AnswerNote
	case n.Answerable() && mayAnswer:
		at := v.path("/inbox/" + string(n.ID))
		item.AcceptURL, item.DisputeURL = at+"/accept", at+"/dispute"
	case n.Act == core.ActCorrectionDispute && n.EntryID != "" && v.me.May(core.ActAccountsView, ""):
		item.CorrectURL = v.correctURL(n.EntryID, origin{place: fromInbox, view: string(n.ID)})
	}
	return item
}

// actedReason takes apart what is kept of the reason to log in as somebody: the one picked, and a note.
func (v *visit) actedReason(kept string) (reason, note string) {
	picked, note, _ := strings.Cut(kept, ": ")
	for _, known := range core.ImpersonationReasons() {
		if string(known) == picked {
			return v.impersonationReason(known), note
		}
	}
	return kept, ""
}

// actedAs lists who was logged in as the reader, newest first.
func (v *visit) actedAs() ([]templates.ActedAs, error) {
	query := core.AuditQuery{Act: core.ActImpersonationStart, Outcome: core.OutcomeDone, MemberID: v.me.Self.ID, Limit: actedShown}
	starts, _, err := v.p.svc.Audit(v.r.Context(), v.actor, query)
	if err != nil || len(starts) == 0 {
		return nil, err
	}
	query.Act = core.ActImpersonationEnd
	ends, _, err := v.p.svc.Audit(v.r.Context(), v.actor, query)
	if err != nil {
		return nil, err
	}
	type kept struct {
		ID      core.ID   `json:"impersonation_id"`
		Expires time.Time `json:"expires_at"`
	}
	read := func(e core.AuditEntry) (k kept) {
		_ = json.Unmarshal(e.After, &k) // what cannot be read says nothing
		return k
	}
	ended := map[core.ID]time.Time{}
	for _, e := range ends {
		ended[read(e).ID] = e.At
	}
	var list []templates.ActedAs
	for _, e := range starts {
		k := read(e)
		a := templates.ActedAs{
			Name: e.ActorName, Mark: initials(e.ActorName, 2), Tint: tint(core.ID(e.ActorName)), Start: v.moment(e.At, v.words.DateTime(e.At)),
		}
		a.Reason, a.Note = v.actedReason(e.Reason)
		end, over := ended[k.ID]
		// It ends by itself; the log says so when the owner's next request finds out.
		if !k.Expires.IsZero() && (!over || end.After(k.Expires)) {
			end, over = k.Expires, !v.now.Before(k.Expires)
		}
		switch {
		case !over:
			a.Open, a.End = true, v.t("member.acted.until", locale.Params{"Time": v.words.Time(end)})
		case v.words.Date(end) == v.words.Date(e.At):
			a.End = v.words.Time(end)
		default:
			a.End = v.words.DateTime(end)
		}
		list = append(list, a)
	}
	return list, nil
}
