package catalog

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/kana"
	"github.com/noren-shop/noren/internal/base/tax"
)

// An In is a product as somebody wants it to be. A product without axes has one variant.
type In struct {
	Handle        string // empty: made from the English name, or the id
	Name          string
	NameEn        string
	Kana          string
	Description   string
	DescriptionEn string
	State         State     // empty: Draft
	Tax           tax.Class // empty: Standard
	Position      int64
	Options       []OptionIn
	Variants      []VariantIn
	Terms
}

// An OptionIn is an axis. With the ID of an axis that the product has, it renames that one; else an axis of the same name
// stays, and any other is new.
type OptionIn struct {
	ID     id.Option
	Name   string
	NameEn string
	Values []ValueIn
}

// A ValueIn is a choice. ID as with OptionIn.
type ValueIn struct {
	ID     id.Value
	Name   string
	NameEn string
}

// A VariantIn is a combination of choices. Values names them, one per axis, in the order of In.Options. With the ID of a
// variant that the product has, it is that one; else the variant of the same choices stays itself.
type VariantIn struct {
	ID      id.Variant
	Values  []string
	Price   int64
	Model   string
	JAN     string
	WeightG int64
	VariantTerms
}

// Combinations makes a variant of each combination of the options' values, all like one; too many are cut after
// MaxVariants + 1, which Create and Change refuse.
func Combinations(options []OptionIn, like VariantIn) []VariantIn {
	tuples := [][]string{nil}
	for _, o := range options {
		var next [][]string
		for _, t := range tuples {
			for _, v := range o.Values {
				if len(next) <= MaxVariants {
					next = append(next, append(t[:len(t):len(t)], v.Name))
				}
			}
		}
		tuples = next
	}
	out := make([]VariantIn, len(tuples))
	for i, t := range tuples {
		out[i] = like
		out[i].ID, out[i].Values = 0, t
	}
	return out
}

// In is the product as an input that changes nothing, for forms and for clients that send only what changes.
func (p Product) In() In {
	in := In{Handle: p.Handle, Name: p.Name, NameEn: p.NameEn, Kana: p.Kana, Description: p.Description,
		DescriptionEn: p.DescriptionEn, State: p.State, Tax: p.Tax, Position: p.Position, Terms: p.Terms}
	names := map[id.Value]string{}
	for _, o := range p.Options {
		oi := OptionIn{ID: o.ID, Name: o.Name, NameEn: o.NameEn}
		for _, v := range o.Values {
			oi.Values = append(oi.Values, ValueIn{v.ID, v.Name, v.NameEn})
			names[v.ID] = v.Name
		}
		in.Options = append(in.Options, oi)
	}
	for _, v := range p.Variants {
		vi := VariantIn{ID: v.ID, Price: v.Price, Model: v.Model, JAN: v.JAN, WeightG: v.WeightG, VariantTerms: v.VariantTerms}
		for i := range p.Options {
			vi.Values = append(vi.Values, names[v.Values[i]])
		}
		in.Variants = append(in.Variants, vi)
	}
	return in
}

// clone is a copy to tidy and to give ids to: a transaction that is run again starts from what was typed.
func (in In) clone() In {
	in.Options = slices.Clone(in.Options)
	for i := range in.Options {
		in.Options[i].Values = slices.Clone(in.Options[i].Values)
	}
	in.Variants = slices.Clone(in.Variants)
	for i := range in.Variants {
		in.Variants[i].Values = slices.Clone(in.Variants[i].Values)
	}
	return in
}

func errState() *fault.Fault {
	return fault.Invalid("state", fault.Text{Ja: "下書き・公開・非公開から選んでください。", En: "Choose draft, showing or hidden."})
}

