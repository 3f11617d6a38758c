package fakediscord

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/bot/bottest"
)

// The names of calls, for Calls, FailNext and Silence.
const (
	CreateMessage = "createMessage"
	EditMessage   = "editMessage"
	ListMessages  = "listMessages"
	CreateDM      = "createDM"
	GetMember     = "getMember"
	GetCommands   = "getCommands"
	PutCommands   = "putCommands"
	Callback      = "callback"     // of an interaction that came over the gateway
	FollowUp      = "followUp"     // a message after an answer
	EditOriginal  = "editOriginal" // of an answer
)

const (
	apiPath = "/api/v10"
	maxCall = 1 << 20

	// answerIn is how long Discord waits for an answer, tokenFor how long more may follow it.
	answerIn = 3 * time.Second
	tokenFor = 15 * time.Minute
	// nonceFor is how long a nonce is remembered.
	nonceFor = 5 * time.Minute
)

// refusal is an error of Discord's; the zero value is none.
type refusal struct {
	status, code int
	message      string
}

func (f *Fake) routes() {
	bot := func(pattern, name string, do func(r *http.Request, body []byte) (any, refusal)) {
		f.mux.HandleFunc(strings.Replace(pattern, " ", " "+apiPath, 1), func(w http.ResponseWriter, r *http.Request) { f.serve(w, r, name, true, do) })
	}
	open := func(pattern, name string, do func(r *http.Request, body []byte) (any, refusal)) {
		f.mux.HandleFunc(strings.Replace(pattern, " ", " "+apiPath, 1), func(w http.ResponseWriter, r *http.Request) { f.serve(w, r, name, false, do) })
	}
	bot("POST /channels/{channel}/messages", CreateMessage, f.create)
	bot("GET /channels/{channel}/messages", ListMessages, f.list)
	bot("PATCH /channels/{channel}/messages/{message}", EditMessage, f.edit)
	bot("POST /users/@me/channels", CreateDM, f.direct)
	bot("GET /guilds/{guild}/members/{user}", GetMember, f.member)
	bot("GET /applications/{app}/guilds/{guild}/commands", GetCommands, f.getCommands)
	bot("PUT /applications/{app}/guilds/{guild}/commands", PutCommands, f.putCommands)
	open("POST /interactions/{id}/{token}/callback", Callback, f.called)
	open("POST /webhooks/{app}/{token}", FollowUp, f.followUp)
	open("PATCH /webhooks/{app}/{token}/messages/@original", EditOriginal, f.editOriginal)
}

