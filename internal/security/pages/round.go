package pages

import "time"

// An Outcome is what a look at a page came to.
type Outcome string

// The outcomes.
const (
	Same    Outcome = "same"
	Changed Outcome = "changed"     // something differs from the inventory
	Away    Outcome = "unreachable" // it did not come
)

// A Result is one look at one page, as it is kept.
type Result struct {
	Page        string            `json:"page"` // Page.Key
	Outcome     Outcome           `json:"outcome"`
	Status      int               `json:"status"`
	TookMS      int64             `json:"took_ms"`
	Files       map[string]string `json:"files"`       // address's path → SHA-256 of what came
	Headers     string            `json:"headers"`     // hash of the headers that matter
	Certificate int64             `json:"certificate"` // its end, ms; 0: none
	Differences []Difference      `json:"differences,omitempty"`
}

// A Round is one look at every page.
type Round struct {
	Seq   int64    `json:"seq"` // 1, 2, 3 … of one watcher
	AtMS  int64    `json:"at_ms"`
	Pages []Result `json:"pages"`
}

// At is when the round began.
func (r Round) At() time.Time { return time.UnixMilli(r.AtMS) }
