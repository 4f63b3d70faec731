package payment

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/base/fault"
)

// Check returns every rule that the setting breaks.
func (s Setting) Check() error {
	var fs fault.Faults
	add := func(ok bool, field, ja, en string) {
		if !ok {
			fs = append(fs, fault.Invalid(field, fault.Text{Ja: ja, En: en}))
		}
	}
	add(slices.Contains(Methods(), s.Method), "method", "お支払い方法を選んでください。", "Choose a way to pay.")
	if s.Method == BankTransfer {
		n := utf8.RuneCountInString(s.Account)
		add(n <= maxAccount, "account", "振込先は400文字以内で入力してください。", "Enter the account in up to 400 characters.")
		add(!s.Active || strings.TrimSpace(s.Account) != "", "account", "振込先の口座を入力してください。",
			"Enter the account to pay to.")
		add(s.DeadlineDays >= 1 && s.DeadlineDays <= maxDeadline, "deadline_days", "お支払い期限は1日から90日の間で入力してください。",
			"Enter a deadline from 1 to 90 days.")
	}
	if s.Method == BankTransfer || s.Method == Convenience {
		add(s.RemindDays >= 0 && s.RemindDays < max(s.DeadlineDays, 1), "remind_days",
			"お知らせの日数は、お支払い期限の日数より小さくしてください。", "Remind fewer days before than there are to pay.")
		add(s.CancelDays >= 0 && s.CancelDays <= maxDeadline, "cancel_days", "自動キャンセルは90日以内で入力してください。",
			"Enter up to 90 days until an unpaid order is cancelled.")
	}
	switch s.Method {
	case Card:
		add(s.Capture == AtOnce || s.Capture == AtDispatch, "capture", "売上の確定時期を選んでください。", "Choose when the money is taken.")
		add(s.Flat == 0, "fee", "カード払いの手数料を購入者に請求することはできません。",
			"The card companies' rules forbid a fee for paying by card.")
	case Convenience:
		add(s.DeadlineDays >= 1 && s.DeadlineDays <= maxStoreDays, "deadline_days", "お支払い期限は1日から30日の間で入力してください。",
			"Enter a deadline from 1 to 30 days.")
		add(s.Flat >= 0 && s.Flat <= maxConvenience, "fee", "手数料は0円以上で入力してください。", "Enter a fee of ¥0 or more.")
		add(s.GraceDays >= 0 && s.GraceDays <= maxGrace, "grace_days", "期限後の受け付けは14日以内で入力してください。",
			"Enter up to 14 days after the deadline.")
	}
	if s.Method == COD {
		add(len(s.Brackets) <= maxBrackets, "brackets", "手数料の区分は20件までです。", "There may be up to 20 fee brackets.")
		add(!s.Active || len(s.Brackets) > 0, "brackets", "手数料の区分を1件以上入力してください。", "Enter at least one fee bracket.")
		last := int64(0)
		for _, b := range s.Brackets {
			add(b.Below > last && b.Below <= maxYen && b.Fee >= 0 && b.Fee <= maxYen, "brackets",
				"手数料の区分は、金額の小さい順に、0円以上の手数料で入力してください。",
				"Enter the fee brackets from the lowest bound up, each with a fee of ¥0 or more.")
			last = b.Below
		}
	}
	return fs.Err()
}
