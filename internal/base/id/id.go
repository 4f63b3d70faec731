// Package id makes and names the integers by which records are known.
//
// It guarantees ids below 2^53 (a JavaScript client's exact integers), roughly in the order of time (31 bits of 1.024 s
// since 2026), whose other 22 bits are a permuted counter: they tell nobody how many there are, and one process does not
// repeat itself. It refuses ids that a card scanner could take for a card number: none passes the Luhn check.
//
// Uniqueness is per (shop, table) and is the store's to enforce: an insert that meets its own id draws another.
package id

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// The kinds of id. Zero means none.
type (
	Shop     int64
	Account  int64 // a person who logs in to the admin or operates the service; platform-wide
	Member   int64 // a purchaser with a log-in at one shop
	Guest    int64 // a purchaser without one: one per order
	Product  int64
	Variant  int64
	Option   int64
	Value    int64 // of an option
	Image    int64
	Category int64
	Group    int64
	Cart     int64
	Line     int64
	Order    int64
	Shipment int64
	Hold     int64
	Movement int64
	Fact     int64
	Job      int64
	Mail     int64
	Deposit  int64 // money that came to a shop's bank account
	Import   int64 // of a bank's file
	Charge   int64 // one try to pay an order through a provider
	Refund   int64
	Card     int64 // a member's, saved at a provider
	App      int64 // another's program, platform-wide
	Release  int64 // of an app
	Hook     int64 // an app's subscription to a kind of fact, platform-wide
	Delivery int64 // one message to an app's receiver
)

// Platform is the realm of owners, developers and operators (decision 12): shop 0.
const Platform Shop = 0

const (
	tick      = 1024 // milliseconds
	epoch     = 1767225600000
	lowBits   = 22
	lowMask   = 1<<lowBits - 1
	halfBits  = lowBits / 2
	halfMask  = 1<<halfBits - 1
	rounds    = 4
	tickLimit = 1<<31 - 1
)

// A Source makes ids. It is safe for many goroutines.
type Source struct {
	mu    sync.Mutex
	count uint32
	keys  [rounds]uint32
}

// NewSource starts at a random place of a random permutation.
func NewSource() *Source {
	var b [4 + 4*rounds]byte
	rand.Read(b[:])
	s := &Source{count: binary.LittleEndian.Uint32(b[:]) & lowMask}
	for i := range s.keys {
		s.keys[i] = binary.LittleEndian.Uint32(b[4+4*i:])
	}
	return s
}

// Next makes an id for that moment.
func (s *Source) Next(now time.Time) int64 {
	ticks := min(max((now.UnixMilli()-epoch)/tick, 1), tickLimit)
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		s.count = (s.count + 1) & lowMask
		if n := ticks<<lowBits | int64(s.permute(s.count)); !luhn(n) {
			return n
		}
	}
}

// Drawn is when an id was made, to a second. It means nothing of ids that no Source made.
func Drawn(n int64) time.Time { return time.UnixMilli(epoch + n>>lowBits*tick) }

// permute is a Feistel network over 22 bits: one to one, so a counter through it does not repeat.
func (s *Source) permute(n uint32) uint32 {
	left, right := n>>halfBits, n&halfMask
	for _, k := range s.keys {
		f := (right ^ k) * 0x9E3779B1
		left, right = right, left^(f>>(32-halfBits))
	}
	return left<<halfBits | right
}

// luhn is the check that card numbers pass (ISO/IEC 7812-1, annex B).
func luhn(n int64) bool {
	sum := int64(0)
	for i := 0; n > 0; i++ {
		d := n % 10
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum, n = sum+d, n/10
	}
	return sum%10 == 0
}

// Parse reads an id from a path or a form. Anything else than a positive integer below 2^53 is 0, which no record has.
func Parse[T ~int64](s string) T {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n >= 1<<53 || s[0] == '+' {
		return 0
	}
	return T(n)
}

// String writes an id.
func String[T ~int64](v T) string { return strconv.FormatInt(int64(v), 10) }

// NewShopAccount draws a shop's public account number: PA and eight digits. Whether another shop has it is the store's to say.
func NewShopAccount() string {
	var b [8]byte
	rand.Read(b[:])
	return fmt.Sprintf("PA%08d", binary.BigEndian.Uint64(b[:])%100_000_000)
}
