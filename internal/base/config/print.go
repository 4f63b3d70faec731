package config

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/noren-shop/noren/internal/base/i18n"
)

// Print writes every setting with its documentation, value and source: what `noren config` shows. Without the secrets,
// which stand as a mask behind a #, it is a configuration file that can be kept.
func Print(w io.Writer, lang i18n.Lang, values []Value) error {
	out := bufio.NewWriter(w)
	for _, v := range values {
		s := v.Setting
		fmt.Fprintf(out, "# %s\n", lang.Pick(s.Help.Ja, s.Help.En))
		ways := []string{s.Env}
		if s.Flag != "" {
			ways = append(ways, "-"+s.Flag)
		}
		if s.Default != "" {
			ways = append(ways, lang.Pick("既定値 ", "default ")+s.Default)
		}
		fmt.Fprintf(out, "# %s\n", strings.Join(ways, ", "))
		shown := s.Show(v.Text)
		lead := ""
		if shown != v.Text {
			lead = "# "
		}
		fmt.Fprintf(out, "%s%s = %s  # %s\n\n", lead, s.Name, strconv.Quote(shown), lang.Pick("設定元: ", "from: ")+v.From)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	return nil
}
