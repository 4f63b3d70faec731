// Package peer is what the vault asks of the kernel: who stands at the other end of the socket, and that nobody looks
// into
// its memory.
//
// It guarantees that a peer's user is the kernel's word, not the peer's. It refuses folders that others may read.
// What a
// host cannot give is named, so that an operator knows what is missing.
package peer

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// UID is the user at the other end.
func UID(c *net.UnixConn) (int, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("reach socket: %w", err)
	}
	var cred *unix.Ucred
	var got error
	if err := raw.Control(func(fd uintptr) {
		cred, got = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		return 0, fmt.Errorf("reach socket: %w", err)
	}
	if got != nil {
		return 0, fmt.Errorf("read peer's credentials: %w", got)
	}
	return int(cred.Uid), nil
}

// Checked says that UID tells the truth here.
const Checked = true

// Harden takes away what others could use against this process: core dumps, ptrace, files made readable. It is for a
// process
// that is only the vault, and says what is missing.
func Harden() (missing []string, err error) {
	unix.Umask(0o077)
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return nil, fmt.Errorf("turn off core dumps: %w", err)
	}
	// A process that cannot be dumped cannot be traced by others of its user, nor its /proc/PID/mem read.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("turn off tracing: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		missing = append(missing, "no_new_privs could not be set")
	}
	return missing, nil
}
