package slack

import "time"

// BeImpatient shortens how long a call to Slack may take, for tests with a fast clock.
func (s *Slack) BeImpatient(most time.Duration) { s.api.http.Timeout = most }
