package core

import (
	"context"
	"errors"
	"time"
)

// OutboxHealth is how the delivery of messages keeps up.
type OutboxHealth struct {
	Due    int       // messages that should be there by now
	Oldest time.Time // since when the oldest of them is due; zero without any
	Dead   int       // messages that were given up
}

// OutboxHealth counts the messages that wait and that were given up on the platforms, in all
// workspaces. The operator only. Code forbidden.
func (s *Service) OutboxHealth(ctx context.Context, a Actor, platforms []string) (OutboxHealth, error) {
	var h OutboxHealth
	if Decide(Request{Action: ActDatabaseCheck, Job: a.Job}) != "" {
		return h, &Error{Code: CodeForbidden, Message: "error.forbidden"}
	}
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
		h, err = tx.OutboxHealth(ctx, platforms, s.clock.Now())
		return err
	})
	return h, s.explain(err)
}

// OwnedWorkspace is a workspace and how many active owners it has.
type OwnedWorkspace struct {
	Workspace
	Owners int
}

// OwnedWorkspaces lists all workspaces with the number of their owners, in the order of their making.
// The operator only. Code forbidden.
func (s *Service) OwnedWorkspaces(ctx context.Context, a Actor) ([]OwnedWorkspace, error) {
	if Decide(Request{Action: ActDatabaseCheck, Job: a.Job}) != "" {
		return nil, &Error{Code: CodeForbidden, Message: "error.forbidden"}
	}
	var list []OwnedWorkspace
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) error {
		ids, err := tx.WorkspaceIDs(ctx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			ws, err := tx.Workspace(ctx, id)
			if err != nil {
				return err
			}
			n, err := tx.CountActiveOwners(ctx, id)
			if err != nil {
				return err
			}
			list = append(list, OwnedWorkspace{ws, n})
		}
		return nil
	})
	return list, s.explain(err)
}

// A run is written down at most this often, so that a job of every second costs nothing.
const recordRunEvery = time.Minute

func settingRun(job Job) string { return "job." + string(job) + ".done" }

// RecordRun keeps when a job ended well, to the minute, for whoever asks whether it runs. The job
// itself calls it. Code forbidden.
func (s *Service) RecordRun(ctx context.Context, a Actor) error {
	if a.Job == "" {
		return &Error{Code: CodeForbidden, Message: "error.forbidden"}
	}
	last, err := s.lastRun(ctx, a.Job)
	now := s.clock.Now()
	if age := now.Sub(last); err != nil || age >= 0 && age < recordRunEvery {
		return err
	}
	return s.keep(ctx, a, func(ctx context.Context, w *work) error {
		return w.tx.SaveSetting(ctx, settingRun(a.Job), now.UTC().Format(time.RFC3339))
	})
}

// LastRun tells when a job last ended well, to the minute; zero: never. The operator only. Code forbidden.
func (s *Service) LastRun(ctx context.Context, a Actor, job Job) (time.Time, error) {
	if Decide(Request{Action: ActDatabaseCheck, Job: a.Job}) != "" {
		return time.Time{}, &Error{Code: CodeForbidden, Message: "error.forbidden"}
	}
	return s.lastRun(ctx, job)
}

func (s *Service) lastRun(ctx context.Context, job Job) (time.Time, error) {
	var at time.Time
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) error {
		text, err := tx.Setting(ctx, settingRun(job))
		if err != nil || text == "" {
			return err
		}
		at, err = time.Parse(time.RFC3339, text)
		return err
	})
	if parse := (*time.ParseError)(nil); errors.As(err, &parse) {
		return time.Time{}, nil // written by hand: the next run writes it anew
	}
	return at, s.explain(err)
}
