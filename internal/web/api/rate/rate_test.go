package rate_test

import (
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/web/api/rate"
)

func TestATokenHasItsCallsAMinute(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	l := rate.New(120, func() time.Time { return now })
	a, b := secret.NewToken().Digest(), secret.NewToken().Digest()
	for i := range 120 {
		if v := l.Enter(7, a); !v.OK || v.Left != 119-i || v.Limit != 120 {
			t.Fatalf("call %d: %+v", i, v)
		}
		l.Leave(7)
	}
	if v := l.Enter(7, a); v.OK || v.Wait <= 0 || v.Wait > 500*time.Millisecond {
		t.Errorf("the 121st: %+v", v)
	}
	if v := l.Enter(8, b); !v.OK {
		t.Errorf("another token: %+v", v)
	}
	now = now.Add(time.Second)
	for i := range 3 {
		if v := l.Enter(7, a); v.OK != (i < 2) {
			t.Errorf("a second later, call %d: %+v", i, v)
		}
	}
}

func TestAShopHasItsPartOfWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	l := rate.New(120, time.Now)
	for range 16 {
		if v := l.Enter(7, secret.NewToken().Digest()); !v.OK {
			t.Fatalf("%+v", v)
		}
	}
	if v := l.Enter(7, secret.NewToken().Digest()); v.OK || v.Wait != time.Second {
		t.Errorf("the 17th at once: %+v", v)
	}
	for s := range id.Shop(10) {
		if v := l.Enter(100+s, secret.NewToken().Digest()); !v.OK {
			t.Errorf("another shop waits: %+v", v)
		}
	}
	l.Leave(7)
	if v := l.Enter(7, secret.NewToken().Digest()); !v.OK {
		t.Errorf("after one has left: %+v", v)
	}
}
