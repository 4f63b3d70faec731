package book

import (
	"bytes"
	"testing"
)

// FuzzJournal: whatever stands in the file, reading ends in a book or an error, and never past the last whole line.
func FuzzJournal(f *testing.F) {
	f.Add([]byte("{\"ahead\":5}\n{\"account\":{\"id\":\"a\"}}\n{\"key\":\"a k\",\"done\":{\"What\":\"w\",\"Ref\":\"r\"}}\n{\"cha"))
	f.Add([]byte("{\"charge\":{\"ref\":\"r\",\"url\":\"x\"}}\n{\"row\":{}}\n{\"paid\":{\"Row\":1}}\n"))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		b, err := Open(Config{})
		if err != nil {
			t.Fatal(err)
		}
		good, err := readJournal(bytes.NewReader(in), b.replay)
		if good > int64(len(in)) || err == nil && good != int64(bytes.LastIndexByte(in, '\n')+1) {
			t.Errorf("read %d of %d: %v", good, len(in), err)
		}
	})
}
