package book

import (
	"encoding/json"
	"slices"
	"time"
)

// The states of a notice.
const (
	Waiting   = "waiting"
	Delivered = "delivered"
	Withheld  = "withheld"
	GivenUp   = "given_up"
)

// keptNotices bounds the list.
const keptNotices = 2000

// A Notice is news of a charge for its merchant.
type Notice struct {
	ID      string   `json:"id"`
	Account string   `json:"account"`
	Ref     string   `json:"ref"`
	Kind    string   `json:"kind"`
	At      int64    `json:"at"`  // ms
	Due     int64    `json:"due"` // ms
	State   string   `json:"state"`
	Tries   int      `json:"tries"`
	Forged  bool     `json:"forged"` // signed with another secret: nobody may believe it
	Copies  int      `json:"copies"` // how many more times it is sent once it was taken
	Answers []Answer `json:"answers"`
}

// An Answer is what the merchant said to one delivery. Status 0 is none.
type Answer struct {
	At      int64  `json:"at"`
	Status  int    `json:"status"`
	Trouble string `json:"trouble,omitempty"`
}

// Words is the body of a delivery.
type Words struct {
	ID   string `json:"id"`
	Ref  string `json:"ref"`
	Kind string `json:"kind"`
	At   int64  `json:"at"`
}

// A Delivery is a notice that is due.
type Delivery struct {
	Notice
	URL  string
	Sign string
	Body []byte
}

// waits are the pauses before another try.
func waits() []time.Duration {
	return []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
		24 * time.Hour}
}

// tell makes news of a charge, with whatever fault the dice choose.
func (b *Book) tell(c *Charge, kind string) {
	now := b.now()
	n := &Notice{ID: name("nt"), Account: c.Account, Ref: c.Ref, Kind: kind, At: now.UnixMilli(), Due: now.UnixMilli(), State: Waiting}
	f := b.faults
	switch {
	case f.Withhold || b.roll(f.NoticeDropped):
		n.State = Withheld
	case b.roll(f.NoticeDelayed):
		n.Due += f.delay().Milliseconds()
	case b.roll(f.NoticeSwapped):
		n.Due += (2 * time.Second).Milliseconds()
	}
	if b.roll(f.NoticeDoubled) {
		n.Copies = 1
	}
	b.post(n)
	if b.roll(f.NoticeForged) {
		b.forge(*n)
	}
}

func (b *Book) post(n *Notice) {
	b.notices = append(b.notices, n)
	if len(b.notices) > keptNotices {
		b.notices = slices.Clone(b.notices[len(b.notices)-keptNotices:])
	}
	b.save(entry{Notice: n})
	b.stir()
}

// forge posts what only looks like a notice: it says the same with a signature that does not hold.
func (b *Book) forge(n Notice) {
	n.ID, n.State, n.Forged, n.Tries, n.Copies, n.Answers, n.Due = name("nt"), Waiting, true, 0, 0, nil, b.now().UnixMilli()
	b.post(&n)
}

// Due lists what is to be sent now, the earliest first, and notices of accounts with an address only.
func (b *Book) Due() []Delivery {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Delivery
	now := b.now().UnixMilli()
	for _, n := range b.notices {
		a := b.account(n.Account)
		if n.State != Waiting || n.Due > now || a == nil || a.Notices == "" {
			continue
		}
		body, err := json.Marshal(Words{n.ID, n.Ref, n.Kind, n.At})
		if err != nil {
			continue // words of ours always marshal
		}
		out = append(out, Delivery{Notice: *n, URL: a.Notices, Sign: a.Sign, Body: body})
	}
	slices.SortStableFunc(out, func(x, y Delivery) int { return int(x.Due - y.Due) })
	return out
}

// Answered notes what the merchant said. A forged notice is sent once, whatever the answer.
func (b *Book) Answered(id string, status int, trouble string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.notice(id)
	if n == nil {
		return
	}
	now := b.now()
	n.Answers = append(n.Answers, Answer{now.UnixMilli(), status, trouble})
	if len(n.Answers) > 20 {
		n.Answers = n.Answers[1:]
	}
	n.Tries++
	taken := status >= 200 && status < 300
	switch {
	case taken && n.Copies > 0:
		n.Copies--
	case taken || n.Forged:
		n.State = Delivered
	case n.Tries > len(waits()):
		n.State = GivenUp
	default:
		n.Due = now.Add(waits()[n.Tries-1]).UnixMilli()
	}
	b.save(entry{Notice: n})
	b.stir()
}

