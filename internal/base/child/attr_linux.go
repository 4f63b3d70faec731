package child

import (
	"os/exec"
	"syscall"
)

// restrict sets the user, a process group of its own (so that a terminal's Ctrl-C reaches only us, who end the child in
// order), and the signal that the kernel sends to the child when we die.
func restrict(cmd *exec.Cmd, u *User) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM, Credential: credential(u)}
	return nil
}