// Clean tidies what was typed and returns every wrong field.
func (in *In) Clean() error {
	var fs fault.Faults
	add := func(f *fault.Fault) {
		if f != nil {
			fs = append(fs, f)
		}
	}
	in.Handle = strings.ToLower(kana.Tidy(in.Handle))
	if in.Handle != "" {
		add(checkHandle("handle", in.Handle))
	}
	add(line("name", &in.Name, MaxName))
	if in.Name == "" {
		add(fault.Invalid("name", fault.Text{Ja: "商品名を入力してください。", En: "Please enter the product's name."}))
	}
	add(line("name_en", &in.NameEn, MaxName))
	add(line("kana", &in.Kana, MaxName))
	add(text("description", &in.Description, MaxDescription))
	add(text("description_en", &in.DescriptionEn, MaxDescription))
	if in.State == "" {
		in.State = Draft
	}
	if !in.State.Valid() {
		add(errState())
	}
	if in.Tax == "" {
		in.Tax = tax.Standard
	}
	if !in.Tax.Valid() {
		add(fault.Invalid("tax", fault.Text{Ja: "標準税率か軽減税率を選んでください。", En: "Choose the standard or the reduced tax rate."}))
	}
	add(between("position", in.Position, MaxPosition))
	fs = append(fs, in.Terms.clean()...)
	fs = append(fs, cleanOptions(in.Options)...)
	if len(fs) == 0 { // the variants' choices are compared with the axes
		in.settle()
		fs = append(fs, cleanVariants(in.Options, in.Variants)...)
	}
	return fs.Err()
}

func cleanOptions(options []OptionIn) (fs fault.Faults) {
	if len(options) > MaxAxes {
		return fault.Faults{fault.Invalid("options", fault.Text{Ja: "オプションは3つまでです。", En: "A product has at most three options."})}
	}
	axes := map[string]bool{}
	for i := range options {
		o, field := &options[i], "options."+strconv.Itoa(i)
		names := []*string{&o.Name, &o.NameEn}
		if len(o.Values) == 0 || len(o.Values) > MaxValues {
			fs = append(fs, fault.Invalid(field+".values", fault.Text{
				Ja: "選択肢は1個以上100個以下にしてください。", En: "An option has 1 to 100 choices."}))
			continue
		}
		values := map[string]bool{}
		for j := range o.Values {
			names = append(names, &o.Values[j].Name, &o.Values[j].NameEn)
		}
		for _, n := range names {
			if f := line(field, n, MaxName); f != nil {
				fs = append(fs, f)
			}
		}
		for _, v := range o.Values {
			if v.Name == "" || values[v.Name] {
				fs = append(fs, fault.Invalid(field+".values", fault.Text{
					Ja: "選択肢の名前は、空欄や重複のないようにしてください。", En: "Every choice needs a name of its own."}))
				break
			}
			values[v.Name] = true
		}
		if o.Name == "" || axes[o.Name] {
			fs = append(fs, fault.Invalid(field+".name", fault.Text{
				Ja: "オプションの名前は、空欄や重複のないようにしてください。", En: "Every option needs a name of its own."}))
		}
		axes[o.Name] = true
	}
	return fs
}

func cleanVariants(options []OptionIn, variants []VariantIn) (fs fault.Faults) {
	if len(variants) == 0 || len(variants) > MaxVariants || (len(options) == 0 && len(variants) != 1) {
		return fault.Faults{fault.Invalid("variants", fault.Text{
			Ja: "バリエーションは1個以上100個以下にしてください。オプションのない商品は1個です。",
			En: "A product has 1 to 100 variants, and one if it has no options."})}
	}
	seen := map[string]bool{}
	for i := range variants {
		v, field := &variants[i], "variants."+strconv.Itoa(i)
		if f := between(field+".price", v.Price, MaxPrice); f != nil {
			fs = append(fs, f)
		}
		if f := between(field+".weight_g", v.WeightG, MaxWeight); f != nil {
			fs = append(fs, f)
		}
		if f := line(field+".model", &v.Model, MaxModel); f != nil {
			fs = append(fs, f)
		}
		fs = append(fs, v.VariantTerms.clean(field+".")...)
		if v.JAN = strings.ReplaceAll(kana.Tidy(v.JAN), "-", ""); v.JAN != "" && !ValidJAN(v.JAN) {
			fs = append(fs, fault.Invalid(field+".jan", fault.Text{
				Ja: "JANコードが正しくありません。バーコードの下の8桁か13桁の数字を、もう一度確かめてください。",
				En: "This is not a JAN code. Please check the 8 or 13 digits under the barcode."}))
		}
		for j := range v.Values {
			v.Values[j] = kana.Spaces(v.Values[j])
		}
		key := strings.Join(v.Values, "\x00")
		if !chosen(options, v.Values) || seen[key] {
			fs = append(fs, fault.Invalid(field+".values", fault.Text{
				Ja: "オプションごとに選択肢を1つ選び、同じ組み合わせは1つだけにしてください。",
				En: "Choose one value of each option, and each combination once."}))
		}
		seen[key] = true
	}
	return fs
}

