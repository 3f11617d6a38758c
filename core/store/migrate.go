package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the tables to the version of this program. Two programs that start at once do it once.
func (s *Store) migrate(ctx context.Context) error {
	folder, err := fs.Sub(migrations, s.dialect.migrations)
	if err != nil {
		return err
	}
	dialect := goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true)}
	if s.dialect.name == "postgresql" {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, s.writes, folder, options...)
	if err != nil {
		return err
	}
	// SQLite has no lock around goose's own look at the version, so a program that started at the same moment may be faster.
	var failed error
	for range 3 {
		current, target, err := provider.GetVersions(ctx)
		if err == nil {
			if current > target {
				return fmt.Errorf("the database has tables of version %d, and this program knows only version %d: "+
					"use the program that it was migrated with, or a newer one", current, target)
			}
			if current == target {
				return nil
			}
			_, err = provider.Up(ctx)
		}
		if err == nil {
			return nil
		}
		failed = errors.Join(failed, err)
	}
	return fmt.Errorf("create the tables: %w", s.explain(failed))
}
