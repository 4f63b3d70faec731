//go:build !unix

package child

import (
	"errors"
	"os"
	"os/exec"
)

var errNoUsers = errors.New("another user cannot be given to a child on this system")

func restrict(_ *exec.Cmd, u *User) error {
	if u != nil {
		return errNoUsers
	}
	return nil
}

// LookupUser is not to be had here.
func LookupUser(string) (User, error) { return User{}, errNoUsers }

// terminate has no gentle signal here: the end of standard input is the request, and the kill follows after the grace.
func terminate(*os.Process) error { return errNoUsers }

// killed cannot be told from other ends: a killed process shows status 1.
func killed(s *os.ProcessState) bool { return s != nil && s.ExitCode() == 1 }
