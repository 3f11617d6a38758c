package panel

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func profileForm(name string) url.Values {
	return url.Values{
		"name": {name}, "language": {"de"}, "time_zone": {"America/New_York"}, "scheme": {"dark"}, "working_hours": {"mon-fri 08:00-16:30"},
	}
}

func TestProfile(t *testing.T) {
	h := newHouse(t)
	h.speak("dana", "en", "Australia/Broken_Hill")
	token := h.in("dana")
	body := h.get("/w/acme/profile", token).Body.String()
	mustHave(t, "profile", body, "dana@acme.test", `value="Dana Member"`, `value="Australia/Broken_Hill" selected`, `value="auto" selected`, "Set a password", "This browser",
		"No chat account is linked", `href="/w/acme/link"`, `aria-current="page"`)
	mustLack(t, "profile", body, "single sign-on", "Current password")
	mustHave(t, "person block", h.get("/w/acme/", token).Body.String(), `class="person-link" href="/w/acme/profile"`)

	w := h.post("/w/acme/profile", token, profileForm("  Dana Díaz "))
	if w.Code != 303 || w.Header().Get("Location") != "/w/acme/profile?saved=profile" {
		t.Fatalf("saving = %d to %s", w.Code, w.Header().Get("Location"))
	}
	body = h.get("/w/acme/profile?saved=profile", token).Body.String()
	mustHave(t, "saved", body, `<html lang="de" data-scheme="dark"`, `value="Dana Díaz"`, `value="America/New_York" selected`, "Mo-Fr 08:00-16:30", "Gespeichert.")
	mustLack(t, "unknown result", h.get("/w/acme/profile?saved=%3Cscript%3E", token).Body.String(), `class="toast"`)

	for field, value := range map[string]string{
		"name": "", "language": "tlh", "time_zone": "Nowhere/Land", "scheme": "neon", "working_hours": "always",
	} {
		f := profileForm("Kept Name")
		f.Set(field, value)
		w := h.post("/w/acme/profile", token, f)
		if w.Code != 422 {
			t.Errorf("%s %q = %d", field, value, w.Code)
		}
		mustHave(t, field, w.Body.String(), `role="alert" id="profile-error"`, `aria-invalid="true"`)
		if field != "name" {
			mustHave(t, field, w.Body.String(), `value="Kept Name"`)
		}
		if field == "working_hours" {
			mustHave(t, field, w.Body.String(), `value="always"`)
		}
	}
	m, err := h.Member(t.Context(), h.Actor("dana"), h.Who("dana").ID)
	if err != nil || m.User.Name != "Dana Díaz" || m.WorkingHours != "mon-fri 08:00-16:30" || m.User.Scheme != "dark" {
		t.Errorf("member is %+v, %v", m, err)
	}
}

func TestPasswordOnProfile(t *testing.T) {
	h := newHouse(t)
	token, elsewhere := h.in("dana"), h.in("dana")
	at := "/w/acme/profile/password"
	if w := h.post(at, token, url.Values{"password": {goodPassword}}); w.Code != 303 || w.Header().Get("Location") != "/w/acme/profile?saved=password#password" {
		t.Fatalf("the first password = %d to %s", w.Code, w.Header().Get("Location"))
	}
	if h.get("/w/acme/", token).Code != 200 || h.get("/w/acme/", elsewhere).Code != 303 {
		t.Error("setting a password ends the other sessions, and this one goes on")
	}
	mustHave(t, "profile", h.get("/w/acme/profile", token).Body.String(), "Current password")
	for _, f := range []url.Values{
		{"present": {"wrong"}, "password": {"another good one"}}, {"password": {"another good one"}}, {"present": {goodPassword}, "password": {"short"}},
	} {
		w := h.post(at, token, f)
		if w.Code != 422 {
			t.Errorf("%v = %d", f, w.Code)
		}
		mustHave(t, "422", w.Body.String(), `id="password-error"`, `aria-invalid="true"`)
		mustLack(t, "422", w.Body.String(), goodPassword, "another good one", `id="profile-error"`)
	}
	for range triesPerAccount - 2 { // two wrong ones were counted above; the short one was no guess
		h.post(at, token, url.Values{"present": {"wrong"}, "password": {"another good one"}})
	}
	if w := h.post(at, token, url.Values{"present": {goodPassword}, "password": {"another good one"}}); w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("too many guesses = %d", w.Code)
	}
	h.Clock.Advance(60e9)
	if w := h.post(at, token, url.Values{"present": {goodPassword}, "password": {"another good one"}}); w.Code != 303 {
		t.Errorf("changing = %d", w.Code)
	}
	if w := h.post("/sign-in", "", signInForm("dana@acme.test", "another good one")); w.Code != 303 {
		t.Errorf("signing in with it = %d", w.Code)
	}
	mustLack(t, "log", h.log.String(), goodPassword, "another good one")
}

