package db

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// loop is the one writer: it takes the transactions that wait, runs them one after the other, commits them together and
// only then tells their callers. While it commits, the next ones gather.
func (s *sqliteStore) loop() {
	defer close(s.stopped)
	for {
		var first *liteWork
		select {
		case first = <-s.work:
		case <-s.closing:
			select {
			case first = <-s.work: // accepted before the end
			default:
				return
			}
		}
		s.commit(first)
	}
}

// A batch is the transactions of one commit. While none fails it needs no savepoints, which cost a copy of each page that
// is touched; when one fails that may have written, everything is undone and those before it run again, each within a
// savepoint, as do the rest of this batch and some batches after it.
type batch struct {
	store   *sqliteStore
	works   []*liteWork
	careful bool
}

func (s *sqliteStore) commit(first *liteWork) {
	ctx, c := context.Background(), s.writer
	b := &batch{store: s, works: []*liteWork{first}, careful: s.careful > 0}
	if b.careful {
		s.careful--
	}
	defer func() {
		for _, w := range b.works {
			close(w.done)
		}
	}()
	if _, err := c.exec(ctx, sqlBeginImmediate, nil); err != nil {
		b.fail(fmt.Errorf("begin: %w", err))
		return
	}
	if err := b.gather(ctx); err != nil {
		// The connection is not where it should be: nothing of this batch is known to be good.
		b.fail(err)
		c.exec(ctx, sqlRollback, nil) //nolint:errcheck // the batch has failed already
		return
	}
	started := time.Now()
	if _, err := c.exec(ctx, sqlCommit, nil); err != nil {
		b.fail(fmt.Errorf("commit: %w", err))
		c.exec(ctx, sqlRollback, nil) //nolint:errcheck // the batch has failed already
	}
	s.commitTime = (3*s.commitTime + time.Since(started)) / 4
}

// gather runs the first transaction and those that come while there is time. Its error is the connection's.
func (b *batch) gather(ctx context.Context) error {
	most := min(maxBatchTime, max(batchTime, batchCommits*b.store.commitTime))
	for started := time.Now(); ; {
		if err := b.runLast(ctx); err != nil {
			return err
		}
		if len(b.works) >= maxBatch || time.Since(started) >= most {
			return nil
		}
		select {
		case w := <-b.store.work:
			b.works = append(b.works, w)
		default:
			return nil
		}
	}
}

func (b *batch) fail(err error) {
	for _, w := range b.works {
		if w.err == nil {
			w.err = err
		}
	}
}

func (b *batch) runLast(ctx context.Context) error {
	last := b.works[len(b.works)-1]
	if b.careful {
		return b.store.runSaved(ctx, last)
	}
	if last.attempt(b.store.writer) {
		return nil
	}
	b.careful, b.store.careful = true, carefulBatches
	if _, err := b.store.writer.exec(ctx, sqlRollback, nil); err != nil {
		return fmt.Errorf("rollback: %w", err)
	}
	if _, err := b.store.writer.exec(ctx, sqlBeginImmediate, nil); err != nil {
		return fmt.Errorf("begin again: %w", err)
	}
	for _, w := range b.works {
		if err := b.store.runSaved(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// attempt runs the transaction and says whether the batch is as it should be without undoing anything. Where a statement
// failed it is not, even if the transaction made nothing of it: some failures make SQLite roll everything back.
func (w *liteWork) attempt(c *liteConn) (clean bool) {
	w.panc = nil
	if w.err = w.ctx.Err(); w.err != nil {
		return true
	}
	tx := &liteTx{conn: c, ctx: w.ctx}
	defer func() {
		if p := recover(); p != nil {
			w.panc, w.err = p, errors.New("panic in a transaction")
		}
		clean = !tx.hurt && (w.err == nil || !tx.wrote)
	}()
	w.err = w.run(tx)
	return clean
}

// runSaved runs one transaction within a savepoint; the error it returns is the connection's, not the transaction's.
func (s *sqliteStore) runSaved(ctx context.Context, w *liteWork) error {
	if _, err := s.writer.exec(ctx, sqlSavepoint, nil); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	w.attempt(s.writer)
	if w.err != nil {
		if _, err := s.writer.exec(ctx, sqlRollbackTo, nil); err != nil {
			return fmt.Errorf("rollback to savepoint: %w", err)
		}
	}
	if _, err := s.writer.exec(ctx, sqlRelease, nil); err != nil {
		return fmt.Errorf("release savepoint: %w", err)
	}
	return nil
}
