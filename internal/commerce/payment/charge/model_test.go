package charge

import (
	"fmt"
	"slices"
	"testing"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// This test walks every interleaving of what can happen to an order's money: every state of the shop's rows, of the provider and
// of two settlings that run at the same time, each cut into its steps (look; write; each call), each of which may lose its request
// or its answer and so end there. From every state, a last settling without faults must lead to the one right end.

// A happening of the world outside. Each may come once, at any time.
type happening int

const (
	pays       happening = iota // the purchaser pays on the first page
	retries                     // a second charge is opened: another tab, a link
	paysAgain                   // and paid
	cancels                     // purchaser or staff
	timesOut                    // the time to pay is over
	ships                       //
	givesBack                   // staff refund a part
	opens                       // an Open that was under way reaches the provider
	startsOne                   // a notice, a return, a sweep: a settling
	startsMore                  // the same at the same time
	happenings
)

// A remote is a charge at the provider.
type remote struct {
	c    provider.Charge
	done []string
}

// A settling of the model: what it saw, and what is left to do.
type settling struct {
	running bool
	looked  bool
	asked   []Charge
	heard   []*provider.Charge
	steps   []Step
	refused []string
}

type world struct {
	left     [happenings]bool
	kase     Case
	placed   bool // the order is not paid yet
	over     bool
	ended    bool // the sweep cancelled it
	state    payment.State
	provider []remote
	runs     [2]settling
	nextID   int64
	plan     *plan
}

// A plan is where a walk begins.
type plan struct {
	capture payment.Capture
	three   provider.ThreeDS
	lost    string // what became of the first Open: "" answered, "answer", "late"
	without []happening
}

const sum, part = 1000, 300

func (p *plan) world() world {
	w := world{plan: p, placed: true, state: payment.Pending, kase: Case{Amount: sum}, nextID: 100}
	for h := range happenings {
		w.left[h] = !slices.Contains(p.without, h) && (h != opens || p.lost == "late")
	}
	w.add(p.lost != "late")
	if p.lost == "" {
		w.kase.Charges[0].State, w.kase.Charges[0].Ref, w.kase.Charges[0].Opened = provider.Open, "r1", 1
	}
	return w
}

func (w *world) add(open bool) {
	n := int64(len(w.kase.Charges) + 1)
	key := fmt.Sprintf("k%d", n)
	w.kase.Charges = append(w.kase.Charges, Charge{ID: id.Charge(n), No: n, Key: key, Means: provider.Card, State: New, Amount: sum,
		Capture: w.plan.capture, Version: 1})
	state := provider.State("")
	if open {
		state = provider.Open
	}
	w.provider = append(w.provider, remote{c: provider.Charge{Ref: fmt.Sprintf("r%d", n), Key: key, State: state,
		Means: provider.Card, Amount: sum}})
}

func (w world) copy() world {
	w.kase = w.kase.Copy()
	w.provider = slices.Clone(w.provider)
	for i := range w.provider {
		w.provider[i].done = slices.Clone(w.provider[i].done)
		w.provider[i].c.Refunds = slices.Clone(w.provider[i].c.Refunds)
	}
	for i := range w.runs {
		w.runs[i].refused = slices.Clone(w.runs[i].refused)
	}
	return w
}

func (w *world) key() string {
	s := fmt.Sprint(w.left, w.kase.Cancelled, w.kase.Dispatched, w.kase.Back, w.placed, w.over, w.ended, w.state, w.provider, w.nextID)
	for _, c := range w.kase.Charges {
		s += fmt.Sprint("|", c.State, c.Ref, c.Accepted, c.Refused, c.Captured, c.Refunded, c.Letting, c.Take, c.TakeNo, c.Trouble, c.Version)
	}
	for _, r := range w.kase.Refunds {
		s += fmt.Sprint("|", r.ID, r.Charge, r.Amount, r.State, r.Key, r.Version)
	}
	for _, r := range w.runs {
		s += fmt.Sprint("#", r.running, r.looked, r.steps, r.refused)
		for i, h := range r.heard {
			s += fmt.Sprint(r.asked[i].Version)
			if h != nil {
				s += fmt.Sprint(*h)
			}
		}
	}
	return s
}

// happen does a happening, and says whether it could.
func (w *world) happen(h happening) bool {
	if !w.left[h] {
		return false
	}
	w.left[h] = false
	pay := func(i int, three provider.ThreeDS) bool {
		if i >= len(w.provider) || w.provider[i].c.State != provider.Open {
			return false
		}
		c := &w.provider[i].c
		c.State, c.ThreeDS = provider.Authorised, three
		if w.plan.capture == payment.AtOnce {
			c.State, c.Captured = provider.Captured, sum
		}
		return true
	}
	switch h {
	case pays:
		return pay(0, w.plan.three)
	case paysAgain:
		return pay(1, provider.Passed)
	case retries:
		if w.kase.Cancelled || w.over || !w.state.Open() || len(w.kase.Charges) != 1 {
			return false
		}
		w.add(true)
		w.kase.Charges[1].State, w.kase.Charges[1].Ref = provider.Open, "r2"
	case cancels:
		if w.kase.Cancelled || w.kase.Dispatched {
			return false
		}
		w.kase.Cancelled = true
		w.state, _ = w.state.Next(payment.Cancel)
	case timesOut:
		w.over = true
	case ships:
		if w.kase.Cancelled || !w.state.Secured() {
			return false
		}
		w.kase.Dispatched = true
	case givesBack:
		return w.giveBack()
	case opens:
		w.provider[0].c.State = provider.Open
	case startsOne:
		w.runs[0].running = true
	case startsMore:
		w.runs[1].running = true
	}
	return true
}

func (w *world) giveBack() bool {
	k := w.kase.keeper()
	if w.kase.Cancelled || k < 0 || !w.state.Secured() {
		return false
	}
	r := Refund{Charge: w.kase.Charges[k].ID, Amount: part, State: Wanted}
	if w.state == payment.Authorised {
		r.State = Less
	}
	w.newRefund(&r)
	w.kase.Refunds = append(w.kase.Refunds, r)
	w.kase.Back += part
	w.state = w.kase.State()
	return true
}

func (w *world) newRefund(r *Refund) {
	w.nextID++
	r.ID, r.Key, r.Version = id.Refund(w.nextID), fmt.Sprintf("f%d", w.nextID), 1
}

func (w *world) look(i int) {
	r := &w.runs[i]
	r.looked, r.asked, r.heard = true, slices.Clone(w.kase.Charges), nil
	for j, c := range w.kase.Charges {
		var h *provider.Charge
		if p := w.provider[j].c; !c.Dead() && p.State != "" {
			p.Refunds = slices.Clone(p.Refunds)
			h = &p
		}
		r.heard = append(r.heard, h)
	}
}

// write is the transaction of a round, as flow/pay does it.
func (w *world) write(t *testing.T, i int) {
	r := &w.runs[i]
	k := w.kase.Copy()
	k.Over = w.over && w.placed && w.state == payment.Pending
	again := len(k.Charges) > len(r.asked)
	for j := range k.Charges {
		if j >= len(r.asked) || r.asked[j].Version != k.Charges[j].Version {
			again = true
		} else if r.heard[j] != nil {
			k.Hear(j, *r.heard[j], 1)
		}
	}
	k.Decide(1)
	for _, st := range k.Steps() {
		if slices.Contains(r.refused, st.Key) {
			k.Refuse(st)
		}
	}
	for j := range k.Charges {
		if !w.kase.Charges[j].same(k.Charges[j]) {
			k.Charges[j].Version++
		}
	}
	for j := range k.Refunds {
		if j >= len(w.kase.Refunds) {
			w.newRefund(&k.Refunds[j])
		} else if k.Refunds[j] != w.kase.Refunds[j] {
			k.Refunds[j].Version++
		}
	}
	if k.Ends() {
		k.Cancelled, w.ended = true, true
		var err error
		if w.state, err = w.state.Next(payment.Cancel); err != nil {
			t.Fatal("the sweep cancels an order that is", w.state)
		}
	}
	if to := k.State(); to != w.state {
		if !w.state.May(to) {
			t.Fatalf("a payment goes from %s to %s", w.state, to)
		}
		w.state = to
	}
	w.placed = w.placed && !w.state.Secured()
	w.kase = k
	r.looked, r.asked, r.heard, r.steps = false, nil, nil, k.Steps()
	r.running = len(r.steps) > 0 || again
}

// call does a step at the provider.
func (w *world) call(s Step) (refused bool) {
	p := &w.provider[s.Charge-1]
	if slices.Contains(p.done, s.Key) {
		return false
	}
	c := &p.c
	switch {
	case s.Act == Void && c.State == provider.Voided:
	case s.Act == Void && (c.State == provider.Open || c.State == provider.Authorised):
		c.State = provider.Voided
	case s.Act == Capture && c.State == provider.Authorised && s.Amount <= c.Amount:
		c.State, c.Captured = provider.Captured, s.Amount
	case s.Act == GiveBack && c.State == provider.Captured && s.Amount <= c.Captured-c.Refunded:
		c.Refunded += s.Amount
		c.Refunds = append(c.Refunds, provider.Refund{Ref: "re" + s.Key, Key: s.Key, Amount: s.Amount, State: provider.RefundDone})
	default:
		return true
	}
	p.done = append(p.done, s.Key)
	return false
}

// next are all worlds that may follow.
func (w *world) next(t *testing.T) (out []world) {
	for h := range happenings {
		n := w.copy()
		if n.happen(h) {
			out = append(out, n)
		}
	}
	for i, r := range w.runs {
		if !r.running {
			continue
		}
		n := w.copy()
		switch {
		case len(r.steps) > 0:
			s := r.steps[0]
			n.runs[i].steps = r.steps[1:]
			lost := n.copy() // the request is lost: the settling ends, a job goes on later
			lost.runs[i] = settling{}
			after := n.copy()
			if n.call(s) {
				n.runs[i].refused = append(n.runs[i].refused, s.Key)
			}
			after.call(s) // the answer is lost
			after.runs[i] = settling{}
			out = append(out, lost, after)
		case r.looked:
			n.write(t, i)
		default:
			n.look(i)
		}
		out = append(out, n)
	}
	return out
}

// end runs the job that is left: one settling without faults, to its end.
func (w *world) end(t *testing.T) {
	w.runs = [2]settling{{running: true}}
	for range 20 {
		if !w.runs[0].running {
			return
		}
		w.look(0)
		w.write(t, 0)
		for _, s := range w.runs[0].steps {
			if w.call(s) {
				w.runs[0].refused = append(w.runs[0].refused, s.Key)
			}
		}
		w.runs[0].steps = nil
	}
	t.Fatalf("does not settle: %s", w.key())
}

// right says what is wrong with an end, or nothing.
func (w *world) right() string {
	taken, back, aside := int64(0), int64(0), 0
	for i, p := range w.provider {
		taken, back = taken+p.c.Captured, back+p.c.Refunded
		if p.c.State == provider.Authorised {
			aside++
		}
		if c := w.kase.Charges[i]; c.Captured != p.c.Captured || c.Refunded != p.c.Refunded || c.Trouble != "" {
			return "the rows do not say what the provider does"
		}
		if p.c.State == provider.Open && (w.kase.Cancelled || w.state.Secured()) {
			return "a page stays open for an order that nobody is to pay"
		}
	}
	for _, r := range w.kase.Refunds {
		if r.State != Done && r.State != Less {
			return "a refund is not done: " + string(r.State)
		}
	}
	kept := taken - back
	switch {
	case w.kase.Cancelled:
		if kept != 0 || aside != 0 {
			return "money of a cancelled order is kept"
		}
		if want := map[bool]payment.State{false: payment.Void, true: payment.Refunded}[taken > 0]; w.state != want {
			return "cancelled, and the payment is " + string(w.state)
		}
		if w.ended && taken > 0 && w.plan.lost != "late" && w.plan.three == provider.Passed {
			return "the sweep ended an order that was being paid"
		}
	case w.state == payment.Authorised:
		if aside != 1 || kept != 0 || w.kase.Dispatched || w.plan.capture == payment.AtOnce {
			return "set aside, and not taken"
		}
	case w.state.Secured():
		if aside != 0 || kept != sum-w.kase.Back {
			return fmt.Sprintf("the shop keeps %d of %d less %d", kept, sum, w.kase.Back)
		}
	default:
		if w.state != payment.Pending || kept != 0 || aside != 0 || w.over {
			return "the order waits, and the payment is " + string(w.state)
		}
	}
	return ""
}

func TestEveryInterleavingEndsInTheSameRightState(t *testing.T) {
	t.Parallel()
	var plans []plan
	for _, c := range []payment.Capture{payment.AtOnce, payment.AtDispatch} {
		for _, lost := range []string{"", "answer", "late"} {
			plans = append(plans, plan{capture: c, lost: lost, three: provider.Passed, without: []happening{startsMore}},
				plan{capture: c, lost: lost, three: provider.NotCompatible, without: []happening{startsMore, givesBack}})
		}
		plans = append(plans, plan{capture: c, three: provider.Passed, without: []happening{retries, paysAgain, timesOut}},
			plan{capture: c, three: provider.Passed, without: []happening{retries, paysAgain, ships, givesBack}},
			plan{capture: c, three: provider.Passed, without: []happening{ships, givesBack, timesOut}})
	}
	for _, p := range plans {
		t.Run(fmt.Sprint(p.capture, p.lost, p.three, p.without), func(t *testing.T) {
			t.Parallel()
			seen, ends := map[string]bool{}, map[string]int{}
			todo := []world{p.world()}
			for len(todo) > 0 {
				w := todo[len(todo)-1]
				todo = todo[:len(todo)-1]
				if k := w.key(); seen[k] {
					continue
				} else {
					seen[k] = true
				}
				end := w.copy()
				end.end(t)
				if wrong := end.right(); wrong != "" {
					t.Fatalf("%s\nfrom %s\nto   %s", wrong, w.key(), end.key())
				}
				ends[string(end.state)]++
				todo = append(todo, w.next(t)...)
			}
			t.Logf("%d states, which end %v", len(seen), ends)
		})
	}
}
