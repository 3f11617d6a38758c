package slack

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/url"
	"time"

	slackapi "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

const (
	reconnectAfter  = time.Second
	reconnectAtMost = time.Minute
)

// runSocket holds a connection to Slack until ctx ends: requests come in through it, so no public
// address is needed. slack-go reconnects by itself where it can; what it gives up is begun anew.
func (s *Slack) runSocket(ctx context.Context) {
	for pause := reconnectAfter; ctx.Err() == nil; pause = min(2*pause, reconnectAtMost) {
		err := s.socket(ctx, func() { pause = reconnectAfter })
		if ctx.Err() != nil {
			break
		}
		s.log.Warn("connection to Slack lost", "error", err.Error(), "again_in", pause.String())
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// socket is one connection with its reconnects.
func (s *Slack) socket(ctx context.Context, connected func()) error {
	ctx, cancel := context.WithCancel(ctx)
	client := socketmode.New(s.api.api, socketmode.OptionLog(log.New(io.Discard, "", 0)))
	ended := make(chan error, 1)
	go func() { ended <- client.RunContext(ctx) }()
	defer cancel()
	for {
		select {
		case err := <-ended:
			return withoutAddress(err)
		case e := <-client.Events:
			switch e.Type {
			case socketmode.EventTypeHello:
				connected()
				s.log.Info("listening to Slack", "mode", s.mode)
			case socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive, socketmode.EventTypeEventsAPI:
				s.envelope(ctx, client, e)
			}
		}
	}
}

// envelope takes one request and answers it without holding up the next.
func (s *Slack) envelope(ctx context.Context, client *socketmode.Client, e socketmode.Event) {
	ack := func(ctx context.Context, payload any) error {
		err := client.AckCtx(ctx, e.Request.EnvelopeID, payload)
		if err != nil {
			s.log.Error("request can't be acknowledged", "error", err.Error())
		}
		return err
	}
	in, err := envelopeOf(e)
	if err != nil {
		s.log.Warn("request not understood", "error", err.Error())
	}
	if e.Type == socketmode.EventTypeEventsAPI {
		s.eventEnvelope(ctx, e, ack)
		return
	}
	if err != nil || !in.asks() {
		_ = ack(ctx, nil)
		return
	}
	go func() { // bounded by jobs: what does not get a place is not acknowledged, and Slack says so
		ctx, cancel := context.WithTimeout(ctx, inlineFor)
		defer cancel()
		first, err := s.svc.Once(ctx, "slack:envelope:"+e.Request.EnvelopeID, rememberFor)
		if err != nil {
			s.log.Error("request can't be remembered", "error", err.Error())
			return
		}
		if !first {
			_ = ack(ctx, nil)
			return
		}
		if in.req.Press != nil || in.req.Home {
			s.jobs.Start(ctx, func(ctx context.Context) {
				_ = ack(ctx, nil)
				s.show(ctx, in, s.words.Handle(ctx, s.named(in)))
			})
			return
		}
		reply, state := s.await(ctx, in)
		ctx = context.WithoutCancel(ctx)
		switch {
		case state == later:
			_ = ack(ctx, nil)
		case state == ready && in.req.Submit != nil:
			_ = ack(ctx, s.submitted(ctx, in, reply))
		case state == ready && reply.Form == nil:
			// An answer too large for the socket goes the other way.
			if ack(ctx, message(reply)) == nil {
				if reply.Next != nil {
					s.showLater(ctx, in, *reply.Next)
				}
				return
			}
			fallthrough
		case state == ready:
			_ = ack(ctx, nil)
			s.showLater(ctx, in, reply)
		}
	}()
}

// eventEnvelope takes an event; one that finds no place is not acknowledged, and Slack sends it again.
func (s *Slack) eventEnvelope(ctx context.Context, e socketmode.Event, ack func(context.Context, any) error) {
	event, err := eventOf(e.Request.Payload)
	if err != nil {
		s.log.Warn("event not understood", "error", err.Error())
		_ = ack(ctx, nil)
		return
	}
	go func() { // bounded by jobs
		ctx, cancel := context.WithTimeout(ctx, inlineFor)
		defer cancel()
		s.jobs.Start(ctx, func(ctx context.Context) {
			_ = ack(ctx, nil)
			s.take(ctx, event)
		})
	}()
}

// envelopeOf decodes a request from its raw payload, as it would have come over HTTP.
func envelopeOf(e socketmode.Event) (inbound, error) {
	switch e.Type {
	case socketmode.EventTypeInteractive:
		return interactionOf(e.Request.Payload)
	case socketmode.EventTypeSlashCommand:
		cmd, ok := e.Data.(slackapi.SlashCommand)
		if !ok {
			return inbound{}, fmt.Errorf("slash command has data of type %T", e.Data)
		}
		return commandOf(url.Values{
			"team_id": {cmd.TeamID}, "user_id": {cmd.UserID}, "command": {cmd.Command}, "text": {cmd.Text},
			"response_url": {cmd.ResponseURL}, "trigger_id": {cmd.TriggerID},
		}), nil
	}
	return inbound{}, nil
}