func chosen(options []OptionIn, values []string) bool {
	if len(values) != len(options) {
		return false
	}
	for i, o := range options {
		found := false
		for _, v := range o.Values {
			found = found || v.Name == values[i]
		}
		if !found {
			return false
		}
	}
	return true
}

// ValidJAN checks the length and the check digit of a JAN (EAN-13 or EAN-8) code.
func ValidJAN(s string) bool {
	if len(s) != 13 && len(s) != 8 {
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if d < 0 || d > 9 {
			return false
		}
		if i%2 == 1 {
			d *= 3
		}
		sum += d
	}
	return sum%10 == 0
}

func between(field string, n, most int64) *fault.Fault {
	if n >= 0 && n <= most {
		return nil
	}
	return fault.Invalid(field, fault.Text{
		Ja: "0以上" + i18n.Number(most) + "以下の整数にしてください。",
		En: "Use a whole number from 0 to " + i18n.Number(most) + "."})
}

// line tidies one line of text; text does so for several.
func line(field string, s *string, most int) *fault.Fault {
	if !utf8.ValidString(*s) { // tidying would hide it
		return readable(field, *s, most)
	}
	*s = kana.Spaces(kana.Widen(*s))
	if f := readable(field, *s, most); f != nil {
		return f
	}
	if strings.ContainsAny(*s, "\n\t") {
		return fault.Invalid(field, fault.Text{Ja: "改行やタブは使えません。", En: "Line breaks and tabs cannot be used here."})
	}
	return nil
}

func text(field string, s *string, most int) *fault.Fault {
	*s = strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(*s))
	return readable(field, *s, most)
}

// readable refuses what cannot be stored or seen: broken UTF-8, control characters, and the signs that turn the direction
// of writing, by which a text can be made to look like another.
func readable(field, s string, most int) *fault.Fault {
	if utf8.RuneCountInString(s) > most {
		return fault.Invalid(field, fault.Text{
			Ja: i18n.Number(int64(most)) + "文字以内にしてください。",
			En: "Use at most " + i18n.Number(int64(most)) + " characters."})
	}
	bad := !utf8.ValidString(s)
	for _, r := range s {
		turns := (r >= 0x202A && r <= 0x202E) || (r >= 0x2066 && r <= 0x2069)
		bad = bad || turns || (unicode.IsControl(r) && r != '\n' && r != '\t')
	}
	if bad {
		return fault.Invalid(field, fault.Text{
			Ja: "表示できない文字が含まれています。取り除いてください。",
			En: "The text holds characters that cannot be shown. Please remove them."})
	}
	return nil
}

func checkHandle(field, s string) *fault.Fault {
	ok := len(s) <= MaxHandle && s[0] != '-' && s[len(s)-1] != '-'
	for _, r := range s {
		ok = ok && (r == '-' || (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9'))
	}
	if ok {
		return nil
	}
	return fault.Invalid(field, fault.Text{
		Ja: "アドレスは半角の英小文字・数字・ハイフンで、80文字以内にしてください。先頭と末尾にハイフンは使えません。",
		En: "Use at most 80 lower-case letters, digits and hyphens, without a hyphen at either end."})
}

// slug makes an address from a name, or nothing where no letter of it fits.
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(kana.Tidy(s)) {
		switch {
		case (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9'):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= MaxHandle-8 {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

// searchText is what a search looks in.
func (in In) searchText() string {
	parts := []string{in.Name, in.NameEn, in.Kana}
	seen := map[string]bool{in.Model: true}
	if in.Model != "" {
		parts = append(parts, in.Model)
	}
	for _, v := range in.Variants {
		for _, s := range []string{v.Model, v.JAN} {
			if s != "" && !seen[s] {
				parts, seen[s] = append(parts, s), true
			}
		}
	}
	return kana.Fold(strings.Join(parts, " "))
}

// Like is a LIKE pattern that finds what somebody typed, as it stands, with \ as the escape.
func Like(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(kana.Fold(s)) + "%"
}
