package core

import (
	"context"
	"errors"
	"net/mail"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core/textkey"
)

// Role is what a member may do in a workspace; see policy.go.
type Role string

// The roles.
const (
	RoleOwner   Role = "owner"
	RoleAdmin   Role = "admin"
	RoleManager Role = "manager"
	RoleMember  Role = "member"
)

// Roles lists the roles from most to least.
func Roles() []Role { return []Role{RoleOwner, RoleAdmin, RoleManager, RoleMember} }

// Status is whether a member can use the workspace.
type Status string

// The statuses.
const (
	StatusInvited  Status = "invited"
	StatusActive   Status = "active"
	StatusInactive Status = "inactive"
)

// User is a person, the same in every workspace.
type User struct {
	ID       ID
	Email    string
	Name     string
	Language string // "en" or "de"
	TimeZone string // IANA name
	Scheme   string // colour scheme of the panel: "auto", "light", "dark"
}

// Zone is the person's time zone.
func (u User) Zone() *time.Location { return zone(u.TimeZone) }

// Member is a user in one workspace.
type Member struct {
	ID             ID
	WorkspaceID    ID
	User           User
	Role           Role
	Status         Status
	ForgottenAfter time.Duration // own threshold; 0: the workspace's
	WorkingHours   string        // "mon-fri 09:00-17:30"; "" for none; see WorkingHours
	LastActivity   time.Time     // zero: never seen
	CreatedAt      time.Time
}

// NormalEmail returns the form of an address that is compared: trimmed and in lower case.
func NormalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

func validEmail(email string) error {
	e := strings.TrimSpace(email)
	if len(e) > 254 {
		return invalid("email", "error.email", Params{"Email": clip(e)})
	}
	addr, err := mail.ParseAddress(e)
	if err != nil || addr.Address != e || !strings.Contains(e, "@") || strings.ContainsAny(e, " <>\"") {
		return invalid("email", "error.email", Params{"Email": clip(e)})
	}
	return nil
}

func validRole(r Role) error {
	if roleSet(r) == nobody {
		return invalid("role", "error.role", Params{"Role": clip(string(r))})
	}
	return nil
}

// NewMember is the input of AddMember.
type NewMember struct {
	Email, Name        string
	Role               Role   // default member
	Active             bool   // skip the invitation (the operator only)
	Language, TimeZone string // of a new user; default: the workspace's
}

// AddMember adds a person to the actor's workspace as invited, or as active where the operator says
// so. A user that exists is joined by e-mail address and keeps name and settings. Owners and admins;
// only owners make owners. Codes: invalid, conflict (is a member already), forbidden.
func (s *Service) AddMember(ctx context.Context, a Actor, n NewMember) (Member, error) {
	var m Member
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActMemberInvite, ""); err != nil {
			return err
		}
		if n.Role == RoleOwner {
			if err := w.allow(ctx, ActMemberManageOwner, ""); err != nil {
				return err
			}
		}
		if n.Active && w.actor.Job != JobOperator {
			return &Error{Code: CodeForbidden, Message: "error.forbidden"}
		}
		var err error
		m, err = w.addMember(ctx, n)
		return err
	})
	return m, err
}

