package sample

import (
	"sync/atomic"
	"time"
)

// A Clock is a store's time: the real one, except while a past is made up. Its zero value shows the real time. Give its
// Now to db.Config.
type Clock struct{ at atomic.Pointer[time.Time] }

// Now is the time.
func (c *Clock) Now() time.Time {
	if at := c.at.Load(); at != nil {
		return *at
	}
	return time.Now()
}

// set stops the clock at that moment.
func (c *Clock) set(at time.Time) { c.at.Store(&at) }

// free lets it show the real time again.
func (c *Clock) free() { c.at.Store(nil) }
