package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

const scheduleHint = `write five cron fields such as "*/5 * * * *", or "@every 30s"`

// parseSchedule reads a cron schedule: five fields, a descriptor such as
// @hourly, or @every with a duration. It guards the parser of robfig/cron,
// which panics on a bare TZ= prefix, takes "@every 0s" for every second and
// accepts dates that never come. The error continues a sentence that begins
// with the name of the setting.
func parseSchedule(spec string) (schedule cron.Schedule, err error) {
	defer func() {
		if recover() != nil {
			schedule, err = nil, errors.New("is not a cron schedule; "+scheduleHint)
		}
	}()
	if len(spec) > 200 {
		return nil, errors.New("is too long for a cron schedule; " + scheduleHint)
	}
	if upper := strings.ToUpper(spec); strings.Contains(upper, "TZ=") {
		return nil, errors.New("must not hold a time zone, since schedules are in UTC; " + scheduleHint)
	}
	if every, ok := strings.CutPrefix(spec, "@every "); ok {
		d, err := time.ParseDuration(every)
		if err != nil {
			return nil, errors.New("must have a duration after @every; " + scheduleHint)
		}
		if d < time.Second {
			return nil, errors.New("must have at least one second after @every; " + scheduleHint)
		}
	}
	schedule, err = cron.ParseStandard(spec)
	if err != nil {
		return nil, fmt.Errorf("is not a cron schedule (%s); %s", quoteControl(err.Error()), scheduleHint)
	}
	// Any day serves: robfig looks five years ahead, which holds a leap day.
	if schedule.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, errors.New("never comes, since no month has such a day; " + scheduleHint)
	}
	return schedule, nil
}
