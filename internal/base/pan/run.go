package pan

import "iter"

// A group is digits that stand together.
type group struct {
	from, to int   // in scanned.digits
	gap      class // what stands before it, in its run: the weightiest sign; stop begins a run, other is a mixture
	wide     int   // signs in that gap
	word     int   // in scanned.words
	plus     bool  // behind a +: a phone number
}

func (g group) len() int { return g.to - g.from }

// A word is letters and digits that stand together.
type word struct {
	groups      int
	hex, others bool // letters of each kind in it
}

// token says that it is a hexadecimal token: an id or a digest, not a number with a word at its side.
func (w word) token() bool { return w.hex && !w.others && w.groups > 1 }

// scanned is a text as groups of digits.
type scanned struct {
	text   string
	digits []glyph
	groups []group
	words  []word
}

const maxGap = 3 // signs between two groups of one number

// A scanner is the state of reading a text.
type scanner struct {
	scanned
	inGroup, inWord bool
	gap             class
	wide            int
}

// scan reads a part of a text.
func scan(text string, from, to int) *scanned {
	s := scanner{scanned: scanned{text: text, digits: make([]glyph, 0, 64), groups: make([]group, 0, 16), words: make([]word, 0, 16)}, gap: stop}
	for i := from; i < to; {
		if !s.inWord {
			if n := uuid(text[i:]); n > 0 {
				s.sign(glyph{class: stop})
				i += n
				continue
			}
		}
		g := at(text, i)
		s.sign(g)
		i = int(g.to)
	}
	return &s.scanned
}

func (s *scanner) sign(g glyph) {
	switch g.class {
	case invisible:
		return
	case digit:
		s.openWord()
		if !s.inGroup {
			s.openGroup(int(g.from))
		}
		s.digits = append(s.digits, g)
		s.groups[len(s.groups)-1].to++
	case letter, hexLetter:
		s.openWord()
		w := &s.words[len(s.words)-1]
		w.hex, w.others = w.hex || g.class == hexLetter, w.others || g.class == letter
		s.inGroup, s.gap, s.wide = false, stop, 0
	case stop:
		s.inGroup, s.inWord, s.gap, s.wide = false, false, stop, 0
	default:
		s.separate(g.class)
	}
}

func (s *scanner) openWord() {
	if !s.inWord {
		s.inWord = true
		s.words = append(s.words, word{})
	}
}

func (s *scanner) openGroup(at int) {
	s.inGroup = true
	s.words[len(s.words)-1].groups++
	n := len(s.digits)
	s.groups = append(s.groups, group{from: n, to: n, gap: s.gap, wide: s.wide, word: len(s.words) - 1,
		plus: at > 0 && s.text[at-1] == '+'})
}

// separate notes a sign between groups. Spaces around a dash do not count.
func (s *scanner) separate(c class) {
	fresh := s.inGroup || s.wide == 0 && s.gap != stop
	s.inWord = false
	switch {
	case fresh:
		s.gap, s.wide = c, 0
	case s.gap == stop: // no digit stands before
	case s.gap == space:
		s.gap = c
	case c != space && c != s.gap:
		s.gap = other
	}
	s.inGroup = false
	if s.wide++; s.wide > maxGap {
		s.gap = stop
	}
}

// uuid is the length of a UUID that begins a text, or 0: its groups of digits are no number's.
func uuid(s string) int {
	const size = 36
	if len(s) < size || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return 0
	}
	for i := range size {
		if i != 8 && i != 13 && i != 18 && i != 23 && hexOf(s[i]) < 0 {
			return 0
		}
	}
	if len(s) > size && (hexOf(s[size]) >= 0 || s[size] == '-') {
		return 0
	}
	return size
}

// runs gives the groups that stand near each other. An order number of ours (261122-483920) belongs to none.
func (s *scanned) runs() iter.Seq[[]group] {
	return func(yield func([]group) bool) {
		from := 0
		for i := range s.groups {
			if i > from && s.groups[i].gap == stop {
				if !yield(s.groups[from:i]) {
					return
				}
				from = i
			}
			if i > from && s.orderNumber(s.groups[i-1], s.groups[i]) {
				if i-1 > from && !yield(s.groups[from:i-1]) {
					return
				}
				from = i + 1
			}
		}
		if from < len(s.groups) {
			yield(s.groups[from:])
		}
	}
}