// complete fills in what a new member leaves to the workspace, and checks the whole.
func (w *work) complete(n NewMember) (NewMember, error) {
	if n.Role == "" {
		n.Role = RoleMember
	}
	if n.Language == "" {
		n.Language = w.ws.Language
	}
	if n.TimeZone == "" {
		n.TimeZone = w.ws.TimeZone
	}
	n.Name = strings.TrimSpace(n.Name)
	n.Email = strings.TrimSpace(n.Email)
	for _, err := range []error{
		validEmail(n.Email), validName(n.Name), validRole(n.Role),
		validLanguage(n.Language), validZone(n.TimeZone),
	} {
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func (w *work) addMember(ctx context.Context, n NewMember) (Member, error) {
	n, err := w.complete(n)
	if err != nil {
		return Member{}, err
	}
	u, err := w.tx.UserByEmail(ctx, NormalEmail(n.Email))
	if errors.Is(err, ErrNoRow) {
		u = User{ID: NewID(w.now), Email: n.Email, Name: n.Name, Language: n.Language, TimeZone: n.TimeZone, Scheme: "auto"}
		err = w.tx.InsertUser(ctx, u, w.now)
	}
	if err != nil {
		return Member{}, err
	}
	m := Member{ID: NewID(w.now), WorkspaceID: w.ws.ID, User: u, Role: n.Role, Status: StatusInvited, CreatedAt: w.now}
	if n.Active {
		m.Status = StatusActive
	}
	if err := w.tx.InsertMember(ctx, m); err != nil {
		if errors.Is(err, ErrDuplicate) {
			return Member{}, conflict("error.member_exists", Params{"Email": u.Email}, nil)
		}
		return Member{}, err
	}
	w.touch(m.ID)
	w.renamed = true
	act := ActMemberInvite
	if n.Active {
		act = ActMemberJoin
	}
	w.audit(AuditDraft{
		Act: act, Target: memberTarget(m),
		After: map[string]any{"email": u.Email, "name": u.Name, "role": string(m.Role), "status": string(m.Status)},
	})
	w.emit(EventMember, m.ID)
	return m, nil
}

// MemberUpdate changes the fields that are not nil. Name, language and zone belong to the user.
type MemberUpdate struct {
	Role                     *Role
	Status                   *Status // active or inactive
	ForgottenAfter           *time.Duration
	WorkingHours             *string
	TimeZone, Language, Name *string
	Scheme                   *string // auto, light or dark
	accepted                 bool    // the person's own word: an invitation
}

// UpdateMember changes a member. Owners and admins change role and status (owners only where an
// owner is made, demoted or deactivated); owners and the operator set the threshold; a person
// changes their own name, language, zone and working hours; somebody who acts as them, only the
// working hours, which are of this workspace. Deactivating stops a running timer now
// and keeps the entry, deactivates nothing else, and ends sessions and impersonations at their next
// request. Another role or status of somebody invited makes the invitation links given out useless.
// Deactivating them takes the invitation back, activating them again gives it back: only they make
// themselves active, or the operator. Codes: invalid, not_found, conflict (the last owner; somebody
// invited to be made active), forbidden, owner_required.
func (s *Service) UpdateMember(ctx context.Context, a Actor, id ID, u MemberUpdate) (Member, error) {
	var m Member
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.standing(ctx); err != nil {
			return err
		}
		before, err := w.tx.Member(ctx, w.ws.ID, id)
		if err != nil {
			return missing(err, "error.member_not_found")
		}
		if err := w.allowMemberUpdate(ctx, before, u); err != nil {
			return err
		}
		m, err = w.updateMember(ctx, before, u)
		return err
	})
	return m, err
}

