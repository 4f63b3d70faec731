package catalog

import (
	"context"
	"fmt"
	"strings"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/kana"
)

// The bounds of the category tree.
const (
	MaxCategories = 500
	MaxDepth      = 4
)

// A Category is one drawer of the shop.
type Category struct {
	ID       id.Category
	Parent   id.Category // 0 at the top
	Slug     string      // its name in addresses; empty: made from the English name, or the id
	Name     string
	NameEn   string
	Position int64

	State       Display // empty: shown
	Explanation string
	Meta        *Meta // nil: never set
	MadeMS      int64 // 0: before this was noted
	UpdatedMS   int64
}

// A Tree is all categories of a shop, in the order of their positions.
type Tree []Category

// Under are the category and all below it.
func (t Tree) Under(c id.Category) []id.Category {
	out := []id.Category{c}
	for i := 0; i < len(out); i++ {
		for _, k := range t {
			if k.Parent == out[i] && k.ID != c {
				out = append(out, k.ID)
			}
		}
	}
	return out
}

// Path is the way from the top to the category, itself last; empty where there is no such category.
func (t Tree) Path(c id.Category) []Category {
	var out []Category
	for range MaxDepth {
		i := find(len(t), func(i int) bool { return t[i].ID == c })
		if i < 0 {
			break
		}
		out = append([]Category{t[i]}, out...)
		c = t[i].Parent
	}
	return out
}

// Shown are the categories that everyone sees: neither they nor any above them are hidden or for members.
func (t Tree) Shown() Tree {
	var out Tree
	for _, c := range t {
		seen := true
		for _, p := range t.Path(c.ID) {
			seen = seen && p.State.Shown()
		}
		if seen {
			out = append(out, c)
		}
	}
	return out
}

// Children are the categories right below one, or at the top for 0.
func (t Tree) Children(c id.Category) (out []Category) {
	for _, k := range t {
		if k.Parent == c {
			out = append(out, k)
		}
	}
	return out
}

// BySlug finds a category by its address.
func (t Tree) BySlug(slug string) (Category, error) {
	if i := find(len(t), func(i int) bool { return t[i].Slug == slug }); i >= 0 {
		return t[i], nil
	}
	return Category{}, ErrNoCategory
}

// ErrNoCategory is a category that is missing or another shop's.
var ErrNoCategory = fault.NotFound(fault.Text{
	Ja: "このカテゴリーは見つかりません。削除されたか、アドレスが違う可能性があります。",
	En: "This category was not found. It may have been deleted, or the address may be wrong."})

// Categories are all of the shop's.
func (s *Service) Categories(ctx context.Context, r db.Reader) (Tree, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return nil, err
	}
	t, err := db.All(ctx, r, scanCategory, sqlCategories, r.Shop())
	if err != nil {
		return nil, fmt.Errorf("list categories: %w", err)
	}
	return t, nil
}

// CreateCategory adds one.
func (s *Service) CreateCategory(ctx context.Context, tx *db.Tx, c Category) (id.Category, error) {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return 0, err
	}
	c.ID = 0
	t, err := s.checkCategory(ctx, tx, &c)
	if err != nil {
		return 0, err
	}
	if len(t) >= MaxCategories {
		return 0, fault.Invalid("name", fault.Text{Ja: "カテゴリーは500個までです。", En: "A shop has at most 500 categories."})
	}
	v, err := db.Insert(tx, func(v id.Category) (int64, error) {
		if c.Slug == "" {
			c.Slug = id.String(v)
		}
		return tx.Exec(ctx, sqlPutCategory, tx.Shop(), v, c.Parent, c.Slug, c.Name, c.NameEn, c.Position,
			string(c.State), c.Explanation, c.Meta.Stored(), tx.NowMS())
	})
	if err != nil {
		return 0, fmt.Errorf("create category: %w", err)
	}
	return v, s.raise(tx)
}

// ChangeCategory renames or moves one.
func (s *Service) ChangeCategory(ctx context.Context, tx *db.Tx, c Category) error {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return err
	}
	if _, err := s.checkCategory(ctx, tx, &c); err != nil {
		return err
	}
	if c.Slug == "" {
		c.Slug = id.String(c.ID)
	}
	n, err := tx.Exec(ctx, sqlChangeCategory, tx.Shop(), c.ID, c.Parent, c.Slug, c.Name, c.NameEn, c.Position,
		string(c.State), c.Explanation, c.Meta.Stored(), tx.NowMS())
	if err != nil {
		return fmt.Errorf("change category: %w", err)
	}
	if n == 0 {
		return ErrNoCategory
	}
	return s.raise(tx)
}

