package fakeslack

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/bot/bottest"
)

// call serves the Web API.
func (f *Fake) call(w http.ResponseWriter, r *http.Request) {
	defer f.Enter()()
	method := r.PathValue("method")
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	args, token := arguments(r, body)
	if f.Silent(method) {
		<-r.Context().Done()
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	fault := f.FaultOf(method, args.Get("channel"), true)
	if fault.Hang && !fault.LoseAnswer {
		bottest.Hang(&f.mu, r)
		return
	}
	if fault.Reset {
		bottest.HangUp(w)
		return
	}
	if fault.Delay > 0 {
		f.mu.Unlock()
		time.Sleep(fault.Delay)
		f.mu.Lock()
	}
	if fault.Status != 0 {
		fail(w, fault)
		return
	}
	wanted := f.o.BotToken
	if method == "apps.connections.open" {
		wanted = f.o.AppToken
	}
	answer := map[string]any{}
	switch {
	case token != wanted:
		answer["error"] = "invalid_auth"
	case fault.Error != "" && !fault.LoseAnswer:
		answer["error"] = fault.Error
	default:
		if code := f.do(method, args, answer); code != "" {
			answer["error"] = code
		} else {
			f.calls = append(f.calls, Call{Method: method, Channel: args.Get("channel")})
			if fault.Error != "" {
				answer = map[string]any{"error": fault.Error}
			}
		}
	}
	answer["ok"] = answer["error"] == nil
	f.watch.Changed()
	switch {
	case fault.Hang:
		bottest.Hang(&f.mu, r)
		return
	case fault.LoseAnswer && fault.Error == "":
		bottest.HangUp(w)
		return
	}
	text, _ := json.Marshal(answer)
	w.Header().Set("Content-Type", "application/json")
	if token == f.o.BotToken {
		w.Header().Set("X-Oauth-Scopes", strings.Join(f.o.Scopes, ","))
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	if fault.Truncate {
		text = text[:len(text)/2]
	}
	_, _ = w.Write(text)
}

// fail answers with the status of a fault.
func fail(w http.ResponseWriter, fault Fault) {
	if fault.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(fault.RetryAfter)))
	}
	w.WriteHeader(fault.Status)
}

// arguments reads a form or JSON body; the token may be in the body or the header.
func arguments(r *http.Request, body []byte) (url.Values, string) {
	args := url.Values{}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		var fields map[string]json.RawMessage
		_ = json.Unmarshal(body, &fields)
		for name, raw := range fields {
			var text string
			if json.Unmarshal(raw, &text) != nil {
				text = string(raw)
			}
			args.Set(name, text)
		}
	} else if form, err := url.ParseQuery(string(body)); err == nil {
		args = form
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if token == "" {
		token = args.Get("token")
	}
	return args, token
}

// do does a call and fills its answer; it returns Slack's error code or "".
func (f *Fake) do(method string, args url.Values, answer map[string]any) string {
	switch method {
	case "auth.test":
		answer["team_id"], answer["user_id"] = f.o.Team, "UBOT"
	case "apps.connections.open":
		answer["url"] = "ws" + strings.TrimPrefix(f.server.URL, "http") + "/socket"
	case "chat.postMessage":
		return f.post(args, answer)
	case "chat.update":
		return f.update(args, answer)
	case "conversations.open":
		users := args.Get("users")
		if users == "" || strings.Contains(users, ",") {
			return "user_not_found"
		}
		answer["channel"] = map[string]any{"id": "D" + users}
	case "conversations.info":
		if f.o.Scopes != nil && !slices.Contains(f.o.Scopes, "channels:read") {
			return "missing_scope"
		}
		answer["channel"] = map[string]any{"id": args.Get("channel"), "is_member": !f.absent[args.Get("channel")]}
	case "conversations.history":
		if f.absent[args.Get("channel")] {
			return "not_in_channel"
		}
		f.history(args, answer, "")
	case "conversations.replies":
		f.history(args, answer, args.Get("ts"))
	case "users.info":
		if f.people[args.Get("user")].Unknown {
			return "user_not_found"
		}
		answer["user"] = f.user(args.Get("user"))
	case "views.open", "views.push":
		return f.openView(args, answer)
	case "views.update":
		return f.updateView(args, answer)
	case "views.publish":
		return f.publishView(args, answer)
	default:
		return "unknown_method"
	}
	return ""
}

