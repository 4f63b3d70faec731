package ledger

import "github.com/noren-shop/noren/internal/base/id"

// A Query selects entries of one shop, newest first. Zero fields do not select.
type Query struct {
	Shop       id.Shop
	Subject    Subject   // entries that name this person
	ActorKind  ActorKind // with Actor
	Actor      int64     //
	Credential []byte    //
	Release    int64     //
	Connection uint64    //
	From, To   int64     // At, in milliseconds: From ≤ At < To; To 0 is without end
	Before     int64     // only entries with a smaller Seq: the last page's Next; 0 begins at the newest
	Limit      int       // entries in a page, 1–1,000; 0 is 100
}

// A Page of entries.
type Page struct {
	Entries []Entry
	Next    int64 // Before for the next page; 0 when there is none
}
