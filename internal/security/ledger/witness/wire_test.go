package witness

import (
	"bytes"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

func FuzzDecodeAdd(f *testing.F) {
	f.Add(encodeAdd(3, []tlog.Hash{{1}, {2}}, []byte("o\n4\nAAAA\n\n— o AAAA\n")))
	f.Add([]byte("old 0\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		old, proof, signed, err := decodeAdd(b)
		if err != nil {
			return
		}
		o, p, s, err := decodeAdd(encodeAdd(old, proof, signed))
		if err != nil || o != old || len(p) != len(proof) || !bytes.Equal(s, signed) {
			t.Errorf("%q does not survive: %v", b, err)
		}
	})
}
