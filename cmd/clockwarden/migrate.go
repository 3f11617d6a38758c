package main

import (
	"context"

	"github.com/clockwarden/clockwarden/core/store"
)

type migrateCommand struct {
	jsonFlag
}

type migrated struct {
	Version int64 `json:"version"`
}

// Run brings the database to this version's form, which every other command
// does as well, and prints the version.
func (c *migrateCommand) Run(inv *invocation) error {
	return inv.withStore(func(ctx context.Context, st *store.Store, _ Config) error {
		v, err := st.Version(ctx)
		if err != nil {
			return err
		}
		return inv.print(c.JSON, migrated{v}, "cli.migrated", map[string]any{"Version": v})
	})
}
