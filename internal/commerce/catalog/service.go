package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/page"
)

// A Service reads and changes shops' catalogues.
type Service struct{}

// New makes the service.
func New() *Service { return &Service{} }

// Get reads a product whole, whatever its state.
func (s *Service) Get(ctx context.Context, r db.Reader, product id.Product) (Product, error) {
	if err := r.Allow(actor.ViewCatalog); err != nil {
		return Product{}, err
	}
	p, err := s.base(ctx, r, product)
	if err != nil {
		return Product{}, err
	}
	if p.Images, err = db.All(ctx, r, scanImage, sqlImages, r.Shop(), product); err != nil {
		return Product{}, fmt.Errorf("list images: %w", err)
	}
	if p.Categories, err = db.All(ctx, r, scanID[id.Category], sqlProductCategories, r.Shop(), product); err != nil {
		return Product{}, fmt.Errorf("list product's categories: %w", err)
	}
	return p, nil
}

// base is a product with its axes and variants, which are saved together.
func (s *Service) base(ctx context.Context, r db.Reader, product id.Product) (Product, error) {
	p, err := db.One(ctx, r, ScanProduct, sqlGet, r.Shop(), product)
	if err != nil {
		return Product{}, missing(err)
	}
	if p.Options, err = Options(ctx, r, product); err != nil {
		return Product{}, err
	}
	if p.Variants, err = db.All(ctx, r, scanVariant, sqlVariants, r.Shop(), product); err != nil {
		return Product{}, fmt.Errorf("list variants: %w", err)
	}
	return p, nil
}

// Options reads a product's axes, for a caller that has asked whether the product may be seen.
func Options(ctx context.Context, r db.Reader, product id.Product) ([]Option, error) {
	all, err := OptionsOf(ctx, r, []id.Product{product})
	return all[product], err
}

// OptionsOf is Options for several products.
func OptionsOf(ctx context.Context, r db.Reader, products []id.Product) (map[id.Product][]Option, error) {
	w := db.In(db.NewWhere("v.shop_id = ?", r.Shop()), "v.product_id", products)
	rows, err := db.All(ctx, r, scanOptionValue, sqlOptions+w.Text()+sqlOptionsOrder, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list options: %w", err)
	}
	all := make(map[id.Product][]Option, len(products))
	for _, row := range rows {
		out := all[row.product]
		if n := len(out); n == 0 || out[n-1].ID != row.option.ID {
			out = append(out, row.option)
		}
		last := &out[len(out)-1]
		last.Values = append(last.Values, row.value)
		all[row.product] = out
	}
	return all, nil
}

// A Query chooses products for the admin's list.
type Query struct {
	State      State         // empty: all
	Categories []id.Category // in any of these; empty: all
	Text       string        // part of a name, a reading, a model number or a JAN code
	After      page.Cursor
	Limit      int
}

// List reads the shop's products, the newest first.
func (s *Service) List(ctx context.Context, r db.Reader, q Query) ([]Row, page.Cursor, error) {
	if err := r.Allow(actor.ViewCatalog); err != nil {
		return nil, page.Cursor{}, err
	}
	q.Limit = Limit(q.Limit)
	w := listWhere(r.Shop(), q)
	limit := w.Arg(q.Limit+1) + " + 0" // a bare one makes SQLite plan anew each time
	rows, err := db.All(ctx, r, scanRow, sqlList+w.Text()+sqlListOrder+limit, w.Args()...)
	if err != nil {
		return nil, page.Cursor{}, fmt.Errorf("list products: %w", err)
	}
	rows, next := page.Cut(rows, q.Limit, func(v Row) page.Cursor { return page.Cursor{ID: int64(v.ID)} })
	return rows, next, nil
}

// Limit bounds a page's length; 0 is the default.
func Limit(n int) int {
	if n <= 0 {
		return page.DefaultLimit
	}
	return min(n, page.MaxLimit)
}

// Create adds a product.
func (s *Service) Create(ctx context.Context, tx *db.Tx, in In) (id.Product, error) {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return 0, err
	}
	in = in.clone()
	if err := in.Clean(); err != nil {
		return 0, err
	}
	m, err := match(Product{}, in)
	if err != nil {
		return 0, err
	}
	if m.in.Handle, err = s.handle(ctx, tx, 0, in); err != nil {
		return 0, err
	}
	low, high := prices(in.Variants)
	product, err := db.Insert(tx, func(v id.Product) (int64, error) {
		handle := m.in.Handle
		if handle == "" {
			handle = id.String(v)
		}
		return tx.Exec(ctx, sqlPut, append([]any{tx.Shop(), v, handle, in.Name, in.NameEn, in.Kana, in.Description, in.DescriptionEn,
			string(in.State), string(in.Tax), in.Position, low, high, in.searchText(), tx.NowMS()}, in.stored()...)...)
	})
	if err != nil {
		return 0, fmt.Errorf("create product: %w", err)
	}
	if err := s.save(ctx, tx, product, m); err != nil {
		return 0, err
	}
	if err := s.raise(tx); err != nil {
		return 0, err
	}
	return product, published(tx, product, in.State)
}

