package main

import "strings"

// cause says why a goal is missed, as profiles of runs (-cpuprofile, perf) and the code show; "" where nobody has looked yet.
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
		{"4", "", "the one writer is busy with the statements of the acts, as in goal 2"},
		{
			"5", "a page", "663 column values go through database/sql one by one, with a conversion and often an allocation each",
		},
		{
			"9", "SELECT 1", "a tick is several look-ups, each in a read transaction of its own (BEGIN, SELECT, ROLLBACK)",
		},
		{
			"9", "due at once", "each timer is flagged by an act's statements one row at a time: entry, flag, audit entry in the hash chain, account row and " +
				"alerts; finding the rows is within the goal",
		},
		{"12", "", "a read transaction of three statements (BEGIN, SELECT, ROLLBACK) and thirty columns, where the bare look-up is one statement with eight"},
		{
			"13", "start", "at each start the message catalogues are checked in full and the static files are compressed; together that is three quarters " +
				"of the program's own work until it listens",
		},
	} {
		if c.goal == f.Goal && strings.Contains(f.What, c.what) {
			return c.why
		}
	}
	return ""
}