func TestSessionsOnProfile(t *testing.T) {
	h := newHouse(t)
	h.password("dana")
	in := func(agent string) string {
		return cookieOf(t, h, h.do(http.MethodPost, "/sign-in", call{form: signInForm("dana@acme.test", goodPassword), header: map[string]string{"User-Agent": agent}}))
	}
	laptop := in("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0")
	phone := in("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1")
	body := h.get("/w/acme/profile", laptop).Body.String()
	mustHave(t, "sessions", body, "Firefox · Linux", "Safari · iPhone", "192.0.2.1")
	mustLack(t, "sessions", body, laptop, phone, "Gecko")
	if strings.Index(body, "Firefox · Linux") > strings.Index(body, "This browser") || strings.Index(body, "This browser") > strings.Index(body, "Safari · iPhone") {
		t.Error("this browser is not the first in the list")
	}
	ends := regexp.MustCompile(`/w/acme/profile/sessions/[0-9a-f]+/end`).FindAllString(body, -1)
	if len(ends) != 2 { // the phone's, and the one that set the password
		t.Fatalf("sessions to end: %v", ends)
	}
	if w := h.post(ends[0], h.in("dirk"), nil); w.Code != 404 {
		t.Errorf("ending another person's = %d", w.Code)
	}
	for _, end := range ends {
		if w := h.post(end, laptop, nil); w.Code != 303 || w.Header().Get("Location") != "/w/acme/profile?saved=session#sessions" {
			t.Errorf("ending = %d to %s", w.Code, w.Header().Get("Location"))
		}
	}
	if h.get("/w/acme/", phone).Code != 303 || h.get("/w/acme/", laptop).Code != 200 {
		t.Error("the phone's session goes on, or this one does not")
	}
}

