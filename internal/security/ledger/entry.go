// Package ledger is the access ledger: who read which person's data, in which shop, for what, when.
//
// It guarantees that Log.Append returns only when the entries are durable, so that the vault, which appends before it
// decrypts, shows nothing that is not entered; that each shop's entries form a hash chain whose heads enter a signed Merkle
// tree at most a second later; that the question "who has read this person's data" is never answered with less than the
// ledger holds; and that its bytes are canonical: one entry has one encoding (docs/ledger-format.md).
//
// It refuses free text, personal data, changes and deletions. It is never rolled back with a restore. When it cannot be
// written, Append returns an error and the vault must keep its mouth shut.
package ledger

import (
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/id"
)

// A Kind of entry. The numbers are part of the format: they are never reused.
type Kind uint8

// The kinds. Only those for which Discloses is true let plaintext out.
const (
	Read        Kind = 1  // fields were opened
	Search      Kind = 2  // subjects matched a search on a personal field: each of them, not only the page shown
	Export      Kind = 3  // fields were opened for an approved export
	Reveal      Kind = 4  // a reversible secret (a provider's key, a TOTP seed) was shown or exported
	Seal        Kind = 5  // a record was sealed, where the vault follows it
	Erase       Kind = 6  // a record's key was destroyed
	GrantExport Kind = 7  // an export was approved
	Session     Kind = 8  // a session or a token was opened, raised or ended
	Refused     Kind = 9  // a budget stopped a read before anything left; the groups say what was asked for
	Denied      Kind = 10 // a credential did not hold or did not reach; the groups say what was asked for
	BreakGlass  Kind = 11 // an operator opened a shop without the owner's consent
	Consent     Kind = 12 // the owner allowed an operator in, or ended that
	KeyAct      Kind = 13 // a key was made, rotated or re-wrapped
)

var kindNames = [...]string{"", "read", "search", "export", "reveal", "seal", "erase", "grant export", "session", "refused",
	"denied", "break glass", "consent", "key act"}

// String names the kind.
func (k Kind) String() string {
	if k.known() {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

func (k Kind) known() bool { return k > 0 && int(k) < len(kindNames) }

// Discloses says whether an entry of this kind means that plaintext left the vault.
func (k Kind) Discloses() bool { return k >= Read && k <= Reveal }

// An ActorKind is actor.Kind as the format numbers it.
type ActorKind uint8

// The kinds of actor.
const (
	ByVisitor  ActorKind = 1
	ByMember   ActorKind = 2
	ByStaff    ActorKind = 3
	ByOperator ActorKind = 4
	ByJob      ActorKind = 5
	ByApp      ActorKind = 6 // an app's token; Release says which release
	ByVault    ActorKind = 7 // the vault itself: erasures that fell due, key rotation
)

var actorNames = [...]string{"", "visitor", "member", "staff", "operator", "job", "app", "vault"}

// String names the kind of actor.
func (k ActorKind) String() string {
	if k.known() {
		return actorNames[k]
	}
	return fmt.Sprintf("actor kind %d", uint8(k))
}

func (k ActorKind) known() bool { return k > 0 && int(k) < len(actorNames) }

// ActorKindOf gives the number of a kind of actor; 0, which no entry accepts, when it has none.
func ActorKindOf(k actor.Kind) ActorKind {
	return ActorKind(max(slices.Index(actorNames[:], string(k)), 0))
}

// An Entry is one act on personal data. It holds numbers, digests and stable codes, no free text: a reason and a network
// address are sealed rows elsewhere, of which Reason is a keyed digest.
type Entry struct {
	Shop       id.Shop   // set by Append
	Seq        int64     // the shop's own count from 1, set by Append
	At         int64     // milliseconds since 1970, UTC; Append fills in its clock's when it is 0
	Kind       Kind      //
	ActorKind  ActorKind //
	Actor      int64     // account, member, job or app id; 0 for a visitor
	Release    int64     // app release; 0 without an app
	Connection uint64    // the web process's connection to the vault, as the vault counts them
	Purpose    string    // a stable code: 1–32 of a–z, 0–9, "-", beginning with a letter
	Request    string    // request id: up to 64 of A–Z, a–z, 0–9, "-", "_", "."
	Credential []byte    // digest of what was presented: 16–32 bytes; none only where nothing is disclosed
	Reason     []byte    // keyed digest of the sealed reason: 16–32 bytes, or none
	Groups     []Group   // Append sorts them and joins those of equal population and mask
}

// A Group is a set of persons of whom the same classes of fields were touched.
type Group struct {
	Population uint8             // as the vault numbers populations, from 1
	Mask       uint64            // bit n is class n; only classes that had a value
	Subjects   *roaring64.Bitmap // ids from 1 to 2^53-1; not empty
}

// Of makes a group from single ids.
func Of(population uint8, mask uint64, subjects ...int64) Group {
	b := roaring64.New()
	for _, s := range subjects {
		b.Add(uint64(s))
	}
	return Group{Population: population, Mask: mask, Subjects: b}
}

// A Subject is one person in one population of a shop.
type Subject struct {
	Population uint8
	ID         int64
}

// Mask is the classes of that subject that the entry names, over all its groups; 0 when it does not name the subject.
func (e *Entry) Mask(s Subject) uint64 {
	var mask uint64
	for _, g := range e.Groups {
		if g.Population == s.Population && g.Subjects.Contains(uint64(s.ID)) {
			mask |= g.Mask
		}
	}
	return mask
}
