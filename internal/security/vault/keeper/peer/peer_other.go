//go:build !linux

package peer

import "net"

// UID is not known here.
func UID(*net.UnixConn) (int, error) { return -1, nil }

// Checked says that UID tells nothing here: the socket's folder is the only guard.
const Checked = false

// Harden names what this host does not give.
func Harden() (missing []string, err error) {
	return []string{"this system does not say who stands at the other end of a socket: the folder is the only guard",
		"core dumps and tracing by processes of the same user are not switched off"}, nil
}
