package budget

import (
	"testing"
	"time"
)

func people(from, to int64) (out []Person) {
	for n := from; n < to; n++ {
		out = append(out, Person{7, 3, n})
	}
	return out
}

func TestSamePersonCostsOnce(t *testing.T) {
	t.Parallel()
	b, now := New(), time.Now()
	claim := []Claim{{"a", Limit{10, 15}}}
	if !b.Take(now, append(people(0, 10), people(0, 10)...), claim) || !b.Take(now, people(0, 10), claim) {
		t.Error("ten persons, twice, do not fit")
	}
	if b.Take(now, people(10, 11), claim) {
		t.Error("an eleventh fits")
	}
	if !b.Take(now.Add(time.Minute), people(10, 15), claim) {
		t.Error("five more do not fit a minute later")
	}
	if b.Take(now.Add(2*time.Minute), people(15, 16), claim) {
		t.Error("a sixteenth fits in a day")
	}
	if !b.Take(now.Add(2*time.Minute), people(0, 5), claim) {
		t.Error("known ones do not fit")
	}
	if !b.Take(now.Add(25*time.Hour), people(20, 30), claim) {
		t.Error("the next day is full")
	}
}

func TestARefusedReadCountsNothing(t *testing.T) {
	t.Parallel()
	b, now := New(), time.Now()
	wide, narrow := Claim{"process", Limit{100, 100}}, Claim{"a", Limit{5, 5}}
	for range 50 {
		if b.Take(now, people(0, 6), []Claim{wide, narrow}) {
			t.Fatal("six fit where five do")
		}
	}
	if !b.Take(now, people(100, 200), []Claim{wide}) {
		t.Error("refused reads were counted")
	}
}

func TestRestoredPersonsCount(t *testing.T) {
	t.Parallel()
	b, now := New(), time.Now()
	b.Restore("a", Person{7, 3, 1}, now.Add(-time.Hour), now)
	b.Restore("a", Person{7, 3, 2}, now.Add(-25*time.Hour), now)
	if b.Take(now, people(3, 5), []Claim{{"a", Limit{10, 2}}}) {
		t.Error("a person of an hour ago was forgotten")
	}
	if !b.Take(now, people(3, 4), []Claim{{"a", Limit{10, 2}}}) {
		t.Error("a person of yesterday still counts")
	}
}

func BenchmarkTake(b *testing.B) {
	book, now := New(), time.Now()
	claims := []Claim{{"process", Limit{1000, 50_000}}, {"a", Limit{1000, 50_000}}}
	book.Take(now, people(0, 1000), claims)
	one := people(5, 6)
	for b.Loop() {
		book.Take(now, one, claims)
	}
}
