//go:build unix

package keys

import (
	"errors"
	"io/fs"
)

// private refuses what group or others may touch.
func private(info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 != 0 {
		return errors.New("group or others may read it: chmod 600")
	}
	return nil
}