// Change saves a product as somebody wants it to be. Version is the one that they started from; where the product has
// moved on since, it returns ErrMoved and changes nothing.
func (s *Service) Change(ctx context.Context, tx *db.Tx, product id.Product, version int64, in In) error {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return err
	}
	old, err := s.base(ctx, tx, product)
	if err != nil {
		return err
	}
	if old.Version != version {
		return ErrMoved
	}
	in = in.clone()
	if err := in.Clean(); err != nil {
		return err
	}
	m, err := match(old, in)
	if err != nil {
		return err
	}
	if in.Handle, err = s.handle(ctx, tx, product, in); err != nil {
		return err
	}
	if in.Handle == "" {
		in.Handle = old.Handle
	}
	low, high := prices(in.Variants)
	n, err := tx.Exec(ctx, sqlChange, append([]any{tx.Shop(), product, version, in.Handle, in.Name, in.NameEn, in.Kana, in.Description,
		in.DescriptionEn, string(in.State), string(in.Tax), in.Position, low, high, in.searchText(), tx.NowMS()}, in.stored()...)...)
	if err != nil {
		return fmt.Errorf("change product: %w", err)
	}
	if n == 0 {
		return ErrMoved
	}
	if err := s.save(ctx, tx, product, m); err != nil {
		return err
	}
	if err := s.raise(tx); err != nil {
		return err
	}
	return published(tx, product, in.State)
}

// SetState shows or hides a product.
func (s *Service) SetState(ctx context.Context, tx *db.Tx, product id.Product, version int64, state State) error {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return err
	}
	if !state.Valid() {
		return errState()
	}
	n, err := tx.Exec(ctx, sqlSetState, tx.Shop(), product, version, string(state), tx.NowMS())
	if err != nil {
		return fmt.Errorf("set product's state: %w", err)
	}
	if n == 0 {
		return s.moved(ctx, tx, product)
	}
	if err := s.raise(tx); err != nil {
		return err
	}
	return published(tx, product, state)
}

// Delete removes a product with its variants and pictures. Orders keep their copies, and stock its movements.
func (s *Service) Delete(ctx context.Context, tx *db.Tx, product id.Product, version int64) error {
	if err := tx.Allow(actor.EditCatalog); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlDelete, tx.Shop(), product, version)
	if err != nil {
		return fmt.Errorf("delete product: %w", err)
	}
	if n == 0 {
		return s.moved(ctx, tx, product)
	}
	if err := s.raise(tx); err != nil {
		return err
	}
	return published(tx, product, deleted)
}

// moved says why a guarded statement found no row.
func (s *Service) moved(ctx context.Context, r db.Reader, product id.Product) error {
	if _, err := db.One(ctx, r, scanID[id.Product], sqlHasProduct, r.Shop(), product); err != nil {
		return missing(err)
	}
	return ErrMoved
}

// Version grows with each change of the shop's catalogue; 0 before the first.
func (s *Service) Version(ctx context.Context, r db.Reader) (int64, error) {
	if err := r.Allow(actor.BrowseShop); err != nil {
		return 0, err
	}
	v, err := db.One(ctx, r, scanID[int64], sqlVersion, r.Shop())
	if errors.Is(err, db.ErrNone) {
		return 0, nil
	}
	return v, err
}

// touch notes a change beside the product's own fields: of its pictures, its categories.
func (s *Service) touch(ctx context.Context, tx *db.Tx, product id.Product) error {
	n, err := tx.Exec(ctx, sqlTouch, tx.Shop(), product, tx.NowMS())
	if err != nil {
		return fmt.Errorf("note product's change: %w", err)
	}
	if n == 0 {
		return ErrMissing
	}
	if err := s.raise(tx); err != nil {
		return err
	}
	return published(tx, product, "")
}

func (s *Service) raise(tx *db.Tx) error { return Raise(tx) }

// Raise notes that the shop's pages may show something else, for the catalogue's own sub-packages.
func Raise(tx *db.Tx) error { return tx.Queue(sqlRaise, tx.Shop()) }

// handle is the address that was asked for, or one made from the English name of a new product; empty where the id must do.
func (s *Service) handle(ctx context.Context, r db.Reader, product id.Product, in In) (string, error) {
	h := in.Handle
	if h == "" && product == 0 {
		h = slug(in.NameEn)
	}
	if h == "" {
		return "", nil
	}
	owner, err := db.One(ctx, r, scanID[id.Product], sqlByHandle, r.Shop(), h)
	switch {
	case errors.Is(err, db.ErrNone):
		return h, nil
	case err != nil:
		return "", fmt.Errorf("look up handle: %w", err)
	case owner == product:
		return h, nil
	case in.Handle == "":
		return "", nil
	}
	return "", ErrHandleTaken
}

func prices(vs []VariantIn) (low, high int64) {
	low, high = vs[0].Price, vs[0].Price
	for _, v := range vs[1:] {
		low, high = min(low, v.Price), max(high, v.Price)
	}
	return low, high
}

func missing(err error) error {
	if errors.Is(err, db.ErrNone) {
		return ErrMissing
	}
	return fmt.Errorf("read product: %w", err)
}
