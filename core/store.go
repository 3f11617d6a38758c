package core

import (
	"context"
	"time"
)

// Store keeps everything. It is implemented by core/store for SQLite and PostgreSQL.
type Store interface {
	// Write runs fn in a transaction and returns after its durable commit. An error of fn rolls
	// back what fn did and is returned as it is. fn may run more than once and makes no network calls.
	Write(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
	// Read runs fn on one snapshot that can't be written to. fn waits for no client and makes no network calls: there
	// are few readers, and everybody else waits for them.
	Read(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
	// Look is Read without the snapshot, for one short statement: each statement sees what was
	// committed when it began.
	Look(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
	// Ready returns nil while the store can be used.
	Ready(ctx context.Context) error
}

// Tx is one transaction. A method that looks for one row returns ErrNoRow when there is none; an
// insert that a unique constraint refuses returns ErrDuplicate, any other constraint ErrConstraint.
// Times are kept to the millisecond in UTC; a zero time.Time is stored as NULL. Methods with a
// workspace parameter never see another workspace's rows.
type Tx interface {
	workspaceTx
	memberTx
	entryTx
	keyTx
	accessTx
	flagTx
	auditTx
	outboxTx
	accountTx
	waitingTx
	upkeepTx
	leaseTx
}

type workspaceTx interface {
	InsertWorkspace(ctx context.Context, w Workspace) error // with its counters and audit head
	UpdateWorkspace(ctx context.Context, w Workspace) error
	Workspace(ctx context.Context, id ID) (Workspace, error)
	// LockWorkspace is Workspace; in a write transaction no other act in the workspace runs until the end.
	LockWorkspace(ctx context.Context, id ID) (Workspace, error)
	// Standing is LockWorkspace with the member that the user is there; a zero Member when there is none.
	Standing(ctx context.Context, workspace, user ID) (Workspace, Member, error)
	WorkspaceBySlug(ctx context.Context, slug string) (Workspace, error)
	WorkspaceBySubdomain(ctx context.Context, subdomain string) (Workspace, error)
	WorkspaceIDs(ctx context.Context) ([]ID, error)
	MembershipsOfUser(ctx context.Context, user ID) ([]Membership, error) // by name of the workspace, every status
	// BumpRevision counts an act in the workspace; members also counts a change of names or membership.
	BumpRevision(ctx context.Context, id ID, members bool) error
	// Revision returns the count of acts and the head of the audit log, which together tell the
	// states of a workspace apart, even after an older copy of the database was restored.
	Revision(ctx context.Context, id ID) (count int64, head string, err error)
	Setting(ctx context.Context, key string) (string, error) // "" when not set
	SaveSetting(ctx context.Context, key, value string) error
	InsertProject(ctx context.Context, p Project) error // name unique in the workspace
	Project(ctx context.Context, workspace, id ID) (Project, error)
	Projects(ctx context.Context, workspace ID) ([]Project, error) // by name
	UpdateProject(ctx context.Context, p Project) error            // ErrDuplicate as InsertProject
	DeleteProject(ctx context.Context, workspace, id ID) error     // ErrConstraint while an entry uses it, deleted ones too
	InsertTag(ctx context.Context, t Tag) error                    // name unique in the workspace
	Tag(ctx context.Context, workspace, id ID) (Tag, error)
	Tags(ctx context.Context, workspace ID) ([]Tag, error) // by name
	UpdateTag(ctx context.Context, t Tag) error            // ErrDuplicate as InsertTag
	DeleteTag(ctx context.Context, workspace, id ID) error // ErrConstraint while an entry carries it, deleted ones too
}

type memberTx interface {
	InsertUser(ctx context.Context, u User, now time.Time) error // NormalEmail unique
	UpdateUser(ctx context.Context, u User) error                // name, language, zone, scheme
	User(ctx context.Context, id ID) (User, error)
	// LockUser lets no other act change the user or bring them into another workspace until the end. An act
	// locks its workspace before it.
	LockUser(ctx context.Context, id ID) error
	UserByEmail(ctx context.Context, normal string) (User, error)
	PasswordHash(ctx context.Context, user ID) (string, error)                    // "" when none is set
	SetPasswordHash(ctx context.Context, user ID, was, hash string) (bool, error) // where it is still was
	InsertLogin(ctx context.Context, l Login) error                               // ErrDuplicate when linked, or the user has one there
	Login(ctx context.Context, issuer, subject string) (Login, error)
	LoginsOfUser(ctx context.Context, user ID) ([]Login, error)
	DeleteLogin(ctx context.Context, user ID, issuer string) error // ErrNoRow when there is none
	InsertMember(ctx context.Context, m Member) error              // (workspace, user) unique
	// UpdateMember writes role, status, threshold and working hours. ErrConstraint when the
	// workspace would be left without an active owner.
	UpdateMember(ctx context.Context, m Member) error
	Member(ctx context.Context, workspace, id ID) (Member, error)                   // with its user
	MembersByID(ctx context.Context, workspace ID, ids []ID) (map[ID]Member, error) // those that are there
	MemberByUser(ctx context.Context, workspace, user ID) (Member, error)
	MemberByEmail(ctx context.Context, workspace ID, normal string) (Member, error)
	Members(ctx context.Context, workspace ID, q MemberQuery) ([]Member, error) // q.Search is folded
	CountMembers(ctx context.Context, workspace ID, q MemberQuery) (int, error) // of all pages; q.Search is folded
	CountActiveOwners(ctx context.Context, workspace ID) (int, error)
	TouchMember(ctx context.Context, workspace, id ID, now time.Time) error // last activity, never backwards
}

type entryTx interface {
	// InsertEntry returns ErrDuplicate when the member has a running entry already.
	InsertEntry(ctx context.Context, e TimeEntry) error
	// SaveEntry writes what is different in an entry since it was read, where its stored version is
	// still was.Version, and counts the version up; false when it moved on. ErrDuplicate as InsertEntry.
	SaveEntry(ctx context.Context, was, is TimeEntry) (bool, error)
	Entry(ctx context.Context, workspace, id ID) (TimeEntry, error) // deleted ones too
	// EntryAndMember is Entry with the member whose it is.
	EntryAndMember(ctx context.Context, workspace, id ID) (TimeEntry, Member, error)
	RunningEntry(ctx context.Context, workspace, member ID) (TimeEntry, error)    // not deleted, no end
	Entries(ctx context.Context, workspace ID, q EntryQuery) ([]TimeEntry, error) // not deleted; newest start first, then id
	// RunningEntries lists running entries, oldest start first, of one member or ("") of all.
	RunningEntries(ctx context.Context, workspace, member ID, offset, limit int) ([]TimeEntry, error)
	// Repeated finds what a request with an idempotency key made; content is what it asked for.
	Repeated(ctx context.Context, workspace, member ID, hash string, now time.Time) (entry ID, content string, err error)
	InsertRepeatable(ctx context.Context, workspace, member ID, hash, content string, entry ID, now, until time.Time) error
	// EntryBetween finds the first other entry of the member, not deleted, that starts in [from, to)
	// after the entry's own start or at it.
	EntryBetween(ctx context.Context, workspace, member, except ID, from, to time.Time) (TimeEntry, error)
	// EntryMadeSince finds the first other entry of the member, not deleted, that starts at from or
	// later and was made at made or later.
	EntryMadeSince(ctx context.Context, workspace, member, except ID, from, made time.Time) (TimeEntry, error)
	// StoppedByOthers lists the members' entries, not deleted, that were stopped after a moment by somebody
	// else or by the program.
	StoppedByOthers(ctx context.Context, workspace ID, members []ID, after time.Time) ([]TimeEntry, error)
	// LatestEnds returns, for each span, when the latest entry of the member that starts in it ended: not
	// deleted, and not ended by the job. Zero where there is none.
	LatestEnds(ctx context.Context, workspace, member ID, spans []TimeSpan) ([]time.Time, error)
	// UnflaggedRunning lists running entries that have a FlagAt, of one member or ("") of all.
	UnflaggedRunning(ctx context.Context, workspace, member ID) ([]TimeEntry, error)
	SetFlagAt(ctx context.Context, workspace, id ID, at time.Time) error // does not count the version up
	// DueEntries lists running entries of all workspaces whose FlagAt is not after now, earliest first.
	DueEntries(ctx context.Context, now time.Time, limit int) ([]DueEntry, error)
	// MarkFlagged sets Flagged and clears FlagAt of those of the entries that run and whose FlagAt is not
	// after now, and returns them, oldest start first. It does not count the version up.
	MarkFlagged(ctx context.Context, workspace ID, ids []ID, now time.Time) ([]TimeEntry, error)
	ClearFlagged(ctx context.Context, workspace, id ID) error // Flagged only; no version
}

type keyTx interface {
	InsertAPIKey(ctx context.Context, k APIKey) error
	APIKeyByHash(ctx context.Context, hash string) (APIKey, Member, error)
	APIKeys(ctx context.Context, workspace, member ID) ([]APIKey, error) // newest first
	KeySummary(ctx context.Context, workspace, member ID) (KeySummary, error)
	// DeactivateAPIKeys deactivates the member's active keys (or only one of them) and counts them.
	DeactivateAPIKeys(ctx context.Context, workspace, member, only, by ID, byName string, now time.Time) (int, error)
	TouchAPIKey(ctx context.Context, id ID, now time.Time) error
}

type accessTx interface {
	InsertSignInLink(ctx context.Context, l SignInLink, hash string) error
	SignInLinkByHash(ctx context.Context, hash string) (SignInLink, error)
	UseSignInLink(ctx context.Context, id ID, now time.Time) (bool, error) // unused and not expired
	// DropSignInLinks makes the user's unused links of a kind useless.
	DropSignInLinks(ctx context.Context, workspace, user ID, kind LinkKind, now time.Time) error
	InsertSession(ctx context.Context, s Session, hash string) error
	Session(ctx context.Context, id ID) (Session, error)
	SessionByHash(ctx context.Context, hash string) (Session, error)
	TouchSession(ctx context.Context, id ID, now time.Time) error
	RotateSession(ctx context.Context, id ID, hash string, now time.Time) (bool, error) // not ended
	EndSession(ctx context.Context, id ID, now time.Time) (bool, error)                 // not ended before
	SessionsOfUser(ctx context.Context, user ID) ([]Session, error)                     // not ended, latest first
	// LastSignOut is when the user's last session within the span ended, of those that reach the workspace; zero: none did.
	LastSignOut(ctx context.Context, workspace, user ID, within TimeSpan) (time.Time, error)
	EndOtherSessions(ctx context.Context, user, except ID, now time.Time) error
	// InsertImpersonation returns ErrDuplicate when the session has an open one.
	InsertImpersonation(ctx context.Context, i Impersonation) error
	Impersonation(ctx context.Context, id ID) (Impersonation, error)
	OpenImpersonation(ctx context.Context, session ID) (Impersonation, error)
	EndImpersonation(ctx context.Context, id ID, cause EndCause, now time.Time) (bool, error) // open
	// InsertIdentity returns ErrDuplicate when the chat account, or the member on that platform, is linked.
	InsertIdentity(ctx context.Context, i Identity) error
	IdentityByChat(ctx context.Context, platform, team, chatUser string) (Identity, error)
	IdentitiesOfMember(ctx context.Context, workspace, member ID) ([]Identity, error)
	IdentitiesOfMembers(ctx context.Context, workspace ID, members []ID) ([]Identity, error)
	IdentitiesOfOwners(ctx context.Context, workspace ID, platform string) ([]Identity, error) // active owners
	Identities(ctx context.Context, workspace ID) ([]Identity, error)
	Identity(ctx context.Context, workspace, id ID) (Identity, error)
	DeleteIdentity(ctx context.Context, workspace, id ID) error
	SaveLinkCode(ctx context.Context, workspace, member ID, hash string, expires time.Time) error // one a member
	LinkCode(ctx context.Context, workspace ID, hash string, now time.Time) (member ID, err error)
	UseLinkCode(ctx context.Context, workspace ID, hash string, now time.Time) (bool, error)
	InsertConfirmation(ctx context.Context, c Confirmation, hash string) error
	ConfirmationByHash(ctx context.Context, workspace ID, hash string) (Confirmation, error)
	UseConfirmation(ctx context.Context, id ID, now time.Time, canceled bool) (bool, error) // unused
	// InsertSeen records a request once; it drops rows whose time is over.
	InsertSeen(ctx context.Context, hash string, now, until time.Time) (first bool, err error)
}

type flagTx interface {
	InsertFlags(ctx context.Context, flags []Flag) error // one per entry, all or none
	// SaveFlag writes a flag whose stored state is still was; ErrNoRow when it moved on.
	SaveFlag(ctx context.Context, f Flag, was FlagState) error
	Flag(ctx context.Context, workspace, id ID) (Flag, error)
	FlagOfEntry(ctx context.Context, workspace, entry ID) (Flag, error)
	// Flags lists flags, newest id first, with an id smaller than before ("" for all).
	Flags(ctx context.Context, workspace ID, state FlagState, before ID, limit int) ([]Flag, error)
	// Due lists what waits for the sweep in all workspaces: at most limit of each kind, oldest first.
	// autoStop is the installation's, 0 for never.
	Due(ctx context.Context, now time.Time, autoStop time.Duration, limit int) ([]DueItem, error)
	// FlagCorrected notes that somebody corrected the flag's entry, and puts a reminder that is to come off.
	FlagCorrected(ctx context.Context, workspace, entry ID, by string, now, remind time.Time) error
	FlagAnswered(ctx context.Context, workspace, id ID, now time.Time) error
	PutOffReminder(ctx context.Context, workspace, id ID, until time.Time) error // of an open flag; zero: none
	// CountReminder takes the next reminder of an open flag that is due, once, and returns the flag with
	// it counted; false when none is due or most were sent.
	CountReminder(ctx context.Context, workspace, id ID, now, next time.Time, most int) (Flag, bool, error)
	InsertNotice(ctx context.Context, n Notice) error
	Notices(ctx context.Context, workspace, member ID, limit int) ([]Notice, error) // newest first
	Notice(ctx context.Context, workspace, member, id ID) (Notice, error)
	UnreadNotices(ctx context.Context, workspace, member ID) (int, error)
	AnswerNotice(ctx context.Context, workspace, member, id ID, answer, note string, now time.Time) (bool, error) // unanswered
	MarkNoticesRead(ctx context.Context, workspace, member, newest ID, now time.Time) error
}

type auditTx interface {
	// AuditHead returns the seq and hash of the workspace's last entry, 0 and "" before the first.
	AuditHead(ctx context.Context, workspace ID) (seq int64, hash string, err error)
	// AppendAudit inserts the entry and moves the head to it, which is written with BumpRevision.
	AppendAudit(ctx context.Context, e AuditEntry) error
	Audit(ctx context.Context, workspace ID, q AuditQuery, limit int) ([]AuditEntry, error)     // newest first
	AuditAfter(ctx context.Context, workspace ID, after int64, limit int) ([]AuditEntry, error) // oldest first
	// EachAudit gives the entries after seq to fn, oldest first, until fn returns an error. It holds a connection until
	// the last, so fn must not wait for anybody.
	EachAudit(ctx context.Context, workspace ID, after int64, fn func(AuditEntry) error) error
}

type outboxTx interface {
	InsertDelivery(ctx context.Context, d Delivery) error // a row with the same key stays as it is
	// ReviseAlerts counts up the revision of the messages about the entry's flag (alerts, questions to the
	// member, summaries), makes them due, and counts them. Those that were never sent wait as long as they
	// did, or until unsent.
	ReviseAlerts(ctx context.Context, workspace, entry ID, now, unsent time.Time) (int, error)
	// ReviseOpen is ReviseAlerts for what stands about all flags that are not resolved, to one reader or ("") to all.
	ReviseOpen(ctx context.Context, workspace, recipient ID, now time.Time) (int, error)
	AnyDeliveryDue(ctx context.Context, platforms []string, now time.Time) (bool, error)
	// ClaimDeliveries leases pending rows that are due and not leased, oldest due first. A row without a
	// message whose last claim was never settled gets DeliveryDoubt.
	ClaimDeliveries(ctx context.Context, platforms []string, now, until time.Time, token string, limit int) ([]Delivery, error)
	// SettleDelivery writes the outcome where the lease token is still d.LeaseToken and ends the
	// lease. A row revised meanwhile keeps its newer revision and stays pending, but a failure's pause holds.
	SettleDelivery(ctx context.Context, d Delivery) (bool, error)
	// StaleDestinations lists destinations with alerts that are due, certainly unsent, and made before a moment.
	StaleDestinations(ctx context.Context, platforms []string, now, before time.Time) ([]Destination, error)
	// UnsentAlerts lists a destination's alerts that are due and certainly unsent, oldest first.
	UnsentAlerts(ctx context.Context, d Destination, now time.Time, limit int) ([]UnsentAlert, error)
	UnsentDigest(ctx context.Context, d Destination) (digest ID, err error)
	// DropUnsent drops pending rows that nobody has claimed, in favour of a summary or ("") of none.
	DropUnsent(ctx context.Context, workspace ID, ids []ID, digest ID) error
	AddToDigest(ctx context.Context, workspace, digest ID, entries []ID) error // each once
	ReviseDigest(ctx context.Context, workspace, digest ID, now time.Time) (int, error)
	// DigestEntries lists the entries of a summary, those whose flag is not resolved first, then by start,
	// and counts all of them and the former.
	DigestEntries(ctx context.Context, workspace, digest ID, limit int) (entries []TimeEntry, all, open int, err error)
	// Posted lists the alerts and summaries about an entry that stand on a platform.
	Posted(ctx context.Context, workspace, entry ID) ([]Delivery, error)
	// DeadDeliveries lists messages that were given up, in one workspace or ("") in all, and counts all of them.
	DeadDeliveries(ctx context.Context, workspace ID, limit int) ([]Delivery, int, error)
	ReviveDead(ctx context.Context, workspace ID, now time.Time) (int, error)
}

type accountTx interface {
	// BulkLoad inserts rows many at a time, without acts, accounts or counters: RefreshAccounts follows.
	BulkLoad(ctx context.Context, workspace ID, b Bulk) error
	RefreshAccounts(ctx context.Context, workspace ID) error // RefreshAccount for all members
	// RefreshAccount recomputes the member's row of the read model, and the workspace's counters,
	// from the sources.
	RefreshAccount(ctx context.Context, workspace, member ID) error
	Account(ctx context.Context, workspace, member ID) (Account, error)
	Accounts(ctx context.Context, workspace ID, q AccountQuery) (AccountPage, error) // q.Search is folded
}

// upkeepTx is what looks after the database as a whole. It sees every workspace.
type upkeepTx interface {
	// Prune deletes at most limit rows of a kind whose time was over at before, and counts them.
	Prune(ctx context.Context, what Prunable, before time.Time, limit int) (int, error)
	// OutboxHealth counts what is due and what was given up on the platforms.
	OutboxHealth(ctx context.Context, platforms []string, now time.Time) (OutboxHealth, error)
	// SettleRestored makes useless what a workspace of a restored copy must not take up again, and counts it.
	SettleRestored(ctx context.Context, workspace ID, now time.Time) (Settled, error)
	OpenImpersonations(ctx context.Context, workspace ID) ([]Impersonation, error) // started in the workspace
	// LeftImpersonations are open ones whose time, and that of whose session, was over at now.
	LeftImpersonations(ctx context.Context, now time.Time, limit int) ([]Impersonation, error)
	// EndAllSessions ends the sessions of everybody and counts them, and forgets the commands that wait for a link.
	EndAllSessions(ctx context.Context, now time.Time) (int, error)
}
