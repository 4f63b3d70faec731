package billing

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/noren-shop/noren/internal/base/fault"
)

var (
	codeForm   = regexp.MustCompile(`^[a-z][a-z0-9-]{1,19}$`)
	numberForm = regexp.MustCompile(`^T[1-9][0-9]{12}$`)
)

// An Issuer is the operator as printed on the invoices. It is public: the register of issuers shows the same.
type Issuer struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Phone   string `json:"phone"`
	Number  string `json:"number"` // T and 13 digits; empty: the invoices do not claim to be qualified
	Bank    string `json:"bank"`   // the account for transfers; empty: none is offered
	Version int64  `json:"-"`
}

// Qualified says whether invoices may be called 適格請求書.
func (i Issuer) Qualified() bool { return i.Name != "" && i.Number != "" }

// Ready says whether invoices can be issued at all.
func (i Issuer) Ready() bool { return i.Name != "" }

// Check normalises the particulars and returns every wrong field.
func (i *Issuer) Check() error {
	var fs fault.Faults
	text := func(field string, v *string, limit int, ja, en string) {
		*v = strings.TrimSpace(strings.ReplaceAll(*v, "\r\n", "\n"))
		if utf8.RuneCountInString(*v) > limit {
			fs = append(fs, fault.Invalid(field, fault.Text{Ja: ja, En: en}))
		}
	}
	text("name", &i.Name, 100, "名称は100文字以内にしてください。", "Keep the name within 100 characters.")
	text("address", &i.Address, 200, "住所は200文字以内にしてください。", "Keep the address within 200 characters.")
	text("phone", &i.Phone, 30, "電話番号は30文字以内にしてください。", "Keep the telephone number within 30 characters.")
	text("bank", &i.Bank, 400, "振込先は400文字以内にしてください。", "Keep the account within 400 characters.")
	if i.Name == "" {
		fs = append(fs, fault.Invalid("name", fault.Text{Ja: "運営者の名称を入力してください。", En: "Enter the operator's name."}))
	}
	if number, err := ParseNumber(i.Number); err != nil {
		fs = append(fs, errNumber)
	} else {
		i.Number = number
	}
	return fs.Err()
}

var errNumber = fault.Invalid("number", fault.Text{
	Ja: "登録番号は「T」と13桁の数字です。番号をお確かめください（検査数字が合いません）。まだない場合は空欄にしてください。",
	En: "The registration number is T and 13 digits, and this one's check digit does not fit. Leave it empty if you have none yet."})

// ParseNumber reads a registration number of a qualified issuer (適格請求書発行事業者の登録番号): T and 13 digits, of which the first
// is the check digit of the other twelve. Empty stays empty.
func ParseNumber(typed string) (string, error) {
	s := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "　", "").Replace(width.Narrow.String(strings.TrimSpace(typed))))
	if s == "" {
		return "", nil
	}
	if !numberForm.MatchString(s) || int64(s[1]-'0') != checkDigit(s[2:]) {
		return "", errNumber
	}
	return s, nil
}

// checkDigit is 9 less the remainder by 9 of the digits' sum, every second one from the right counting twice.
func checkDigit(twelve string) int64 {
	sum := int64(0)
	for i := range len(twelve) {
		d := int64(twelve[len(twelve)-1-i] - '0')
		sum += d * int64(1+i%2)
	}
	return 9 - sum%9
}
