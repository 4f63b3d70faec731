// Package budget bounds how many different persons' data one credential, one shop and one process can have opened.
//
// It guarantees that a read is counted before it is made, whole or not at all, and that the same person read again in
// the
// window costs nothing. It refuses what goes over, and forgets nothing that still counts.
package budget

import (
	"sync"
	"time"
)

// A Limit is how many different persons a minute and a day.
type Limit struct{ PerMinute, PerDay int }

// A Person is one subject.
type Person struct {
	Shop       int64
	Population uint8
	ID         int64
}

// A Claim counts persons against one key.
type Claim struct {
	Key   string
	Limit Limit
}

const (
	minute = time.Minute
	day    = 24 * time.Hour
	// maxKeys bounds the memory; when it is full, keys without a person in the last day go.
	maxKeys = 200_000
)

// A Book counts. It is safe for many goroutines.
type Book struct {
	mu   sync.Mutex
	keys map[string]*account
}

// account holds when each person was last counted for one key.
type account struct {
	day    map[Person]time.Time // first counted, within the last day
	recent []seen               // first counted within the last minute, oldest first
	lately map[Person]bool      // those of recent
	swept  time.Time
}

type seen struct {
	who Person
	at  time.Time
}

// New makes an empty book.
func New() *Book { return &Book{keys: map[string]*account{}} }

// Take counts the persons against every claim, or against none and says no.
func (b *Book) Take(now time.Time, people []Person, claims []Claim) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	distinct := make(map[Person]bool, len(people))
	for _, p := range people {
		distinct[p] = true
	}
	for _, c := range claims {
		if !b.account(c.Key, now).fits(distinct, c.Limit) {
			return false
		}
	}
	for _, c := range claims {
		b.keys[c.Key].add(distinct, now)
	}
	return true
}

func (b *Book) account(key string, now time.Time) *account {
	a := b.keys[key]
	if a == nil {
		if len(b.keys) >= maxKeys {
			b.sweep(now)
		}
		a = &account{day: map[Person]time.Time{}, lately: map[Person]bool{}, swept: now}
		b.keys[key] = a
	}
	a.expire(now)
	return a
}

func (b *Book) sweep(now time.Time) {
	for k, a := range b.keys {
		if a.expireDay(now); len(a.day) == 0 {
			delete(b.keys, k)
		}
	}
}

// Restore counts a person that was read at an earlier time, before the process began.
func (b *Book) Restore(key string, who Person, at, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(at) >= day {
		return
	}
	a := b.account(key, now)
	if now.Sub(at) < minute {
		a.add(map[Person]bool{who: true}, at)
		return
	}
	if first, ok := a.day[who]; !ok || at.Before(first) {
		a.day[who] = at
	}
}

func (a *account) expire(now time.Time) {
	n := 0
	for n < len(a.recent) && now.Sub(a.recent[n].at) >= minute {
		delete(a.lately, a.recent[n].who)
		n++
	}
	a.recent = a.recent[n:]
	if now.Sub(a.swept) >= minute {
		a.expireDay(now)
	}
}

func (a *account) expireDay(now time.Time) {
	a.swept = now
	for p, at := range a.day {
		if now.Sub(at) >= day {
			delete(a.day, p)
		}
	}
}

func (a *account) fits(people map[Person]bool, l Limit) bool {
	newMinute, newDay := 0, 0
	for p := range people {
		if !a.lately[p] {
			newMinute++
		}
		if _, ok := a.day[p]; !ok {
			newDay++
		}
	}
	return len(a.lately)+newMinute <= l.PerMinute && len(a.day)+newDay <= l.PerDay
}

// add counts. A person who is counted again lives on from the first time: the window of a day does not slide with use.
func (a *account) add(people map[Person]bool, now time.Time) {
	for p := range people {
		if !a.lately[p] {
			a.lately[p] = true
			a.recent = append(a.recent, seen{p, now})
		}
		if _, ok := a.day[p]; !ok {
			a.day[p] = now
		}
	}
}
