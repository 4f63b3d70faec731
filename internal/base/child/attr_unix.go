//go:build unix

package child

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// credential drops every group but the user's own.
func credential(u *User) *syscall.Credential {
	if u == nil {
		return nil
	}
	return &syscall.Credential{Uid: u.UID, Gid: u.GID, Groups: []uint32{}}
}

// LookupUser finds a user of this machine by name, or takes a number that no user needs to have.
func LookupUser(name string) (User, error) {
	if n, err := strconv.ParseUint(name, 10, 32); err == nil && n > 0 {
		return User{UID: uint32(n), GID: uint32(n)}, nil
	}
	found, err := user.Lookup(name)
	if err != nil {
		return User{}, fmt.Errorf("look up user %s: %w", name, err)
	}
	uid, err := strconv.ParseUint(found.Uid, 10, 32)
	if err != nil {
		return User{}, fmt.Errorf("look up user %s: %w", name, err)
	}
	gid, err := strconv.ParseUint(found.Gid, 10, 32)
	if err != nil {
		return User{}, fmt.Errorf("look up user %s: %w", name, err)
	}
	return User{UID: uint32(uid), GID: uint32(gid)}, nil
}

func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

func killed(s *os.ProcessState) bool {
	if s == nil {
		return false
	}
	w, ok := s.Sys().(syscall.WaitStatus)
	return ok && w.Signaled() && w.Signal() == syscall.SIGKILL
}
