package billing

import (
	"context"

	"github.com/noren-shop/noren/internal/base/actor"
	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/hosting/billing"
	"github.com/noren-shop/noren/internal/hosting/billing/paper"
	"github.com/noren-shop/noren/internal/hosting/tenant"
)

// Overview is an owner's page of plan and bill.
type Overview struct {
	Account   billing.Account
	Term      billing.Term
	Issuer    billing.Issuer
	Prices    billing.Catalogue
	Today     billing.Day
	Plan      billing.Plan
	Plans     []billing.Plan // to choose from
	TrialLeft int64          // days
	Orders    int64          // paid orders of the month that cost a fee, less the cancelled ones
	Fees      int64          // of orders, this month so far
	Fixed     int64          // of the plan, this month so far
	Forecast  int64          // of the plan, for the whole month
	ByDay     []int64        // what the month has cost by the end of each of its days so far
	Documents []billing.Document
	Cards     Cards
	HasCards  bool // the operator takes cards
}

// SoFar is what the month has cost until now.
func (o Overview) SoFar() int64 { return o.Fees + o.Fixed }

// Unpaid are the invoices that are still to be paid.
func (o Overview) Unpaid() (list []billing.Document) {
	for _, d := range o.Documents {
		if d.Kind == billing.Invoice && d.State == billing.Open {
			list = append(list, d)
		}
	}
	return list
}

// Overview gathers it.
func (f *Flow) Overview(ctx context.Context, s db.Scope) (Overview, error) {
	if err := owner(s); err != nil {
		return Overview{}, err
	}
	if err := f.begin(ctx, s.Shop); err != nil {
		return Overview{}, err
	}
	o := Overview{}
	var err error
	if o.Prices, err = f.catalogue(ctx); err != nil {
		return o, err
	}
	if o.Issuer, err = f.Issuer(ctx); err != nil {
		return o, err
	}
	if o.Cards, err = f.Cards(ctx, s.Shop); err != nil {
		return o, err
	}
	_, none := f.Provider(ctx)
	o.HasCards = none == nil
	var loose []billing.Entry
	err = f.Store.Read(ctx, s, func(r db.Reader) (err error) {
		o.Today = billing.DayOf(r.Now().UnixMilli())
		if o.Account, err = f.Books.Account(ctx, r); err != nil {
			return err
		}
		if o.Term, err = f.Books.Term(ctx, r); err != nil {
			return err
		}
		if loose, err = f.Books.Loose(ctx, r, r.Now().UnixMilli()+1); err != nil {
			return err
		}
		o.Documents, err = f.Books.Documents(ctx, r)
		return err
	})
	if err == nil {
		o.reckon(loose)
	}
	return o, err
}

// reckon computes the month so far from the books and the plans.
func (o *Overview) reckon(loose []billing.Entry) {
	m := o.Today.Month()
	first := m.First()
	o.Plan = o.Prices.At(billing.Chosen(o.Term.Choices, o.Today), o.Today)
	o.TrialLeft = max(0, int64(o.Term.TrialEnd()-o.Today))
	for _, p := range o.Prices.On(o.Today) {
		if p.Offered || p.Code == o.Plan.Code {
			o.Plans = append(o.Plans, p)
		}
	}
	o.Forecast = o.Prices.Forecast(m, o.Term)
	fees := make([]int64, o.Today-first+1)
	for _, e := range loose {
		n, sum := int64(1), e.Amount
		if e.Debit != billing.Unbilled {
			n, sum = -1, -sum
		}
		if e.Subject == 0 {
			continue // a plan's stretch of a month that is closing now
		}
		o.Orders, o.Fees = o.Orders+n, o.Fees+sum
		fees[min(max(billing.DayOf(e.At)-first, 0), o.Today-first)] += sum
	}
	ordered := int64(0)
	for d := first; d <= o.Today; d++ {
		ordered += fees[d-first]
		fixed := int64(0)
		for _, s := range o.Prices.Stretches(m, d+1, o.Term) {
			fixed += s.Amount
		}
		o.ByDay = append(o.ByDay, ordered+fixed)
		o.Fixed = fixed
	}
}

// A Change is what another plan would mean, before it is taken.
type Change struct {
	Now, Then        billing.Plan
	Month            billing.Month
	NowSum, ThenSum  int64 // of the plan's fee, for this whole month
	TrialLeft        int64
	FromDay, LastDay billing.Day // whose days the new plan bears in this month
}

// Difference is what this month will cost more, or, below zero, less.
func (c Change) Difference() int64 { return c.ThenSum - c.NowSum }

