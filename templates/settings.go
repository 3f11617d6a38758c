package templates

// SettingsForm is what the forms of the workspace settings have.
type SettingsForm struct {
	Action          string
	Error, BadField string // the sentence, and the field it is about
}

// Bad tells whether a field is the one the error is about.
func (f SettingsForm) Bad(field string) bool { return f.Error != "" && f.BadField == field }

// GeneralPage is the tab General.
type GeneralPage struct {
	Layout
	SettingsForm
	Name, PlanName        string
	Subdomain, HostSuffix string // the suffix is "" where the installation has no subdomains
	Address               string // where the workspace is reached now
	Zones                 []OptionGroup
	Languages             []Option
	Required              []Option
}

// MembersPage is the tab Members.
type MembersPage struct {
	Layout
	Region Members
}

// Members is the list and its search.
type Members struct {
	Words
	Path, PageURL  string
	Search         string
	Filters        []Link
	Hidden         []Field
	Range, Caption string
	InviteURL      string
	ClearURL       string
	Previous, Next string
	Owner          bool // sees thresholds
	Rows           []MemberRow
}

// MemberRow is a member in the list.
type MemberRow struct {
	ID, Name, Mark, Tint, Email string
	You                         bool
	Role, Status, StatusKind    string
	Times                       string
	Seen                        Moment
	MenuLabel, EditURL          string
	DeactivateURL, ActivateURL  string
	InvitationURL               string
	View                        string
}

// MemberEditPage is the dialog that changes a member, as a page.
type MemberEditPage struct {
	Layout
	Dialog MemberEdit
}

// MemberEdit changes a member.
type MemberEdit struct {
	Dialog
	Name, Mark, Tint, Email  string
	Roles                    []Option // none: may not be changed
	Role                     string
	RoleHint                 string
	Times                    bool // threshold and working hours can be changed
	Threshold, ThresholdHint string
	ThresholdDefault         string
	WorkingHours             string
	Nothing                  bool
}

// MemberDeactivatePage is the dialog that deactivates a member, as a page.
type MemberDeactivatePage struct {
	Layout
	Dialog MemberDeactivate
}

// MemberDeactivate asks whether a member shall be deactivated.
type MemberDeactivate struct {
	Dialog
	Name, Mark, Tint, Email string
	Access                  string
	Self                    bool
}

// InvitePage is the invitation form as a page.
type InvitePage struct {
	Layout
	Dialog Invite
}

// Invite asks whom to invite.
type Invite struct {
	Dialog
	Email, Name string
	Roles       []Option
}

// InvitedPage shows an invitation link once.
type InvitedPage struct {
	Layout
	Dialog Invited
}

// Invited shows an invitation link once.
type Invited struct {
	Dialog
	Link, Once string
}

// ForgottenPage is the tab Forgotten timers.
type ForgottenPage struct {
	Layout
	SettingsForm
	Flags                    *Flags // nil without the right to see them
	Threshold, ThresholdHint string
	ThresholdDefault         string
	AutoExample              string
	Quiet                    []Option
	QuietFrom, QuietTo       string
	QuietHint                string
	Auto                     []Option
	AutoAfter                string
	Overrides                Overrides
	Schedule, Spec           string // words, or the bare spec
	Destinations             []string
	Reminders, Ask, Digest   string
	Dead                     *Dead // nil when every message arrived
}

// Dead is what could not be delivered.
type Dead struct {
	Count    string
	Rows     []DeadRow
	RetryURL string
}

// DeadRow is a message that was given up.
type DeadRow struct{ What, Where, Reason string }

// Overrides are the members with times of their own.
type Overrides struct {
	Words
	Rows []Override
	More string
}

// Override is a member with times of their own.
type Override struct{ MemberID, Name, Mark, Tint, Text, EditURL string }

// Flags is the list of forgotten timers.
type Flags struct {
	Words
	PageURL string
	Rows    []FlagRow
	More    string
	AllURL  string
}

// FlagRow is a forgotten timer.
type FlagRow struct {
	ID, MemberID, Name, Mark, Tint       string
	Description                          string
	Since                                Moment
	Unix                                 int64
	Clock                                string
	State                                string // "flagged at …" or "snoozed until …"
	Snoozed                              bool
	Proposal, Why                        string
	StopURL, SnoozeURL, ResolveURL       string
	StopLabel, SnoozeLabel, WorkingLabel string
}

// ChatPage is the tab Chat.
type ChatPage struct {
	Layout
	Connections []ChatConnection
	Count       string
	Caption     string
	People      []ChatPerson
	LinkURL     string
}

// ChatConnection is a connected platform.
type ChatConnection struct{ Platform, Alerts string }

// ChatPerson is a linked chat account.
type ChatPerson struct {
	ID, Name, Mark, Tint    string
	Platform, Account, Team string
	Called                  string // the name the platform knows; may be empty
	Since                   Moment
	UnlinkURL, UnlinkLabel  string
}

// UnlinkPage is the dialog that unlinks a chat account, as a page.
type UnlinkPage struct {
	Layout
	Dialog Unlink
}

// Unlink asks whether a chat account shall be unlinked.
type Unlink struct {
	Dialog
	Name, Mark, Tint, Account string
	Effect                    string
}

// AuditPage is the tab Audit log, or a member's own part of it.
type AuditPage struct {
	Layout
	SettingsForm // of the filter
	Own          bool
	OwnLead      string
	Acts         []Option
	Outcomes     []Option
	About, By    string
	From, To     string
	People       []Option // suggestions
	Filtered     bool
	ClearURL     string
	Lines        []AuditLine
	OlderURL     string
	NewestURL    string
	ExportURL    string
	VerifyURL    string
	Verified     AuditVerified
}

// AuditVerified is the result of a check of the chain.
type AuditVerified struct {
	Text string // "" before
	Bad  bool
}

// AuditLine is one line of the log.
type AuditLine struct {
	Seq     string
	At      Moment
	Text    string // "Olivia stopped a timer"
	Refused bool
	As      string
	Door    string
	Target  string
	Reason  string
	Label   string // of the details, for those who do not see them in place
	Changes []AuditChange
	Both    bool // before and after
	Request string
	Address string
	Hash    string
}

// AuditChange is a field before and after.
type AuditChange struct{ Field, Before, After string }
