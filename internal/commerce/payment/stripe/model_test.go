package stripe_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A model is a Stripe that keeps state, written from Stripe's documentation: what sessions, intents, refunds and idempotency keys do,
// as far as Noren uses them. Each request is first checked by the real stripe-mock, whose example is the answer's base. It
// is our reading of the documentation, not Stripe: what it proves is that our adapter keeps provider's promises if that reading is right.
type model struct {
	t    *testing.T
	mock string
	now  func() time.Time

	mu       sync.Mutex
	last     int
	objects  map[string]object // by id
	order    []string          // ids, oldest first
	answered map[string]kept   // by idempotency key
	rows     []object          // balance transactions
	payouts  []object
	events   []object
	before   func(method, path string) // a test's hand between a look and an act
}

type object = map[string]any

type kept struct {
	request string
	status  int
	body    []byte
}

func newModel(t *testing.T, now func() time.Time) (*model, string) {
	t.Helper()
	m := &model{t: t, mock: stripeMock(t), now: now, objects: map[string]object{}, answered: map[string]kept{}}
	s := httptest.NewServer(m)
	t.Cleanup(s.Close)
	return m, s.URL
}

func refusal(status int, kind, code string) (int, any) {
	return status, object{"error": object{"type": kind, "code": code, "message": "not for us"}}
}

