package core

// Door is the way an act came in.
type Door string

// The doors.
const (
	DoorPanel   Door = "panel"
	DoorSlack   Door = "slack"
	DoorDiscord Door = "discord"
	DoorConsole Door = "console"
	DoorAPI     Door = "api"
	DoorCron    Door = "cron"
	DoorCLI     Door = "cli"
)

// Job names background work that acts without a person.
type Job string

// The jobs. Each has its own column in the policy table; none may do everything.
const (
	JobOperator        Job = "operator"         // the person at the command line of the machine
	JobForgottenTimers Job = "forgotten-timers" // the cron job
	JobDelivery        Job = "delivery"         // drains the outbox
	JobChatPeople      Job = "chat-people"      // follows who left a chat platform
	JobHousekeeping    Job = "housekeeping"     // deletes rows that are of no use any more
	JobGateway         Job = "gateway"          // holds the connection to a platform that only one process may hold
)

// Actor says who acts. It carries identities only: rights are read again inside each transaction.
// Actors are made by the Actor… methods of Service and by System; doors only pass them on.
type Actor struct {
	UserID        ID     // the human; empty for a job
	MemberID      ID     // the effective member: the human's own, or the impersonated one
	WorkspaceID   ID     // the workspace the act is about
	Door          Door   // the way in
	Job           Job    // set for background work
	SessionID     ID     // the panel session, if any
	Impersonation ID     // the open impersonation, if any
	APIKeyID      ID     // the API key, if any
	RequestID     string // of the request that carries the act; shown in logs and audit
	Address       string // network address of the caller, if known
}

// System returns the actor of a job.
func System(job Job, door Door) Actor { return Actor{Job: job, Door: door} }

// In returns the same actor in another workspace; only jobs move between workspaces.
func (a Actor) In(workspace ID) Actor {
	if a.Job != "" {
		a.WorkspaceID = workspace
	}
	return a
}

// Impersonating tells whether a human acts as another member.
func (a Actor) Impersonating() bool { return a.Impersonation != "" }