func (b *Book) notice(id string) *Notice {
	for i := len(b.notices) - 1; i >= 0; i-- {
		if b.notices[i].ID == id {
			return b.notices[i]
		}
	}
	return nil
}

// Notices lists the newest, at most limit.
func (b *Book) Notices(limit int) []Notice {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []Notice{}
	for i := len(b.notices) - 1; i >= 0 && len(out) < limit; i-- {
		n := *b.notices[i]
		n.Answers = slices.Clone(n.Answers)
		out = append(out, n)
	}
	return out
}

// Resend sends a notice again, now, that many times.
func (b *Book) Resend(id string, times int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.notice(id)
	if n == nil {
		return ErrMissing
	}
	n.State, n.Due, n.Tries, n.Copies = Waiting, b.now().UnixMilli(), 0, min(max(times, 1), 10)-1
	b.save(entry{Notice: n})
	b.stir()
	return nil
}

// Forge sends the same words with a signature that does not hold.
func (b *Book) Forge(id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.notice(id)
	if n == nil {
		return ErrMissing
	}
	b.forge(*n)
	return nil
}

// Release sends what was withheld: the newest first, so that the news comes in the wrong order.
func (b *Book) Release() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	var held []*Notice
	for _, n := range b.notices {
		if n.State == Withheld {
			held = append(held, n)
		}
	}
	now := b.now().UnixMilli()
	for i, n := range held {
		n.State, n.Due = Waiting, now-int64(i) // Due sorts, and all of them are due
		b.save(entry{Notice: n})
	}
	b.stir()
	return len(held)
}

// Faults are what goes wrong, of a hundred each.
type Faults struct {
	Lost          int  `json:"lost"`           // an answer is cut off after the work was done
	Errors        int  `json:"errors"`         // 500 before any work
	ErrorsAfter   int  `json:"errors_after"`   // 500 after the work was done
	Slow          int  `json:"slow"`           // an answer takes SlowMS longer
	SlowMS        int  `json:"slow_ms"`        // at most 60,000
	NoticeDropped int  `json:"notice_dropped"` // kept back until somebody releases it
	NoticeDelayed int  `json:"notice_delayed"`
	DelayMS       int  `json:"delay_ms"` // of delayed notices; 10 s
	NoticeDoubled int  `json:"notice_doubled"`
	NoticeSwapped int  `json:"notice_swapped"` // 2 s late, so that what comes after it comes before
	NoticeForged  int  `json:"notice_forged"`  // a forged one beside it
	RefundFails   int  `json:"refund_fails"`
	Withhold      bool `json:"withhold"`   // no notice leaves
	SlipsStay     bool `json:"slips_stay"` // a store's number cannot be voided, as with some chains
}

func (f Faults) delay() time.Duration {
	if f.DelayMS == 0 {
		return 10 * time.Second
	}
	return time.Duration(f.DelayMS) * time.Millisecond
}

// SetFaults changes what goes wrong from now on.
func (b *Book) SetFaults(f Faults) {
	for _, p := range []*int{&f.Lost, &f.Errors, &f.ErrorsAfter, &f.Slow, &f.NoticeDropped, &f.NoticeDelayed, &f.NoticeDoubled, &f.NoticeSwapped,
		&f.NoticeForged, &f.RefundFails} {
		*p = min(max(*p, 0), 100)
	}
	f.SlowMS, f.DelayMS = min(max(f.SlowMS, 0), 60_000), min(max(f.DelayMS, 0), 24*60*60*1000)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = f
}

// Faults are those set now.
func (b *Book) Faults() Faults {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.faults
}

// roll throws the dice.
func (b *Book) roll(of100 int) bool { return of100 > 0 && b.dice.IntN(100) < of100 }

// Mishap is what goes wrong with one answer.
type Mishap struct {
	Lost, Error, ErrorAfter bool
	Slow                    time.Duration
}

// Mishap throws the dice for one answer of the API.
func (b *Book) Mishap() Mishap {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := Mishap{Lost: b.roll(b.faults.Lost), Error: b.roll(b.faults.Errors), ErrorAfter: b.roll(b.faults.ErrorsAfter)}
	if b.roll(b.faults.Slow) {
		m.Slow = time.Duration(b.faults.SlowMS) * time.Millisecond
	}
	return m
}