// Preview computes a change.
func (o Overview) Preview(plan string) (Change, error) {
	c := Change{Now: o.Plan, Then: o.Prices.At(plan, o.Today), Month: o.Today.Month(), NowSum: o.Forecast, TrialLeft: o.TrialLeft,
		FromDay: o.Today, LastDay: o.Today.Month().Next().First() - 1}
	if !c.Then.Offered || c.Then.From < 0 {
		return c, billing.ErrPlan
	}
	t := o.Term
	t.Choices = billing.Choose(t.Choices, o.Today, plan)
	c.ThenSum = o.Prices.Forecast(c.Month, t)
	return c, nil
}

// Choose takes another plan from today on.
func (f *Flow) Choose(ctx context.Context, s db.Scope, plan string) error {
	if err := owner(s); err != nil {
		return err
	}
	if err := f.begin(ctx, s.Shop); err != nil {
		return err
	}
	prices, err := f.catalogue(ctx)
	if err != nil {
		return err
	}
	return f.Store.Write(ctx, s, func(tx *db.Tx) error { return f.Books.Choose(ctx, tx, prices, plan) })
}

// A Paper is a printed document.
type Paper struct {
	Name string // of the file
	PDF  []byte
}

// Paper prints one of the shop's documents.
func (f *Flow) Paper(ctx context.Context, s db.Scope, document int64, l i18n.Lang) (Paper, error) {
	if err := owner(s); err != nil {
		return Paper{}, err
	}
	var d billing.Document
	err := f.Store.Read(ctx, s, func(r db.Reader) (err error) {
		d, err = f.Books.Document(ctx, r, document)
		return err
	})
	if err != nil {
		return Paper{}, err
	}
	to, err := f.recipientOf(ctx, s.Shop, d.Month)
	if err != nil {
		return Paper{}, err
	}
	b, err := paper.Render(f.press, d, to, l)
	return Paper{Name: d.Code + ".pdf", PDF: b}, err
}

// Standing is what every page of the admin must say.
type Standing struct {
	Overdue     int64 // yen
	Suspended   bool
	SuspendedBy string
	Reason      string
}

// Standing reads it in the shop's own transaction, for anyone who works there.
func (f *Flow) Standing(ctx context.Context, r db.Reader, shop tenant.Shop) (st Standing, err error) {
	open, err := f.Books.OpenDocuments(ctx, r)
	if err != nil {
		return st, err
	}
	for _, d := range open {
		if d.Overdue(r.Now().UnixMilli()) {
			st.Overdue += d.ToPay()
		}
	}
	if shop.State != tenant.Suspended {
		return st, nil
	}
	a, err := f.Books.Account(ctx, r.As(actor.Billing))
	st.Suspended, st.SuspendedBy, st.Reason = true, a.SuspendedBy, a.Reason
	return st, err
}

// Console is what the operator sees of the money.
type Console struct {
	Report      []billing.Row
	Debtors     []billing.Debtor
	Suspensions []billing.Suspension
	Issuer      billing.Issuer
	Prices      billing.Catalogue
	Today       billing.Day
	Names       map[id.Shop]string
}

// months of the report.
const months = 13

// Console gathers it, over all shops. The actor is an operator.
func (f *Flow) Console(ctx context.Context, s db.Scope) (Console, error) {
	if err := operator(s); err != nil {
		return Console{}, err
	}
	c := Console{Names: map[id.Shop]string{}}
	var err error
	if c.Prices, err = f.catalogue(ctx); err != nil {
		return c, err
	}
	if c.Issuer, err = f.Issuer(ctx); err != nil {
		return c, err
	}
	err = f.Store.Across("the operator's revenue report").Read(ctx, s, func(r db.Reader) (err error) {
		c.Today = billing.DayOf(r.Now().UnixMilli())
		since := c.Today.Month()
		for range months {
			since = since.Before()
		}
		if c.Report, err = f.Books.Report(ctx, r, since); err != nil {
			return err
		}
		if c.Debtors, err = f.Books.Debtors(ctx, r); err != nil {
			return err
		}
		if c.Suspensions, err = f.Books.Suspensions(ctx, r); err != nil {
			return err
		}
		shops, err := f.Tenants.List(ctx, r)
		for _, t := range shops {
			c.Names[t.ID] = t.Name
		}
		return err
	})
	return c, err
}

// PutIssuer stores who issues the invoices, for an operator.
func (f *Flow) PutIssuer(ctx context.Context, s db.Scope, in billing.Issuer) error {
	if err := operator(s); err != nil {
		return err
	}
	s.Shop = id.Platform
	return f.Store.Write(ctx, s, func(tx *db.Tx) error { return f.Books.PutIssuer(ctx, tx, in) })
}

// PutPlan sets a plan's price from a day on, for an operator.
func (f *Flow) PutPlan(ctx context.Context, s db.Scope, p billing.Plan) error {
	if err := operator(s); err != nil {
		return err
	}
	s.Shop = id.Platform
	return f.Store.Write(ctx, s, func(tx *db.Tx) error { return f.Books.PutPlan(ctx, tx, p) })
}
