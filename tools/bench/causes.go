package main

import "strings"

// cause says why a goal is missed, as profiles of runs have shown (-cpuprofile, perf); "" where nobody has looked yet.
func cause(f figure) string {
	for _, c := range []struct{ goal, what, why string }{
		{
			"1", "", "a stop runs some fifteen statements through database/sql and changes eighteen pages: the entry, the account row with the " +
				"indexes that hold it, the notice, the audit entry and the workspace's state, each in a tree of its own",
		},
		{
			"2", "", "where the disk is fast, the statements of an act take longer than its share of a commit, and acts in one batch " +
				"share only the commit; fewer and set-based statements per act are what is left",
		},
		{
			"3", "", "the hand-over wakes two goroutines; with other programs on the machine they wait for a processor",
		},
		{
			"4", "", "as goal 2: the one writer is busy with the statements of the acts while a processor's half goes to the clients of the measurement",
		},
		{
			"5", "a page", "663 column values go through database/sql one by one, with a conversion and an allocation each; SQLite's part is a fifth of the time",
		},
		{
			"6", "", "what is left of a frequent term is reading the fifty rows and counting all matches",
		},
		{
			"8", "", "the page of accounts (see 5) takes most of the time",
		},
		{
			"9", "SELECT 1", "a tick is several look-ups, each in a read transaction of its own (BEGIN, SELECT, ROLLBACK)",
		},
		{
			"9", "due at once", "each timer is flagged by an act's statements one row at a time: entry, flag, audit entry in the hash chain, account row and " +
				"alerts; finding the rows is within the goal",
		},
		{
			"13", "start", "at each start the message catalogues are checked in full and the static files are compressed; together that is three quarters of it",
		},
		{
			"13", "memory", "the parsed catalogues and templates, the compressed files, and the program's own larger code",
		},
		{"13", "size", "chat libraries, PostgreSQL's driver, OpenID Connect and the metrics bring most of it"},
	} {
		if c.goal == f.Goal && strings.Contains(f.What, c.what) {
			return c.why
		}
	}
	return ""
}
