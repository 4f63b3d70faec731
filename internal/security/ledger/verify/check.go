package verify

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// checkTree checks the leaves against the ledger's own checkpoint and those that were kept elsewhere.
func (r *Report) checkTree(dir string, k key, leaves []leaf, outside []point) error {
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint.txt"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read checkpoint: %w", err)
	}
	var own point
	switch {
	case err != nil && (len(leaves) > 0 || r.Entries > 0):
		r.whole(BadSign, "署名されたチェックポイントがありません。", "there is no signed checkpoint")
	case err == nil:
		if own, err = k.open(signed); err != nil {
			r.whole(BadSign, "チェックポイントの署名が正しくありません。", "the ledger's checkpoint: "+err.Error())
		}
	}
	r.Size = own.size
	asked := map[int64]bool{own.size: true}
	for _, p := range outside {
		asked[p.size] = true
	}
	got := roots(leaves, asked)
	switch {
	case own.size > r.Leaves:
		r.whole(TreeBroken, fmt.Sprintf("木の葉が%d枚足りません。", own.size-r.Leaves),
			fmt.Sprintf("the signed tree has %d leaves, the files %d", own.size, r.Leaves))
	case own.size > 0 && got[own.size] != own.root:
		r.whole(TreeBroken, "木の葉が、署名された木と一致しません。", "the leaves do not give the signed root: leaves were changed")
	}
	r.checkOutside(got, outside)
	return nil
}

func (r *Report) checkOutside(got map[int64]hash, outside []point) {
	slices.SortStableFunc(outside, func(a, b point) int { return cmp.Compare(a.size, b.size) })
	r.Outside = len(outside)
	agreed := int64(0)
	for i, p := range outside {
		if i > 0 && outside[i-1].size == p.size && outside[i-1].root != p.root {
			r.whole(Resigned, fmt.Sprintf("外に保管された大きさ%dのチェックポイントが二つあり、互いに違います。", p.size),
				fmt.Sprintf("two outside checkpoints of size %d differ: the key has signed two histories", p.size))
		}
		if p.size > r.Leaves {
			r.whole(RolledBack, fmt.Sprintf("外に保管されたチェックポイントは葉を%d枚知っていますが、台帳には%d枚しかありません。古い状態に戻されたか、末尾が消されています。", p.size, r.Leaves),
				fmt.Sprintf("an outside checkpoint knows %d leaves, the ledger has %d: it was put back to an older state or cut off",
					p.size, r.Leaves))
			return
		}
		if got[p.size] != p.root {
			r.whole(Resigned, fmt.Sprintf("外に保管されたチェックポイント(葉%d枚)と歴史が違います。葉%d〜%d枚目の間が書き換えられ、署名し直されています。", p.size, agreed+1, p.size),
				fmt.Sprintf("an outside checkpoint of size %d is of another history: leaves %d to %d were rewritten and signed anew",
					p.size, agreed+1, p.size))
			return
		}
		agreed = p.size
	}
}
