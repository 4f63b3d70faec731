//go:build !unix

package keys

import "io/fs"

// private leaves the check to the folder's access list, where a file has no mode.
func private(fs.FileInfo) error { return nil }