func (w *work) allowMemberUpdate(ctx context.Context, m Member, u MemberUpdate) error {
	var acts []Action
	if u.Role != nil {
		if err := validRole(*u.Role); err != nil {
			return err
		}
		acts = append(acts, ActMemberUpdate)
		if *u.Role == RoleOwner || m.Role == RoleOwner {
			acts = append(acts, ActMemberManageOwner)
		}
	}
	if u.Status != nil {
		switch *u.Status {
		case StatusActive:
			acts = append(acts, ActMemberActivate)
		case StatusInactive:
			acts = append(acts, ActMemberDeactivate)
		default:
			return invalid("status", "error.status", Params{"Status": clip(string(*u.Status))})
		}
		if m.Role == RoleOwner {
			acts = append(acts, ActMemberManageOwner)
		}
	}
	if u.ForgottenAfter != nil {
		acts = append(acts, ActSettingsUpdate)
	}
	if u.Name != nil || u.Language != nil || u.TimeZone != nil || u.Scheme != nil {
		acts = append(acts, ActProfileUpdate)
	}
	if u.WorkingHours != nil {
		if w.self.ID != m.ID && w.actor.Job == "" {
			acts = append(acts, ActSettingsUpdate)
		} else {
			acts = append(acts, ActWorkingHoursUpdate)
		}
	}
	if len(acts) == 0 {
		return invalid("", "error.nothing_to_change", nil)
	}
	for _, act := range acts {
		target := m.ID
		if act == ActSettingsUpdate {
			target = ""
		}
		if err := w.allow(ctx, act, target); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) updateMember(ctx context.Context, before Member, u MemberUpdate) (Member, error) {
	if err := w.activation(ctx, before, &u); err != nil {
		return before, err
	}
	m := before
	set(&m.Role, u.Role)
	set(&m.Status, u.Status)
	set(&m.ForgottenAfter, u.ForgottenAfter)
	set(&m.WorkingHours, u.WorkingHours)
	set(&m.User.TimeZone, u.TimeZone)
	set(&m.User.Language, u.Language)
	set(&m.User.Name, u.Name)
	set(&m.User.Scheme, u.Scheme)
	m.User.Name = strings.TrimSpace(m.User.Name)
	for _, err := range []error{
		validThreshold(m.ForgottenAfter), validZone(m.User.TimeZone),
		validLanguage(m.User.Language), validName(m.User.Name),
	} {
		if err != nil {
			return m, err
		}
	}
	switch m.User.Scheme {
	case "auto", "light", "dark":
	default:
		return m, invalid("scheme", "error.scheme", Params{"Scheme": clip(m.User.Scheme)})
	}
	hours, err := ParseWorkingHours(m.WorkingHours)
	if err != nil {
		return m, err
	}
	m.WorkingHours = ""
	if hours != nil {
		m.WorkingHours = hours.String() // as one language, whatever was typed
	}
	if m == before {
		w.nothingToDo()
		return m, nil
	}
	wasOwner := before.Role == RoleOwner && before.Status == StatusActive
	isOwner := m.Role == RoleOwner && m.Status == StatusActive
	if wasOwner && !isOwner {
		n, err := w.tx.CountActiveOwners(ctx, w.ws.ID)
		if err != nil {
			return m, err
		}
		if n <= 1 {
			return m, conflict("error.last_owner", nil, nil)
		}
	}
	if m.User != before.User {
		if err := w.tx.UpdateUser(ctx, m.User); err != nil {
			return m, err
		}
		if err := w.touchEverywhere(ctx, m); err != nil {
			return m, err
		}
	}
	if err := w.tx.UpdateMember(ctx, m); err != nil {
		if errors.Is(err, ErrConstraint) {
			return m, conflict("error.last_owner", nil, nil)
		}
		return m, err
	}
	if before.Status == StatusInvited && (m.Role != before.Role || m.Status != before.Status) {
		// A link is kept by whoever made it, who may not be allowed to invite what the person is by now.
		if err := w.tx.DropSignInLinks(ctx, w.ws.ID, m.User.ID, LinkInvitation, w.now); err != nil {
			return m, err
		}
	}
	if m.Status == StatusInactive && before.Status != StatusInactive {
		if err := w.stopBecause(ctx, m, "deactivated"); err != nil {
			return m, err
		}
	}
	if m.Role != before.Role || m.Status != before.Status {
		if err := w.refreshOpen(ctx, m.ID); err != nil {
			return m, err
		}
	}
	if m.ForgottenAfter != before.ForgottenAfter || m.WorkingHours != before.WorkingHours || m.User.TimeZone != before.User.TimeZone {
		if err := w.moveFlagTimes(ctx, m.ID); err != nil {
			return m, err
		}
	}
	act := ActMemberUpdate
	switch {
	case m.Status != before.Status && m.Status == StatusInactive:
		act = ActMemberDeactivate
	case m.Status != before.Status && m.Status == StatusInvited:
		act = ActMemberInvite
	case m.Status != before.Status && before.Status == StatusInvited:
		act = ActMemberJoin
	case m.Status != before.Status:
		act = ActMemberActivate
	}
	b, c := changes(memberFields(before), memberFields(m))
	w.audit(AuditDraft{Act: act, Target: memberTarget(m), Before: b, After: c})
	w.touch(m.ID)
	w.renamed = w.renamed || m.User.Name != before.User.Name
	w.emit(EventMember, m.ID)
	return m, nil
}

// touchEverywhere recomputes the person's rows in their other workspaces, whose tables show the
// same name.
func (w *work) touchEverywhere(ctx context.Context, m Member) error {
	list, err := w.tx.MembershipsOfUser(ctx, m.User.ID)
	if err != nil {
		return err
	}
	for _, other := range list {
		if other.Workspace.ID == w.ws.ID {
			continue
		}
		if err := w.tx.RefreshAccount(ctx, other.Workspace.ID, other.Member.ID); err != nil {
			return err
		}
		if err := w.tx.BumpRevision(ctx, other.Workspace.ID, true); err != nil {
			return err
		}
	}
	return nil
}

func memberFields(m Member) map[string]any {
	return map[string]any{
		"role": string(m.Role), "status": string(m.Status), "forgotten_after": m.ForgottenAfter.String(),
		"working_hours": m.WorkingHours, "name": m.User.Name, "language": m.User.Language, "time_zone": m.User.TimeZone,
	}
}

// Member returns one member of the actor's workspace. Any active member may look.
// Codes: not_found, forbidden.
func (s *Service) Member(ctx context.Context, a Actor, id ID) (Member, error) {
	var m Member
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActMemberView, ""); err != nil {
			return err
		}
		var err error
		m, err = w.tx.Member(ctx, w.ws.ID, id)
		return missing(err, "error.member_not_found")
	})
	return m, err
}