// DeleteCategory removes an empty drawer or a full one: its products stay, those below it move up to its parent.
func (s *Service) DeleteCategory(ctx context.Context, tx *db.Tx, c id.Category) error {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return err
	}
	if c == 0 {
		return ErrNoCategory
	}
	if err := tx.Queue(sqlLiftCategories, tx.Shop(), c); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlDeleteCategory, tx.Shop(), c)
	if err != nil {
		return fmt.Errorf("delete category: %w", err)
	}
	if n == 0 {
		return ErrNoCategory
	}
	return s.raise(tx)
}

func (s *Service) checkCategory(ctx context.Context, r db.Reader, c *Category) (Tree, error) {
	var fs fault.Faults
	c.Slug = strings.ToLower(kana.Tidy(c.Slug))
	for _, f := range []*fault.Fault{line("name", &c.Name, MaxName), line("name_en", &c.NameEn, MaxName),
		between("position", c.Position, MaxPosition)} {
		if f != nil {
			fs = append(fs, f)
		}
	}
	if c.State == "" {
		c.State = Shown
	}
	fs = append(fs, CleanSection(c.State, &c.Explanation, c.Meta)...)
	if c.Name == "" {
		fs = append(fs, fault.Invalid("name", fault.Text{Ja: "カテゴリー名を入力してください。", En: "Please enter the category's name."}))
	}
	t, err := s.Categories(ctx, r)
	if err != nil {
		return nil, err
	}
	if c.Slug == "" {
		c.Slug = slug(c.NameEn)
		if c.Slug != "" && t.taken(*c) {
			c.Slug = ""
		}
	} else if f := checkHandle("slug", c.Slug); f != nil {
		fs = append(fs, f)
	} else if t.taken(*c) {
		fs = append(fs, fault.Invalid("slug", fault.Text{
			Ja: "このアドレスはほかのカテゴリーで使われています。", En: "Another category uses this address."}))
	}
	if c.Parent != 0 {
		if f := t.fits(*c); f != nil {
			fs = append(fs, f)
		}
	}
	return t, fs.Err()
}

func (t Tree) taken(c Category) bool {
	k, err := t.BySlug(c.Slug)
	return err == nil && k.ID != c.ID
}

// fits refuses a parent that is missing, that is the category itself or below it, or that makes the tree too deep.
func (t Tree) fits(c Category) *fault.Fault {
	path := t.Path(c.Parent)
	inside := false
	for _, p := range path {
		inside = inside || p.ID == c.ID
	}
	if len(path) == 0 || inside {
		return fault.Invalid("parent", fault.Text{
			Ja: "親カテゴリーには、自分自身とその下以外の、いまあるカテゴリーを選んでください。",
			En: "Choose a parent that exists and is neither this category nor one below it."})
	}
	if len(path)+t.height(c.ID) > MaxDepth {
		return fault.Invalid("parent", fault.Text{Ja: "カテゴリーは4階層までです。", En: "Categories go at most four levels deep."})
	}
	return nil
}

// height counts the levels from the category down, 1 for one with nothing below it, or for a new one.
func (t Tree) height(c id.Category) int {
	most := 0
	if c != 0 {
		for _, k := range t.Children(c) {
			most = max(most, t.height(k.ID))
		}
	}
	return most + 1
}

// SetCategories says in which categories a product stands.
func (s *Service) SetCategories(ctx context.Context, tx *db.Tx, product id.Product, in []id.Category) error {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return err
	}
	t, err := s.Categories(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := s.imageIDs(ctx, tx, product); err != nil { // the product is this shop's
		return err
	}
	if err := tx.Queue(sqlClearCategories, tx.Shop(), product); err != nil {
		return err
	}
	seen := map[id.Category]bool{}
	for _, c := range in {
		if find(len(t), func(i int) bool { return t[i].ID == c }) < 0 {
			return ErrNoCategory
		}
		if seen[c] {
			continue
		}
		seen[c] = true
		if err := tx.Queue(sqlPutIntoCategory, tx.Shop(), product, c); err != nil {
			return err
		}
	}
	return s.touch(ctx, tx, product)
}
