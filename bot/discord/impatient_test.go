package discord

import "time"

// BeImpatient shortens how long a call to Discord may take, for tests with a fast clock.
func (d *Discord) BeImpatient(most time.Duration) { d.api.http.Timeout = most }