// MemberByEmail returns the member with that address. Any active member may look. Codes: not_found, forbidden.
func (s *Service) MemberByEmail(ctx context.Context, a Actor, email string) (Member, error) {
	var m Member
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActMemberView, ""); err != nil {
			return err
		}
		var err error
		m, err = w.tx.MemberByEmail(ctx, w.ws.ID, NormalEmail(email))
		if errors.Is(err, ErrNoRow) {
			return &Error{Code: CodeNotFound, Message: "error.no_member_with_email", Params: Params{"Email": clip(email)}}
		}
		return err
	})
	return m, err
}

// MemberByUser returns the member that the user is in the actor's workspace. Any active member may
// look. Codes: not_found, forbidden.
func (s *Service) MemberByUser(ctx context.Context, a Actor, userID ID) (Member, error) {
	var m Member
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActMemberView, ""); err != nil {
			return err
		}
		var err error
		m, err = w.tx.MemberByUser(ctx, w.ws.ID, userID)
		return missing(err, "error.member_not_found")
	})
	return m, err
}

// MemberQuery selects members for a list.
type MemberQuery struct {
	Search   string   // any part of name or e-mail
	Email    string   // exact address
	Statuses []Status // empty: all
	OwnTimes bool     // only those with a threshold or working hours of their own
	Sort     string   // "name" or "email" (default)
	Desc     bool
	Offset   int
	Limit    int // 1 to 1000
}

// Members lists members of the actor's workspace. Any active member may look.
func (s *Service) Members(ctx context.Context, a Actor, q MemberQuery) ([]Member, error) {
	var list []Member
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActMemberView, ""); err != nil {
			return err
		}
		q.Search, q.Email = textkey.Fold(q.Search), NormalEmail(q.Email)
		q.Limit = bound(q.Limit, 50, 1000)
		var err error
		list, err = w.tx.Members(ctx, w.ws.ID, q)
		return err
	})
	return list, err
}

// bound returns n, or the default where n is not positive, at most the maximum.
func bound(n, standard, most int) int {
	if n <= 0 {
		return standard
	}
	return min(n, most)
}
