package catalog

import (
	"strconv"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/id"
)

// matched is a product's input with the ids of what stays: axes, values and variants that the product has already. The
// rest of the input is new, and the rest of the product goes.
type matched struct {
	in       In
	from     []int // the old place of each axis, -1 for a new one
	dropped  []id.Option
	values   []id.Value // dropped, of axes that stay
	variants []id.Variant
}

// match finds what stays. An explicit id wins over a name, and a name over nothing.
func match(old Product, in In) (matched, error) {
	m := matched{in: in, from: make([]int, len(in.Options))}
	taken := make([]bool, len(old.Options))
	for i := range in.Options {
		o := &in.Options[i]
		m.from[i] = find(len(old.Options), func(k int) bool { return !taken[k] && old.Options[k].ID == o.ID },
			func(k int) bool { return o.ID == 0 && !taken[k] && old.Options[k].Name == o.Name })
		k := m.from[i]
		if k < 0 {
			o.ID = 0
			for j := range o.Values {
				o.Values[j].ID = 0
			}
			continue
		}
		taken[k], o.ID = true, old.Options[k].ID
		m.values = append(m.values, matchValues(old.Options[k].Values, o.Values)...)
	}
	for k, o := range old.Options {
		if !taken[k] {
			m.dropped = append(m.dropped, o.ID)
		}
	}
	return m, m.matchVariants(old)
}

func matchValues(old []Value, in []ValueIn) (dropped []id.Value) {
	taken := make([]bool, len(old))
	for j := range in {
		v := &in[j]
		k := find(len(old), func(k int) bool { return !taken[k] && old[k].ID == v.ID },
			func(k int) bool { return v.ID == 0 && !taken[k] && old[k].Name == v.Name })
		v.ID = 0
		if k >= 0 {
			taken[k], v.ID = true, old[k].ID
		}
	}
	for k, v := range old {
		if !taken[k] {
			dropped = append(dropped, v.ID)
		}
	}
	return dropped
}

// matchVariants gives each variant of the input the id of the one that it was. A new axis, or one fewer, leaves the first
// variant of the same other choices itself; where no axis is left of several, nothing is the same.
func (m *matched) matchVariants(old Product) error {
	taken := make([]bool, len(old.Variants))
	for i := range m.in.Variants {
		v := &m.in.Variants[i]
		if v.ID == 0 {
			continue
		}
		k := find(len(old.Variants), func(k int) bool { return !taken[k] && old.Variants[k].ID == v.ID })
		if k < 0 {
			return fault.Invalid("variants."+strconv.Itoa(i), fault.Text{
				Ja: "このバリエーションは、この商品にはありません。画面を開き直してください。",
				En: "This product has no such variant. Please open the page again."})
		}
		taken[k] = true
	}
	common := len(old.Options) == 0 || len(m.in.Options) == 0
	for _, k := range m.from {
		common = common || k >= 0
	}
	for i := range m.in.Variants {
		v := &m.in.Variants[i]
		if v.ID != 0 || !common {
			continue
		}
		k := find(len(old.Variants), func(k int) bool { return !taken[k] && m.same(*v, old.Variants[k]) })
		if k >= 0 {
			taken[k], v.ID = true, old.Variants[k].ID
		}
	}
	for k, v := range old.Variants {
		if !taken[k] {
			m.variants = append(m.variants, v.ID)
		}
	}
	return nil
}

func (m *matched) same(v VariantIn, old Variant) bool {
	for i, k := range m.from {
		if k >= 0 && m.valueID(i, v.Values[i]) != old.Values[k] {
			return false
		}
	}
	return true
}

// valueID is the id of an axis' value by its name, 0 for a value without one yet.
func (m *matched) valueID(axis int, name string) id.Value {
	for _, v := range m.in.Options[axis].Values {
		if v.Name == name {
			return v.ID
		}
	}
	return 0
}

// choices are a variant's values once all of them have ids.
func (m *matched) choices(v VariantIn) (out [MaxAxes]id.Value) {
	for i, name := range v.Values {
		out[i] = m.valueID(i, name)
	}
	return out
}

// find is the first place below n that fits the first rule, or else the next one; -1 for none.
func find(n int, rules ...func(int) bool) int {
	for _, fits := range rules {
		for k := range n {
			if fits(k) {
				return k
			}
		}
	}
	return -1
}
