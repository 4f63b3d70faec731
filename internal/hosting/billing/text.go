package billing

import (
	"fmt"
	"strconv"
	"strings"
)

func base36(n int64) string { return strings.ToUpper(strconv.FormatInt(n, 36)) }

func pad(n int64) string { return fmt.Sprintf("%04d", n) }