// orderNumber says that two groups are an order number: a day, a hyphen, six digits.
func (s *scanned) orderNumber(a, b group) bool {
	if a.len() != 6 || b.len() != 6 || b.gap != dash || b.wide != 1 {
		return false
	}
	d := s.digits[a.from:a.to]
	month, day := d[2].v*10+d[3].v, d[4].v*10+d[5].v
	return month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// numbers adds the card numbers of a run.
func (s *scanned) numbers(out []Match, run []group) []Match {
	for i := 0; i < len(run); {
		n := s.numberAt(run, i)
		if n == 0 {
			i++
			continue
		}
		d := s.digits[run[i].from:run[i+n-1].to]
		out = append(out, Match{Start: int(d[0].from), End: int(d[len(d)-1].to), Kind: Number, Brand: brandOf(d), Last4: lastFour(d)})
		i += n
	}
	return out
}

// numberAt says how many groups from the i-th are a card number.
func (s *scanned) numberAt(run []group, i int) int {
	ways := [...]int{1, usual(run[i:]), even(run, i), whole(run, i)}
	for way, n := range ways {
		if n == 0 || way > 0 && n == 1 {
			continue
		}
		if s.isNumber(run[i:i+n]) && (way > 0 || !fraction(run, i)) {
			return n
		}
		if way == 1 && n == 5 && s.isNumber(run[i:i+4]) {
			return 4
		}
	}
	return 0
}

func (s *scanned) isNumber(gs []group) bool {
	if s.words[gs[0].word].token() || s.words[gs[len(gs)-1].word].token() {
		return false
	}
	d := s.digits[gs[0].from:gs[len(gs)-1].to]
	return (!gs[0].plus || len(d) > 15) && brandOf(d) != ""
}

// fraction says that a group stands behind a decimal point.
func fraction(run []group, i int) bool { return i > 0 && run[i].gap == dot && run[i].wide == 1 }

// usual is the number of groups in one of the shapes that are printed on cards.
func usual(gs []group) int {
	for _, shape := range [...]string{"\x04\x04\x04\x04\x03", "\x04\x04\x04\x04\x02", "\x04\x04\x04\x04\x01", "\x04\x04\x04\x04", "\x04\x06\x05",
		"\x04\x06\x04", "\x08\x08"} {
		if fits(gs, shape) {
			return len(shape)
		}
	}
	return 0
}

func fits(gs []group, shape string) bool {
	if len(gs) < len(shape) {
		return false
	}
	for i := range len(shape) {
		if gs[i].len() != int(shape[i]) {
			return false
		}
		if i > 1 && gs[i].gap != gs[1].gap && (gs[i].gap == dot || gs[1].gap == dot || gs[i].gap == other || gs[1].gap == other) {
			return false // 3.14 and 2/3 stand in lists, too
		}
	}
	return true
}

// even is the number of groups of a whole stretch of equal ones: a number typed digit by digit, or in pairs.
func even(run []group, i int) int {
	size := run[i].len()
	if size > 5 || size == 4 || i > 0 && run[i-1].len() == size {
		return 0
	}
	n, total := 1, size
	for i+n < len(run) && run[i+n].len() == size && alike(run, i, n) {
		total += size
		n++
	}
	if i+n < len(run) && run[i+n].len() < size && total+run[i+n].len() <= maxLen && alike(run, i, n) {
		n++
	}
	return n
}

// alike says that the gaps of n+1 groups are of one kind, and none that numbers in lists have.
func alike(run []group, i, n int) bool {
	c := run[i+1].gap
	return run[i+n].gap == c && c != other && c != dot
}

// whole is the number of groups of a whole run that is nothing but one number, cut anyhow. Ids are too long to be a part of one.
func whole(run []group, i int) int {
	if i > 0 || len(run) < 2 || len(run) > 4 {
		return 0
	}
	total := 0
	for n, g := range run {
		if g.len() > 12 || n > 0 && !alike(run, 0, n) {
			return 0
		}
		total += g.len()
	}
	fours := len(run) == 4 && run[0].len() == 4 && run[1].len() == 4 && run[2].len() == 4
	if total > 16 && total != 19 || total < 16 && len(run) > 2 && !fours { // a bank's account has three parts, too
		return 0
	}
	return len(run)
}
