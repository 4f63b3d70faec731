// Package group keeps products that belong together beside the categories: a brand, a season, a present for whom.
//
// It guarantees that a group is a shop's own, that its parent is one of the shop's groups, and that each change raises the
// shop's version, by which pages are kept and dropped. It refuses trees deeper than catalog.MaxDepth.
package group

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
)

// Most is how many groups a shop has at most.
const Most = 500

// A Group is one of a shop's.
type Group struct {
	ID          id.Group
	Parent      id.Group // 0 at the top
	Name        string
	State       catalog.Display // empty: shown
	Explanation string
	Meta        *catalog.Meta // nil: never set
	Position    int64
	MadeMS      int64
	UpdatedMS   int64
}

// ErrMissing is a group that is missing or another shop's.
var ErrMissing = fault.NotFound(fault.Text{
	Ja: "このグループは見つかりません。削除されたか、アドレスが違う可能性があります。",
	En: "This group was not found. It may have been deleted, or the address may be wrong."})

// A Service keeps groups.
type Service struct{}

// New makes the service.
func New() *Service { return &Service{} }

// List reads all groups of the shop, in the order of their positions.
func (s *Service) List(ctx context.Context, r db.Reader) ([]Group, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	all, err := db.All(ctx, r, scan, sqlList, r.Shop())
	if err != nil {
		return nil, fmt.Errorf("list groups: %w", err)
	}
	return all, nil
}

// Get reads one.
func (s *Service) Get(ctx context.Context, r db.Reader, g id.Group) (Group, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return Group{}, err
	}
	out, err := db.One(ctx, r, scan, sqlGet, r.Shop(), g)
	if errors.Is(err, db.ErrNone) {
		return out, ErrMissing
	}
	return out, err
}

// Create adds one, after the others.
func (s *Service) Create(ctx context.Context, tx *db.Tx, g Group) (id.Group, error) {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return 0, err
	}
	all, err := s.List(ctx, tx)
	if err != nil {
		return 0, err
	}
	if err := g.clean(all); err != nil {
		return 0, err
	}
	if len(all) >= Most {
		return 0, fault.Invalid("name", fault.Text{Ja: "グループは500個までです。", En: "A shop has at most 500 groups."})
	}
	if n := len(all); n > 0 && g.Position == 0 {
		g.Position = all[n-1].Position + 1
	}
	v, err := db.Insert(tx, func(v id.Group) (int64, error) {
		return tx.Exec(ctx, sqlPut, tx.Shop(), v, g.Parent, g.Name, string(g.State), g.Explanation, g.Meta.Stored(), g.Position, tx.NowMS())
	})
	if err != nil {
		return 0, fmt.Errorf("create group: %w", err)
	}
	return v, catalog.Raise(tx)
}

// Change saves a group as somebody wants it to be.
func (s *Service) Change(ctx context.Context, tx *db.Tx, g Group) error {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return err
	}
	all, err := s.List(ctx, tx)
	if err != nil {
		return err
	}
	if err := g.clean(all); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlChange, tx.Shop(), g.ID, g.Parent, g.Name, string(g.State), g.Explanation, g.Meta.Stored(), g.Position, tx.NowMS())
	if err != nil {
		return fmt.Errorf("change group: %w", err)
	}
	if n == 0 {
		return ErrMissing
	}
	return catalog.Raise(tx)
}

// Put says in which groups a product stands.
func (s *Service) Put(ctx context.Context, tx *db.Tx, product id.Product, groups []id.Group) error {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return err
	}
	all, err := s.List(ctx, tx)
	if err != nil {
		return err
	}
	if err := tx.Queue(sqlClear, tx.Shop(), product); err != nil {
		return err
	}
	seen := map[id.Group]bool{}
	for _, g := range groups {
		if seen[g] {
			continue
		}
		seen[g] = true
		if !slices.ContainsFunc(all, func(k Group) bool { return k.ID == g }) {
			return ErrMissing
		}
		n, err := tx.Exec(ctx, sqlInto, tx.Shop(), product, g)
		if err != nil {
			return fmt.Errorf("put product into group: %w", err)
		}
		if n == 0 {
			return catalog.ErrMissing
		}
	}
	return catalog.Raise(tx)
}

func (g *Group) clean(all []Group) error {
	if g.State == "" {
		g.State = catalog.Shown
	}
	fs := catalog.CleanSection(g.State, &g.Explanation, g.Meta)
	fs = append(fs, catalog.CleanName("name", &g.Name)...)
	if g.Parent != 0 && !fits(all, g) {
		fs = append(fs, fault.Invalid("parent", fault.Text{
			Ja: "親グループには、自分自身とその下以外の、いまあるグループを4階層まで選べます。",
			En: "Choose a parent that exists and is neither this group nor one below it, at most four levels deep."}))
	}
	return fs.Err()
}

// fits walks up from the parent: it exists, the group is not above itself, and the way is not too long.
func fits(all []Group, g *Group) bool {
	at := g.Parent
	for range catalog.MaxDepth - 1 {
		i := slices.IndexFunc(all, func(k Group) bool { return k.ID == at })
		if i < 0 || at == g.ID {
			return false
		}
		if at = all[i].Parent; at == 0 {
			return true
		}
	}
	return false
}