// serve serves one call: its faults, its token, its work.
func (f *Fake) serve(w http.ResponseWriter, r *http.Request, name string, asBot bool, do func(r *http.Request, body []byte) (any, refusal)) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxCall))
	if err != nil {
		return
	}
	if f.Silent(name) {
		<-r.Context().Done()
		return
	}
	if asBot {
		defer f.Enter()()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	fault := f.FaultOf(name, r.PathValue("channel"), asBot)
	if fault.Hang && !fault.LoseAnswer {
		bottest.Hang(&f.mu, r)
		return
	}
	if fault.Reset {
		bottest.HangUp(w)
		return
	}
	var answer any
	said := refusal{fault.Status, fault.Code, "fault"}
	if fault.Status == 0 {
		switch {
		case asBot && r.Header.Get("Authorization") != "Bot "+f.o.BotToken:
			said = refusal{http.StatusUnauthorized, 0, "401: Unauthorized"}
		case !asBot && r.Header.Get("Authorization") != "":
			f.t.Errorf("fakediscord: the bot's token is sent with %s", name)
			said = refusal{http.StatusUnauthorized, 0, "401: Unauthorized"}
		default:
			if answer, said = do(r, body); said.status == 0 {
				f.calls = append(f.calls, Call{Name: name, Channel: r.PathValue("channel")})
			}
		}
	}
	f.watch.Changed()
	switch {
	case fault.Hang:
		bottest.Hang(&f.mu, r)
		return
	case fault.LoseAnswer:
		bottest.HangUp(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	// As on the real API: the library would sleep until then before its next call.
	w.Header().Set("X-RateLimit-Remaining", "0")
	w.Header().Set("X-RateLimit-Reset-After", "30")
	if said.status != 0 {
		text := map[string]any{"code": said.code, "message": said.message}
		if said.status == http.StatusTooManyRequests {
			text["retry_after"], text["global"] = fault.RetryAfter, false
			w.Header().Set("Retry-After", strconv.Itoa(int(fault.RetryAfter)))
		}
		w.WriteHeader(said.status)
		_ = json.NewEncoder(w).Encode(text)
		return
	}
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	text, _ := json.Marshal(answer)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	if fault.Truncate {
		text = text[:len(text)/2]
	}
	_, _ = w.Write(text)
}

// refuse fails the test for a body that Discord would refuse.
func (f *Fake) refuse(what string, problems []string) refusal {
	if len(problems) == 0 {
		return refusal{}
	}
	f.t.Errorf("fakediscord: Discord would refuse this %s: %s", what, strings.Join(problems, "; "))
	return refusal{http.StatusBadRequest, 50035, "Invalid Form Body"}
}

// tell is a message as Discord tells it.
func (m *Message) tell() map[string]any {
	return map[string]any{
		"id": m.ID, "channel_id": m.Channel, "type": 0, "content": m.Content, "embeds": m.Embeds, "components": m.Components, "flags": m.Flags,
		"author": map[string]any{"id": "1100000000000000001", "username": "clockwarden", "bot": true}, "timestamp": "2026-11-22T10:00:00.000000+00:00",
	}
}

// fill takes a body into a message; what it does not name stays as it is.
func (m *Message) fill(body []byte) {
	var b struct {
		Content    *string `json:"content"`
		Embeds     *[]any  `json:"embeds"`
		Components *[]any  `json:"components"`
		Flags      *int    `json:"flags"`
	}
	_ = json.Unmarshal(body, &b)
	m.Body = body
	if b.Content != nil {
		m.Content = *b.Content
	}
	if b.Embeds != nil {
		m.Embeds = *b.Embeds
	}
	if b.Components != nil {
		m.Components = *b.Components
	}
	if b.Flags != nil {
		m.Flags = *b.Flags
	}
}

func (f *Fake) create(r *http.Request, body []byte) (any, refusal) {
	channel := r.PathValue("channel")
	var b struct {
		Nonce     string `json:"nonce"`
		Enforce   bool   `json:"enforce_nonce"`
		Reference struct {
			MessageID string `json:"message_id"`
			Fail      *bool  `json:"fail_if_not_exists"`
		} `json:"message_reference"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, f.refuse("message", []string{err.Error()})
	}
	if said := f.refuse("message", append(MessageProblems(body), postProblems(body)...)); said.status != 0 {
		return nil, said
	}
	key := channel + " " + b.Nonce
	if known := f.nonces[key]; b.Enforce && known != nil && f.o.Now().Sub(known.at) <= nonceFor {
		return known.message.tell(), refusal{}
	}
	m := &Message{ID: f.next(), Channel: channel, Nonce: b.Nonce, Direct: strings.HasPrefix(channel, "99")}
	if id := b.Reference.MessageID; id != "" {
		switch known := f.find(channel, id); {
		case known != nil:
			m.ReplyTo = id
		case b.Reference.Fail == nil || *b.Reference.Fail:
			return nil, refusal{http.StatusBadRequest, 50035, "Unknown message"}
		}
	}
	m.fill(body)
	f.messages = append(f.messages, m)
	if b.Nonce != "" {
		f.nonces[key] = &sent{m, f.o.Now()}
	}
	return m.tell(), refusal{}
}

func (f *Fake) find(channel, id string) *Message {
	for _, m := range f.messages {
		if m.Channel == channel && m.ID == id {
			return m
		}
	}
	return nil
}

// list answers the messages next after an id, at most so many, the newest first.
func (f *Fake) list(r *http.Request, _ []byte) (any, refusal) {
	after, err := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit < 1 || limit > 100 {
		return nil, refusal{http.StatusBadRequest, 50035, "Invalid Form Body"}
	}
	list := []any{}
	for _, m := range f.messages {
		if m.Channel != r.PathValue("channel") || len(list) == limit {
			continue
		}
		if id, _ := strconv.ParseInt(m.ID, 10, 64); id > after {
			list = append(list, m.tell())
		}
	}
	slices.Reverse(list)
	return list, refusal{}
}

func (f *Fake) edit(r *http.Request, body []byte) (any, refusal) {
	m := f.find(r.PathValue("channel"), r.PathValue("message"))
	if m == nil {
		return nil, refusal{http.StatusNotFound, 10008, "Unknown Message"}
	}
	if said := f.refuse("edit", MessageProblems(body)); said.status != 0 {
		return nil, said
	}
	m.fill(body)
	m.Edits++
	return m.tell(), refusal{}
}

func (f *Fake) direct(_ *http.Request, body []byte) (any, refusal) {
	var b struct {
		Recipient string `json:"recipient_id"`
	}
	if err := json.Unmarshal(body, &b); err != nil || b.Recipient == "" {
		return nil, refusal{http.StatusBadRequest, 50035, "Invalid Form Body"}
	}
	if f.people[b.Recipient].Unknown {
		return nil, refusal{http.StatusForbidden, 50007, "Cannot send messages to this user"}
	}
	return map[string]any{"id": f.DirectChannel(b.Recipient), "type": 1}, refusal{}
}

// account is a person as Discord tells them; the lock is held.
func (f *Fake) account(id string) map[string]any {
	a := f.people[id]
	flags := 0
	if a.Guest {
		flags = 1 << 4
	}
	var nick any
	if a.Name != "" {
		nick = a.Name
	}
	return map[string]any{
		"nick": nick, "pending": a.Pending, "flags": flags, "roles": []any{}, "permissions": "0",
		"user": map[string]any{"id": id, "username": "user" + id, "global_name": nil, "discriminator": "0", "bot": a.Bot, "system": a.System},
	}
}

func (f *Fake) member(r *http.Request, _ []byte) (any, refusal) {
	user := r.PathValue("user")
	if r.PathValue("guild") != f.o.Guild || f.people[user].Unknown {
		return nil, refusal{http.StatusNotFound, 10007, "Unknown Member"}
	}
	return f.account(user), refusal{}
}

func (f *Fake) getCommands(r *http.Request, _ []byte) (any, refusal) {
	if f.commands == nil {
		return []any{}, refusal{}
	}
	var list []map[string]any
	_ = json.Unmarshal(f.commands, &list)
	for i, c := range list {
		c["id"], c["application_id"], c["guild_id"], c["version"] = strconv.Itoa(i+1), r.PathValue("app"), r.PathValue("guild"), "1"
		c["default_member_permissions"], c["nsfw"], c["contexts"] = nil, false, nil
		if c["description"] == nil {
			c["description"] = ""
		}
	}
	return list, refusal{}
}

func (f *Fake) putCommands(r *http.Request, body []byte) (any, refusal) {
	if r.PathValue("app") != f.o.Application || r.PathValue("guild") != f.o.Guild {
		return nil, refusal{http.StatusForbidden, 50001, "Missing Access"}
	}
	if said := f.refuse("command list", CommandProblems(body)); said.status != 0 {
		return nil, said
	}
	f.commands = body
	f.puts++
	return json.RawMessage(body), refusal{}
}

// Forgets makes Discord forget a command, or know it with other words.
func (f *Fake) Forgets(change func(list []map[string]any) []map[string]any) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []map[string]any
	if err := json.Unmarshal(f.commands, &list); err != nil {
		f.t.Fatal(err)
	}
	text, err := json.Marshal(change(list))
	if err != nil {
		f.t.Fatal(err)
	}
	f.commands = text
}

// called takes the callback of an interaction that came over the gateway.
func (f *Fake) called(r *http.Request, body []byte) (any, refusal) {
	i := f.open[r.PathValue("token")]
	if i == nil || i.id != r.PathValue("id") || f.late(i) {
		return nil, refusal{http.StatusNotFound, 10062, "Unknown interaction"}
	}
	if i.acked {
		f.t.Error("fakediscord: an interaction is acknowledged twice")
		return nil, refusal{http.StatusBadRequest, 40060, "Interaction has already been acknowledged"}
	}
	return nil, f.take(i, body)
}

// late tells whether an interaction can't be answered any more, for the first time.
func (f *Fake) late(i *interaction) bool {
	return time.Since(i.sentAt) > answerIn //nolint:forbidigo // Discord measures real time
}

// answered is the interaction of a token that may be used after the answer.
func (f *Fake) answered(r *http.Request) (*interaction, refusal) {
	i := f.open[r.PathValue("token")]
	if i == nil || r.PathValue("app") != f.o.Application || !i.acked {
		return nil, refusal{http.StatusNotFound, 10015, "Unknown Webhook"}
	}
	if f.o.Now().Sub(i.made) > tokenFor {
		f.t.Error("fakediscord: the token of an interaction is used after a quarter of an hour")
		return nil, refusal{http.StatusUnauthorized, 50027, "Invalid Webhook Token"}
	}
	return i, refusal{}
}

func (f *Fake) followUp(r *http.Request, body []byte) (any, refusal) {
	i, said := f.answered(r)
	if said.status != 0 {
		return nil, said
	}
	if said := f.refuse("message", MessageProblems(body)); said.status != 0 {
		return nil, said
	}
	m := &Message{ID: f.next(), Channel: "follow"}
	m.fill(body)
	i.after = append(i.after, f.seenOf(m))
	return m.tell(), refusal{}
}

func (f *Fake) editOriginal(r *http.Request, body []byte) (any, refusal) {
	i, said := f.answered(r)
	if said.status != 0 {
		return nil, said
	}
	if said := f.refuse("message", MessageProblems(body)); said.status != 0 {
		return nil, said
	}
	if i.original == nil {
		return nil, refusal{http.StatusNotFound, 10008, "Unknown Message"}
	}
	flags := i.original.Flags
	i.original.fill(body)
	i.original.Flags = flags // who sees a message stays as it was
	i.original.Edits++
	i.seen = f.seenOf(i.original)
	i.seen.Replaces = i.on != nil && i.original == i.on
	return i.original.tell(), refusal{}
}
