package panel

import (
	"hash/fnv"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/auditline"
	"github.com/clockwarden/clockwarden/templates"
)

// head is what every page has, also for strangers.
func (v *visit) head(title string) templates.Head {
	files := v.p.files
	h := templates.Head{
		Words: v.text(), Title: title + " · " + v.t("product.name"), Scheme: "auto",
		CSS: files.URL("app.css"), Icon: files.URL("favicon.svg"), NowMillis: v.now.UnixMilli(),
	}
	_, h.NoReferrer = secretAddress(v.r.URL.Path)
	if v.known {
		if s := v.me.Human.User.Scheme; s == "light" || s == "dark" {
			h.Scheme = s
		}
	}
	if h.Banner = v.banner(); h.Banner != nil {
		h.Title = v.me.Self.User.Name + " · " + h.Title
		h.Scripts = []string{files.URL("app.js")} // the time left counts down
	}
	return h
}

// shell is the frame of a signed-in page. current is the path below the workspace.
func (v *visit) shell(title, current string) (templates.Layout, error) {
	ws, human := v.me.Workspace, v.me.Human
	l := templates.Layout{
		Head: v.head(title + " · " + ws.Name), Base: v.path(""), LiveURL: "/live?w=" + ws.Slug,
		Workspace: ws.Name, Initial: initials(ws.Name, 1), Plan: v.t("plan." + string(ws.Plan)),
		PersonName: human.User.Name, PersonEmail: human.User.Email,
		PersonMark: initials(human.User.Name, 2), Tint: tint(human.User.ID),
		ProfileURL: v.path("/profile"), InProfile: current == "/profile",
	}
	l.Scripts = []string{v.p.files.URL("htmx.min.js"), v.p.files.URL("app.js")}
	unread, err := v.unread()
	if err != nil {
		return l, err
	}
	l.Nav = []templates.Link{
		{Text: v.t("nav.my_time"), URL: v.path("/"), Current: current == "/", Icon: "clock"},
		{Text: v.t("nav.inbox"), URL: v.path("/inbox"), Current: current == "/inbox", Icon: "inbox", Unread: &unread},
		{Text: v.t("nav.api_keys"), URL: v.path("/api-keys"), Current: current == "/api-keys", Icon: "key", Short: v.t("member.keys.short")},
	}

	inSettings := strings.HasPrefix(current, "/settings/")
	for _, t := range settingsTabs() {
		if !v.me.May(t.action, "") {
			continue
		}
		if l.SettingsURL == "" {
			l.SettingsURL = v.path(t.path)
		}
		if inSettings {
			l.Tabs = append(l.Tabs, templates.Link{Text: v.t(t.text), URL: v.path(t.path), Current: current == t.path})
		}
	}
	// On a workspace's own subdomain there is nothing to switch to.
	if v.client.Host == "" {
		others, err := v.p.svc.Memberships(v.r.Context(), v.actor)
		if err != nil {
			return l, err
		}
		if len(others) > 1 {
			for _, m := range others {
				l.Switch = append(l.Switch, templates.Link{
					Text: m.Workspace.Name, URL: "/w/" + m.Workspace.Slug + "/", Current: m.Workspace.ID == ws.ID,
				})
			}
		}
	}
	if why := v.returned(); why != "" {
		l.Toasts = append(l.Toasts, v.toast(why, false))
	}
	return l, nil
}

func (v *visit) impersonationReason(r core.ImpersonationReason) string {
	return auditline.ImpersonationReason(v.words, r)
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// initials are the first letters of up to n words of a name.
func initials(name string, n int) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(name) {
		r, _ := utf8.DecodeRuneInString(word)
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		b.WriteRune(unicode.ToUpper(r))
		if n--; n == 0 {
			break
		}
	}
	if b.Len() == 0 {
		return "·"
	}
	return b.String()
}

// tint is the class that colours a person's mark, always the same for the same person.
func tint(id core.ID) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // a hash never fails
	return "tint-" + strconv.Itoa(int(h.Sum32()%8))
}

// firstName is how a person is spoken of in a checkbox.
func firstName(name string) string {
	for word := range strings.FieldsSeq(name) {
		return word
	}
	return name
}
