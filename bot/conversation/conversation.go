// Package conversation is what Clockwarden says in a chat, the same on every platform: it turns a
// neutral Request into a neutral Reply. Platforms decode their own bytes into the one and render the
// other; they decide nothing.
//
// Every word comes from the catalogues, every right from core. A button carries an opaque id of core
// and nothing to act on.
package conversation

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// Options configures a Handler.
type Options struct {
	Service *core.Service   // required
	Catalog *locale.Catalog // required
	BaseURL *url.URL        // required: the panel's public address, for links
	Log     *slog.Logger    // nil: discard
	// LoginAsURL writes the panel's address of a log-in-as link; nil: on the main address.
	LoginAsURL func(ws core.Workspace, token string) string
	// Answered is told of every answer and how long it took; it must be quick. nil: nobody is.
	Answered func(platform string, kind Kind, took time.Duration)
}

// Handler holds the conversation. It keeps no state between requests and is safe for concurrent use.
type Handler struct {
	svc     *core.Service
	catalog *locale.Catalog
	base    *url.URL
	log     *slog.Logger
	loginAs func(ws core.Workspace, token string) string

	answered func(platform string, kind Kind, took time.Duration)
}

// New makes a Handler.
func New(o Options) (*Handler, error) {
	if o.Service == nil || o.Catalog == nil || o.BaseURL == nil {
		return nil, errors.New("conversation.New: Service, Catalog and BaseURL are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	h := &Handler{svc: o.Service, catalog: o.Catalog, base: o.BaseURL, log: o.Log, loginAs: o.LoginAsURL, answered: o.Answered}
	if h.loginAs == nil {
		h.loginAs = h.mainLoginAsURL
	}
	return h, nil
}

// Handle answers one request, which its platform has verified. It never fails: what goes wrong is
// said in the Reply, in the reader's language.
func (h *Handler) Handle(ctx context.Context, req Request) Reply {
	if h.answered != nil {
		begun := h.svc.Now()
		defer func() { h.answered(req.Platform, req.Kind(), h.svc.Now().Sub(begun)) }()
	}
	c, err := h.identify(ctx, req)
	reply := Reply{}
	switch {
	case errors.Is(err, errUnlinked):
		reply, err = c.answerStranger(ctx)
	case err == nil:
		reply, err = c.answer(ctx)
	}
	if err != nil {
		return h.failure(c, err)
	}
	return c.withMenu(reply)
}

// call is one request with who makes it.
type call struct {
	voice
	h     *Handler
	req   Request
	actor core.Actor
	me    core.Me
	args  Args
}

// errUnlinked is the answer to a chat account that is linked to nobody in the platform's workspace.
var errUnlinked = errors.New("chat account is not linked")

// identify finds the person. The call it returns can speak even when there is an error.
func (h *Handler) identify(ctx context.Context, req Request) (*call, error) {
	c := &call{h: h, req: req, actor: req.Actor}
	c.voice = voice{Printer: h.catalog.Printer(locale.Match(req.Locale), nil), now: h.svc.Now()}
	if c.actor.UserID == "" {
		a, err := h.svc.ActorByIdentity(ctx, req.Door, req.Platform, req.Team, req.ChatUser, req.ID)
		if core.ErrorCode(err) == core.CodeUnauthenticated {
			h.speakWorkspace(ctx, c)
			return c, errUnlinked
		}
		if err != nil {
			h.speakWorkspace(ctx, c)
			return c, err
		}
		c.actor = a
	}
	me, err := h.svc.Me(ctx, c.actor)
	if err != nil {
		h.speakWorkspace(ctx, c)
		return c, err
	}
	c.me = me
	c.Printer = h.catalog.Printer(me.Human.User.Language, me.Human.User.Zone())
	if req.Workspace != "" && me.Workspace.Slug != req.Workspace {
		c.actor, c.me = core.Actor{}, core.Me{}
		return c, errUnlinked
	}
	return c, nil
}

// speakWorkspace speaks to a person who is not known in the language of the platform's workspace,
// unless the platform has told one.
func (h *Handler) speakWorkspace(ctx context.Context, c *call) {
	ws, err := h.svc.WorkspaceBySlug(ctx, c.req.Workspace)
	if err != nil {
		return
	}
	language := ws.Language
	if c.req.Locale != "" {
		language = locale.Match(c.req.Locale)
	}
	c.Printer = h.catalog.Printer(language, ws.Zone())
}

// answer sends the request to what it asks for.
func (c *call) answer(ctx context.Context) (Reply, error) {
	switch {
	case c.req.Typed != nil:
		cmd, args, err := c.parse(ctx, *c.req.Typed)
		if err != nil {
			return Reply{}, err
		}
		c.args = args
		return cmd.run(ctx, c)
	case c.req.Chosen != nil:
		cmd, ok := find(c.req.Chosen.Group, c.req.Chosen.Name)
		if !ok {
			return Reply{}, c.unknownCommand(c.req.Chosen.Group, c.req.Chosen.Name)
		}
		c.args = c.req.Chosen.Args
		return cmd.run(ctx, c)
	case c.req.Press != nil:
		return c.press(ctx, *c.req.Press)
	case c.req.Submit != nil:
		return c.submit(ctx, *c.req.Submit)
	case c.req.Home:
		return c.home(ctx)
	}
	return Reply{}, errors.New("request asks for nothing")
}

// press does what a button stands for.
func (c *call) press(ctx context.Context, p Press) (Reply, error) {
	switch p.Act {
	case ButtonConfirm:
		return c.confirm(ctx, p)
	case ButtonCancel:
		return c.cancel(ctx, p.ID)
	case ButtonStop, ButtonStopAt, ButtonOther, ButtonStoppedAt:
		return c.openAlert(ctx, p)
	case ButtonSnooze1h, ButtonSnooze4h, ButtonTomorrow:
		return c.snooze(ctx, p)
	case ButtonWorking:
		return c.stillWorking(ctx, p.ID)
	case ButtonStopOwn:
		return c.stopOwn(ctx, p.ID)
	case ButtonStart:
		return c.startForm(), nil
	case ButtonCode:
		return c.codeForm(), nil
	case ButtonUndo:
		return c.undo(ctx, p.ID)
	case ButtonCorrect:
		return c.openCorrection(ctx, p.ID)
	}
	return Reply{}, &core.Error{Code: core.CodeExpired, Message: "error.button_gone"}
}

// submit takes a filled form.
func (c *call) submit(ctx context.Context, s Submit) (Reply, error) {
	switch s.Form {
	case FormOtherTime:
		return c.confirmOtherTime(ctx, s)
	case FormCorrect:
		return c.correct(ctx, s)
	case FormLinkCode:
		return c.link(ctx, s.Values[fieldCode])
	case FormStart:
		c.args = Args{"description": s.Values["description"]}
		return runStart(ctx, c)
	}
	return Reply{}, &core.Error{Code: core.CodeExpired, Message: "error.button_gone"}
}

// panelURL is an address in the panel of a workspace.
func (h *Handler) panelURL(slug string, path ...string) string {
	return h.base.JoinPath(append([]string{"w", slug}, path...)...).String()
}

// mainLoginAsURL is the address of a log-in-as link on the main address.
func (h *Handler) mainLoginAsURL(ws core.Workspace, token string) string {
	u := h.base.JoinPath("log-in-as", token)
	u.RawQuery = url.Values{"w": {ws.Slug}}.Encode()
	return u.String()
}