// ServeHTTP checks the shape, then answers from what is kept.
func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	shape, example, err := checkShape(r.Context(), m.mock, r, body)
	if err != nil || shape != http.StatusOK {
		m.t.Errorf("stripe-mock refuses %s %s %s: status %d, %v: %.300s", r.Method, r.URL, body, shape, err, example)
	}
	if r.Header.Get("Authorization") != "Bearer "+testKey {
		m.t.Errorf("%s: authorization %q", r.URL.Path, r.Header.Get("Authorization"))
	}
	if m.before != nil {
		m.before(r.Method, r.URL.Path)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	form, _ := url.ParseQuery(string(body))
	key := r.Header.Get("Idempotency-Key")
	request := r.Method + r.URL.Path + "?" + form.Encode()
	k, again := m.answered[key]
	switch {
	case r.Method == http.MethodPost && key == "":
		m.t.Errorf("%s without an idempotency key", r.URL.Path)
	case again && k.request != request:
		status, body := refusal(400, "idempotency_error", "")
		k.status, k.body = status, encode(body)
	case !again:
		var base object
		if err := json.Unmarshal(example, &base); err != nil {
			m.t.Errorf("stripe-mock's example: %v", err)
		}
		status, answer := m.answer(r, form, base)
		k = kept{request, status, encode(answer)}
		if key != "" {
			m.answered[key] = k
		}
	}
	w.WriteHeader(k.status)
	w.Write(k.body)
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

var route = regexp.MustCompile(`^/v1/(checkout/sessions|payment_intents|refunds|payment_methods|customers|payouts|balance_transactions)(?:/([^/]+))?(?:/([a-z]+))?$`)

func (m *model) answer(r *http.Request, form url.Values, base object) (int, any) {
	at := route.FindStringSubmatch(r.URL.Path)
	if at == nil {
		return refusal(404, "invalid_request_error", "")
	}
	kind, ref, act := at[1], at[2], at[3]
	post := r.Method == http.MethodPost
	switch {
	case ref == "search":
		return 200, m.list(func(o object) bool {
			return o["object"] == "payment_intent" && strings.Contains(r.URL.Query().Get("query"), "'"+metaOf(o)["noren_key"]+"'")
		})
	case ref == "" && !post:
		return 200, m.lists(kind, r.URL.Query())
	case ref == "":
		return m.create(kind, form, base)
	}
	o := m.objects[ref]
	if o == nil {
		return refusal(404, "invalid_request_error", "resource_missing")
	}
	if !post {
		return 200, m.expanded(o)
	}
	return m.act(o, act, form)
}

func (m *model) lists(kind string, q url.Values) any {
	switch kind {
	case "payouts":
		return listOf(slices.DeleteFunc(slices.Clone(m.payouts), func(p object) bool {
			at := strconv.FormatInt(p["arrival_date"].(int64), 10)
			return at < q.Get("arrival_date[gte]") || at >= q.Get("arrival_date[lt]")
		}))
	case "balance_transactions":
		return listOf(slices.DeleteFunc(slices.Clone(m.rows), func(o object) bool { return o["payout"] != q.Get("payout") }))
	}
	want := map[string]string{"checkout/sessions": "checkout.session", "payment_intents": "payment_intent", "refunds": "refund"}[kind]
	pi := q.Get("payment_intent")
	return m.list(func(o object) bool { return o["object"] == want && (pi == "" || o["payment_intent"] == pi) })
}

func (m *model) list(want func(object) bool) any {
	var out []object
	for _, id := range slices.Backward(m.order) {
		if o := m.objects[id]; want(o) {
			out = append(out, o)
		}
	}
	return listOf(out)
}

func listOf(data []object) any {
	if data == nil {
		data = []object{}
	}
	return object{"object": "list", "has_more": false, "data": data}
}

// expanded gives the object with what we ask to expand.
func (m *model) expanded(o object) object {
	o = maps.Clone(o)
	if id, ok := o["payment_intent"].(string); ok && o["object"] == "checkout.session" {
		o["payment_intent"] = m.expanded(m.objects[id])
	}
	if id, ok := o["latest_charge"].(string); ok {
		o["latest_charge"] = m.objects[id]
	}
	return o
}

func (m *model) add(prefix string, o object) object {
	m.last++
	o["id"], o["created"] = fmt.Sprintf("%s_test%d", prefix, m.last), m.now().Unix()
	m.objects[o["id"].(string)] = o
	m.order = append(m.order, o["id"].(string))
	return o
}

func nested(form url.Values, under string) map[string]string {
	out := map[string]string{}
	for k, v := range form {
		if name, ok := strings.CutPrefix(k, under+"["); ok && !strings.Contains(name, "[") {
			out[strings.TrimSuffix(name, "]")] = v[0]
		}
	}
	return out
}

func metaOf(o object) map[string]string {
	out, _ := o["metadata"].(map[string]string)
	return out
}

func num(form url.Values, name string) int64 {
	n, _ := strconv.ParseInt(form.Get(name), 10, 64)
	return n
}

func (m *model) create(kind string, form url.Values, o object) (int, any) {
	switch kind {
	case "checkout/sessions":
		o["status"], o["url"], o["payment_intent"] = "open", "https://checkout.stripe.test/c/pay", nil
		o["amount_total"] = num(form, "line_items[0][price_data][unit_amount]")
		o["client_reference_id"], o["metadata"] = form.Get("client_reference_id"), nested(form, "metadata")
		o["payment_method_types"] = []string{form.Get("payment_method_types[0]")}
		o["form"] = form
		return 200, m.add("cs", o)
	case "customers":
		return 200, m.add("cus", o)
	case "refunds":
		return m.refund(form, o)
	}
	pi := m.intent(o, num(form, "amount"), form.Get("payment_method_types[0]"), form.Get("capture_method"), nested(form, "metadata"))
	pi["customer"], pi["setup_future_usage"] = orNil(form.Get("customer")), orNil(form.Get("setup_future_usage"))
	pi["form"] = form
	if form.Get("confirm") != "true" {
		return 200, pi
	}
	method := m.objects[form.Get("payment_method")]
	if method == nil || method["customer"] == nil {
		delete(m.objects, pi["id"].(string))
		m.order = m.order[:len(m.order)-1]
		return refusal(400, "invalid_request_error", "resource_missing")
	}
	pi["payment_method"] = method["id"]
	m.succeed(pi, "authenticated")
	return 200, m.expanded(pi)
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (m *model) intent(o object, amount int64, means, capture string, meta map[string]string) object {
	o["object"], o["status"], o["amount"], o["amount_received"], o["metadata"] = "payment_intent", "requires_payment_method", amount, int64(0), meta
	o["payment_method_types"], o["capture_method"], o["latest_charge"], o["last_payment_error"] = []string{means}, capture, nil, nil
	o["next_action"], o["customer"], o["payment_method"], o["setup_future_usage"] = nil, nil, nil, nil
	m.add("pi", o)
	o["client_secret"] = o["id"].(string) + "_secret_test"
	return o
}

func (m *model) charge(pi object, result any) object {
	return m.add("ch", object{"object": "charge", "payment_intent": pi["id"], "metadata": maps.Clone(metaOf(pi)), "amount": pi["amount"],
		"payment_method_details": object{"type": "card", "card": object{"brand": "visa", "last4": "4242", "exp_month": 4, "exp_year": 2031,
			"fingerprint": "fp_test_visa", "three_d_secure": object{"result": result}}}})
}

func (m *model) succeed(pi object, result string) {
	ch := m.charge(pi, result)
	pi["latest_charge"], pi["next_action"], pi["last_payment_error"] = ch["id"], nil, nil
	if pi["capture_method"] == "manual" {
		pi["status"] = "requires_capture"
		m.tell("payment_intent.amount_capturable_updated", pi)
		return
	}
	m.take(pi, pi["amount"].(int64))
}

func (m *model) take(pi object, amount int64) {
	pi["status"], pi["amount_received"] = "succeeded", amount
	ch := cmp.Or(pi["latest_charge"], nil)
	whole := pi["amount"].(int64)
	m.row("charge", "charge", whole, m.objects[ch.(string)])
	if rest := whole - amount; rest > 0 { // the rest of an authorisation is a refund in Stripe's books
		r := m.add("re", object{"object": "refund", "amount": rest, "status": "succeeded", "metadata": map[string]string{}, "payment_intent": pi["id"]})
		r["balance_transaction"] = m.row("refund", "partial_capture_reversal", -rest, m.objects[ch.(string)])
	}
	m.tell("payment_intent.succeeded", pi)
}

func (m *model) row(kind, category string, amount int64, source object) object {
	m.last++
	fee := int64(0)
	if amount > 0 {
		fee = amount * 36 / 1000
	}
	o := object{"object": "balance_transaction", "id": fmt.Sprintf("txn_test%d", m.last), "type": kind, "reporting_category": category, "amount": amount, "fee": fee,
		"currency": "jpy", "available_on": m.now().Unix(), "source": source}
	m.rows = append(m.rows, o)
	return o
}

func (m *model) tell(kind string, o object) {
	m.last++
	m.events = append(m.events, object{"id": fmt.Sprintf("evt_test%d", m.last), "object": "event", "type": kind, "created": m.now().Unix(),
		"data": object{"object": maps.Clone(o)}})
}

func (m *model) act(o object, act string, form url.Values) (int, any) {
	status := o["status"]
	switch act {
	case "expire":
		if status != "open" {
			return refusal(400, "invalid_request_error", "")
		}
		o["status"], o["url"] = "expired", nil
		return 200, o
	case "cancel":
		if status == "succeeded" || status == "canceled" {
			return refusal(400, "invalid_request_error", "payment_intent_unexpected_state")
		}
		o["status"] = "canceled"
		return 200, o
	case "capture":
		if status != "requires_capture" {
			return refusal(400, "invalid_request_error", "payment_intent_unexpected_state")
		}
		amount := num(form, "amount_to_capture")
		if amount > o["amount"].(int64) {
			return refusal(400, "invalid_request_error", "amount_too_large")
		}
		maps.Copy(metaOf(o), nested(form, "metadata"))
		m.take(o, amount)
		return 200, m.expanded(o)
	case "detach":
		o["customer"] = nil
		return 200, o
	}
	return refusal(404, "invalid_request_error", "")
}

func (m *model) refund(form url.Values, o object) (int, any) {
	pi := m.objects[form.Get("payment_intent")]
	if pi == nil || pi["status"] != "succeeded" {
		return refusal(400, "invalid_request_error", "")
	}
	left := pi["amount_received"].(int64)
	for _, r := range m.objects {
		if b, _ := r["balance_transaction"].(object); r["object"] == "refund" && r["payment_intent"] == pi["id"] && b["reporting_category"] == "refund" {
			left -= r["amount"].(int64)
		}
	}
	amount := num(form, "amount")
	if amount > left {
		return refusal(400, "invalid_request_error", "charge_already_refunded")
	}
	o["amount"], o["status"], o["payment_intent"], o["metadata"] = amount, "succeeded", pi["id"], nested(form, "metadata")
	m.add("re", o)
	src := maps.Clone(o)
	o["balance_transaction"] = m.row("refund", "refund", -amount, src)
	m.tell("refund.created", o)
	return 200, o
}
