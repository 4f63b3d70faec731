package place

import (
	"testing"

	"github.com/noren-shop/noren/internal/base/id"
)

func TestAVisitorIsSentOnAsTheyCame(t *testing.T) {
	t.Parallel()
	b := &Book{Scheme: "http", Domain: "localhost", Port: 8080, Doors: map[Door]int{Account: 8101}, Shops: map[id.Shop]int{7: 8201}}
	for _, c := range []struct{ got, want string }{
		{b.Door(Account, "tea.localhost:8080"), "http://account.localhost:8080"},
		{b.Door(Account, "127.0.0.1:8201"), "http://127.0.0.1:8101"},
		{b.Door(Account, "[::1]:8201"), "http://127.0.0.1:8101"},
		{b.Door(Admin, "127.0.0.1:8201"), "http://admin.localhost:8080"},
		{b.Shop(7, "tea", "account.localhost:8080"), "http://tea.localhost:8080"},
		{b.Shop(7, "tea", "127.0.0.1:8101"), "http://127.0.0.1:8201"},
		{(&Book{Scheme: "https", Domain: "example.jp"}).Door(Admin, "x"), "https://admin.example.jp"},
		{string(b.DoorOf("Admin.localhost")), "admin"},
		{string(b.DoorOf("tea.localhost")), ""},
		{string(b.DoorOf("admin.example.com")), ""},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}
