package verify

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// readLeaves reads the tree's leaves. A cut-off last record is a finding.
func (r *Report) readLeaves(name string) ([]leaf, error) {
	whole, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read leaves: %w", err)
	}
	b, ok := bytes.CutPrefix(whole, []byte(leavesMark))
	if !ok {
		return nil, errors.New("read leaves: not a leaves file")
	}
	const size = 48
	var out []leaf
	for ; len(b) >= size; b = b[size:] {
		out = append(out, leaf{int64(binary.BigEndian.Uint64(b)), int64(binary.BigEndian.Uint64(b[8:])), hash(b[16:size])})
	}
	if len(b) > 0 {
		r.whole(Malformed, "木の葉のファイルの末尾が切れています。", "the leaves file ends within a record")
	}
	r.Leaves = int64(len(out))
	return out, nil
}

// checkShops checks each shop's chain, and every leaf against it.
func (r *Report) checkShops(dir string, leaves []leaf) error {
	byShop := map[int64][]leaf{}
	for _, l := range leaves {
		byShop[l.shop] = append(byShop[l.shop], l)
	}
	files, err := os.ReadDir(filepath.Join(dir, "shops"))
	if err != nil {
		return fmt.Errorf("read export: %w", err)
	}
	shops := map[int64]bool{}
	for shop := range byShop {
		shops[shop] = true
	}
	for _, f := range files {
		shop, err := strconv.ParseInt(strings.TrimSuffix(f.Name(), ".seg"), 10, 64)
		if err != nil || f.Name() != strconv.FormatInt(shop, 10)+".seg" {
			r.whole(Malformed, "知らないファイルがあります: "+strconv.Quote(f.Name()), "a file that does not belong: "+strconv.Quote(f.Name()))
			continue
		}
		shops[shop] = true
		r.Shops++
	}
	for _, shop := range slices.Sorted(maps.Keys(shops)) {
		c := chain{r: r, shop: shop, leaves: byShop[shop]}
		if err := c.check(filepath.Join(dir, "shops", strconv.FormatInt(shop, 10)+".seg")); err != nil {
			return err
		}
	}
	return nil
}

// A chain is one shop's, while it is read.
type chain struct {
	r      *Report
	shop   int64
	leaves []leaf // that are still to be met, in the tree's order

	last     int64          // number of the entry read last
	links    [2]hash        // what the next may follow: the stored hash, and the one that was computed
	met      map[int64]bool // numbers, kept only once their order is broken
	top      int64
	good     int64 // the last leaf that agreed
	reported bool  // the first break is named; what follows from it is not
}

func (c *chain) check(name string) error {
	f, err := os.Open(name)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("read shop %d: %w", c.shop, err)
	}
	c.orderLeaves()
	if err == nil {
		defer f.Close()
		if err := c.read(bufio.NewReaderSize(f, 1<<18)); err != nil {
			return fmt.Errorf("read shop %d: %w", c.shop, err)
		}
	}
	c.end()
	return nil
}

// orderLeaves names leaves that go backwards, and leaves them out.
func (c *chain) orderLeaves() {
	var up []leaf
	for _, l := range c.leaves {
		if len(up) > 0 && l.seq <= up[len(up)-1].seq {
			c.r.whole(TreeBroken, fmt.Sprintf("ショップ%dの葉の順番が乱れています(記録%d)。", c.shop, l.seq),
				fmt.Sprintf("shop %d: the leaf of entry %d goes backwards", c.shop, l.seq))
			continue
		}
		up = append(up, l)
	}
	c.leaves = up
}

func (c *chain) read(in *bufio.Reader) error {
	head := make([]byte, len(segmentMark)+8)
	if _, err := io.ReadFull(in, head); err != nil || string(head[:8]) != segmentMark || int64(binary.BigEndian.Uint64(head[8:])) != c.shop {
		c.r.entry(Malformed, c.shop, 1, 1, "ファイルの先頭が壊れています。", "its file does not begin as a segment of this shop")
		return nil
	}
	rec := make([]byte, 36)
	for {
		_, err := io.ReadFull(in, rec)
		if err == io.EOF {
			return nil
		}
		size := binary.BigEndian.Uint32(rec)
		if err == nil && size > maxBody {
			err = io.ErrUnexpectedEOF
		}
		var body []byte
		if err == nil {
			body = make([]byte, size)
			_, err = io.ReadFull(in, body)
		}
		if err == io.ErrUnexpectedEOF || err == io.EOF {
			c.r.entry(Malformed, c.shop, c.last+1, 0, "ファイルがここで途切れています。", "the file breaks off here")
			c.reported = true
			return nil
		}
		if err != nil {
			return err
		}
		c.entry(hash(rec[4:]), body)
	}
}

func (c *chain) entry(stored hash, body []byte) {
	c.r.Entries++
	shop, seq, err := place(body)
	if err != nil || shop != c.shop {
		seq = c.last + 1
		c.r.entry(Changed, c.shop, seq, 0, "内容が書き換えられています。", "its bytes were changed: they are not an entry of this shop")
		c.advance(seq, stored, stored)
		return
	}
	computed := stored
	switch {
	case c.met[seq] || seq <= c.last:
		c.disorder()
		c.r.entry(Reordered, c.shop, seq, 0, "順番が入れ替えられているか、二度あります。", "it stands out of its order, or twice")
	case seq == c.last+1:
		computed = linkOf(c.links[0], body)
		if computed != stored && linkOf(c.links[1], body) != stored {
			c.r.entry(Changed, c.shop, seq, 0, "内容かハッシュ値、または直前の記録がそのハッシュ値ごと書き換えられています。",
				"its bytes or its hash were changed, or those of the entry before together with its hash")
		}
	default:
		c.disorder() // a gap; a later entry may fill it
	}
	c.advance(seq, stored, computed)
}

// disorder begins to remember which numbers were met.
func (c *chain) disorder() {
	if c.met != nil {
		return
	}
	c.met = map[int64]bool{}
	for n := int64(1); n <= c.last; n++ {
		c.met[n] = true
	}
}

func (c *chain) advance(seq int64, stored, computed hash) {
	if c.met != nil {
		c.met[seq] = true
	}
	c.last, c.links, c.top = seq, [2]hash{stored, computed}, max(c.top, seq)
	for len(c.leaves) > 0 && c.leaves[0].seq <= seq {
		l := c.leaves[0]
		c.leaves = c.leaves[1:]
		switch {
		case l.seq < seq: // its entry is missing or out of place, which is named elsewhere
		case l.head == stored || l.head == computed:
			c.good = seq
		case !c.reported:
			c.reported = true
			c.r.entry(Rewritten, c.shop, c.good+1, seq, "木に登録された後で、この範囲の記録が書き直されています。",
				"within this range the entries were rewritten after they entered the tree")
		}
	}
}

// end names what is missing.
func (c *chain) end() {
	before := int64(0)
	for _, n := range slices.Sorted(maps.Keys(c.met)) {
		if n > before+1 {
			c.r.entry(Dropped, c.shop, before+1, n-1, "記録が抜き取られています。", "dropped")
		}
		before = n
	}
	if n := len(c.leaves); n > 0 && !c.reported {
		c.r.entry(Truncated, c.shop, c.top+1, c.leaves[n-1].seq, "末尾が切り取られています。", "cut off the end: the tree knows them")
	}
	c.r.Uncovered += max(c.top-max(c.good, 0), 0)
}
