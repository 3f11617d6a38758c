package main

import "strings"

// cause says why a goal is missed, as profiles of runs (-cpuprofile, perf) and the code show; "" where that is not known.
func cause(f figure) string {
	for _, c := range []struct{ goal, what, why string }{
		{
			"1", "", "a stop runs ten statements and changes some eighteen pages, each in a tree of its own: the entry, the account with the indexes that " +
				"hold it, the notice, the audit entry and the workspace's state. SQLite's part of them is more than half of what the disk does not take",
		},
		{
			"2", "rate", "acts in one batch share the commit and nothing else. An act takes some 200 µs of processor time, half of it in SQLite; where the disk " +
				"is as fast as here, a commit is not much longer, so sharing it can't save nine tenths. Set-based statements over a whole batch are what is left",
		},
		{
			"2", "p99", "the last act of a batch waits for the statements of 64, while one by one the last of 64 waits for 64 commits: the ratio is that of " +
				"the processor time of an act to a whole one, as for the rate; a checkpoint in a batch adds to it",
		},
		{"3", "", "the hand-off is two changes of goroutines; on a machine that does something else they wait for a processor"},
		{"4", "", "the one writer is busy with the statements of the acts, as in goal 2, and shares the processors with the clients and the server of this measurement"},
		{
			"5", "a page", "each of 51 rows is a call into SQLite and a text that is taken apart; the sum inside SQLite needs neither",
		},
		{
			"5", "grows", "the indexes of the sorts do not hold the whole row, so a page is 51 look-ups in the table, which has ten times the " +
				"pages; indexes that hold it would make every act write more",
		},
		{
			"6", "", "a term that nearly everybody matches has to be found in every row for the total that the page shows; stopping at a page would leave the total " +
				"unknown. Rare terms are found at the speed of memory",
		},
		{
			"7", "", "html/template: each of some 2,500 values of a page is looked up by reflection and escaped for its place, half of the time of an answer. " +
				"Escaping what rows have in common once brought nothing that could be measured",
		},
		{"8", "as JSON", "the query of goal 5, and encoding/json for fifty accounts"},
		{"8", "unchanged", "three look-ups (key, standing, revision), each a call into SQLite, beside an answer that has no body"},
		{
			"9", "SELECT 1", "a tick is several look-ups (due timers, ended snoozes, automatic stops of each workspace), each in a read transaction of its own " +
				"(BEGIN, SELECT, ROLLBACK)",
		},
		{"9", "ten times", "the due timers are one range of a partial index; what differs is the level of its tree and the noise of a few microseconds"},
		{
			"9", "finding", "the due are read by their index with their workspaces, row by row through Go; the scan they are compared with counts inside SQLite and is " +
				"shorter the smaller the database of the run is",
		},
		{
			"9", "due at once", "each timer is flagged by an act's statements one row at a time: entry, flag, audit entry in the hash chain, account row and " +
				"alerts; finding the rows is within the goal",
		},
		{"12", "", "the program reads key, member and user whole, thirty columns, where the bare look-up reads eight"},
		{
			"14", "", "two processors are shared by the page, the client that asks for it, the writer and its 64 callers; readers wait for no lock, " +
				"only for a processor",
		},
		{
			"15", "", "it is the worst of nine ratios, so noise counts in full; the pages that an act changes lie one level deeper in trees of ten times the rows, and fewer of them are in the cache of the writer (16 MiB)",
		},
		{
			"13", "start", "what is left is before the program's own work: the packages of the Prometheus client, protobuf, x/text and others set up their tables, kong looks " +
				"through the commands, and a program of five times the size is mapped page by page. Opening the database takes less than a tenth",
		},
		{
			"13", "memory", "seven eighths are pages of the program itself, which the system maps around what it touches; its own heap and SQLite's caches are 3 to 4 MiB",
		},
		{
			"13", "size", "the Prometheus client with protobuf is 2.4 MB, the tables for sorting names 1.3, pgx and Slack's client 1 and 0.6 of code alone, the tables of " +
				"functions and lines 8.8; html/template calls methods by name, so the linker keeps every exported method of what is linked",
		},
	} {
		if c.goal == f.Goal && strings.Contains(f.What, c.what) {
			return c.why
		}
	}
	return ""
}
