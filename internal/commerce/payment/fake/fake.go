// Package fake is a payment provider in memory, for tests: it keeps the rules that providertest asks of every provider, and fails
// when it is told to.
//
// It guarantees one effect for each key. It refuses to be anything but a test's: it has no network and keeps nothing.
package fake

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
)

// A Provider is one account.
type Provider struct {
	mu      sync.Mutex
	byKey   map[string]*charge
	byRef   map[string]*charge
	forgot  []string
	Rows    []provider.Settled
	Calls   int
	Trouble func(op, key string) Trouble // asked at every call; nil never fails
}

// Trouble is how a call fails.
type Trouble int

// The troubles.
const (
	None   Trouble = iota
	Before         // the request is lost
	After          // its answer is lost
)

type charge struct {
	intent provider.Intent
	provider.Charge
	done map[string]bool
}

// New makes an account without charges.
func New() *Provider {
	return &Provider{byKey: map[string]*charge{}, byRef: map[string]*charge{}}
}

var (
	errAway    = fault.Unavailable(fault.Text{Ja: "応答がありません。", En: "No answer."})
	errRefused = fault.Conflict(fault.Text{Ja: "できません。", En: "It cannot be done."})
	errNone    = fault.NotFound(fault.Text{Ja: "ありません。", En: "There is none."})
)

func (p *Provider) call(op, key string, work func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Calls++
	t := None
	if p.Trouble != nil {
		t = p.Trouble(op, key)
	}
	if t == Before {
		return errAway
	}
	if err := work(); err != nil {
		return err
	}
	if t == After {
		return errAway
	}
	return nil
}

// Open begins a charge.
func (p *Provider) Open(_ context.Context, in provider.Intent) (out provider.Opened, err error) {
	err = p.call("open", in.Key, func() error {
		c := p.byKey[in.Key]
		if c == nil {
			c = &charge{intent: in, done: map[string]bool{}}
			c.Charge = provider.Charge{Ref: "ch_" + strconv.Itoa(len(p.byKey)+1), Key: in.Key, State: provider.Open, Means: in.Means, Amount: in.Amount}
			if in.Means == provider.Convenience {
				c.Slip = provider.Slip{Store: "lawson", Number: "612-" + strconv.Itoa(len(p.byKey)+1), Until: in.Deadline}
			}
			p.byKey[in.Key], p.byRef[c.Ref] = c, c
		}
		if c.intent.Amount != in.Amount || c.intent.Means != in.Means {
			return errRefused
		}
		out = provider.Opened{Ref: c.Ref, URL: "https://pay.example/" + c.Ref}
		return nil
	})
	return out, err
}

// Look is the whole truth.
func (p *Provider) Look(_ context.Context, ref, key string) (out provider.Charge, err error) {
	err = p.call("look", key, func() error {
		c := p.find(ref, key)
		if c == nil {
			return errNone
		}
		out = c.copy()
		return nil
	})
	return out, err
}

func (p *Provider) find(ref, key string) *charge {
	if ref != "" {
		return p.byRef[ref]
	}
	return p.byKey[key]
}

func (c *charge) copy() provider.Charge {
	out := c.Charge
	out.Refunds = slices.Clone(c.Refunds)
	return out
}

// Capture takes what was set aside.
func (p *Provider) Capture(_ context.Context, ref string, amount int64, key string) (provider.Charge, error) {
	return p.change("capture", ref, key, func(c *charge) error {
		if c.State != provider.Authorised || amount > c.Amount || amount < 1 {
			return errRefused
		}
		c.State, c.Captured = provider.Captured, amount
		return nil
	})
}

// Void lets go.
func (p *Provider) Void(_ context.Context, ref, key string) (provider.Charge, error) {
	return p.change("void", ref, key, func(c *charge) error {
		if c.State == provider.Voided {
			return nil
		}
		if c.State != provider.Open && c.State != provider.Authorised {
			return errRefused
		}
		c.State = provider.Voided
		return nil
	})
}

// Refund gives back.
func (p *Provider) Refund(_ context.Context, ref string, amount int64, key string) (provider.Charge, error) {
	return p.change("refund", ref, key, func(c *charge) error {
		if c.State != provider.Captured || c.Means != provider.Card || amount < 1 || amount > c.Captured-c.Refunded {
			return errRefused
		}
		c.Refunded += amount
		c.Refunds = append(c.Refunds, provider.Refund{Ref: "re_" + key, Key: key, Amount: amount, State: provider.RefundDone})
		return nil
	})
}

func (p *Provider) change(op, ref, key string, work func(*charge) error) (out provider.Charge, err error) {
	err = p.call(op, key, func() error {
		c := p.byRef[ref]
		if c == nil {
			return errNone
		}
		if !c.done[key] {
			if err := work(c); err != nil {
				return err
			}
			c.done[key] = true
		}
		out = c.copy()
		return nil
	})
	return out, err
}

// Notice knows its own by the body "good ref".
func (p *Provider) Notice(header func(string) string, body []byte, now time.Time) (provider.Notice, error) {
	if header("Signature") != "good" {
		return provider.Notice{}, provider.ErrForged
	}
	return provider.Notice{ID: "ev_" + string(body), Ref: string(body), Kind: "charge", At: now}, nil
}

// Settled are the Rows of the day.
func (p *Provider) Settled(_ context.Context, day string) (out []provider.Settled, err error) {
	err = p.call("settled", day, func() error {
		for _, r := range p.Rows {
			if r.Day == day {
				out = append(out, r)
			}
		}
		return nil
	})
	return out, err
}

// Forget removes a saved card.
func (p *Provider) Forget(_ context.Context, saved string) error {
	return p.call("forget", saved, func() error {
		p.forgot = append(p.forgot, saved)
		return nil
	})
}

// Forgot are the cards that were forgotten.
func (p *Provider) Forgot() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.forgot)
}

// Pay is the purchaser who pays on the page. It says whether the page took it.
func (p *Provider) Pay(ref string, three provider.ThreeDS) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.byRef[ref]
	if c == nil || c.State != provider.Open {
		return false
	}
	if c.Means == provider.Convenience {
		c.State, c.Captured = provider.Captured, c.Amount
		return true
	}
	c.ThreeDS = three
	c.Card = provider.CardDisplay{Brand: "visa", Last4: "4242", Expires: "2030-04", Fingerprint: "fp"}
	if c.intent.Save {
		c.Saved, c.Holder = "pm_"+ref, "cus_1"
	}
	if three == provider.Failed {
		c.State, c.Reason = provider.Declined, provider.ThreeDSFailed
		return true
	}
	c.State = provider.Authorised
	if c.intent.Capture {
		c.State, c.Captured = provider.Captured, c.Amount
	}
	return true
}

// Change edits a charge behind everybody's back: its authorisation ends, somebody refunds it at the provider.
func (p *Provider) Change(ref string, f func(c *provider.Charge)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.byRef[ref]; c != nil {
		f(&c.Charge)
	}
}

// All are the charges as they are.
func (p *Provider) All() []provider.Charge {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]provider.Charge, 0, len(p.byKey))
	for _, c := range p.byKey {
		out = append(out, c.copy())
	}
	return out
}
