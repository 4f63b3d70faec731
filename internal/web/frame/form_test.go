package frame_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/noren-shop/noren/internal/web/frame"
)

func TestFormsAreStrict(t *testing.T) {
	t.Parallel()
	web, _ := open(t, frame.Browser, frame.Config{Limits: frame.Limits{Fields: 5, FieldSize: 100, Body: 5000}, Routes: []frame.Route{
		post("/", func(r *frame.Request) (frame.Response, error) {
			f, err := r.Form()
			if err != nil {
				return frame.Response{}, err
			}
			if _, err := f.Int("n", 1, 99); f.Has("n") && err != nil {
				return frame.Response{}, err
			}
			return frame.Text(f.Get("a") + strings.Join(f.All("b"), ",") + fmt.Sprint(f.Secret("p"))), nil
		})}})
	for _, c := range []struct {
		name, kind, body string
		status           int
		want             string
	}{
		{"plain", formType, "a=+x+&b=1&b=2&p=hunter2", 200, "x1,2•••"},
		{"utf-8", formType, "a=" + url.QueryEscape("抹茶🍵"), 200, "抹茶🍵•••"},
		{"not utf-8", formType, "a=%ff", 400, ""},
		{"NUL", formType, "a=%00", 400, ""},
		{"bad escape", formType, "a=%zz", 400, ""},
		{"many fields", formType, "a=1&a=1&a=1&a=1&a=1&a=1", 400, ""},
		{"long field", formType, "a=" + strings.Repeat("x", 101), 400, ""},
		{"too large", formType, "a=" + strings.Repeat("x", 6000), 413, ""},
		{"json", "application/json", "{}", 415, ""},
		{"fraction", formType, "n=1.5", 422, ""},
		{"2^31", formType, "n=2147483648", 422, ""},
		{"negative", formType, "n=-1", 422, ""},
		{"number", formType, "n=99", 200, "•••"},
	} {
		a := ask(t, "POST", web+"/", c.body, "Content-Type", c.kind)
		if a.StatusCode != c.status || c.status == 200 && a.body != c.want {
			t.Errorf("%s: %d %q", c.name, a.StatusCode, a.body)
		}
	}
}

func TestUploadsStream(t *testing.T) {
	t.Parallel()
	r := post("/", func(r *frame.Request) (frame.Response, error) {
		n := int64(0)
		f, err := r.Upload(func(f frame.File) error {
			k, err := io.Copy(io.Discard, f)
			n += k
			return err
		})
		if err != nil {
			return frame.Response{}, err
		}
		return frame.Text(fmt.Sprintf("%s %d", f.Get("title"), n)), nil
	})
	r.Limits = frame.Limits{Body: 3 << 20}
	web, _ := open(t, frame.Browser, frame.Config{Routes: []frame.Route{r}})
	for _, c := range []struct{ size, status int }{{2 << 20, 200}, {4 << 20, 413}} {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		_ = w.WriteField("title", "湯呑")
		p, _ := w.CreateFormFile("image", "a.png")
		_, _ = p.Write(make([]byte, c.size))
		_ = w.Close()
		body := b.String()
		a := ask(t, "POST", web+"/", body, "Content-Type", w.FormDataContentType())
		if a.StatusCode != c.status || c.status == 200 && a.body != fmt.Sprintf("湯呑 %d", c.size) {
			t.Errorf("%d bytes: %d %q", c.size, a.StatusCode, a.body)
		}
	}
}

