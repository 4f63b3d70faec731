package detect

import (
	"fmt"
	"strings"

	"github.com/noren-shop/noren/internal/base/signal"
)

// Document writes docs/findings.md from the tables in code.
func Document() string {
	var b strings.Builder
	b.WriteString(`# Findings / 検知

Written from the tables in ` + "`internal/base/signal/codes.go`" + ` and ` + "`internal/security/detect/rules.go`" + ` (a test compares:
` + "`go test ./internal/security/detect -run Document -update`" + `). Events are stored within 0.1 s without personal data and kept for 400 days; when a node is
killed, the last 0.1 s is lost. Rules run in the transaction that stores the events.
The operator's console shows findings; ` + "`/metrics`" + ` counts events as ` + "`noren_security_events_total{code}`" + `.

コードの表から書き出した一覧です。事象は個人情報を含まず、0.1秒以内に保存され、400日残ります。検知は運営コンソールに並びます。

## Events / 事象

| code | gravity | what | what to do |
| --- | --- | --- | --- |
`)
	for _, i := range signal.Codes() {
		fmt.Fprintf(&b, "| `%s` | %s %s | %s<br>%s | %s<br>%s |\n", i.Code, i.Gravity.Label().Ja, i.Gravity.Label().En, i.Title.Ja, i.Title.En,
			i.Do.Ja, i.Do.En)
	}
	b.WriteString("\n## Rules / 検知の規則\n\nA finding opens when a rule counts so many events together within the window; it goes on counting until it is closed.\n\n" +
		"| finding | of events | counted by | times | within | gravity |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, r := range Rules() {
		fmt.Fprintf(&b, "| `%s` %s<br>%s | `%s` | %s | %d | %d min | %s %s |\n", r.Code, r.Title.Ja, r.Title.En, r.Of, r.By, r.Times, int(r.Window.Minutes()),
			r.Gravity.Label().Ja, r.Gravity.Label().En)
	}
	return b.String()
}
