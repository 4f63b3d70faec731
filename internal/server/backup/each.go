package backup

import (
	"bytes"
	"context"
	"io"
	"path"
	"strings"

	"filippo.io/age"
)

// A Visitor is shown what a backup holds.
type Visitor struct {
	Row  func(table string, columns []string, values []any)
	File func(name string, body io.Reader) error
}

// Each reads a backup to its end and shows every row and every other entry. Nothing is written.
func Each(ctx context.Context, open func() (Reader, error), ids []age.Identity, v Visitor) error {
	return read(ctx, open, ids, func(name string, body []byte) error {
		if !strings.HasSuffix(name, suffixRows) {
			return v.File(name, bytes.NewReader(body))
		}
		columns, rows, err := parseChunk(body)
		if err != nil {
			return broken(err.Error())
		}
		for _, row := range rows {
			v.Row(path.Dir(name), columns, row)
		}
		return nil
	})
}
