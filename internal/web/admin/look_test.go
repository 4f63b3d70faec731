//go:build look

package admin_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/cart"
	"github.com/noren-shop/noren/internal/commerce/order"
	"github.com/noren-shop/noren/internal/commerce/payment"
	"github.com/noren-shop/noren/internal/flow/flowtest"
	"github.com/noren-shop/noren/internal/flow/fulfil"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/migrations"
)

// TestLook writes screenshots to the folder that NOREN_LOOK names, for people to look at.
func TestLook(t *testing.T) {
	t.Parallel()
	c := vaulttest.NewClock(time.Date(2026, 10, 30, 3, 0, 0, 0, time.UTC))
	k := flowtest.New(t, dbtest.SQLite(t, db.Config{Schema: migrations.Schema(), Now: c.Now}))
	h := newHouse(t, k, c)
	names := []string{"山田 花子", "佐藤 健太郎", "鈴木 美咲", "高橋 翔", "伊藤 さくら", "Margaret Thompson-Fitzgerald", "渡辺 由紀子"}
	var last id.Order
	for i := range 44 {
		f := h.Form()
		f.Name, f.Prefecture = names[i%len(names)], fmt.Sprint(1+i*7%46)
		if i%3 == 0 {
			f.Payment = string(payment.BankTransfer)
		}
		f.Note = "平日の夕方に届くと助かります。\nのしは「内祝」でお願いします。"
		h.Count(t, h.Tea, 50)
		h.Count(t, h.Cup, 40)
		last = h.Order(t, f, cart.Line{Variant: h.Tea, Quantity: 1 + int64(i%4)}, cart.Line{Variant: h.Cup, Quantity: 1 + int64(i%2)}).Order
		at := fulfil.Ref{Order: last, Version: 1}
		h.Write(t, func(ctx context.Context, tx *db.Tx) (err error) {
			switch {
			case i == 20:
				_, err = h.Fulfil.Cancel(ctx, tx, at, order.NoStock)
			case i < 38 && i%3 != 0:
				_, err = h.Fulfil.Ship(ctx, tx, at, fulfil.Slip{Number: "123456789013"})
			}
			return err
		})
		c.Add(time.Duration(5+i%17) * time.Hour)
	}
	h.Count(t, h.Cup, 2)
	owner := h.as(t, h.Owner)
	var paid, shipped id.Order
	h.Read(t, func(ctx context.Context, r db.Reader) error {
		hs, _, err := h.Orders.List(ctx, r, order.Filter{Queue: order.ToPay})
		paid = hs[0].ID
		ss, _, _ := h.Orders.List(ctx, r, order.Filter{Statuses: []order.Status{order.Shipped}})
		shipped = ss[0].ID
		return err
	})
	owner.post(at(last)+"/note", "version", "1", "note", "電話で日時を確認済み。午前中を希望。")
	h.as(t, h.packer).post(at(last)+"/show", "purpose", "order-ship")
	lang := os.Getenv("NOREN_LANG")
	owner.get(home + "?lang=" + lang)
	pages := map[string]answer{
		"home": owner.get(home), "list": owner.get(home + "/orders"), "order": owner.get(at(last)),
		"shown": owner.post(at(last)+"/show", "purpose", "inquiry-answer"), "slip": owner.post(at(last) + "/slip"),
		"topay": owner.get(at(paid)), "shipped": h.as(t, h.packer).get(at(shipped)), "access": owner.get(home + "/access"),
		"conflict": owner.post(at(last)+"/ship", "version", "1", "carrier", "yamato", "slip", "1234"),
		"wrong":    owner.post(at(last)+"/ship", "version", "2", "carrier", "yamato", "slip", "1234"),
		"none":     owner.get(home + "/orders?min=9999999"),
		"found":    owner.post(home+"/orders/find", "sought", "佐藤"), "foundmany": owner.post(home+"/orders/find", "sought", "花"),
		"foundnone": owner.post(home+"/orders/find", "sought", "鈴木一郎"), "foundwrong": owner.post(home+"/orders/find", "sought", "ken@"),
	}
	h.Write(t, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE shop SET state = 'preparing', returns = '' WHERE shop_id = $1", flowtest.Shop)
		return err
	})
	pages["steps"] = owner.get(home)
	h.Vault.Stop()
	pages["away"] = owner.get(home + "/orders")
	pages["findaway"] = owner.post(home+"/orders/find", "sought", "花子")
	u, _ := url.Parse(h.door.URL)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if a, ok := pages[name]; ok {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, a.body)
			return
		}
		res, err := http.Get(u.String() + r.URL.Path)
		if err != nil {
			return
		}
		defer res.Body.Close()
		w.Header().Set("Content-Type", res.Header.Get("Content-Type"))
		_, _ = io.Copy(w, res.Body)
	}))
	defer s.Close()
	scheme := "1"
	if os.Getenv("NOREN_DARK") != "" {
		scheme = "0"
	}
	for _, name := range strings.Split(os.Getenv("NOREN_PAGES"), ",") {
		for width, height := range map[int]int{390: 2400, 1280: 1500} {
			out := filepath.Join(os.Getenv("NOREN_LOOK"), fmt.Sprintf("%s-%d.png", name, width))
			cmd := exec.CommandContext(t.Context(), "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
				"--disable-background-networking", "--no-first-run", "--user-data-dir="+t.TempDir(), "--accept-lang=ja",
				"--blink-settings=preferredColorScheme="+scheme, fmt.Sprintf("--window-size=%d,%d", width, height), "--screenshot="+out, s.URL+"/"+name)
			if b, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v %s", name, err, b)
			}
		}
	}
}
