package i18n

import "testing"

func TestMatchPrefersTheWantedLanguage(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]Lang{
		"": Ja, "en": En, "en-US,en;q=0.9,ja;q=0.8": En, "ja,en;q=0.9": Ja, "fr,de": Ja, "ja;q=0.2, en-GB;q=0.3": En, "en;q=x": En, "eng": Ja,
	} {
		if got := Match(header); got != want {
			t.Errorf("Match(%q) = %s, want %s", header, got, want)
		}
	}
}

func TestYenGroupsDigits(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64][2]string{0: {"0円", "¥0"}, 999: {"999円", "¥999"}, 1000: {"1,000円", "¥1,000"}, -1234567: {"-1,234,567円", "-¥1,234,567"}} {
		if ja, en := Ja.Yen(n), En.Yen(n); ja != want[0] || en != want[1] {
			t.Errorf("%d: %s %s, want %v", n, ja, en, want)
		}
	}
}

func TestTimesAreWrittenInJapansZone(t *testing.T) {
	t.Parallel()
	const ms = 1764255900000 // 2025-11-27T15:05:00Z
	if got := Ja.DateTime(ms); got != "2025年11月28日 00:05" {
		t.Error(got)
	}
	if got := En.Date(ms); got != "28 November 2025" {
		t.Error(got)
	}
}
