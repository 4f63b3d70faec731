// Package evidence answers the checklists that come with taking cards, from what the running service is and did: PCI DSS'
// SAQ A, its requirements 6.4.3 and 11.6.1, and the list that Japan's card guideline has every EC shop file.
//
// It guarantees that an answer is a fact of this moment with its source, or says that Noren does not answer it and what the
// operator or the shop must do. It refuses to tick a box: whoever files a list signs for it.
package evidence

import (
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/security/pages"
	"github.com/noren-shop/noren/internal/security/pages/checks"
)

// An Answer is how an item stands.
type Answer string

// The answers.
const (
	Met   Answer = "met"   // shown by what stands beside it
	Not   Answer = "not"   // Noren would answer it, and it is not so now
	Yours Answer = "yours" // Noren does not answer it: people do
)

// Label is the answer in words.
func (a Answer) Label() fault.Text {
	switch a {
	case Met:
		return fault.Text{Ja: "満たしています", En: "Met"}
	case Not:
		return fault.Text{Ja: "満たしていません", En: "Not met"}
	}
	return fault.Text{Ja: "Noren では答えません（あなたが行います）", En: "Not answered by Noren: you do this"}
}

// An Item is one line of a list.
type Item struct {
	ID     string     `json:"id"`
	Asks   fault.Text `json:"asks"` // in our words: the list's own text is its publisher's
	Answer Answer     `json:"answer"`
	Fact   fault.Text `json:"fact"`
}

// A List is one checklist.
type List struct {
	Name  fault.Text `json:"name"`
	About fault.Text `json:"about"`
	Items []Item     `json:"items"`
}

// Facts are what is known of the running service.
type Facts struct {
	Now       time.Time
	Domain    string
	Inventory pages.Inventory
	State     checks.State
	WatchShop string
	TLS       string   // off, proxy, acme, files
	Ops       string   // the console's own listener; "" is closed
	Missing   []string // protections that the host lacks
	Vault     bool     // the vault answers
	DataOpen  string   // the data folder's mode where others may enter it; "" where nobody may
	Release   string
}

// A Report is everything, for people and programs.
type Report struct {
	Made      time.Time       `json:"made"`
	Release   string          `json:"release"`
	Domain    string          `json:"domain"`
	Lists     []List          `json:"lists"`
	TLS       fault.Text      `json:"tls"`
	Inventory pages.Inventory `json:"inventory"`
	State     checks.State    `json:"checks"`
}

// PCI makes the report.
func PCI(f Facts) Report {
	return Report{Made: f.Now, Release: f.Release, Domain: f.Domain, Inventory: f.Inventory, State: f.State, TLS: f.tls(),
		Lists: []List{scripts(f), saqA(f), guideline(f)}}
}

// Watched says how the last looks came out: how many pages are watched, how many of them were as they must be, and the
// oldest of the last looks.
func (r Report) Watched() (total, same int, oldest time.Time) { return watched(r.Inventory, r.State) }

func watched(v pages.Inventory, s checks.State) (total, same int, oldest time.Time) {
	for _, p := range v.Pages {
		if p.Watched == pages.NotWatched {
			continue
		}
		total++
		good, at := true, time.Time{}
		for _, c := range s.Latest {
			if c.Page == p.Key() {
				good, at = good && c.Outcome == pages.Same, c.Last
			}
		}
		if at.IsZero() || !good {
			continue
		}
		same++
		if oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	return total, same, oldest
}
