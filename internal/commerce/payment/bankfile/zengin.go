package bankfile

import (
	"strconv"
	"strings"
	"time"

	"github.com/noren-shop/noren/internal/base/kana"
)

// record is the length of every Zengin record, in characters of one byte.
const record = 200

// isZengin says whether the text begins as a header record does.
func isZengin(s string) bool {
	if len(s) < 4 || strings.ContainsAny(s[:4], ",\"\t") {
		return false
	}
	return s[:3] == "101" || s[:3] == "103"
}

// records cuts the text; lines may or may not be broken after each record.
func records(s string) ([][]rune, error) {
	s = strings.TrimRight(s, "\x1a\r\n")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	var out [][]rune
	if strings.Contains(s, "\n") {
		for line := range strings.SplitSeq(s, "\n") {
			r := []rune(line)
			if len(r) > record {
				return nil, wrong(len(out)+1, "全銀形式の行は200文字です。", "A record of this format has 200 characters.")
			}
			for len(r) < record { // spaces at the end that an editor took away
				r = append(r, ' ')
			}
			out = append(out, r)
		}
	} else {
		r := []rune(s)
		if rest := len(r) % record; rest > 0 && len(r) > record && r[len(r)-rest] == '9' {
			for len(r)%record != 0 { // spaces at the very end
				r = append(r, ' ')
			}
		}
		if len(r)%record != 0 {
			return nil, wrong(1, "全銀形式の行は200文字です。", "A record of this format has 200 characters.")
		}
		for i := 0; i < len(r); i += record {
			out = append(out, r[i:i+record])
		}
	}
	if len(out) > MaxRows {
		return nil, wrong(MaxRows, "行が多すぎます。", "There are too many lines.")
	}
	return out, nil
}

// layout says where a kind's fields stand: first character and length.
type layout struct {
	kind                     Kind
	account                  [2]int // in the header
	mark, day, amount, payer [2]int
	sign                     int // the place of 入払区分 or 取消区分
	trailerCount, trailerSum [2]int
}

func layouts() map[string]layout {
	return map[string]layout{
		"03": {kind: Statement, account: [2]int{63, 10}, mark: [2]int{1, 8}, day: [2]int{9, 6}, amount: [2]int{24, 12}, payer: [2]int{81, 48},
			sign: 21, trailerCount: [2]int{1, 6}, trailerSum: [2]int{7, 13}},
		"01": {kind: Notice, account: [2]int{60, 7}, mark: [2]int{1, 6}, day: [2]int{7, 6}, amount: [2]int{19, 10}, payer: [2]int{49, 48},
			sign: 127, trailerCount: [2]int{1, 6}, trailerSum: [2]int{7, 12}},
	}
}

func at(r []rune, f [2]int) string { return strings.TrimSpace(string(r[f[0] : f[0]+f[1]])) }

func readZengin(text string, today time.Time) (File, error) {
	rs, err := records(text)
	if err != nil {
		return File{}, err
	}
	l := layouts()[string(rs[0][1:3])]
	f := File{Kind: l.kind}
	open, inCount, inSum := false, int64(0), int64(0)
	for i, r := range rs {
		line := i + 1
		switch r[0] {
		case '1':
			if kind := layouts()[string(r[1:3])].kind; open || kind != l.kind {
				return File{}, wrong(line, "ヘッダーの位置が違います。", "The header is out of place.")
			}
			open, inCount, inSum = true, 0, 0
			bank := [2]int{22, 4}
			branch := [2]int{41, 3}
			f.Account = at(r, bank) + "-" + at(r, branch) + "-" + at(r, l.account)
		case '2':
			if !open {
				return File{}, wrong(line, "ヘッダーがありません。", "The header is missing.")
			}
			d, in, err := l.deposit(r, line, today)
			if err != nil {
				return File{}, err
			}
			if !in {
				f.Other++
				continue
			}
			inCount, inSum = inCount+1, inSum+d.Amount
			d.Mark = f.Account + "/" + d.Mark
			f.Deposits = append(f.Deposits, d)
		case '8':
			if err := l.agree(r, line, inCount, inSum); err != nil {
				return File{}, err
			}
			open = false
		case '9':
		default:
			return File{}, wrong(line, "全銀形式の行ではありません。", "This is no record of the format.")
		}
	}
	if open {
		return File{}, wrong(len(rs), "トレーラーがありません。ファイルが途中で切れています。", "The trailer is missing: the file is cut off.")
	}
	return f, nil
}

// deposit reads a data record; in says that it is money which came and stayed.
func (l layout) deposit(r []rune, line int, today time.Time) (d Deposit, in bool, err error) {
	day, ok := shortDay(at(r, l.day), today)
	if !ok {
		return d, false, wrong(line, "日付を読み取れません。", "The day cannot be read.")
	}
	n, err := strconv.ParseInt(at(r, l.amount), 10, 64)
	if err != nil || n < 0 || n > maxYen {
		return d, false, wrong(line, "金額を読み取れません。", "The sum cannot be read.")
	}
	sign := r[l.sign]
	in = sign == '1' // 1: money in
	if l.kind == Notice {
		in = sign != '1' // 1: the transfer was taken back
	}
	if n == 0 || !in {
		return d, false, nil
	}
	return Deposit{Day: day, Amount: n, Payer: kana.Cut(kana.Tidy(at(r, l.payer)), maxPayer), Mark: at(r, l.mark), Line: line}, true, nil
}

// agree compares the trailer with the rows. A trailer that says nothing of money in is not a contradiction.
func (l layout) agree(r []rune, line int, count, sum int64) error {
	n, err := strconv.ParseInt(at(r, l.trailerCount), 10, 64)
	s, err2 := strconv.ParseInt(at(r, l.trailerSum), 10, 64)
	if err != nil || err2 != nil {
		return nil
	}
	if n != count || s != sum {
		return wrong(line, "件数・合計が明細と合いません。ファイルが欠けているおそれがあります。",
			"Number and sum do not agree with the rows: the file may be incomplete.")
	}
	return nil
}
