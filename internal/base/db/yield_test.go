package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
)

func TestWorkBehindWaitsForPeopleButNotForEver(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	enter, leave := make(chan struct{}), make(chan struct{})
	ended := make(chan error)
	go func() {
		ended <- d.Write(t.Context(), db.Scope{Shop: 1}, func(*db.Tx) error {
			close(enter)
			<-leave
			return nil
		})
	}()
	<-enter
	started := time.Now()
	d.GiveWay(db.Behind(t.Context()))
	if took := time.Since(started); took < 50*time.Millisecond || took > 10*time.Second {
		t.Errorf("gave way for %v to a person whose write does not end", took)
	}
	gone, cancel := context.WithCancel(db.Behind(t.Context()))
	cancel()
	d.GiveWay(gone)
	close(leave)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestFailureInABatchUndoesItselfOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		errNo := errors.New("no")
		const n = 200
		done := make(chan error, n)
		for i := range n {
			go func() {
				err := d.Write(t.Context(), db.Scope{Shop: 1}, func(tx *db.Tx) error {
					_, err := tx.Exec(t.Context(), `INSERT INTO outbox_head (shop_id, seq) VALUES (1, 1)
						ON CONFLICT (shop_id) DO UPDATE SET seq = outbox_head.seq + 1`)
					if err == nil && i%3 == 0 {
						return errNo
					}
					return err
				})
				if errors.Is(err, errNo) && i%3 == 0 {
					err = nil
				}
				done <- err
			}()
		}
		for range n {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		var got, want int64
		for i := range n {
			if i%3 != 0 {
				want++
			}
		}
		err := d.Read(t.Context(), db.Scope{Shop: 1}, func(r db.Reader) error {
			return r.QueryRow(t.Context(), `SELECT seq FROM outbox_head WHERE shop_id = 1`).Scan(&got)
		})
		if err != nil || got != want {
			t.Errorf("%d writes are kept, want %d (%v)", got, want, err)
		}
	})
}
