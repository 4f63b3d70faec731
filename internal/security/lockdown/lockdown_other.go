//go:build !linux

package lockdown

import "errors"

func restrict(Rules) ([]string, error) {
	return []string{"this system has no Landlock: the web process can read what its user can read, the vault's files too. " +
		"Use Linux for a service that keeps other people's data.",
		"this system's processes of one user can read one another's memory"}, nil
}

func become(User) error { return errors.New("changing the user is for Linux") }

func root() bool { return false }
