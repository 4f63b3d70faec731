package watch

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/noren-shop/noren/internal/base/talk"
	"github.com/noren-shop/noren/internal/security/pages"
)

const (
	maxRounds = 3 * 24 * 60   // three days of minutes are kept for a server that is away
	maxFile   = 32 << 20      // then the file is begun anew, with the older one beside it
	batch     = 25            // rounds in one answer
	maxAnswer = talk.MaxFrame // bytes in one answer
)

// memory is what the watcher has seen, in a file of lines.
type memory struct {
	mu     sync.Mutex
	dir    string
	name   string // of this watcher: another folder is another watcher
	rounds []pages.Round
	file   *os.File
	size   int64
}

func openMemory(dir string) (*memory, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the watcher's folder: %w", err)
	}
	m := &memory{dir: dir}
	name := filepath.Join(dir, "name")
	b, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		b = []byte(rand.Text()[:16])
		err = os.WriteFile(name, b, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("name the watcher: %w", err)
	}
	m.name = strings.TrimSpace(string(b))
	for _, f := range []string{"rounds.old.jsonl", "rounds.jsonl"} {
		if err := m.load(filepath.Join(dir, f)); err != nil {
			return nil, err
		}
	}
	return m, m.open()
}

func (m *memory) open() error {
	f, err := os.OpenFile(filepath.Join(m.dir, "rounds.jsonl"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open the watcher's memory: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	m.file, m.size = f, info.Size()
	return m.whole()
}

// whole ends a last line that was cut off, so that the next one stands by itself.
func (m *memory) whole() error {
	b, err := os.ReadFile(m.file.Name())
	if err != nil || len(b) == 0 || b[len(b)-1] == '\n' {
		return err
	}
	n, err := m.file.Write([]byte("\n"))
	m.size += int64(n)
	return err
}

// load reads one file; a last line that was cut off is dropped.
func (m *memory) load(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the watcher's memory: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxAnswer)
	for lines.Scan() {
		var r pages.Round
		if json.Unmarshal(lines.Bytes(), &r) == nil && r.Seq > m.last() {
			m.keep(r)
		}
	}
	return lines.Err()
}

func (m *memory) last() int64 {
	if len(m.rounds) == 0 {
		return 0
	}
	return m.rounds[len(m.rounds)-1].Seq
}

func (m *memory) keep(r pages.Round) {
	m.rounds = append(m.rounds, r)
	if len(m.rounds) > maxRounds {
		m.rounds = append([]pages.Round(nil), m.rounds[len(m.rounds)-maxRounds:]...)
	}
}

// add numbers a round and writes it down before anybody can hear of it.
func (m *memory) add(r pages.Round) (pages.Round, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r.Seq = m.last() + 1
	b, err := json.Marshal(r)
	if err != nil {
		return r, fmt.Errorf("write round: %w", err)
	}
	if m.size > maxFile {
		if err := m.turn(); err != nil {
			return r, err
		}
	}
	n, err := m.file.Write(append(b, '\n'))
	m.size += int64(n)
	if err == nil {
		err = m.file.Sync()
	}
	if err != nil {
		return r, fmt.Errorf("write round: %w", err)
	}
	m.keep(r)
	return r, nil
}

func (m *memory) turn() error {
	if err := m.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(m.dir, "rounds.jsonl"), filepath.Join(m.dir, "rounds.old.jsonl")); err != nil {
		return err
	}
	return m.open()
}

func (m *memory) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.file.Close()
}

// since are the rounds after a number, as many as one answer takes.
func (m *memory) since(seq int64) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []byte("ok " + m.name + "\n")
	n := 0
	for _, r := range m.rounds {
		if r.Seq <= seq {
			continue
		}
		b, err := json.Marshal(r)
		if err != nil || n == batch || len(out)+len(b) >= maxAnswer {
			break
		}
		out = append(append(out, b...), '\n')
		n++
	}
	return out
}

// Serve answers the server's questions on the listener until ctx ends: "since N\n" gives "ok NAME\n" and the rounds after N,
// a line of JSON each; "name\n" gives the first line alone.
func (w *Watcher) Serve(ctx context.Context, on net.Listener) error {
	return talk.Serve(ctx, on, func(_ context.Context, ask []byte) []byte {
		if string(ask) == "name\n" {
			return []byte("ok " + w.memory.name + "\n")
		}
		number, is := strings.CutPrefix(strings.TrimSuffix(string(ask), "\n"), "since ")
		seq, err := strconv.ParseInt(number, 10, 64)
		if !is || err != nil || seq < 0 {
			return []byte("refused\n")
		}
		return w.memory.since(seq)
	})
}

// Name asks a watcher who it is.
func Name(ctx context.Context, address string) (string, error) {
	name, _, err := question(ctx, address, "name\n")
	return name, err
}

// Hear asks a watcher for what it has seen after a round, and who it is.
func Hear(ctx context.Context, address string, since int64) (name string, rounds []pages.Round, err error) {
	return question(ctx, address, "since "+strconv.FormatInt(since, 10)+"\n")
}

func question(ctx context.Context, address, ask string) (name string, rounds []pages.Round, err error) {
	b, err := talk.Ask(ctx, address, []byte(ask))
	if err != nil {
		return "", nil, err
	}
	head, rest, _ := bytes.Cut(b, []byte("\n"))
	name, is := strings.CutPrefix(string(head), "ok ")
	if !is || name == "" || len(name) > 40 {
		return "", nil, errors.New("the watcher answers in another language")
	}
	for line := range bytes.Lines(rest) {
		var r pages.Round
		if err := json.Unmarshal(line, &r); err != nil {
			return "", nil, fmt.Errorf("read round: %w", err)
		}
		rounds = append(rounds, r)
	}
	return name, rounds, nil
}
