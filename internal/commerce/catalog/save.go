package catalog

import (
	"context"
	"fmt"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
)

// save writes the axes, values and variants of a product.
func (s *Service) save(ctx context.Context, tx *db.Tx, product id.Product, m matched) error {
	for _, v := range m.variants {
		if err := tx.Queue(sqlDeleteVariant, tx.Shop(), v); err != nil {
			return err
		}
	}
	for _, o := range m.dropped {
		if err := tx.Queue(sqlDeleteOption, tx.Shop(), o); err != nil {
			return err
		}
	}
	for _, v := range m.values {
		if err := tx.Queue(sqlDeleteValue, tx.Shop(), v); err != nil {
			return err
		}
	}
	for i := range m.in.Options {
		if err := s.saveOption(ctx, tx, product, i, &m.in.Options[i]); err != nil {
			return fmt.Errorf("save option: %w", err)
		}
	}
	if err := tx.Queue(sqlClearChoices, tx.Shop(), product); err != nil {
		return err
	}
	for i, v := range m.in.Variants {
		if v.ID == 0 {
			continue
		}
		c := m.choices(v)
		if err := tx.Queue(sqlChangeVariant, tx.Shop(), v.ID, product, i, c[0], c[1], c[2],
			v.Price, v.Model, v.JAN, v.WeightG, v.Follows, v.ListPrice, v.MemberPrice, v.Cost, v.Few, tx.NowMS()); err != nil {
			return err
		}
	}
	for i, v := range m.in.Variants {
		if v.ID != 0 {
			continue
		}
		c := m.choices(v)
		if _, err := db.Insert(tx, func(n id.Variant) (int64, error) {
			return tx.Exec(ctx, sqlPutVariant, tx.Shop(), n, product, i, c[0], c[1], c[2], v.Price, v.Model, v.JAN, v.WeightG,
				v.Follows, v.ListPrice, v.MemberPrice, v.Cost, v.Few, tx.NowMS())
		}); err != nil {
			return fmt.Errorf("save variant: %w", err)
		}
	}
	return nil
}

// saveOption writes one axis and gives new values their ids.
func (s *Service) saveOption(ctx context.Context, tx *db.Tx, product id.Product, place int, o *OptionIn) (err error) {
	if o.ID != 0 {
		err = tx.Queue(sqlChangeOption, tx.Shop(), o.ID, place, o.Name, o.NameEn, tx.NowMS())
	} else {
		o.ID, err = db.Insert(tx, func(n id.Option) (int64, error) {
			return tx.Exec(ctx, sqlPutOption, tx.Shop(), n, product, place, o.Name, o.NameEn, tx.NowMS())
		})
	}
	if err != nil {
		return err
	}
	for j := range o.Values {
		v := &o.Values[j]
		if v.ID != 0 {
			err = tx.Queue(sqlChangeValue, tx.Shop(), v.ID, j, v.Name, v.NameEn, tx.NowMS())
		} else {
			v.ID, err = db.Insert(tx, func(n id.Value) (int64, error) {
				return tx.Exec(ctx, sqlPutValue, tx.Shop(), n, product, o.ID, j, v.Name, v.NameEn, tx.NowMS())
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
