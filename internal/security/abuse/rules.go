package abuse

import (
	"time"

	"github.com/noren-shop/noren/internal/base/signal"
)

// by is what a rule counts by.
type by string

const (
	byAddress by = "address"
	byNetwork by = "network" // /24, /48
	byDevice  by = "device"
	byAccount by = "account"
	byCard    by = "card"
	byShop    by = "shop"
)

// what a rule counts.
type what int

const (
	tries    what = iota // every one
	failures             // those that failed, and those whose outcome is not known yet
	settled              // those that are known to have failed
	cards                // different cards among those that failed or are not known yet
)

// A rule is one line of the table. It answers StepUp from step on and Refuse from refuse on (0 is never), if at least share of
// the window's tries failed. In a step-up one try per pause is taken: of the same address and browser where the rule is about many people,
// of what it counts by otherwise.
type rule struct {
	act    Act
	by     by
	of     what
	window time.Duration
	step   int
	refuse int
	share  float64
	pause  time.Duration
	code   signal.Code
}

// wide says whether a rule is about many people, so that only some of them can be slowed down.
func (r rule) wide() bool { return r.by == byNetwork || r.by == byShop }

const tenMinutes = 10 * time.Minute

// rules is the table. The numbers leave room for a family behind one address, an office, a mobile carrier's shared address
// and a sale day; the tests say how much.
func rules() []rule {
	return []rule{
		{LogIn, byAddress, failures, tenMinutes, 20, 200, .7, 10 * time.Second, signal.LoginVelocity},
		{LogIn, byNetwork, settled, tenMinutes, 200, 0, .8, 10 * time.Second, signal.LoginVelocity},
		{LogIn, byShop, settled, tenMinutes, 500, 0, .8, 10 * time.Second, signal.LoginVelocity},

		{Register, byAddress, tries, tenMinutes, 30, 200, 0, 5 * time.Second, signal.RegisterBurst},
		{Register, byNetwork, tries, tenMinutes, 300, 0, 0, 5 * time.Second, signal.RegisterBurst},

		{Reset, byAddress, tries, time.Hour, 20, 100, 0, 30 * time.Second, signal.ResetThrottled},

		{Change, byAccount, tries, time.Hour, 40, 120, 0, 10 * time.Second, signal.ChangeBurst},
		{Change, byAccount, failures, time.Hour, 8, 30, 0, 30 * time.Second, signal.ChangeBurst},
		{Change, byAddress, failures, time.Hour, 20, 100, .5, 10 * time.Second, signal.ChangeBurst},

		{Pay, byCard, failures, time.Hour, 3, 6, 0, time.Minute, signal.CardTesting},
		{Pay, byDevice, failures, time.Hour, 5, 12, 0, time.Minute, signal.CardTesting},
		{Pay, byDevice, cards, time.Hour, 4, 8, 0, time.Minute, signal.CardTesting},
		{Pay, byAccount, cards, time.Hour, 4, 8, 0, time.Minute, signal.CardTesting},
		{Pay, byAddress, failures, tenMinutes, 10, 60, .6, time.Minute, signal.CardTesting},
		{Pay, byAddress, cards, time.Hour, 8, 40, .6, time.Minute, signal.CardTesting},
		{Pay, byNetwork, settled, tenMinutes, 40, 0, .6, time.Minute, signal.CardTesting},
		{Pay, byShop, settled, tenMinutes, 40, 0, .5, time.Minute, signal.CardTesting},
	}
}
