//go:build look

package goods_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/commerce/catalog"
	"github.com/noren-shop/noren/internal/commerce/inventory"
	"github.com/noren-shop/noren/internal/security/vault/vaulttest"
	"github.com/noren-shop/noren/internal/server/servertest"
	"github.com/noren-shop/noren/internal/web/place"
)

// TestLook writes screenshots of every page to the folder that NOREN_LOOK names, for people to look at.
func TestLook(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Fatal(err)
	}
	s, d := open(t)
	cup := furnish(t, s, d)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath("chromium"),
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("blink-settings", "preferredColorScheme="+scheme()),
		chromedp.Flag("lang", "ja"), chromedp.Flag("accept-lang", "ja"))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(opts...))
	defer cancel()
	origin := s.Book.Door(place.Admin, "127.0.0.1")
	if err := chromedp.Do(ctx, chromedp.Navigate(origin+"/login?lang="+lang()), chromedp.SendKeys("#f-email", d.shop.Email),
		chromedp.SendKeys("#f-password", vaulttest.Password), chromedp.Click("form button.primary"), chromedp.WaitVisible("main")); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"list": "/products", "new": "/products/new", "edit": "/products/" + cup,
		"pictures": "/products/" + cup + "/pictures", "categories": "/products/categories", "picks": "/products/picks", "stock": "/stock",
		"history": "/stock/" + firstVariant(t, s, d, cup)} {
		for _, width := range []int64{390, 1280} {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(origin+d.base+path), chromedp.WaitVisible("main")); err != nil {
				t.Fatal(err)
			}
			ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth <= innerWidth`))
			if err != nil || !ok {
				t.Errorf("%s at %d is wider than the screen: %v", name, width, err)
			}
			shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(os.Getenv("NOREN_LOOK"), name+"-"+strconv.FormatInt(width, 10)+".png")
			if err := os.WriteFile(out, shot, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func scheme() string {
	if os.Getenv("NOREN_DARK") != "" {
		return "0"
	}
	return "1"
}

func lang() string {
	if l := os.Getenv("NOREN_LANG"); l != "" {
		return l
	}
	return "ja"
}

// furnish fills the shop, and gives the id of a product with everything.
func furnish(t *testing.T, s *servertest.Server, d desk) string {
	t.Helper()
	for _, c := range []string{"お茶", "器", "和菓子"} {
		d.Post(d.base+"/products/categories", "do", "add", "name", c)
	}
	for i, name := range []string{"宇治煎茶 朝露", "ほうじ茶 香ばし", "抹茶ようかん 三本入り", "青い湯のみ（小さめ・手にやさしい薄づくり）"} {
		d.Post(d.base+"/products/new", with(tea(), "name", name, "variants.0.price", strconv.Itoa(1200+i*380), "variants.0.stock", strconv.Itoa(i*4),
			"state", []string{"showing", "showing", "draft", "hidden"}[i])...)
	}
	p := s.Product(t, d.shop, catalog.In{Name: "藍染めのてぬぐい", NameEn: "Indigo towel", Description: "手で染めた木綿です。\n洗うほどやわらかくなります。",
		Options: []catalog.OptionIn{{Name: "サイズ", Values: []catalog.ValueIn{{Name: "S"}, {Name: "M"}, {Name: "L"}}},
			{Name: "色", Values: []catalog.ValueIn{{Name: "藍"}, {Name: "生成り"}}}},
		Variants: catalog.Combinations([]catalog.OptionIn{{Name: "サイズ", Values: []catalog.ValueIn{{Name: "S"}, {Name: "M"}, {Name: "L"}}},
			{Name: "色", Values: []catalog.ValueIn{{Name: "藍"}, {Name: "生成り"}}}}, catalog.VariantIn{Price: 1800, Model: "TN-01", WeightG: 60})}, 8)
	n := strings.TrimSpace(strconv.FormatInt(int64(p.ID), 10))
	d.Upload(d.base+"/products/"+n+"/pictures", "image", photo(t), photo(t))
	s.Write(t, d.shop.ID, func(ctx context.Context, tx *db.Tx) error {
		if err := s.Stock.Adjust(ctx, tx, p.Variants[0].ID, -8, inventory.Damaged); err != nil {
			return err
		}
		if err := s.Stock.Adjust(ctx, tx, p.Variants[0].ID, 20, inventory.Received); err != nil {
			return err
		}
		if err := s.Stock.Adjust(ctx, tx, p.Variants[2].ID, -5, inventory.Damaged); err != nil {
			return err
		}
		rows, _, err := s.Catalog.List(ctx, tx, catalog.Query{Limit: 3})
		if err != nil {
			return err
		}
		return s.Catalog.SetPicks(ctx, tx, catalog.Recommended, []id.Product{rows[0].ID, rows[1].ID, rows[2].ID})
	})
	return n
}

func firstVariant(t *testing.T, s *servertest.Server, d desk, n string) string {
	t.Helper()
	p, _ := product(t, s, d.shop.ID, n)
	return strconv.FormatInt(int64(p.Variants[0].ID), 10)
}
