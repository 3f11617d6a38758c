// Package core holds Clockwarden's words, rules and use cases.
//
// # Words
//
//   - workspace: a team's own space with a plan, an optional subdomain, a time zone and a language.
//   - user: a person with one e-mail address; may be a member of several workspaces.
//   - member: a user in one workspace, with a role and a status. A workspace always has an active owner.
//   - account: what the Accounts table shows of a member (a read model, see account.go).
//   - time entry: work with a start and an end; running while it has no end. The running one is the timer.
//   - API key: belongs to one member of one workspace; the secret is shown once and kept as a hash.
//   - flag: "this timer looks forgotten"; one per time entry.
//   - end proposal: a suggested end for a forgotten timer, with its evidence.
//   - confirmation: a prepared act that waits for its second step.
//   - impersonation: an owner acting as a member.
//   - actor: who acts (a member, perhaps impersonating, or a named job) and through which door.
//   - audit entry: what was done or refused. notice: a line in a member's own inbox.
//
// # Invariants
//
//   - Every use case takes an Actor; what the actor may do is decided in policy.go alone, from rights
//     that are read inside the transaction of the act.
//   - An act, its audit entry, its notices and its outbox rows commit together or not at all.
//   - Success is answered after a durable commit; events are published after it.
//   - A member has at most one running entry; a workspace has at least one active owner. Both are
//     constraints of the database too.
//   - Every id belongs to one workspace; a foreign id answers as if it did not exist.
//   - Times are UTC; starts and ends of entries are whole seconds.
//
// core imports the standard library, golang.org/x and its own sub-packages only.
package core
