// Package filelock lets one process at a time have a folder.
//
// It guarantees that the lock ends with its process, however that ends. It refuses to wait.
package filelock

import (
	"errors"
	"fmt"
	"os"
)

// ErrHeld means that another process has the lock.
var ErrHeld = errors.New("another process holds the lock")

// A Lock is held until Close, or until the process ends.
type Lock struct{ f *os.File }

// Take takes the lock of that file, which it makes where it is missing; ErrHeld where another process has it.
func Take(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := take(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Lock{f}, nil
}

// Close gives the lock back.
func (l *Lock) Close() error { return l.f.Close() }
