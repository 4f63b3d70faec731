//go:build unix && !linux

package child

import (
	"os/exec"
	"syscall"
)

// restrict sets the user and a process group of its own. Our death shows in the child's standard input only.
func restrict(cmd *exec.Cmd, u *User) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: credential(u)}
	return nil
}
