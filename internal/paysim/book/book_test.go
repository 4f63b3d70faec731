package book_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/paysim/book"
)

// A world is a book with one account and a clock.
type world struct {
	*book.Book
	t       *testing.T
	account string
	mu      sync.Mutex
	now     time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) add(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func open(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)}
	b, err := book.Open(book.Config{Now: w.clock, Pages: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	w.Book = b
	a, err := b.OpenAccount("茶の丸山", "http://127.0.0.1:1/hook")
	if err != nil {
		t.Fatal(err)
	}
	w.account = a.ID
	if b.Who(secret.ParseToken(a.Key)) != a.ID || b.Who(secret.Token{}) != "" {
		t.Fatal("the key does not lead to its account alone")
	}
	return w
}

func (w *world) order(change func(*book.Order)) book.Charge {
	w.t.Helper()
	o := book.Order{Key: "k", Amount: 5000, Means: book.Card, Capture: true, Return: "http://127.0.0.1:1/return"}
	if change != nil {
		change(&o)
	}
	c, err := w.OpenCharge(w.account, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func typed(line string) book.Typed {
	for _, l := range book.Lines() {
		if l.Name == line {
			code := "123"
			if l.Brand == "amex" {
				code = "1234"
			}
			return book.Typed{Number: l.Shown(), Expiry: "12/30", Code: code, Name: "TEST"}
		}
	}
	return book.Typed{}
}

// card types a test card and confirms with its token.
func (w *world) card(ref, line string) book.Charge {
	w.t.Helper()
	tok, err := w.Tokenise(typed(line))
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := w.Confirm(ref, tok)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) look(ref string) book.Charge {
	w.t.Helper()
	c, err := w.Look(w.account, ref, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// luhn is the check digit's rule.
func luhn(n string) bool {
	sum := 0
	for i := range n {
		d := int(n[len(n)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func TestEveryTestCardDoesWhatItsLineSays(t *testing.T) {
	t.Parallel()
	for _, l := range book.Lines() {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			if !luhn(l.Number) {
				t.Fatal("no card has this number")
			}
			w := open(t)
			c := w.card(w.order(nil).Ref, l.Name)
			three := l.ThreeDS
			if l.Challenge {
				if c.State != book.Unpaid || c.Inner.Challenge != 1 {
					t.Fatalf("no challenge: %+v", c)
				}
				var err error
				if c, err = w.Challenge(c.Ref, "１２３４"); err != nil {
					t.Fatal(err)
				}
				three = book.Passed
			}
			if l.Slow > 0 {
				if c.State != book.Unpaid {
					t.Fatalf("at once: %s", c.State)
				}
				w.add(l.Slow)
				c = w.look(c.Ref)
			}
			want := book.Captured
			if l.Reason != "" {
				want = book.Unpaid // another card may be tried
			}
			if c.State != want || c.Reason != l.Reason || c.ThreeDS != three || (c.Disputed > 0) != l.Disputed {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestTokensAreOfOneUseAndThirtyMinutes(t *testing.T) {
	t.Parallel()
	w := open(t)
	a, b := w.order(nil), w.order(func(o *book.Order) { o.Key = "b" })
	tok, _ := w.Tokenise(typed("approve"))
	if _, err := w.Confirm(a.Ref, tok); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Confirm(b.Ref, tok); !fault.Is(err, fault.KindConflict) {
		t.Errorf("used twice: %v", err)
	}
	tok, _ = w.Tokenise(typed("approve"))
	w.add(book.TokenTime + time.Second)
	if _, err := w.Confirm(b.Ref, tok); !fault.Is(err, fault.KindConflict) {
		t.Errorf("too old: %v", err)
	}
	if c := w.look(b.Ref); c.State != book.Unpaid {
		t.Errorf("%s", c.State)
	}
}

func TestWhatIsNoTestCardIsRefusedUnread(t *testing.T) {
	t.Parallel()
	w := open(t)
	for field, bad := range map[string]book.Typed{
		"number": {Number: "4" + strings.Repeat("1", 15), Expiry: "12/30", Code: "123", Name: "T"},
		"expiry": {Number: typed("approve").Number, Expiry: "10/26", Code: "123", Name: "T"},
		"code":   {Number: typed("amex").Number, Expiry: "12/30", Code: "123", Name: "T"},
		"name":   {Number: typed("approve").Number, Expiry: "12/2030", Code: "123"},
	} {
		_, err := w.Tokenise(bad)
		fs, ok := fault.Of(err)
		if !ok || len(fs) != 1 || fs[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
		if err != nil && strings.Contains(err.Error(), "1111") {
			t.Error("the fault tells the number")
		}
	}
}

func TestWrongCodesFailTheChallengeAndAnotherCardMayPay(t *testing.T) {
	t.Parallel()
	w := open(t)
	c := w.card(w.order(nil).Ref, "challenge")
	for range 2 {
		if _, err := w.Challenge(c.Ref, "9999"); !fault.Is(err, fault.KindInvalid) {
			t.Fatal(err)
		}
	}
	c, err := w.Challenge(c.Ref, "9999")
	if err != nil || c.ThreeDS != book.Failed || c.Reason != "3ds_failed" || c.State != book.Unpaid {
		t.Fatalf("%+v %v", c, err)
	}
	if c = w.card(c.Ref, "approve"); c.State != book.Captured || c.Reason != "" || c.ThreeDS != book.Passed {
		t.Errorf("%+v", c)
	}
}

func TestFiveRefusedCardsEndTheCharge(t *testing.T) {
	t.Parallel()
	w := open(t)
	c := w.order(nil)
	for range 5 {
		c = w.card(c.Ref, "nofunds")
	}
	if c.State != book.Declined || c.Reason != "too_many" {
		t.Errorf("%+v", c)
	}
	tok, _ := w.Tokenise(typed("approve"))
	if _, err := w.Confirm(c.Ref, tok); !errors.Is(err, book.ErrClosed) {
		t.Errorf("%v", err)
	}
}

func TestTimeEndsWhatNobodyFinishes(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		order func(*book.Order)
		do    func(*world, string)
		after time.Duration
		want  string
	}{
		"page stands":        {after: 23 * time.Hour, want: book.Unpaid},
		"page runs out":      {after: 25 * time.Hour, want: book.Voided},
		"held money stands":  {order: func(o *book.Order) { o.Capture = false }, do: func(w *world, r string) { w.card(r, "approve") }, after: 6 * day, want: book.Authorised},
		"held money runs":    {order: func(o *book.Order) { o.Capture = false }, do: func(w *world, r string) { w.card(r, "approve") }, after: 8 * day, want: book.Voided},
		"number not asked":   {order: slip, after: 4 * day, want: book.Voided},
		"number in grace":    {order: slip, do: choose, after: 9 * day, want: book.Unpaid},
		"number out of date": {order: slip, do: choose, after: 11 * day, want: book.Voided},
	} {
		w := open(t)
		ref := w.order(c.order).Ref
		if c.do != nil {
			c.do(w, ref)
		}
		w.add(c.after)
		if got := w.look(ref).State; got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func slip(o *book.Order) { o.Means = book.Convenience }

func choose(w *world, ref string) {
	if _, err := w.ChooseStore(ref, "lawson"); err != nil {
		w.t.Fatal(err)
	}
}

func TestTillTakesNumbersInTimeAndThreeDaysLate(t *testing.T) {
	t.Parallel()
	w := open(t)
	for key, late := range map[string]time.Duration{"now": 0, "late": 72 * time.Hour} {
		ref := w.order(func(o *book.Order) { o.Means, o.Key = book.Convenience, key }).Ref
		if _, err := w.PayAtTill(ref, late); !errors.Is(err, book.ErrState) {
			t.Errorf("%s: without a number: %v", key, err)
		}
		choose(w, ref)
		before := w.Now()
		c, err := w.PayAtTill(ref, late)
		if err != nil || c.State != book.Captured || c.Captured != 5000 || len(c.Slip.Number) != 11 {
			t.Errorf("%s: %+v %v", key, c, err)
		}
		if was := c.Slip.Paid - c.Slip.Until; late > 0 && was != late.Milliseconds() || late == 0 && was >= 0 {
			t.Errorf("%s: %d ms after its deadline", key, was)
		}
		if !w.Now().Equal(before) {
			t.Errorf("%s: the company's clock moved", key)
		}
	}
	ref := w.order(func(o *book.Order) { o.Means, o.Key = book.Convenience, "void" }).Ref
	choose(w, ref)
	w.SetFaults(book.Faults{SlipsStay: true})
	if _, err := w.LetGo(w.account, ref, "v"); !errors.Is(err, book.ErrState) {
		t.Errorf("void of a number that stays: %v", err)
	}
	w.SetFaults(book.Faults{})
	if _, err := w.LetGo(w.account, ref, "v"); err != nil {
		t.Error(err)
	}
	if _, err := w.PayAtTill(ref, 0); !errors.Is(err, book.ErrClosed) {
		t.Errorf("the till takes a void number: %v", err)
	}
}

func TestRefundsWaitAndMayFail(t *testing.T) {
	t.Parallel()
	w := open(t)
	for line, want := range map[string]string{"approve": "done", "refundfails": "failed"} {
		ref := w.card(w.order(func(o *book.Order) { o.Key = line }).Ref, line).Ref
		c, err := w.GiveBack(w.account, ref, 1200, "r"+line)
		if err != nil || c.Refunds[0].State != "pending" || c.Refunded != 1200 {
			t.Fatalf("%+v %v", c, err)
		}
		w.add(3 * time.Second)
		c = w.look(ref)
		if c.Refunds[0].State != want || want == "failed" && c.Refunded != 0 {
			t.Errorf("%s: %+v", line, c)
		}
	}
}

func TestSettlementHasEveryYenOnce(t *testing.T) {
	t.Parallel()
	w := open(t)
	ref := w.card(w.order(nil).Ref, "approve").Ref
	w.card(w.order(func(o *book.Order) { o.Key = "d" }).Ref, "disputed")
	if _, err := w.GiveBack(w.account, ref, 1000, "r"); err != nil {
		t.Fatal(err)
	}
	today := book.Day(w.Now())
	if rows, _ := w.Settlement(w.account, today); len(rows) != 0 {
		t.Errorf("paid out before the day is over: %+v", rows)
	}
	w.add(3 * time.Second)
	w.Advance()
	if n := w.Settle(); n != 4 {
		t.Errorf("%d rows", n)
	}
	w.add(24 * time.Hour)
	rows, err := w.Settlement(w.account, today)
	sum, fees := int64(0), int64(0)
	for _, r := range rows {
		sum, fees = sum+r.Amount, fees+r.Fee
	}
	if err != nil || len(rows) != 4 || sum != 5000+5000-5000-1000 || fees != 180+180+1500 {
		t.Errorf("%+v %v: %d, fees %d", rows, err, sum, fees)
	}
	if w.Settle() != 0 {
		t.Error("paid out twice")
	}
}

func TestSavedCardIsChargedWithoutItsHolderUntilForgotten(t *testing.T) {
	t.Parallel()
	w := open(t)
	c := w.card(w.order(func(o *book.Order) { o.Save = true }).Ref, "approve")
	absent := func(o *book.Order) {
		o.Saved, o.Holder, o.Absent, o.Return, o.Key = c.Saved, c.Holder, true, "", o.Key+"-absent"
	}
	again := w.order(absent)
	if again.State != book.Captured || again.URL != "" || again.ThreeDS != "" || again.Card.Fingerprint != c.Card.Fingerprint {
		t.Errorf("%+v", again)
	}
	if list := w.Cards(w.account, c.Holder); len(list) != 1 || list[0].Line != "" {
		t.Errorf("%+v", list)
	}
	if err := w.Forget("acct_other", c.Saved); err != nil || len(w.Cards(w.account, c.Holder)) != 1 {
		t.Error("another account forgot it")
	}
	if err := w.Forget(w.account, c.Saved); err != nil || len(w.Cards(w.account, c.Holder)) != 0 {
		t.Error("not forgotten")
	}
}

// FuzzTyped: whatever is typed, a token stands for a line of the table or there is none, and no fault repeats what was typed.
func FuzzTyped(f *testing.F) {
	ok := typed("approve")
	f.Add(ok.Number, ok.Expiry, ok.Code, ok.Name)
	f.Add("４２４２ー4242-4242 4242", "１２／３０", "１２３", "山田")
	f.Add("\xff", "13/30", "", "")
	f.Add("4242424242424242424242", "0/0", "12345", "x")
	b, err := book.Open(book.Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, number, expiry, code, name string) {
		_, err := b.Tokenise(book.Typed{Number: number, Expiry: expiry, Code: code, Name: name})
		if _, is := fault.Of(err); err != nil && !is {
			t.Errorf("not a fault: %v", err)
		}
	})
}
