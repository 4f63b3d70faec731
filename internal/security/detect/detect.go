// Package detect makes findings of security events: rules as data, counted over windows, grouped so that a flood is one
// line that counts.
//
// It guarantees that a finding is there as soon as the events that make it are: the rules run in the transaction that stores
// them, on whatever node, and count what all nodes have stored. One finding is open for each rule and what it is about; what
// people do with it is kept and never changed. It refuses personal data, as the events do, and knows no feature.
package detect

import (
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/signal"
)

// State of a finding.
type State string

// The states.
const (
	Open   State = "open"   // nobody has looked
	Seen   State = "seen"   // somebody is at it
	Closed State = "closed" // done; the same again opens a new one
)

// Label names a state.
func (s State) Label() fault.Text {
	switch s {
	case Open:
		return fault.Text{Ja: "未確認", En: "Open"}
	case Seen:
		return fault.Text{Ja: "確認中", En: "Being looked at"}
	case Closed:
		return fault.Text{Ja: "終了", En: "Closed"}
	}
	return fault.Text{Ja: "不明", En: "Unknown"}
}

// ID is a finding's, unique in its shop.
type ID int64

// A Finding is what a rule found.
type Finding struct {
	Shop    id.Shop // 0 is the platform
	ID      ID
	Rule    signal.Code
	About   string
	Gravity signal.Gravity
	First   time.Time
	Last    time.Time
	Times   int64
	State   State
}

// Words are the finding's title and what to do.
func (f Finding) Words() (title, do fault.Text) {
	for _, r := range Rules() {
		if r.Code == f.Rule {
			return r.Title, r.Do
		}
	}
	i := signal.InfoOf(f.Rule)
	return i.Title, i.Do
}

// A Remark is one thing that a person did with a finding.
type Remark struct {
	At      time.Time
	Account id.Account
	State   State
	Note    string
}

// Service reads findings and takes what people do with them.
type Service struct {
	db    *db.DB
	rules []Rule
	opens func(Finding)
}

// New makes the service. opens is told of each new finding, after its transaction.
func New(d *db.DB, opens func(Finding)) *Service { return &Service{d, Rules(), opens} }

// The faults.
var (
	ErrNotFound = fault.NotFound(fault.Text{Ja: "この検知は見つかりませんでした。", En: "We could not find this finding."})
	ErrClosed   = fault.Conflict(fault.Text{Ja: "この検知はすでに終了しています。同じことが起きると、新しい検知になります。",
		En: "This finding is closed already. If it happens again, a new one opens."})
	ErrNote = fault.Invalid("note", fault.Text{Ja: "何をしたか、500文字以内で書いてください。", En: "Say what was done, in at most 500 characters."})
)
