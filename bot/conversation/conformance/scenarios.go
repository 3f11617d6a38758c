package conformance

// Scenario is something people do in a chat, and what must come of it on every platform.
type Scenario struct {
	Area string
	Name string // a sentence
	Run  func(s *stage)
	// Known is what must hold instead where the platform knows by itself who somebody is (Platform.Knows);
	// nil: the same.
	Known func(s *stage)
}

// Scenarios is the table.
func Scenarios() []Scenario {
	const (
		owners   = "Owners' commands"
		targets  = "Naming people, commands and times"
		stop     = "Stopping a timer"
		keys     = "Deactivating API keys"
		after    = "After a stop"
		rights   = "Rights and refusals"
		stale    = "Stale, doubled and parallel clicks"
		alerts   = "Alerts about forgotten timers"
		linking  = "Linking"
		ownTimer = "Everybody's own timer"
	)
	return []Scenario{
		{Area: owners, Name: "list shows every account with its running timer and API keys", Run: listShowsEverybody},
		{Area: owners, Name: "list searches by any part of a name or address", Run: listSearches},
		{Area: owners, Name: "list filters running and flagged timers, in the words of both languages", Run: listFilters},
		{Area: owners, Name: "show tells all about one account", Run: showTellsAll},
		{Area: owners, Name: "forgotten lists flagged timers with what can be done", Run: forgottenLists},
		{Area: owners, Name: "forgotten: each button puts the timer off or settles it", Run: forgottenPutsOff},
		{Area: owners, Name: "log shows the latest lines, of everybody or of one person", Run: logShowsLines},
		{Area: owners, Name: "settings shows when a timer counts as forgotten", Run: settingsShown},
		{Area: owners, Name: "login-as yields a link for this owner alone, and no session", Run: loginAsYieldsALink},
		{Area: owners, Name: "help lists every command of its group", Run: helpListsCommands},

		{Area: targets, Name: "an unknown command is refused with a guess, or with the way to the help", Run: unknownCommands},
		{Area: targets, Name: "a plain @name, a bare name and nobody at all are refused with help", Run: plainNames},
		{Area: targets, Name: "an e-mail address names a member who is not in the chat", Run: addressesNameMembers},
		{Area: targets, Name: "somebody who has linked no account can't be mentioned", Run: unlinkedTarget},
		{Area: targets, Name: "a time that is no time, before the start or in the future is refused, and so is a long reason", Run: timesAreRefused},

		{Area: stop, Name: "a card shows whom, what and since when; Confirm stops it now", Run: confirmStopsNow},
		{Area: stop, Name: "“at” and “um”, “reason” and “Grund” give end and reason", Run: endAndReasonTyped},
		{Area: stop, Name: "a proposal with its why is chosen on the card", Run: proposalIsChosen},
		{Area: stop, Name: "now is chosen instead of the end that was typed", Run: nowInstead},
		{Area: stop, Name: "an end of one's own is asked for in a form, which refuses the future", Run: ownTime},
		{Area: stop, Name: "the member is told", Run: memberIsTold},
		{Area: stop, Name: "the member is not told when the box is unticked", Run: memberIsNotTold},
		{Area: stop, Name: "a missing required field never blocks; the entry is marked", Run: incompleteIsMarked},
		{Area: stop, Name: "Cancel changes nothing, and the card is used up", Run: cancelChangesNothing},
		{Area: stop, Name: "nobody without a timer is stopped", Run: noTimerToStop},

		{Area: keys, Name: "a card counts the keys; Confirm deactivates all of them", Run: keysAreDeactivated},
		{Area: keys, Name: "Cancel leaves the keys working", Run: keysAreKept},

		{Area: after, Name: "Undo revives the same entry, once", Run: undoRevives},
		{Area: after, Name: "Undo is refused after 10 minutes", Run: undoIsLate},
		{Area: after, Name: "Undo is refused when the member has started anew", Run: undoAgainstNewTimer},
		{Area: after, Name: "Undo belongs to one stop, not to a later one", Run: undoOfEarlierStop},
		{Area: after, Name: "a correction changes what the form says, with before and after", Run: correctionIsWritten},
		{Area: after, Name: "a wrong correction is refused, beside its field where the platform can, and can be sent again", Run: correctionIsRefused},
		{Area: after, Name: "Undo and Correct work for who stopped, not for another owner", Run: followUpsArePersonal},

		{Area: rights, Name: "every owners' command is refused to admins, managers and members: owners only", Run: rolesAreRefused},
		{Area: rights, Name: "every command of the Accounts tab is refused on every other plan", Run: plansAreRefused},
		{Area: rights, Name: "another person's card does nothing for anybody else", Run: cardsArePersonal},
		{Area: rights, Name: "a role lost between card and click counts", Run: roleIsLost},
		{Area: rights, Name: "a plan lost between card and click counts", Run: planIsLost},
		{Area: rights, Name: "a deactivated person can do nothing", Run: inactivePerson},
		{Area: rights, Name: "buttons carry one opaque id, and answers are for the person alone", Run: buttonsAreOpaque},

		{Area: stale, Name: "a double click has one effect and says who did it", Run: doubleClick},
		{Area: stale, Name: "two owners at once: one stops, the other reads who was first", Run: twoOwners},
		{Area: stale, Name: "many clicks in parallel have one effect", Run: parallelClicks},
		{Area: stale, Name: "a card never stops the timer that was started since", Run: cardOfRestartedTimer},
		{Area: stale, Name: "a row of a list never stops the timer that was started since", Run: rowOfRestartedTimer},
		{Area: stale, Name: "a card of more than 10 minutes ago does nothing and loses its buttons", Run: expiredCard},
		{Area: stale, Name: "a form of an expired card does nothing", Run: expiredForm},

		{Area: alerts, Name: "one alert is posted, and tells a stop through another door in its place", Run: alertIsEdited},
		{Area: alerts, Name: "an undone stop makes the alert alive again", Run: alertComesAlive},
		{Area: alerts, Name: "two clicks from the alert to the stop, which everybody sees", Run: twoClicks},
		{Area: alerts, Name: "the best proposal stands on a button of its own", Run: alertProposal},
		{Area: alerts, Name: "an end of one's own is asked for in a form", Run: alertOwnTime},
		{Area: alerts, Name: "putting off and “still working” are shown on the alert", Run: alertPutOff},
		{Area: alerts, Name: "its buttons are refused to members, and to owners without the plan", Run: alertRefused},
		{Area: alerts, Name: "a button of an alert never stops the timer that was started since", Run: alertOfRestartedTimer},
		{Area: alerts, Name: "a deleted entry leaves no buttons", Run: alertOfDeletedEntry},
		{Area: alerts, Name: "its buttons from before the database was restored do nothing, and say where to go on", Run: alertOfRestoredDatabase},

		{Area: linking, Name: "an unlinked person can do nothing but link", Run: unlinkedCanNothing, Known: nothingToLink},
		{Area: linking, Name: "a code in the form links, and the waiting command goes on", Run: linkingResumes, Known: nothingToLink},
		{Area: linking, Name: "a code with the command links, and link says to whom", Run: linkByCommand, Known: nothingToLink},
		{Area: linking, Name: "a wrong, used or old code links nobody", Run: badCodes, Known: nothingToLink},
		{Area: linking, Name: "unlink takes the link away", Run: unlinking, Known: nothingToLink},

		{Area: ownTimer, Name: "start, status and stop without a confirmation, then undo", Run: ownTimerRuns},
		{Area: ownTimer, Name: "starting ends the timer that runs", Run: startEndsTheOther},
		{Area: ownTimer, Name: "nothing runs: status and stop say so", Run: nothingRuns},
		{Area: ownTimer, Name: "a member corrects what they have stopped", Run: ownCorrection},
	}
}
