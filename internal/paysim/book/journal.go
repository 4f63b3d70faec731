package book

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// An entry is one line of the journal: what something has become. The last one of a name holds.
type entry struct {
	Ahead   *time.Duration `json:"ahead,omitempty"`
	Account *Account       `json:"account,omitempty"`
	Charge  *Charge        `json:"charge,omitempty"`
	Saved   *Saved         `json:"saved,omitempty"`
	Notice  *Notice        `json:"notice,omitempty"`
	Row     *Row           `json:"row,omitempty"`
	Paid    *paid          `json:"paid,omitempty"`
	Key     string         `json:"key,omitempty"`
	Done    *done          `json:"done,omitempty"`
}

// paid says which payout a row came with.
type paid struct {
	Row    int
	Payout string
}

// A journal is a file of lines. A line that was cut off by a fall is the last one, and was never answered for.
type journal struct {
	f   *os.File
	err error
}

const maxLine = 1 << 20

func openJournal(path string, take func(entry) error) (*journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	good, err := readJournal(f, take)
	if err == nil {
		err = f.Truncate(good)
	}
	if err == nil {
		_, err = f.Seek(good, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read journal: %w", err), f.Close())
	}
	return &journal{f: f}, nil
}

// readJournal gives every whole line to take, and says where the last one ended.
func readJournal(r io.Reader, take func(entry) error) (good int64, err error) {
	in := bufio.NewReaderSize(r, maxLine)
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return good, nil
		}
		if err != nil {
			return good, fmt.Errorf("line %d: %w", n, err)
		}
		var e entry
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil {
			return good, fmt.Errorf("line %d: %w", n, err)
		}
		if err := take(e); err != nil {
			return good, fmt.Errorf("line %d: %w", n, err)
		}
		good += int64(len(line))
	}
}

// save writes an entry. A journal that cannot be written is said once, at the end: the simulator goes on from memory.
func (b *Book) save(e entry) {
	if b.journal == nil || b.journal.err != nil {
		return
	}
	line, err := json.Marshal(e)
	if err == nil {
		_, err = b.journal.f.Write(append(line, '\n'))
	}
	b.journal.err = err
}

func (j *journal) close() error {
	if err := errors.Join(j.err, j.f.Close()); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

var errEntry = errors.New("the entry does not fit what came before it")

// replay takes an entry back.
func (b *Book) replay(e entry) error {
	switch {
	case e.Ahead != nil:
		b.ahead = *e.Ahead
	case e.Account != nil:
		if a := b.account(e.Account.ID); a != nil {
			*a = *e.Account
			return nil
		}
		b.accounts = append(b.accounts, e.Account)
	case e.Charge != nil:
		b.file(e.Charge)
	case e.Saved != nil && e.Saved.Gone:
		delete(b.cards, e.Saved.Ref)
	case e.Saved != nil:
		b.cards[e.Saved.Ref] = e.Saved
	case e.Notice != nil:
		if n := b.notice(e.Notice.ID); n != nil {
			*n = *e.Notice
			return nil
		}
		b.notices = append(b.notices, e.Notice)
	case e.Row != nil:
		b.rows = append(b.rows, e.Row)
	case e.Paid != nil:
		if e.Paid.Row < 0 || e.Paid.Row >= len(b.rows) {
			return errEntry
		}
		b.rows[e.Paid.Row].Payout = e.Paid.Payout
	case e.Done != nil:
		b.done[e.Key] = *e.Done
	}
	return nil
}
