package store

import (
	"context"
	"database/sql"
)

// Setting is what the database says of one of its own settings.
type Setting struct {
	Name, Value string
	OK          bool // as it has to be for what was acknowledged to survive a loss of power
}

// Engine is "sqlite" or "postgresql".
func (s *Store) Engine() string { return s.dialect.name }

// Durability reads the settings back that durability depends on, from a connection that writes.
func (s *Store) Durability(ctx context.Context) ([]Setting, error) {
	if s.writer == nil {
		return s.durabilityPostgres(ctx)
	}
	list := []Setting{{Name: "journal_mode"}, {Name: "synchronous"}, {Name: "foreign_keys"}}
	a := &act{ctx: ctx, done: make(chan struct{})}
	a.probe = func(conn *sql.Conn) error {
		for i := range list {
			if err := conn.QueryRowContext(context.WithoutCancel(ctx), "PRAGMA "+list[i].Name).Scan(&list[i].Value); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.writer.hand(a); err != nil {
		return nil, err
	}
	list[0].OK = list[0].Value == "wal"
	list[1].OK = list[1].Value == "2" || list[1].Value == "3" // FULL, EXTRA
	list[2].OK = list[2].Value == "1"
	return list, nil
}

func (s *Store) durabilityPostgres(ctx context.Context) ([]Setting, error) {
	list := []Setting{{Name: "synchronous_commit"}, {Name: "fsync"}, {Name: "full_page_writes"}}
	conn, err := s.writes.Conn(ctx)
	if err != nil {
		return nil, s.explain(err)
	}
	defer conn.Close()
	for i := range list {
		// SHOW takes no parameter; the names are the ones above.
		if err := conn.QueryRowContext(ctx, "SHOW "+list[i].Name).Scan(&list[i].Value); err != nil {
			return nil, s.explain(err)
		}
		list[i].OK = list[i].Value != "off"
	}
	return list, nil
}
