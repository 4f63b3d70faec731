package call

import (
	"encoding/json"
	"math"
	"strconv"
)

// An Object is a JSON object of a body. A key that is missing and one that is null are told apart.
type Object map[string]any

// Sent says whether the key is there, null or not.
func (o Object) Sent(key string) bool {
	_, has := o[key]
	return has
}

// Null says whether the key is there and null.
func (o Object) Null(key string) bool {
	v, has := o[key]
	return has && v == nil
}

// String is a text; numbers are texts too, as clients send them.
func (o Object) String(key string) (string, bool) {
	switch v := o[key].(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	}
	return "", false
}

// Int is a whole number, or a text of digits.
func (o Object) Int(key string) (int64, bool) { return Int(o[key]) }

// Int reads a decoded value as a whole number within what JavaScript holds exactly.
func Int(v any) (int64, bool) {
	var text string
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = v
	default:
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		f, ferr := strconv.ParseFloat(text, 64)
		if ferr != nil || f != math.Trunc(f) {
			return 0, false
		}
		n = int64(f)
	}
	return n, n > -1<<53 && n < 1<<53
}

// Bool is true, false, 1 or 0, as a value or a text.
func (o Object) Bool(key string) (value, ok bool) {
	switch v := o[key].(type) {
	case bool:
		return v, true
	case string:
		return v == "true" || v == "1", v == "true" || v == "1" || v == "false" || v == "0"
	case json.Number:
		return v == "1", v == "1" || v == "0"
	}
	return false, false
}

// Object is an object under the key.
func (o Object) Object(key string) (Object, bool) {
	m, ok := o[key].(map[string]any)
	return Object(m), ok
}

// Objects are those of a list; what is no object is left out.
func (o Object) Objects(key string) ([]Object, bool) {
	list, ok := o[key].([]any)
	var out []Object
	for _, v := range list {
		if m, is := v.(map[string]any); is {
			out = append(out, Object(m))
		}
	}
	return out, ok
}

// Ints are the whole numbers of a list.
func (o Object) Ints(key string) ([]int64, bool) {
	list, ok := o[key].([]any)
	var out []int64
	for _, v := range list {
		if n, is := Int(v); is {
			out = append(out, n)
		}
	}
	return out, ok
}
