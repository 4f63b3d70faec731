package abuse

import "time"

// maxCards bounds the cards that one count tells apart: more than any rule asks for.
const maxCards = 64

func (t *tally) open1(card string) {
	t.tries++
	t.open++
	t.mark(card)
}

// mark notes a card.
func (t *tally) mark(card string) {
	if card == "" {
		return
	}
	if t.cards == nil {
		t.cards = map[string]int{}
	}
	if _, ok := t.cards[card]; ok || len(t.cards) < maxCards {
		t.cards[card]++
	}
}

// settle closes one open try: of this window, or of the last.
func (c *count) settle(o Outcome, card string) {
	t := &c.now
	if t.open == 0 {
		t = &c.last
	}
	if t.open == 0 {
		return // forgotten in the meantime
	}
	t.open--
	switch o {
	case Failed:
		t.failed++
		return
	case Undone:
		t.tries--
	case Succeeded:
	}
	if n, ok := t.cards[card]; ok && n > 1 {
		t.cards[card] = n - 1
	} else if ok {
		delete(t.cards, card)
	}
}

// weigh adds the last window as far as it still reaches into this one.
func (c *count) weigh(now time.Time, window time.Duration, of func(tally) int) float64 {
	left := 1 - float64(now.Sub(c.began))/float64(window)
	return float64(of(c.now)) + left*float64(of(c.last))
}

// answer says what the rule makes of the count, before this try is added.
func (c *count) answer(r *rule, now time.Time, card string) Answer {
	var n float64
	switch r.of {
	case tries:
		n = c.weigh(now, r.window, func(t tally) int { return t.tries })
	case failures:
		n = c.weigh(now, r.window, func(t tally) int { return t.failed + t.open })
	case settled:
		n = c.weigh(now, r.window, func(t tally) int { return t.failed })
	case cards:
		n = float64(len(c.now.cards)) // and those of the last window that are not among them
		for k := range c.last.cards {
			if _, both := c.now.cards[k]; !both {
				n++
			}
		}
		if _, known := c.now.cards[card]; known || c.last.cards[card] > 0 {
			n-- // the same card again is judged by its own rule
		}
	}
	if int(n) < r.step {
		return Allow
	}
	if r.share > 0 {
		all := c.weigh(now, r.window, func(t tally) int { return t.tries })
		bad := c.weigh(now, r.window, func(t tally) int { return t.failed + t.open })
		if r.of == settled {
			bad = c.weigh(now, r.window, func(t tally) int { return t.failed })
		}
		if bad < r.share*all {
			return Allow
		}
	}
	if r.refuse > 0 && int(n) >= r.refuse {
		return Refuse
	}
	return StepUp
}
