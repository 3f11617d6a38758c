package core

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Plan is what a workspace has booked. The Accounts tab needs PlanEnterprise.
type Plan string

// The plans.
const (
	PlanFree       Plan = "free"
	PlanBasic      Plan = "basic"
	PlanStandard   Plan = "standard"
	PlanPro        Plan = "pro"
	PlanEnterprise Plan = "enterprise"
)

// Plans lists the plans from small to large.
func Plans() []Plan { return []Plan{PlanFree, PlanBasic, PlanStandard, PlanPro, PlanEnterprise} }

// Workspace is a team's own space.
type Workspace struct {
	ID             ID
	Slug           string // in addresses; unique
	Name           string
	Plan           Plan
	Subdomain      string        // "" for none; unique
	TimeZone       string        // IANA name
	Language       string        // "en" or "de"
	ForgottenAfter time.Duration // own threshold; 0: the installation's default
	QuietHours     string        // "22:00-07:00"; "off": none; "": the installation's
	AutoStopAfter  time.Duration // from a timer's start; negative: never; 0: the installation's
	Require        Require       // fields a finished entry must have
	CreatedAt      time.Time
}

// Zone is the workspace's time zone; UTC when its name is unknown to this machine.
func (w Workspace) Zone() *time.Location { return zone(w.TimeZone) }

// morning is the hour at which what was put off until tomorrow comes back.
const morning = 9

// Tomorrow is nine o'clock of the day after now in the workspace's zone: until then a flag is put off
// that is put off until tomorrow, whoever does it and from wherever.
func (w Workspace) Tomorrow(now time.Time) time.Time {
	zone := w.Zone()
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d+1, morning, 0, 0, 0, zone)
}

func zone(name string) *time.Location {
	if l, err := time.LoadLocation(name); err == nil && name != "" {
		return l
	}
	return time.UTC
}

// Require says which fields a finished entry must have; an entry without them is incomplete.
type Require struct {
	Description bool
	Project     bool
	Tags        bool
}

// Missing tells whether the entry lacks a required field, and names the first one.
func (r Require) Missing(e TimeEntry) (field string, missing bool) {
	switch {
	case r.Description && strings.TrimSpace(e.Description) == "":
		return "description", true
	case r.Project && e.ProjectID == "":
		return "project", true
	case r.Tags && len(e.TagIDs) == 0:
		return "tags", true
	}
	return "", false
}

var slugForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`) // also of a subdomain

// The longest slug, and the longest subdomain (a label of DNS).
const (
	longestSlug      = 40
	longestSubdomain = 63
)

// Validate checks the workspace's own fields. Errors are invalid and name the field.
func (w Workspace) Validate() error {
	if err := validName(w.Name); err != nil {
		return err
	}
	if len(w.Slug) > longestSlug || !slugForm.MatchString(w.Slug) {
		return invalid("slug", "error.slug", Params{"Slug": clip(w.Slug)})
	}
	if w.Subdomain != "" && (len(w.Subdomain) > longestSubdomain || !slugForm.MatchString(w.Subdomain)) {
		return invalid("subdomain", "error.subdomain", Params{"Subdomain": clip(w.Subdomain)})
	}
	switch w.Plan {
	case PlanFree, PlanBasic, PlanStandard, PlanPro, PlanEnterprise:
	default:
		return invalid("plan", "error.plan", Params{"Plan": clip(string(w.Plan))})
	}
	if err := validZone(w.TimeZone); err != nil {
		return err
	}
	if err := validLanguage(w.Language); err != nil {
		return err
	}
	if w.QuietHours != "off" {
		if _, err := ParseQuietHours(w.QuietHours); err != nil {
			return err
		}
	}
	if w.AutoStopAfter > 0 && w.AutoStopAfter < time.Minute {
		return invalid("auto_stop_after", "error.auto_stop", nil)
	}
	return validThreshold(w.ForgottenAfter)
}

const maxName = 200

// validName holds names to one visible line of at most 200 characters.
func validName(name string) error {
	trimmed := strings.TrimSpace(name)
	if trimmed == "" {
		return invalid("name", "error.name_missing", nil)
	}
	if utf8.RuneCountInString(name) > maxName {
		return invalid("name", "error.name_long", Params{"Max": maxName})
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return invalid("name", "error.name_form", nil)
	}
	return nil
}

func validZone(name string) error {
	if name == "" || name == "Local" {
		return invalid("time_zone", "error.time_zone", Params{"Zone": clip(name)})
	}
	if _, err := time.LoadLocation(name); err != nil {
		return invalid("time_zone", "error.time_zone", Params{"Zone": clip(name)})
	}
	return nil
}

func validLanguage(l string) error {
	if l != "en" && l != "de" {
		return invalid("language", "error.language", Params{"Language": clip(l)})
	}
	return nil
}

// validThreshold accepts 0 (not set) and one second to a year.
func validThreshold(d time.Duration) error {
	if d < 0 || d > 0 && d < time.Second || d > 366*24*time.Hour {
		return invalid("forgotten_after", "error.threshold", nil)
	}
	return nil
}

// clip shortens what a person typed before it is repeated in a sentence.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// NewWorkspace is the input of CreateWorkspace. Zone defaults to UTC, language to en, plan to free.
type NewWorkspace struct {
	Name, Slug, Subdomain, TimeZone, Language string
	Plan                                      Plan
	OwnerEmail, OwnerName                     string
}

// CreateWorkspace makes a workspace with its first owner, who is active at once. The operator only.
// Codes: invalid; conflict for a slug or subdomain in use; forbidden.
func (s *Service) CreateWorkspace(ctx context.Context, a Actor, n NewWorkspace) (Workspace, Member, error) {
	now := s.clock.Now()
	ws := Workspace{
		ID: NewID(now), Slug: n.Slug, Name: strings.TrimSpace(n.Name), Plan: n.Plan, Subdomain: n.Subdomain,
		TimeZone: n.TimeZone, Language: n.Language, CreatedAt: now,
	}
	if ws.Plan == "" {
		ws.Plan = PlanFree
	}
	if ws.TimeZone == "" {
		ws.TimeZone = "UTC"
	}
	if ws.Language == "" {
		ws.Language = "en"
	}
	if err := ws.Validate(); err != nil {
		return Workspace{}, Member{}, err
	}
	a = a.In(ws.ID)
	var m Member
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		w.decided = true
		if Decide(Request{Action: ActWorkspaceCreate, Job: a.Job}) != "" {
			return &Error{Code: CodeForbidden, Message: "error.forbidden"}
		}
		if _, err := w.tx.WorkspaceBySlug(ctx, ws.Slug); err == nil {
			return conflict("error.slug_taken", Params{"Slug": ws.Slug}, nil)
		} else if !errors.Is(err, ErrNoRow) {
			return err
		}
		if err := w.freeSubdomain(ctx, ws); err != nil {
			return err
		}
		if err := w.tx.InsertWorkspace(ctx, ws); err != nil {
			if errors.Is(err, ErrDuplicate) {
				return conflict("error.slug_taken", Params{"Slug": ws.Slug}, nil)
			}
			return err
		}
		w.ws, w.loaded = ws, true
		var err error
		m, err = w.addMember(ctx, NewMember{
			Email: n.OwnerEmail, Name: n.OwnerName, Role: RoleOwner, Active: true,
			Language: ws.Language, TimeZone: ws.TimeZone,
		})
		if err != nil {
			return err
		}
		w.audit(AuditDraft{
			Act: ActWorkspaceCreate, Target: Target{Kind: "workspace", ID: ws.ID, Name: ws.Name},
			After: map[string]any{"slug": ws.Slug, "plan": string(ws.Plan), "owner": m.User.Email},
		})
		return nil
	})
	return ws, m, err
}

func (w *work) freeSubdomain(ctx context.Context, ws Workspace) error {
	if ws.Subdomain == "" {
		return nil
	}
	other, err := w.tx.WorkspaceBySubdomain(ctx, ws.Subdomain)
	if errors.Is(err, ErrNoRow) || err == nil && other.ID == ws.ID {
		return nil
	}
	if err != nil {
		return err
	}
	return conflict("error.subdomain_taken", Params{"Subdomain": ws.Subdomain}, nil)
}

// WorkspaceUpdate changes the fields that are not nil.
type WorkspaceUpdate struct {
	Name, Subdomain, TimeZone, Language *string
	Plan                                *Plan // the operator only
	ForgottenAfter                      *time.Duration
	QuietHours                          *string
	AutoStopAfter                       *time.Duration
	Require                             *Require
}

// UpdateWorkspace changes a workspace's settings. Owners and the operator; the plan is the
// operator's alone. A new threshold or zone moves flag_at of all running entries.
// Codes: invalid, conflict (subdomain in use), owner_required, forbidden.
func (s *Service) UpdateWorkspace(ctx context.Context, a Actor, u WorkspaceUpdate) (Workspace, error) {
	var ws Workspace
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActWorkspaceUpdate, ""); err != nil {
			return err
		}
		if u.Plan != nil && w.actor.Job != JobOperator {
			return &Error{Code: CodeForbidden, Message: "error.plan_operator"}
		}
		before := w.ws
		ws = before
		set(&ws.Name, u.Name)
		set(&ws.Subdomain, u.Subdomain)
		set(&ws.TimeZone, u.TimeZone)
		set(&ws.Language, u.Language)
		set(&ws.Plan, u.Plan)
		set(&ws.ForgottenAfter, u.ForgottenAfter)
		set(&ws.QuietHours, u.QuietHours)
		set(&ws.AutoStopAfter, u.AutoStopAfter)
		set(&ws.Require, u.Require)
		ws.Name = strings.TrimSpace(ws.Name)
		if err := ws.Validate(); err != nil {
			return err
		}
		if ws == before {
			w.nothingToDo()
			return nil
		}
		if err := w.freeSubdomain(ctx, ws); err != nil {
			return err
		}
		if err := w.tx.UpdateWorkspace(ctx, ws); err != nil {
			if errors.Is(err, ErrDuplicate) {
				return conflict("error.subdomain_taken", Params{"Subdomain": ws.Subdomain}, nil)
			}
			return err
		}
		w.ws = ws
		if ws.ForgottenAfter != before.ForgottenAfter || ws.TimeZone != before.TimeZone {
			if err := w.moveFlagTimes(ctx, ""); err != nil {
				return err
			}
		}
		if ws.Plan != before.Plan {
			if err := w.refreshOpen(ctx, ""); err != nil {
				return err
			}
		}
		act := ActWorkspaceUpdate
		if ws.ForgottenAfter != before.ForgottenAfter || ws.Require != before.Require ||
			ws.QuietHours != before.QuietHours || ws.AutoStopAfter != before.AutoStopAfter {
			act = ActSettingsUpdate
		}
		b, c := changes(workspaceFields(before), workspaceFields(ws))
		w.audit(AuditDraft{Act: act, Target: Target{Kind: "workspace", ID: ws.ID, Name: ws.Name}, Before: b, After: c})
		w.emit(EventSettings, "")
		return nil
	})
	return ws, err
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func workspaceFields(w Workspace) map[string]any {
	return map[string]any{
		"name": w.Name, "subdomain": w.Subdomain, "time_zone": w.TimeZone, "language": w.Language,
		"plan": string(w.Plan), "forgotten_after": w.ForgottenAfter.String(), "quiet_hours": w.QuietHours, "auto_stop_after": w.AutoStopAfter.String(),
		"require_description": w.Require.Description, "require_project": w.Require.Project, "require_tags": w.Require.Tags,
	}
}

// WorkspaceBySlug finds a workspace for a door that routes by address; it gives no access.
func (s *Service) WorkspaceBySlug(ctx context.Context, slug string) (Workspace, error) {
	var ws Workspace
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
		ws, err = tx.WorkspaceBySlug(ctx, slug)
		return missing(err, "error.workspace_not_found")
	})
	return ws, s.explain(err)
}

// WorkspaceBySubdomain finds a workspace for a door that routes by host; it gives no access.
func (s *Service) WorkspaceBySubdomain(ctx context.Context, subdomain string) (Workspace, error) {
	var ws Workspace
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
		ws, err = tx.WorkspaceBySubdomain(ctx, subdomain)
		return missing(err, "error.workspace_not_found")
	})
	return ws, s.explain(err)
}

// Membership is a workspace a user is an active member of.
type Membership struct {
	Workspace Workspace
	Member    Member
}

// Memberships lists the workspaces the actor's human can open, by name. A session on a subdomain
// and an impersonation see only what they may reach.
func (s *Service) Memberships(ctx context.Context, a Actor) ([]Membership, error) {
	var all []Membership
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActWorkspaceView, ""); err != nil {
			return err
		}
		list, err := w.tx.MembershipsOfUser(ctx, w.self.User.ID)
		if err != nil {
			return err
		}
		for _, m := range list {
			if m.Member.Status != StatusActive {
				continue
			}
			ok, err := w.reaches(ctx, m)
			if err != nil {
				return err
			}
			if ok {
				all = append(all, m)
			}
		}
		return nil
	})
	return all, err
}
