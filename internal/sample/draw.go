package sample

import (
	"context"
	"errors"
	"fmt"
	"image"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/sample/art"
	"github.com/noren-shop/noren/internal/sample/goods"
)

// drawn is how drawing ended.
type drawn struct {
	took time.Duration
	err  error
}

// side is the pictures' size: that of a variant that base/image makes, so that nothing need be scaled but by halves.
const side = 640

// draw draws the shops' fronts and each product's first picture beside the shops' life, and tells when it is done.
func (w *sower) draw(ctx context.Context) <-chan drawn {
	var tasks []func() error
	for _, p := range w.shops {
		tasks = append(tasks, func() error { return w.front(ctx, p) })
	}
	return work(append(tasks, w.pictures(ctx, func(n int) (from, to int) { return 0, min(n, 1) })...))
}

// later draws the products' other pictures.
func (w *sower) later(ctx context.Context) error {
	if d := <-work(w.pictures(ctx, func(n int) (from, to int) { return min(n, 1), n })); d.err != nil {
		return fmt.Errorf("draw further pictures: %w", d.err)
	}
	return nil
}

// work does the tasks, a few at once, and stops at an error.
func work(tasks []func() error) <-chan drawn {
	began := time.Now()
	queue := make(chan func() error, len(tasks))
	for _, t := range tasks {
		queue <- t
	}
	close(queue)
	errs := make([]error, drawers)
	var wg sync.WaitGroup
	for i := range drawers {
		wg.Go(func() {
			for task := range queue {
				if errs[i] = task(); errs[i] != nil {
					return
				}
			}
		})
	}
	done := make(chan drawn, 1)
	go func() {
		wg.Wait()
		done <- drawn{time.Since(began), errors.Join(errs...)}
	}()
	return done
}

// pictures are a task for each product that has pictures in the part of its list that some gives, every shop's first
// products first.
func (w *sower) pictures(ctx context.Context, some func(n int) (from, to int)) []func() error {
	var tasks []func() error
	left, most := w.size.Pictures, 0
	for _, p := range w.shops {
		most = max(most, len(p.products))
	}
	for i := range most {
		for _, p := range w.shops {
			if i >= len(p.products) || left <= 0 {
				continue
			}
			left--
			all := p.Shop.Pictures(p.Products[i])
			if from, to := some(len(all)); from < to {
				tasks = append(tasks, func() error { return w.picture(ctx, p, i, all[from:to]) })
			}
		}
	}
	return tasks
}

// picture draws pictures of one product, in their order.
func (w *sower) picture(ctx context.Context, p *plot, i int, list []goods.Picture) error {
	for _, a := range list {
		m, err := art.DrawSide(art.Kind(a.Kind), a.Tone, p.Products[i].Seed, side)
		if err != nil {
			return err
		}
		made, err := w.Pictures.Draw(ctx, p.owner, m)
		if err != nil {
			return err
		}
		made.Alt, made.AltEn = p.inputs[i].Name, p.inputs[i].NameEn
		if len(p.Products[i].Art) > 1 {
			tone := toneOf(art.Shop(p.Theme), a.Tone)
			made.Alt, made.AltEn = made.Alt+"("+tone.Ja+")", made.AltEn+" ("+tone.En+")"
		}
		err = w.DB.Write(ctx, p.owner, func(tx *db.Tx) error {
			_, err := w.Catalog.AttachImage(ctx, tx, p.products[i], made)
			return err
		})
		if err != nil {
			return fmt.Errorf("picture of %s: %w", p.inputs[i].Handle, err)
		}
	}
	return nil
}

func toneOf(s art.Shop, name string) art.Tone {
	for _, t := range art.Tones(s) {
		if t.Name == name {
			return t
		}
	}
	return art.Tone{}
}

// front is a shop's banner and mark.
func (w *sower) front(ctx context.Context, p *plot) error {
	hero, err := art.Hero(art.Shop(p.Theme), 1)
	if err != nil {
		return err
	}
	logo, err := art.Logo(art.Shop(p.Theme))
	if err != nil {
		return err
	}
	var names [2]string
	for i, m := range []*image.RGBA{hero, logo} {
		made, err := w.Pictures.Draw(ctx, p.owner, m)
		if err != nil {
			return err
		}
		widest := made.Files[len(made.Files)-1]
		names[i] = widest.Digest + widest.Ext()
	}
	return w.DB.Write(ctx, p.owner, func(tx *db.Tx) error {
		_, err := w.Tenants.SetPictures(ctx, tx, names[0], names[1])
		return err
	})
}