func TestDevices(t *testing.T) {
	h := newHouse(t)
	v := h.panel.newVisit(nil, httpGet())
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36":               "Chrome · Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0": "Edge · Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15":            "Safari · macOS",
		"Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36":                  "Chrome · Android",
		"curl/8.0": "curl", "": "Unknown browser", "<script>": "Unknown browser",
	} {
		if got := v.device(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}

func TestChatAccountsOnProfile(t *testing.T) {
	h := newHouseWith(t, "http://localhost:8080", SignInOptions{}, coretest.WithChat(core.ChatConnection{Platform: "slack", Workspace: "acme"}))
	h.MustLink("dana", core.PlatformSlack, "T1", "U-DANA")
	h.MustLink("dirk", core.PlatformSlack, "T1", "U-DIRK")
	token := h.in("dana")
	body := h.get("/w/acme/profile", token).Body.String()
	mustHave(t, "chat accounts", body, "Slack", "U-DANA", "T1")
	mustLack(t, "chat accounts", body, "U-DIRK")
	all, err := h.Identities(t.Context(), h.Actor("olivia"), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		want := 303
		if i.ChatUser == "U-DIRK" {
			want = 404
		}
		// Owners may unlink anybody's, but on their own page only their own.
		for who, status := range map[string]int{h.in("olivia"): 404, token: want} {
			if w := h.post("/w/acme/profile/chat-accounts/"+string(i.ID)+"/unlink", who, nil); w.Code != status {
				t.Errorf("unlinking %s = %d, want %d", i.ChatUser, w.Code, status)
			}
		}
	}
	mustLack(t, "after that", h.get("/w/acme/profile", token).Body.String(), "U-DANA")

	// Linking: the code is made by POST, shown once, and works in the chat.
	page := h.get("/w/acme/link", token).Body.String()
	mustHave(t, "link page", page, "Get a code", "10 minutes", "Slack")
	codes := regexp.MustCompile(`<output id="code"[^>]*>([A-Z2-7]{4}-[A-Z2-7]{4})<`)
	if codes.MatchString(page) {
		t.Error("a code without asking")
	}
	w := h.post("/w/acme/link", token, nil)
	found := codes.FindStringSubmatch(w.Body.String())
	if w.Code != 200 || found == nil {
		t.Fatalf("code: %d\n%s", w.Code, clipped(w.Body.String()))
	}
	mustHave(t, "code page", w.Body.String(), "/timer link "+found[1], "10 minutes", "10:10", `data-copy="code"`)
	mustLack(t, "link page after that", h.get("/w/acme/link", token).Body.String(), found[1])
	mustLack(t, "log", h.log.String(), found[1])
	if _, a, err := h.RedeemLinkCode(t.Context(), core.LinkByCode{
		ChatAccount: core.ChatAccount{Platform: core.PlatformSlack, Team: "T1", ChatUser: "U-NEW"}, Workspace: "acme", Code: found[1], Door: core.DoorSlack,
	}); err != nil || a.UserID != h.Who("dana").User.ID {
		t.Errorf("redeeming: %+v %v", a, err)
	}
	none := newHouse(t)
	page = none.get("/w/acme/link", none.in("dana")).Body.String()
	mustHave(t, "no chat", page, "No chat is connected", `href="/w/acme/profile#chat"`)
	mustLack(t, "no chat", page, "Get a code", `action="/w/acme/link"`, "Never give a code")
}

// TestProfileWhileImpersonating: the working hours may be helped with; what belongs to the person in all workspaces, and
// what proves who somebody is, stays theirs.
func TestProfileWhileImpersonating(t *testing.T) {
	h := newHouse(t)
	h.MustLink("dana", core.PlatformSlack, "T1", "U-DANA")
	h.in("dana")
	token := h.as("olivia", "dana")
	body := h.get("/w/acme/profile", token).Body.String()
	mustHave(t, "profile", body, "profile of Dana Member", "be seen or changed while you act", "<dt>Name</dt><dd>Dana Member</dd>", "<dt>Language</dt><dd>English</dd>",
		"<dt>Time zone</dt><dd>Europe/Berlin</dd>", "<dt>Colours</dt><dd>As on the device</dd>", "only they can change them", `name="working_hours"`)
	mustLack(t, "profile", body, `name="name"`, `name="language"`, `name="time_zone"`, `name="scheme"`, "U-DANA", `type="password"`, "/profile/sessions/", "/profile/chat-accounts/", "192.0.2.1", `href="/w/acme/link"`)
	mustHave(t, "link page", h.get("/w/acme/link", token).Body.String(), "not possible while you are logged in as another member")
	mustLack(t, "link page", h.get("/w/acme/link", token).Body.String(), `action="/w/acme/link"`)
	identity, err := h.Identities(t.Context(), h.Actor("dana"), true)
	if err != nil {
		t.Fatal(err)
	}
	session, err := h.Sessions(t.Context(), h.Actor("dana"))
	if err != nil || len(session) == 0 {
		t.Fatal(session, err)
	}
	for path, form := range map[string]url.Values{
		"/w/acme/profile/password": {"password": {goodPassword}}, "/w/acme/link": nil,
		"/w/acme/profile/sessions/" + string(session[0].ID) + "/end":          nil,
		"/w/acme/profile/chat-accounts/" + string(identity[0].ID) + "/unlink": nil,
		"/w/acme/profile/single-sign-on/unlink":                               {"issuer": {"https://id.test"}},
	} {
		w := h.post(path, token, form)
		if w.Code != 403 {
			t.Errorf("%s = %d, want 403", path, w.Code)
		}
		mustHave(t, path, w.Body.String(), "not possible while you are logged in as another member")
	}
	// A form of before, or one that somebody made up.
	for field, form := range map[string]url.Values{
		"all": profileForm("Dana D. Member"), "name": {"name": {"Dana D. Member"}}, "language": {"language": {"de"}},
		"time zone": {"time_zone": {"UTC"}}, "colours": {"scheme": {"dark"}}, "one of them": {"scheme": {"dark"}, "working_hours": {"mon 09:00-17:00"}},
	} {
		w := h.post("/w/acme/profile", token, form)
		if w.Code != 403 {
			t.Errorf("changing %s = %d, want 403", field, w.Code)
		}
		mustHave(t, field, w.Body.String(), "not possible while you are logged in as another member")
	}
	if w := h.post("/w/acme/profile", token, url.Values{"working_hours": {"mon-fri 08:00-16:30"}}); w.Code != 303 {
		t.Errorf("helping with the working hours = %d", w.Code)
	}
	w := h.post("/w/acme/profile", token, url.Values{"working_hours": {"always"}})
	if w.Code != 422 {
		t.Errorf("hours that are none = %d", w.Code)
	}
	mustHave(t, "422", w.Body.String(), `role="alert" id="profile-error"`, `value="always"`, "<dd>Dana Member</dd>")
	// The page stays in the reader's own language and colours.
	mustHave(t, "profile", h.get("/w/acme/profile", token).Body.String(), `<html lang="en" data-scheme="auto"`, "Dana Member", `value="Mon-Fri 08:00-16:30"`)
	h.speak("olivia", "de", "Europe/Berlin")
	mustHave(t, "profile in German", h.get("/w/acme/profile", token).Body.String(), "<dt>Zeitzone</dt><dd>Europe/Berlin</dd>", "ändern kann sie nur die Person selbst", `value="Mo-Fr 08:00-16:30"`)
}

// TestHostilePeople: what people type about themselves never becomes markup.
func TestHostilePeople(t *testing.T) {
	h := newHouse(t)
	for _, p := range []string{`"><script>alert(1)</script>`, `</option></select><img src=x onerror=alert(1)>`, `' autofocus onfocus='alert(1)`} {
		token := h.in("dana")
		f := url.Values{"name": {p}, "language": {p}, "time_zone": {p}, "scheme": {p}, "working_hours": {p}, "email": {p}, "next": {p}, "password": {p}}
		h.post("/w/acme/profile", token, url.Values{"name": {p}, "language": {"en"}, "time_zone": {"UTC"}, "scheme": {"auto"}})
		for what, w := range map[string]string{
			"profile":    h.post("/w/acme/profile", token, f).Body.String(),
			"saved":      h.get("/w/acme/profile", token).Body.String(),
			"sign-in":    h.post("/sign-in", "", f).Body.String(),
			"invitation": h.post("/invitation/"+h.invite("n"+number(len(p))+"@acme.test"), "", f).Body.String(),
		} {
			mustLack(t, what, w, "<script>alert", "<img src=x", `' autofocus onfocus='`)
			if w == "" {
				t.Errorf("%s is empty", what)
			}
		}
	}
}

func httpGet() *http.Request {
	r, _ := http.NewRequest(http.MethodGet, "/", http.NoBody)
	return r
}
