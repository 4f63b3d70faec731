package report

import (
	"strings"

	"github.com/noren-shop/noren/internal/base/db"
)

const selectSum = `
	SELECT COUNT(*), CAST(COALESCE(SUM(total), 0) AS BIGINT)
	FROM purchase
	WHERE shop_id = $1 AND placed_ms >= $2 AND placed_ms < $3 AND status <> 'cancelled'`

// A day of Japan begins nine hours (32,400,000 ms) before that of UTC.
const selectDays = `
	SELECT (placed_ms + 32400000) / 86400000, COUNT(*), CAST(SUM(total) AS BIGINT)
	FROM purchase
	WHERE shop_id = $1 AND placed_ms >= $2 AND placed_ms < $3 AND status <> 'cancelled'
	GROUP BY (placed_ms + 32400000) / 86400000`

const selectLow = `
	SELECT p.id, p.name, p.name_en, COALESCE(a.name, ''), COALESCE(b.name, ''), COALESCE(c.name, ''), s.on_hand - s.held
	FROM stock s
	JOIN variant v ON v.shop_id = s.shop_id AND v.id = s.variant_id
	JOIN product p ON p.shop_id = v.shop_id AND p.id = v.product_id
	LEFT JOIN option_value a ON a.shop_id = v.shop_id AND a.id = v.value1
	LEFT JOIN option_value b ON b.shop_id = v.shop_id AND b.id = v.value2
	LEFT JOIN option_value c ON c.shop_id = v.shop_id AND c.id = v.value3
	WHERE s.shop_id = $1 AND p.state = 'showing' AND NOT p.uncounted AND s.on_hand - s.held <= $2
	ORDER BY s.on_hand - s.held, p.id, v.position
	LIMIT $3 + 0`

func scanDay(row db.Row) (d Day, err error) {
	var day int64
	err = row.Scan(&day, &d.Orders, &d.Yen)
	d.Start = day*86400000 - 32400000
	return d, err
}

func scanLow(row db.Row) (l Low, err error) {
	var a, b, c string
	err = row.Scan(&l.Product, &l.Name, &l.NameEn, &a, &b, &c, &l.Left)
	var labels []string
	for _, s := range []string{a, b, c} {
		if s != "" {
			labels = append(labels, s)
		}
	}
	l.Label = strings.Join(labels, " / ")
	return l, err
}