func TestAPITakesJSONAndNoCookies(t *testing.T) {
	t.Parallel()
	echo := post("/v", func(r *frame.Request) (frame.Response, error) {
		var v struct {
			A string `json:"a"`
		}
		if err := r.JSON(&v); err != nil {
			return frame.Response{}, err
		}
		r.SetCookie("x", "y", 0)
		return frame.JSON(map[string]any{"a": v.A, "cookie": r.Cookie("x"), "bearer": !r.Bearer().IsZero()}), nil
	})
	form := post("/f", func(r *frame.Request) (frame.Response, error) { f, err := r.Form(); return frame.Text(f.Get("a")), err })
	form.Accepts = []string{formType}
	api, _ := open(t, frame.API, frame.Config{Name: "api", Routes: []frame.Route{echo, form}})
	a := ask(t, "POST", api+"/v", `{"a":"茶"}`, "Content-Type", "application/json", "Cookie", "api-x=1", "Origin", "https://other.example",
		"Authorization", "Bearer "+strings.Repeat("A", 43))
	if a.StatusCode != 200 || a.body != `{"a":"茶","bearer":true,"cookie":""}`+"\n" || len(a.Cookies()) != 0 ||
		a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%d %s %v", a.StatusCode, a.body, a.Cookies())
	}
	for _, c := range []struct {
		path, kind, body string
		status           int
	}{
		{"/v", "text/plain", `{"a":"b"}`, 415}, {"/v", formType, "a=b", 415}, {"/v", "application/json", `{"b":1}`, 400},
		{"/v", "application/json", `{"a":"b"}{}`, 400}, {"/v", "application/json", "{\"a\":\"\xff\"}", 400},
		{"/v", "application/json", `{"a":"\u0000"}`, 400}, {"/v", "application/json", "", 400}, {"/f", formType, "a=b", 200},
	} {
		if a := ask(t, "POST", api+c.path, c.body, "Content-Type", c.kind); a.StatusCode != c.status {
			t.Errorf("%+v: %d", c, a.StatusCode)
		}
	}
}

func TestHooksKeepTheRawBody(t *testing.T) {
	t.Parallel()
	hook, _ := open(t, frame.Hook, frame.Config{Name: "hooks", Routes: []frame.Route{post("/p", func(r *frame.Request) (frame.Response, error) {
		f, err := r.Form()
		return frame.Text(string(r.Raw()) + " " + f.Get("b")), err
	})}})
	a := ask(t, "POST", hook+"/p", "b=1&a=%20", "Content-Type", formType, "Sec-Fetch-Site", "cross-site")
	if a.StatusCode != 200 || a.body != "b=1&a=%20 1" {
		t.Errorf("%d %q", a.StatusCode, a.body)
	}
	if a := ask(t, "POST", hook+"/p", strings.Repeat("x", 2<<20), "Content-Type", formType); a.StatusCode != 413 {
		t.Errorf("large: %d", a.StatusCode)
	}
}

// FuzzForm: whatever arrives, what a handler sees is bounded UTF-8 without NUL, or nothing.
func FuzzForm(f *testing.F) {
	for _, s := range []string{"a=b", "a=%00", "a=%ff&a", "%zz", strings.Repeat("a&", 500), "a;b=c", "=", "a=\xff"} {
		f.Add(s)
	}
	m, err := frame.Browser(frame.Config{Name: "x", Log: (&logs{}).logger(), Routes: []frame.Route{
		post("/", func(r *frame.Request) (frame.Response, error) {
			form, err := r.Form()
			if err != nil {
				return frame.Response{}, err
			}
			for _, v := range append(form.All("a"), form.Get("b")) {
				if !utf8.ValidString(v) || strings.Contains(v, "\x00") || len(v) > 64<<10 {
					panic("a bad value came through")
				}
			}
			return frame.None(), nil
		})}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		q := httptest.NewRequest("POST", "/", strings.NewReader(body))
		q.Header.Set("Content-Type", formType)
		w := httptest.NewRecorder()
		m.ServeHTTP(w, q)
		if w.Code != 204 && w.Code != 400 && w.Code != 413 {
			t.Errorf("%d for %q", w.Code, body)
		}
	})
}

// FuzzIsLocal: an address that is taken for local leads nowhere else, as a browser resolves it.
func FuzzIsLocal(f *testing.F) {
	for _, s := range []string{"/", "//e", "/\\e", "/\t/e", "https://e", "/a?b#c", "/%2f/e"} {
		f.Add(s)
	}
	base, err := url.Parse("https://here.example/dir/")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if !frame.IsLocal(path) {
			return
		}
		// Browsers drop tabs and line ends and read a backslash as a slash.
		seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", "\\", "/").Replace(path)
		to, err := base.Parse(seen)
		if err == nil && to.Host != base.Host {
			t.Errorf("%q leads to %s", path, to.Host)
		}
	})
}
