package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// restCall is a call of the REST API beside the least that could have answered it.
type restCall struct {
	what    string
	do      func(number int) error // the call
	restore func() error           // what makes it possible again, not measured; nil: nothing
	sql     func() error           // the bare statement behind it
	handler float64                // most times a bare handler's p50
	raw     float64                // most times the bare statement's p50
}

// measureREST compares the calls that clients make most with a handler that sends the same kind of answer from memory and
// with the bare SQL behind them.
func measureREST(ctx context.Context, b *bench) error {
	h, err := b.small(ctx)
	if err != nil {
		return err
	}
	keys, err := h.keys(ctx, manyKeys)
	if err != nil {
		return err
	}
	w, err := openWeb(h)
	if err != nil {
		return err
	}
	defer w.close()
	writer, err := openRaw(h.path, "_synchronous=FULL&_busy_timeout=5000")
	if err != nil {
		return err
	}
	defer func() { _ = writer.Close() }()
	writer.SetMaxOpenConns(1)

	own := "/api/clockwarden/v1"
	ws := "/api/v1/workspaces/" + string(h.ws.ID)
	list, header, err := send(ctx, w.client, http.StatusOK, http.MethodGet, w.url+own+"/accounts", map[string]string{"X-Api-Key": keys[0]}, "")
	if err != nil {
		return err
	}
	w.memory.Store(&list)
	w.kind.Store(header.Get("Content-Type"))
	var stopped string // the entry of the last start
	call := func(want int, method, path, body, tag string) func(int) error {
		return func(number int) error {
			header := map[string]string{"X-Api-Key": keys[number%len(keys)]}
			if body != "" {
				header["Content-Type"] = "application/json"
			}
			if tag != "" {
				header["If-None-Match"] = tag
			}
			answer, _, err := send(ctx, w.client, want, method, w.url+path, header, body)
			if err != nil || method != http.MethodPost {
				return err
			}
			var e struct {
				ID string `json:"id"`
			}
			err = json.Unmarshal(answer, &e)
			stopped = e.ID
			return err
		}
	}
	read := func(query string, args ...any) func() error {
		statement, err := h.raw.PrepareContext(ctx, query)
		return func() error {
			if err != nil {
				return err
			}
			rows, err := statement.QueryContext(ctx, args...)
			if err != nil {
				return err
			}
			defer func() { _ = rows.Close() }()
			for rows.Next() {
				var id string
				if err := rows.Scan(&id); err != nil {
					return err
				}
			}
			return rows.Err()
		}
	}
	commit := func() error {
		_, err := writer.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES ('bench', hex(randomblob(8)))
			ON CONFLICT (key) DO UPDATE SET value = excluded.value`)
		return err
	}
	timer := h.timers[len(h.timers)-1]
	for _, c := range []restCall{
		{
			what: "authentication alone: an address that does not exist", do: call(http.StatusNotFound, http.MethodGet, own+"/nothing", "", ""),
			sql:     read(`SELECT m.id FROM api_keys k JOIN members m ON m.workspace_id = k.workspace_id AND m.id = k.member_id WHERE k.hash = ?`, "none"),
			handler: 3, raw: 20,
		},
		{
			what: "the accounts", do: call(http.StatusOK, http.MethodGet, own+"/accounts", "", ""),
			sql:     read(`SELECT member_id FROM accounts WHERE workspace_id = ? ORDER BY sort_key, member_id LIMIT 51`, string(h.ws.ID)),
			handler: 14, raw: 25,
		},
		{
			what: "the accounts, unchanged", do: call(http.StatusNotModified, http.MethodGet, own+"/accounts", "", "*"),
			sql:     read(`SELECT audit_hash FROM workspace_state WHERE workspace_id = ?`, string(h.ws.ID)),
			handler: 4, raw: 50,
		},
		{
			what: "timers in progress", do: call(http.StatusOK, http.MethodGet, ws+"/time-entries/status/in-progress", "", ""),
			sql: read(`SELECT id FROM time_entries WHERE workspace_id = ? AND ended_at IS NULL AND deleted_at IS NULL
				ORDER BY started_at, id LIMIT 11`, string(h.ws.ID)),
			handler: 9, raw: 25,
		},
		{
			what: "a start", do: call(http.StatusCreated, http.MethodPost, ws+"/time-entries", `{"description":"bench"}`, ""),
			restore: func() error {
				_, err := h.DeleteEntry(ctx, h.owner, core.ID(stopped))
				return err
			},
			sql: commit, handler: 25, raw: 15,
		},
		{
			what: "a stop", do: call(http.StatusOK, http.MethodPost, own+"/entries/"+string(timer.entry)+"/stop", "{}", ""),
			restore: func() error { return h.undo(ctx, timer) },
			sql:     commit, handler: 25, raw: 15,
		},
	} {
		number := 0
		ours := func() (time.Duration, error) {
			number++
			began := time.Now()
			err := c.do(number)
			took := time.Since(began)
			if err == nil && c.restore != nil {
				err = c.restore()
			}
			return took, err
		}
		var all []float64
		kept := func() (time.Duration, error) {
			took, err := ours()
			all = append(all, took.Seconds())
			return took, err
		}
		bare := whole(func() error {
			_, _, err := send(ctx, w.client, http.StatusOK, http.MethodGet, w.url+"/memory", nil, "")
			return err
		})
		toHandler, err := b.inTurns(b.Samples, kept, bare)
		if err != nil {
			return errors.Join(fmt.Errorf("%s", c.what), err)
		}
		toSQL, err := b.inTurns(b.Samples, kept, whole(c.sql))
		if err != nil {
			return errors.Join(fmt.Errorf("%s", c.what), err)
		}
		times := fmt.Sprintf("p50 %s, p99 %s", seconds(median(all)), seconds(quantile(all, 0.99)))
		b.atMost("rest", "REST, "+c.what+", to a bare handler (p50)", c.handler, toHandler.ratio, "×", times)
		b.atMost("rest", "REST, "+c.what+", to the bare SQL (p50)", c.raw, toSQL.ratio, "×", times)
	}
	return nil
}