// refuse fails the test for a body that Slack would refuse.
func (f *Fake) refuse(what string, problems []string) string {
	if len(problems) == 0 {
		return ""
	}
	f.t.Errorf("fakeslack: Slack would refuse this %s: %s", what, strings.Join(problems, "; "))
	return "invalid_blocks"
}

func (f *Fake) post(args url.Values, answer map[string]any) string {
	m := &Message{Channel: args.Get("channel"), Text: args.Get("text"), Thread: args.Get("thread_ts")}
	if m.Channel == "" {
		return "channel_not_found"
	}
	if m.Thread != "" && (args.Get("reply_broadcast") == "true" || !f.stands(m.Channel, m.Thread)) {
		f.t.Errorf("fakeslack: an answer to %s in %s, which is not there, or one that is broadcast", m.Thread, m.Channel)
		return "cannot_reply_to_message"
	}
	if code := f.fill(m, args); code != "" {
		return code
	}
	m.TS = fmt.Sprintf("%d.%06d", f.o.Now().Unix(), len(f.messages)+1)
	f.messages = append(f.messages, m)
	answer["channel"], answer["ts"] = m.Channel, m.TS
	return ""
}

// stands tells whether a message that begins a thread is in a channel.
func (f *Fake) stands(channel, ts string) bool {
	for _, m := range f.messages {
		if m.Channel == channel && m.TS == ts && m.Thread == "" {
			return true
		}
	}
	return false
}

func (f *Fake) fill(m *Message, args url.Values) string {
	m.Blocks = nil
	if text := args.Get("blocks"); text != "" {
		if err := json.Unmarshal([]byte(text), &m.Blocks); err != nil {
			return "invalid_blocks_format"
		}
	}
	if m.Text == "" {
		f.t.Error("fakeslack: a message without a text")
		return "no_text"
	}
	if text := args.Get("metadata"); text != "" {
		if err := json.Unmarshal([]byte(text), &m.Metadata); err != nil {
			return "invalid_metadata_format"
		}
	}
	return f.refuse("message", append(textProblems("text", m.Text, maxText), blockProblems(m.Blocks, maxBlocks, false)...))
}

func (f *Fake) update(args url.Values, answer map[string]any) string {
	for _, m := range f.messages {
		if m.Channel != args.Get("channel") || m.TS != args.Get("ts") {
			continue
		}
		m.Text = args.Get("text")
		if code := f.fill(m, args); code != "" {
			return code
		}
		m.Edits++
		answer["channel"], answer["ts"], answer["text"] = m.Channel, m.TS, m.Text
		return ""
	}
	return "message_not_found"
}

// history answers the newest messages of a channel, or of a thread of it, first, a page at a time; a cursor is the number of
// those that were told.
func (f *Fake) history(args url.Values, answer map[string]any, thread string) {
	oldest, _ := strconv.ParseFloat(args.Get("oldest"), 64)
	limit, err := strconv.Atoi(args.Get("limit"))
	if err != nil || limit < 1 || limit > 999 {
		limit = 100
	}
	told, _ := strconv.Atoi(args.Get("cursor"))
	list, more := []any{}, false
	for i, number := len(f.messages)-1, 0; i >= 0; i-- {
		m := f.messages[i]
		if m.Channel != args.Get("channel") || m.Thread != thread && m.TS != thread {
			continue
		}
		if ts, _ := strconv.ParseFloat(m.TS, 64); ts < oldest {
			continue
		}
		if number++; number <= told {
			continue
		}
		if len(list) == limit {
			more = true
			break
		}
		row := map[string]any{"type": "message", "ts": m.TS, "text": m.Text, "user": "UBOT"}
		if args.Get("include_all_metadata") != "" && args.Get("include_all_metadata") != "false" && args.Get("include_all_metadata") != "0" {
			row["metadata"] = m.Metadata
		}
		list = append(list, row)
	}
	answer["messages"], answer["has_more"] = list, more
	if more {
		answer["response_metadata"] = map[string]any{"next_cursor": strconv.Itoa(told + limit)}
	}
}

