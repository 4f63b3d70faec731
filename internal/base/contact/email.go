package contact

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/kana"
)

const (
	maxLocal    = 64
	maxLabel    = 63
	signsInMail = "!#$%&'*+-/=?^_`{|}~"
)

// Email reads a mail address that mail servers accept: no quotes, no comments. The domain becomes lower case and
// ASCII; what stands before the @ stays as typed. (Old mobile addresses with two dots in a row are refused: they are
// no addresses by RFC 5321, and an order mail would be lost.)
func Email(field, typed string) (string, error) {
	s := strings.TrimSpace(kana.Narrow(bounded(typed)))
	if s == "" {
		return "", fault.Invalid(field, fault.Text{Ja: "メールアドレスを入力してください。", En: "Enter a mail address."})
	}
	at := strings.LastIndexByte(s, '@')
	if len(typed) > maxTyped || at < 0 || !isLocal(s[:at]) {
		return "", badEmail(field)
	}
	if strings.ContainsFunc(s[at+1:], notInDomain) { // IDNA's look-up profile lets emoji pass
		return "", badEmail(field)
	}
	domain, err := idna.Lookup.ToASCII(s[at+1:])
	if err != nil || !isDomain(domain) || at+1+len(domain) > MaxEmail {
		return "", badEmail(field)
	}
	return s[:at+1] + strings.ToLower(domain), nil
}

func badEmail(field string) error {
	return fault.Invalid(field, fault.Text{
		Ja: "メールアドレスの形が正しくありません。確かめて入力してください（例：hanako@example.jp）。",
		En: "This is not a mail address. Please check it (for example hanako@example.jp).",
	})
}

func notInDomain(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.M, unicode.N) && r != '-' && r != '.' && r != '・'
}

// isLocal is a dot-atom of RFC 5322.
func isLocal(s string) bool {
	if len(s) > maxLocal {
		return false
	}
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" {
			return false
		}
		for i := range len(atom) {
			if c := atom[i]; !isAlnum(c) && strings.IndexByte(signsInMail, c) < 0 {
				return false
			}
		}
	}
	return true
}

// isDomain is two or more labels of letters, digits and inner hyphens, the last of which is not a number.
func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !isAlnum(c) && c != '-' {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	return len(last) >= 2 && strings.Trim(last, "0123456789") != ""
}

func isAlnum(c byte) bool {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
}
