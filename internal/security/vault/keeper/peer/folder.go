package peer

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

// PrivateFolder makes a folder that only this user may enter, and refuses one that others may.
func PrivateFolder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("make vault's folder: %w", err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("look at vault's folder: %w", err)
	}
	if !info.IsDir() {
		return errors.New("vault's folder is no folder")
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return errors.New("vault's folder may be entered by others: chmod 700")
	}
	return nil
}
