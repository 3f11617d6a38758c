// Package store keeps Clockwarden's data in SQLite or PostgreSQL; it implements core.Store.
//
// SQL text is written once for both engines, with placeholders ?1, ?2, …; see dialect.go. Everything that is compared,
// sorted or searched in a way the engines disagree about is computed in Go and stored beside the value.
//
// On SQLite there is one writer: see writer.go. On PostgreSQL each Write is a transaction of its own.
package store
