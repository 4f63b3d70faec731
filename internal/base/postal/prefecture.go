package postal

import (
	"strconv"

	"github.com/noren-shop/noren/internal/base/i18n"
)

// A Prefecture is one of Japan's 47 by the number that the public API uses, which is not the order of JIS X 0401
// (there 新潟 is 15, 富山 16, 福井 18), or Overseas. Zero is none.
type Prefecture int

// The numbers that rules name. The others are rows of the table only.
const (
	Hokkaido Prefecture = 1
	Okinawa  Prefecture = 47
	Overseas Prefecture = 48
)

// A Region groups prefectures as carriers' price lists do.
type Region string

// The regions, north to south.
const (
	RegionHokkaido  Region = "hokkaido"
	RegionTohoku    Region = "tohoku"
	RegionKanto     Region = "kanto"
	RegionShinetsu  Region = "shinetsu"
	RegionHokuriku  Region = "hokuriku"
	RegionChubu     Region = "chubu"
	RegionKinki     Region = "kinki"
	RegionChugoku   Region = "chugoku"
	RegionShikoku   Region = "shikoku"
	RegionKyushu    Region = "kyushu"
	RegionOkinawa   Region = "okinawa"
	RegionElsewhere Region = "overseas"
)

// Regions lists them, north to south, overseas last.
func Regions() []Region {
	return []Region{RegionHokkaido, RegionTohoku, RegionKanto, RegionShinetsu, RegionHokuriku, RegionChubu, RegionKinki,
		RegionChugoku, RegionShikoku, RegionKyushu, RegionOkinawa, RegionElsewhere}
}

// Name of the region.
func (r Region) Name(l i18n.Lang) string {
	switch r {
	case RegionHokkaido:
		return l.Pick("北海道", "Hokkaido")
	case RegionTohoku:
		return l.Pick("東北", "Tohoku")
	case RegionKanto:
		return l.Pick("関東", "Kanto")
	case RegionShinetsu:
		return l.Pick("信越", "Shin'etsu")
	case RegionHokuriku:
		return l.Pick("北陸", "Hokuriku")
	case RegionChubu:
		return l.Pick("中部", "Chubu")
	case RegionKinki:
		return l.Pick("近畿", "Kinki")
	case RegionChugoku:
		return l.Pick("中国", "Chugoku")
	case RegionShikoku:
		return l.Pick("四国", "Shikoku")
	case RegionKyushu:
		return l.Pick("九州", "Kyushu")
	case RegionOkinawa:
		return l.Pick("沖縄", "Okinawa")
	case RegionElsewhere:
		return l.Pick("海外", "Overseas")
	}
	return ""
}

// prefectureRow is one prefecture: number, JIS X 0401 code (0 for overseas), names, region.
type prefectureRow struct {
	number Prefecture
	jis    int
	ja, en string
	region Region
}

// row is the prefecture's, or an empty one for a number that none has.
func (p Prefecture) row() prefectureRow {
	if rows := prefectureRows(); p >= 1 && int(p) <= len(rows) {
		return rows[p-1]
	}
	return prefectureRow{}
}

// Prefectures lists all 47 and Overseas by number.
func Prefectures() []Prefecture {
	list := make([]Prefecture, 0, Overseas)
	for p := Prefecture(1); p <= Overseas; p++ {
		list = append(list, p)
	}
	return list
}

// Of lists a region's prefectures.
func (r Region) Of() []Prefecture {
	var list []Prefecture
	for _, row := range prefectureRows() {
		if row.region == r {
			list = append(list, row.number)
		}
	}
	return list
}

// Valid says whether the number is a prefecture's or Overseas.
func (p Prefecture) Valid() bool { return p.row().number != 0 }

// Name with its suffix: 東京都, Tokyo.
func (p Prefecture) Name(l i18n.Lang) string { return l.Pick(p.row().ja, p.row().en) }

// Region of the prefecture.
func (p Prefecture) Region() Region { return p.row().region }

// JIS is the code of JIS X 0401, 1 to 47, and 0 for Overseas.
func (p Prefecture) JIS() int { return p.row().jis }

// ByJIS finds a prefecture by its code of JIS X 0401; zero where none has it.
func ByJIS(code int) Prefecture {
	for _, row := range prefectureRows() {
		if row.jis == code && code != 0 {
			return row.number
		}
	}
	return 0
}

// ByName finds a prefecture by its Japanese name; zero where none has it.
func ByName(ja string) Prefecture {
	for _, row := range prefectureRows() {
		if row.ja == ja && ja != "" {
			return row.number
		}
	}
	return 0
}

// ParsePrefecture reads a number from a form; zero where it is none.
func ParsePrefecture(s string) Prefecture {
	n, err := strconv.Atoi(s)
	if p := Prefecture(n); err == nil && p.Valid() && strconv.Itoa(n) == s {
		return p
	}
	return 0
}
