// Package book is what the simulated payment company knows: its accounts, charges, saved cards, refunds, payouts and news, and
// the faults that it has been told to have.
//
// It guarantees that every act happens once for its key, however many ask at the same time; that what was done survives a restart
// where a journal is named; and that time is one clock, which a test moves. It refuses to keep a card's number: what comes in is
// looked up in the table of test cards at once, and only the table's line is kept. A number that is not in the table is refused.
package book

import (
	"crypto/rand"
	"fmt"
	"math"
	mrand "math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/secret"
)

// Config of a book.
type Config struct {
	Now     func() time.Time // nil is the machine's clock
	Journal string           // a file that acts are written to; empty keeps them in memory only
	Pages   string           // where the hosted pages are: "http://127.0.0.1:8091"
	Seed    uint64           // of the faults' dice

	RefundTime time.Duration // a refund is pending that long; 2 s
	SlipGrace  time.Duration // how long after its deadline a till still takes a number; 7 days
	HoldTime   time.Duration // how long money that was set aside stays so; 7 days
}

// An Account is one merchant's.
type Account struct {
	ID      string        `json:"id"`
	Name    string        `json:"name"`
	Digest  secret.Digest `json:"digest"`         // of the secret key
	Sign    string        `json:"sign,omitempty"` // what its notices are signed with
	Notices string        `json:"notices"`        // where they go; empty sends none
}

// A Book is open. Its methods may be called from anywhere.
type Book struct {
	conf Config

	mu       sync.Mutex
	ahead    time.Duration
	accounts []*Account
	charges  map[string]*Charge
	sorted   []*Charge // oldest first
	byKey    map[string]*Charge
	done     map[string]done // what was done for a key
	cards    map[string]*Saved
	tokens   map[string]*token
	notices  []*Notice
	rows     []*Row
	faults   Faults
	dice     *mrand.Rand
	journal  *journal
	wake     chan struct{}
}

// Open reads the journal, if there is one.
func Open(c Config) (*Book, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	c.RefundTime = orElse(c.RefundTime, 2*time.Second)
	c.SlipGrace = orElse(c.SlipGrace, 7*24*time.Hour)
	c.HoldTime = orElse(c.HoldTime, 7*24*time.Hour)
	b := &Book{conf: c, charges: map[string]*Charge{}, byKey: map[string]*Charge{}, done: map[string]done{}, cards: map[string]*Saved{},
		tokens: map[string]*token{}, dice: mrand.New(mrand.NewPCG(c.Seed, 3)), wake: make(chan struct{}, 1)}
	if c.Journal != "" {
		j, err := openJournal(c.Journal, b.replay)
		if err != nil {
			return nil, err
		}
		b.journal = j
	}
	return b, nil
}

// Close ends the journal.
func (b *Book) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.journal == nil {
		return nil
	}
	err := b.journal.close()
	b.journal = nil
	return err
}

func orElse(d, e time.Duration) time.Duration {
	if d == 0 {
		return e
	}
	return d
}

// Now is the company's time.
func (b *Book) Now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now()
}

func (b *Book) now() time.Time { return b.conf.Now().Add(b.ahead) }

// Forward moves the company's clock on.
func (b *Book) Forward(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ahead += max(d, 0)
	b.save(entry{Ahead: &b.ahead})
	b.stir()
}

// Wake tells when there may be news to send.
func (b *Book) Wake() <-chan struct{} { return b.wake }

func (b *Book) stir() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// name makes an id that nobody guesses, without a card's number in it.
func name(kind string) string { return kind + "_" + strings.ToLower(rand.Text()) }

// Opened is a new account with its secrets, told once.
type Opened struct {
	ID   string `json:"id"`
	Key  string `json:"key"`
	Sign string `json:"notice_secret"`
}

// OpenAccount makes an account.
func (b *Book) OpenAccount(title, notices string) (Opened, error) {
	if title == "" || len(title) > 200 || !address(notices) && notices != "" {
		return Opened{}, errAccount
	}
	key := secret.NewToken()
	a := &Account{ID: name("acct"), Name: title, Digest: key.Digest(), Sign: "sign_" + secret.NewToken().Reveal(), Notices: notices}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.accounts = append(b.accounts, a)
	b.save(entry{Account: a})
	return Opened{ID: a.ID, Key: key.Reveal(), Sign: a.Sign}, nil
}

// Redirect changes where an account's notices go.
func (b *Book) Redirect(account, notices string) error {
	if !address(notices) && notices != "" {
		return errAccount
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.account(account)
	if a == nil {
		return ErrMissing
	}
	a.Notices = notices
	b.save(entry{Account: a})
	return nil
}

func address(s string) bool {
	rest, ok := strings.CutPrefix(s, "http://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "https://")
	}
	return ok && rest != "" && len(s) <= 2000 && !strings.ContainsAny(s, " \t\r\n\"'<>\\")
}

// Who finds the account of a secret key; empty for none.
func (b *Book) Who(key secret.Token) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := key.Digest()
	for _, a := range b.accounts {
		if a.Digest.Equal(d) {
			return a.ID
		}
	}
	return ""
}

// Accounts lists them, without what they sign with.
func (b *Book) Accounts() []Account {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Account, len(b.accounts))
	for i, a := range b.accounts {
		out[i] = *a
		out[i].Sign = ""
	}
	return out
}

func (b *Book) account(id string) *Account {
	for _, a := range b.accounts {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// The faults that callers branch on.
var (
	ErrMissing = fault.NotFound(fault.Text{Ja: "見つかりません。", En: "There is no such thing here."})
	ErrKeyUsed = fault.Conflict(fault.Text{Ja: "このキーは、別の内容で使われています。", En: "This key was used for something else."})
	ErrState   = fault.Conflict(fault.Text{Ja: "この状態では、その操作はできません。", En: "This charge is in a state that does not allow it."})
	errAccount = fault.Invalid("name", fault.Text{Ja: "名前と通知先のアドレスをご確認ください。", En: "Check the name and the notices' address."})
	errAmount  = fault.Invalid("amount", fault.Text{Ja: "金額は1円から99,999,999円までです。", En: "The amount is from 1 to 99,999,999 yen."})
	errNoKey   = fault.Invalid("key", fault.Text{Ja: "冪等キー（200文字まで）が必要です。", En: "An idempotency key of up to 200 characters is needed."})
)

// done is what a key was used for.
type done struct{ What, Ref string }

// once looks whether a key was used, and for the same. A first use is remembered by did.
func (b *Book) once(account, key, what string) (ref string, used bool, err error) {
	if key == "" || len(key) > 200 {
		return "", false, errNoKey
	}
	d, used := b.done[account+" "+key]
	if used && d.What != what {
		return "", true, ErrKeyUsed
	}
	return d.Ref, used, nil
}

func (b *Book) did(account, key, what, ref string) {
	k := account + " " + key
	b.done[k] = done{what, ref}
	b.save(entry{Key: k, Done: &done{what, ref}})
}

func yen(n int64) error {
	if n < 1 || n > 99_999_999 {
		return errAmount
	}
	return nil
}

func percent(amount int64, rate float64) int64 { return int64(math.Floor(float64(amount) * rate)) }

func spell(parts ...any) string { return fmt.Sprintln(parts...) }