// triggerFor is how long a trigger_id lives, responseFor and responseUses how long a response_url.
const (
	triggerFor   = 3 * time.Second
	responseFor  = 30 * time.Minute
	responseUses = 5
)

func (f *Fake) openView(args url.Values, answer map[string]any) string {
	tr, ok := f.triggers[args.Get("trigger_id")]
	switch {
	case !ok:
		return "invalid_trigger_id"
	case tr.used:
		return "exchanged_trigger_id"
	case time.Since(tr.made) > triggerFor: //nolint:forbidigo // a trigger lives by the real clock
		return "expired_trigger_id"
	}
	if code := f.refuse("view", ViewProblems([]byte(args.Get("view")))); code != "" {
		return code
	}
	tr.used = true
	tr.view = viewSeen([]byte(args.Get("view")))
	tr.view.viewID = f.next("V")
	f.views[tr.view.viewID] = tr.view
	answer["view"] = json.RawMessage(args.Get("view"))
	return ""
}

func (f *Fake) updateView(args url.Values, answer map[string]any) string {
	id := args.Get("view_id")
	if f.views[id] == nil {
		return "not_found"
	}
	if code := f.refuse("view", ViewProblems([]byte(args.Get("view")))); code != "" {
		return code
	}
	f.views[id] = viewSeen([]byte(args.Get("view")))
	f.views[id].viewID = id
	answer["view"] = json.RawMessage(args.Get("view"))
	return ""
}

func (f *Fake) publishView(args url.Values, answer map[string]any) string {
	user := args.Get("user_id")
	if user == "" {
		return "invalid_arguments"
	}
	if code := f.refuse("App Home", HomeProblems([]byte(args.Get("view")))); code != "" {
		return code
	}
	seen := viewSeen([]byte(args.Get("view")))
	seen.viewID = f.next("V")
	f.homes[user] = seen
	answer["view"] = json.RawMessage(args.Get("view"))
	return ""
}

// respond takes what is posted to a response_url.
func (f *Fake) respond(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.watch.Changed()
	switch fault := f.FaultOf("response_url", "", false); {
	case fault.Status != 0:
		fail(w, fault)
		return
	case fault.LoseAnswer: // before anything was done: a reset
		bottest.HangUp(w)
		return
	}
	u, ok := f.urls[r.PathValue("id")]
	if !ok || f.o.Now().Sub(u.made) > responseFor || u.uses == responseUses {
		f.t.Errorf("fakeslack: a response_url that is unknown, older than 30 minutes or used five times")
		http.Error(w, "expired_url", http.StatusNotFound)
		return
	}
	if code := f.refuse("answer", MessageProblems(body)); code != "" {
		http.Error(w, code, http.StatusBadRequest)
		return
	}
	u.uses++
	seen := messageSeen(body)
	if seen.Replaces && u.message != nil {
		f.t.Errorf("fakeslack: the answer replaces a message that belongs to the whole channel")
	}
	seen.place = &place{now: seen}
	if seen.Replaces && u.place != nil {
		seen.place = u.place
		u.place.now = seen
	}
	seen.url = r.PathValue("id")
	u.posts = append(u.posts, seen)
	_, _ = io.WriteString(w, "ok")
}
