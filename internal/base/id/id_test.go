package id

import (
	"testing"
	"time"
)

func TestIdsAreNeverTakenForCardNumbers(t *testing.T) {
	t.Parallel()
	s, now := NewSource(), time.Now()
	seen := map[int64]bool{}
	for i := range 200_000 {
		n := s.Next(now)
		if n <= 0 || n >= 1<<53 {
			t.Fatalf("%d is out of range", n)
		}
		if luhn(n) {
			t.Fatalf("%d passes for a card number", n)
		}
		if seen[n] {
			t.Fatalf("%d came twice, after %d", n, i)
		}
		seen[n] = true
	}
}

func TestLuhnKnowsCards(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]bool{4111111111111111: true, 4111111111111112: false, 5555555555554444: true, 3530111333300000: true, 79927398713: true} {
		if luhn(n) != want {
			t.Errorf("luhn(%d) = %v", n, !want)
		}
	}
}

func TestIdsFollowTimeAndHideCounts(t *testing.T) {
	t.Parallel()
	s, now := NewSource(), time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	early, late := s.Next(now), s.Next(now.Add(3*time.Second))
	if early >= late {
		t.Errorf("%d is not before %d", early, late)
	}
	near := 0
	last := s.Next(now)
	for range 1000 {
		n := s.Next(now)
		if d := n - last; d > -16 && d < 16 {
			near++
		}
		last = n
	}
	if near > 10 {
		t.Errorf("%d of 1000 ids stand beside the one before", near)
	}
}

func TestParseRefusesWhatIsNoId(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Shop{"7": 7, "": 0, "-1": 0, "0": 0, "1.5": 0, "9007199254740992": 0, "+7": 0, "７": 0, "99999999999999999999": 0} {
		if got := Parse[Shop](s); got != want {
			t.Errorf("Parse(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestIdsTellWhenTheyWereDrawn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	if d := now.Sub(Drawn(NewSource().Next(now))); d < 0 || d > 2*time.Second {
		t.Errorf("drawn %v before", d)
	}
}
