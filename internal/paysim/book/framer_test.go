package book

import "testing"

func TestOnlyAnOriginOverHTTPSOrHereShowsAPageInAFrame(t *testing.T) {
	t.Parallel()
	for origin, want := range map[string]bool{
		"https://account.shops.example": true, "https://account.shops.example:8443": true, "http://account.noren.localhost:8080": true,
		"http://127.0.0.1:8080": true, "http://localhost": true,
		"http://account.shops.example": false, "https://account.shops.example/": false, "https://*.example": false, "*": false,
		"https://a.example; script-src *": false, "https://a.example http://b.example": false, "'self'": false, "https:": false,
		"https://who@a.example": false, "javascript://a.example": false, "data:": false, "http://localhost.example": false, "": false,
	} {
		if framer(origin) != want {
			t.Errorf("%q: %t", origin, !want)
		}
	}
}
