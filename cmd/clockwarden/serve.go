package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/bot/slack"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
	"github.com/clockwarden/clockwarden/panel"
	"github.com/clockwarden/clockwarden/panel/api"
)

// The graceful stop takes less than ten seconds: requests and jobs may end
// within the first time, chat answers that are on their way within the second.
const (
	requestsWithin = 4 * time.Second
	answersWithin  = 5 * time.Second
)

type serveCommand struct{}

// Run serves until the process is asked to stop.
func (c *serveCommand) Run(inv *invocation) error {
	cfg, err := inv.loadConfig()
	if err != nil {
		return err
	}
	return inv.serve(cfg, serveOptions{listenSetting: "listen"})
}

// serveOptions is what the demo does otherwise.
type serveOptions struct {
	realPort      bool   // the port listened on replaces the one of base_url
	listenSetting string // how to choose another address, for the error
	fill          func(context.Context, core.Store, *core.Service) error
	listening     func(context.Context, *core.Service, *url.URL) error
	logTo         io.Writer             // nil: standard error
	chat          []core.ChatConnection // beside the configured ones
	platform      func(context.Context, *core.Service, *conversation.Handler, *slog.Logger) (bot.Platform, error)
}

// serve wires the rooms together, runs them and stops them in order. It returns
// nil after a stop that was asked for.
func (inv *invocation) serve(cfg Config, o serveOptions) (err error) {
	if o.logTo == nil {
		o.logTo = inv.stderr
	}
	log := newLogger(o.logTo, cfg.Log)
	st, err := openStore(inv.ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	svc, err := newService(st, cfg, log, o.chat...)
	if err != nil {
		return err
	}
	defer svc.Close()
	if err := svc.ApplyForgottenDefault(inv.ctx); err != nil {
		return err
	}
	if o.fill != nil {
		if err := o.fill(inv.ctx, st, svc); err != nil {
			return err
		}
	}
	ln, err := listen(inv.ctx, cfg.Listen, o.listenSetting)
	if err != nil {
		return err
	}
	defer func() { _ = ln.Close() }()
	base, err := publicAddress(cfg, ln.Addr(), o.realPort)
	if err != nil {
		return err
	}
	h, err := inv.newHouse(svc, cfg, base, log, o)
	if err != nil {
		return err
	}
	var scraped net.Listener
	if cfg.Metrics.Listen != "" {
		if scraped, err = listen(inv.ctx, cfg.Metrics.Listen, "metrics.listen"); err != nil {
			return err
		}
		defer func() { _ = scraped.Close() }()
	}
	return h.run(inv.ctx, st, ln, scraped, func(ctx context.Context) error {
		if o.listening == nil {
			return nil
		}
		return o.listening(ctx, svc, base)
	})
}

// house is everything that runs beside the store.
type house struct {
	svc       *core.Service
	cfg       Config
	log       *slog.Logger
	panel     *panel.Panel
	delivery  *bot.Delivery
	platforms []bot.Platform
	health    *health
	metrics   *metrics
	handler   http.Handler
}

// newHouse builds the doors; it starts nothing.
func (inv *invocation) newHouse(svc *core.Service, cfg Config, base *url.URL, log *slog.Logger, o serveOptions) (*house, error) {
	h := &house{svc: svc, cfg: cfg, log: log, health: &health{svc: svc, log: log}, metrics: newMetrics()}
	h.metrics.watchDeliveries(svc)
	shown := buildVersion().Version
	var err error
	h.panel, err = panel.New(panel.Options{
		Service: svc, Catalog: inv.catalog, BaseURL: base, Log: log, TrustedProxies: cfg.Proxies(), Version: shown,
		SignIn: panel.SignInOptions{NoPassword: !cfg.SignIn.Password, OIDC: panel.OIDCOptions{
			Issuer: cfg.SignIn.OIDC.Issuer, ClientID: cfg.SignIn.OIDC.ClientID, ClientSecret: cfg.SignIn.OIDC.ClientSecret.Reveal(),
		}},
	})
	if err != nil {
		return nil, fmt.Errorf("start the panel: %w", err)
	}
	rest, err := api.New(api.Options{Service: svc, Catalog: inv.catalog, Log: log, Version: shown, TrustedProxies: cfg.Proxies()})
	if err != nil {
		return nil, fmt.Errorf("start the API: %w", err)
	}
	chat, err := conversation.New(conversation.Options{Service: svc, Catalog: inv.catalog, BaseURL: base, Log: log, LoginAsURL: loginAsURL(base)})
	if err != nil {
		return nil, fmt.Errorf("start the chat: %w", err)
	}
	routes := doors{health: h.health, api: rest, panel: h.panel.Handler()}
	if cfg.Discord.Enabled {
		log.Warn("discord.enabled is true, but this version does not speak Discord: nothing is sent or answered there")
	}
	if cfg.Slack.Enabled {
		s, err := slack.New(slack.Options{
			Service: svc, Catalog: inv.catalog, Conversation: chat, Log: log, Clock: core.SystemClock{},
			Mode: cfg.Slack.Mode, BotToken: cfg.Slack.BotToken.Reveal(), AppToken: cfg.Slack.AppToken.Reveal(),
			SigningSecret: cfg.Slack.SigningSecret.Reveal(), AlertChannel: cfg.Slack.AlertChannel,
			APIURL: cfg.Slack.APIURL, Workspace: cfg.Slack.Workspace, BaseURL: base,
		})
		if err != nil {
			return nil, fmt.Errorf("start Slack: %w", err)
		}
		routes.slack = s.Handler()
		h.platforms = append(h.platforms, s)
	}
	if o.platform != nil {
		p, err := o.platform(inv.ctx, svc, chat, log)
		if err != nil {
			return nil, err
		}
		h.platforms = append(h.platforms, p)
	}
	h.delivery, err = bot.NewDelivery(bot.DeliveryOptions{
		Service: svc, Conversation: chat, Platforms: h.platforms, Log: log, Clock: core.SystemClock{},
	})
	if err != nil {
		return nil, fmt.Errorf("start the delivery: %w", err)
	}
	h.handler = routes.handler()
	return h, nil
}

// run works until ctx ends, then stops in this order: no new connections and
// no new jobs; open pages are sent home and requests end; chat and delivery
// end; the caller closes the store.
func (h *house) run(ctx context.Context, st *store.Store, ln, scraped net.Listener, listening func(context.Context) error) error {
	// The work outlives the signal, so that it can end in order.
	working, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := newServer(h.handler, h.log)
	server.RegisterOnShutdown(h.panel.Close)

	group, broken := errgroup.WithContext(working)
	group.Go(func() error {
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	background := map[string]func(context.Context) error{
		"delivery": h.delivery.Run,
		"watch of the database": func(ctx context.Context) error {
			return st.Watch(ctx, func() { h.svc.Announce(core.Event{Kind: core.EventAny}); h.svc.Wake() })
		},
	}
	for _, p := range h.platforms {
		background[p.Name()] = p.Run
	}
	if scraped != nil {
		h.log.Info("metrics", "addr", scraped.Addr().String())
		background["metrics"] = func(ctx context.Context) error { return h.metrics.serve(ctx, scraped, h.log) }
	}
	for name, run := range background {
		group.Go(func() error {
			if err := run(broken); err != nil && broken.Err() == nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	stopCron, err := startCron(working, jobs(h.svc, h.cfg), core.SystemClock{}, h.log, h.metrics)
	if err != nil {
		cancel()
		return errors.Join(err, server.Close(), group.Wait())
	}
	h.log.Info("listening", "addr", ln.Addr().String(), "version", buildVersion().Version)
	err = listening(ctx)
	if err == nil {
		select {
		case <-ctx.Done():
			h.log.Info("stopping")
		case <-broken.Done():
		}
	}

	h.health.stop()
	limit, done := context.WithTimeout(context.WithoutCancel(ctx), requestsWithin)
	defer done()
	stopCron(limit)
	if e := server.Shutdown(limit); e != nil {
		h.log.Warn("requests were cut off at the stop", "error", e)
		_ = server.Close()
	}
	cancel()
	ended := make(chan error, 1)
	go func() { ended <- group.Wait() }()
	select {
	case e := <-ended:
		err = errors.Join(err, e)
	case <-time.After(answersWithin):
		h.log.Warn("chat answers were cut off at the stop")
	}
	h.log.Info("stopped")
	return err
}
