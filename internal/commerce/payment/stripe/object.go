package stripe

import (
	"bytes"
	"encoding/json"
)

// An expandable is what Stripe gives as an id, as the object, or as nothing.
type expandable[T any] struct {
	ID  string
	Obj *T
}

// UnmarshalJSON reads all three.
func (e *expandable[T]) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &e.ID)
	}
	var head struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return err
	}
	e.ID, e.Obj = head.ID, new(T)
	return json.Unmarshal(b, e.Obj)
}

// none is an object of which only the id is wanted.
type none struct{}

type session struct {
	ID        string             `json:"id"`
	URL       string             `json:"url"`
	Status    string             `json:"status"` // open, complete, expired
	Reference string             `json:"client_reference_id"`
	Amount    int64              `json:"amount_total"`
	Created   int64              `json:"created"`
	Means     []string           `json:"payment_method_types"`
	Meta      map[string]string  `json:"metadata"`
	Intent    expandable[intent] `json:"payment_intent"`
}

func (s session) name() string { return s.ID }

type intent struct {
	ID         string             `json:"id"`
	Status     string             `json:"status"`
	Amount     int64              `json:"amount"`
	Received   int64              `json:"amount_received"`
	Secret     string             `json:"client_secret"`
	Means      []string           `json:"payment_method_types"`
	Meta       map[string]string  `json:"metadata"`
	Future     string             `json:"setup_future_usage"`
	Method     expandable[none]   `json:"payment_method"`
	Customer   expandable[none]   `json:"customer"`
	LastError  *apiError          `json:"last_payment_error"`
	Charge     expandable[charge] `json:"latest_charge"`
	NextAction *struct {
		Type     string `json:"type"`
		Redirect *struct {
			URL string `json:"url"`
		} `json:"redirect_to_url"`
		Konbini *konbini `json:"konbini_display_details"`
	} `json:"next_action"`
}

func (i intent) name() string { return i.ID }

type konbini struct {
	Expires int64  `json:"expires_at"`
	Voucher string `json:"hosted_voucher_url"`
	Stores  map[string]*struct {
		Confirmation string `json:"confirmation_number"`
		Code         string `json:"payment_code"`
	} `json:"stores"`
}

type charge struct {
	ID      string            `json:"id"`
	Meta    map[string]string `json:"metadata"`
	Intent  expandable[none]  `json:"payment_intent"`
	Details struct {
		Card *struct {
			Brand       string `json:"brand"`
			Last4       string `json:"last4"`
			Month       int    `json:"exp_month"`
			Year        int    `json:"exp_year"`
			Fingerprint string `json:"fingerprint"`
			ThreeDS     *struct {
				Result string `json:"result"`
			} `json:"three_d_secure"`
		} `json:"card"`
	} `json:"payment_method_details"`
}

type refund struct {
	ID      string                  `json:"id"`
	Amount  int64                   `json:"amount"`
	Status  string                  `json:"status"`
	Meta    map[string]string       `json:"metadata"`
	Balance expandable[transaction] `json:"balance_transaction"`
}

func (r refund) name() string { return r.ID }

type payout struct {
	ID        string `json:"id"`
	Amount    int64  `json:"amount"`
	Automatic bool   `json:"automatic"`
	Status    string `json:"status"`
}

func (p payout) name() string { return p.ID }

type transaction struct {
	ID        string             `json:"id"`
	Amount    int64              `json:"amount"`
	Fee       int64              `json:"fee"`
	Currency  string             `json:"currency"`
	Type      string             `json:"type"`
	Category  string             `json:"reporting_category"`
	Available int64              `json:"available_on"`
	Source    expandable[source] `json:"source"`
}

func (t transaction) name() string { return t.ID }

// A source is a charge, a refund or a dispute.
type source struct {
	Object string             `json:"object"`
	Meta   map[string]string  `json:"metadata"`
	Intent expandable[none]   `json:"payment_intent"`
	Charge expandable[charge] `json:"charge"`
}
