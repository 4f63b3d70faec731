// Package verify checks an exported ledger without trusting who wrote it.
//
// It guarantees that it shares with the writer only the written format (docs/ledger-format.md): it decodes, hashes and
// checks signatures with its own code and the standard library, and imports nothing of the ledger. It names the entry, by
// shop and number, that was changed, dropped or moved; and, given any one checkpoint that was kept elsewhere, it finds a
// ledger that was cut off, put back to an older state, or rewritten and signed anew with the true key.
//
// It refuses to call a ledger sound beyond what was checked: without an outside checkpoint the report says that roll-back
// and re-signing cannot be ruled out.
package verify

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// A Kind of finding. The texts are stable codes.
type Kind string

// The kinds.
const (
	Malformed  Kind = "malformed"   // bytes that are not the format
	Changed    Kind = "changed"     // an entry's bytes do not give its hash
	Dropped    Kind = "dropped"     // a number is missing
	Reordered  Kind = "reordered"   // an entry stands in another's place
	Rewritten  Kind = "rewritten"   // the chain is whole, but is not the one that entered the tree
	Truncated  Kind = "truncated"   // the tree knows entries after the shop's last
	TreeBroken Kind = "tree-broken" // the leaves do not give the signed root
	BadSign    Kind = "bad-signature"
	RolledBack Kind = "rolled-back" // an outside checkpoint knows more than the ledger
	Resigned   Kind = "re-signed"   // an outside checkpoint, validly signed, is of another history
)

// A Finding is one thing that is wrong.
type Finding struct {
	Kind     Kind
	Shop     int64 // with Seq
	Seq, To  int64 // entries Seq to To; 0 where it is not about entries
	Ja, En   string
	hasEntry bool
}

// A Report is what was checked and found.
type Report struct {
	Shops, Entries, Leaves int64
	Size                   int64 // of the ledger's own checkpoint
	Uncovered              int64 // entries younger than the checkpoint: the chain alone guards them
	Outside                int   // outside checkpoints that were checked
	KeyFromExport          bool  // the key came with the files: whoever wrote them chose it
	Findings               []Finding
}

// Sound says that nothing was found.
func (r *Report) Sound() bool { return len(r.Findings) == 0 }

// Input names what is to be checked.
type Input struct {
	Dir         string
	Key         string   // the ledger's key in text form; "" takes the export's own
	Checkpoints [][]byte // signed checkpoints that were kept elsewhere
}

// Run checks an export. The error is for what could not be read at all; everything else is a finding.
func Run(in Input) (*Report, error) {
	r := &Report{}
	mark, err := os.ReadFile(filepath.Join(in.Dir, "FORMAT"))
	if err != nil {
		return nil, fmt.Errorf("read export: %w", err)
	}
	if string(mark) != exportMark {
		return nil, fmt.Errorf("read export: not a ledger export of a format that this program knows")
	}
	if in.Key == "" {
		b, err := os.ReadFile(filepath.Join(in.Dir, "key.txt"))
		if err != nil {
			return nil, fmt.Errorf("read key: %w", err)
		}
		in.Key, r.KeyFromExport = string(b), true
	}
	key, err := parseKey(in.Key)
	if err != nil {
		return nil, err
	}
	leaves, err := r.readLeaves(filepath.Join(in.Dir, "leaves.bin"))
	if err != nil {
		return nil, err
	}
	var outside []point
	for i, c := range in.Checkpoints {
		p, err := key.open(c)
		if err != nil {
			return nil, fmt.Errorf("outside checkpoint %d is of no use: %w", i+1, err)
		}
		outside = append(outside, p)
	}
	if err := r.checkShops(in.Dir, leaves); err != nil {
		return nil, err
	}
	if err := r.checkTree(in.Dir, key, leaves, outside); err != nil {
		return nil, err
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		switch {
		case a.hasEntry == b.hasEntry:
			return 0
		case a.hasEntry:
			return -1
		}
		return 1
	})
	return r, nil
}

func (r *Report) entry(k Kind, shop, seq, to int64, ja, en string) {
	place, placeJa := fmt.Sprintf("shop %d, entry %d", shop, seq), fmt.Sprintf("ショップ%dの記録%d", shop, seq)
	if to > seq {
		place, placeJa = fmt.Sprintf("shop %d, entries %d to %d", shop, seq, to), fmt.Sprintf("ショップ%dの記録%d〜%d", shop, seq, to)
	}
	r.Findings = append(r.Findings, Finding{Kind: k, Shop: shop, Seq: seq, To: max(seq, to), Ja: placeJa + ": " + ja, En: place + ": " + en,
		hasEntry: true})
}

func (r *Report) whole(k Kind, ja, en string) {
	r.Findings = append(r.Findings, Finding{Kind: k, Ja: ja, En: en})
}
