package discord

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	registerAfter  = 2 * time.Second
	registerAtMost = 5 * time.Minute
)

// register makes Discord know the commands as they are. Nothing waits for it; it tries again until
// ctx ends, but for what only the operator can put right.
func (d *Discord) register(ctx context.Context) {
	for pause := registerAfter; ctx.Err() == nil; pause = min(2*pause, registerAtMost) {
		changed, err := d.registerOnce(ctx)
		if err == nil {
			d.log.Info("connected to Discord", "guild", d.guild, "mode", d.mode, "commands_changed", changed)
			return
		}
		if ctx.Err() != nil {
			return
		}
		said := (*apiError)(nil)
		if errors.As(err, &said) {
			switch said.Status {
			case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
				d.log.Error("Discord refuses the commands; check discord.bot_token, discord.application_id and discord.guild_id, "+
					"and that the app was added to the server with the scope applications.commands", "error", err.Error())
				return
			}
			pause = max(pause, said.RetryAfter)
		}
		d.log.Warn("commands can't be registered", "error", err.Error(), "again_in", pause.String())
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// registerOnce overwrites the commands of our guild where they differ.
func (d *Discord) registerOnce(ctx context.Context) (changed bool, err error) {
	path := "/applications/" + d.app + "/guilds/" + d.guild + "/commands"
	var have []knownCommand
	if err := d.api.call(ctx, http.MethodGet, path+"?with_localizations=true", nil, &have); err != nil {
		return false, err
	}
	want := Commands(d.catalog)
	if same(have, want) {
		return false, nil
	}
	return true, d.api.call(ctx, http.MethodPut, path, want, nil)
}

// knownCommand is a command as Discord tells it.
type knownCommand struct {
	Command
	Permissions *string `json:"default_member_permissions"`
	NSFW        bool    `json:"nsfw"`
}

// same tells whether Discord knows the commands as they should be, whatever their order and whatever
// it adds to them. Contexts are not told of commands of one guild.
func same(have []knownCommand, want []Command) bool {
	var got []Command
	for _, h := range have {
		if h.Permissions != nil || h.NSFW {
			return false
		}
		got = append(got, h.Command)
	}
	return slices.Equal(canonical(got), canonical(want))
}

func canonical(list []Command) []string {
	var out []string
	for _, c := range list {
		c.Contexts, c.Installations = nil, nil
		text, err := json.Marshal(c)
		if err != nil {
			return nil
		}
		out = append(out, string(text))
	}
	slices.SortFunc(out, strings.Compare)
	return out
}
