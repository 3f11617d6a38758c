package core

import "time"

// Clock tells the time. Everything that needs it takes a Clock, so that tests can move it.
type Clock interface {
	Now() time.Time
}

// SystemClock is the machine's clock in UTC. It is the only place that calls time.Now.
type SystemClock struct{}

// Now returns the present moment in UTC.
func (SystemClock) Now() time.Time { return time.Now().UTC() }
