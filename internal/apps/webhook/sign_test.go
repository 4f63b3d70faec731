package webhook_test

import (
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/apps/webhook"
	"github.com/noren-shop/noren/internal/base/secret"
)

// The vectors of docs/webhooks.md.
func TestSignaturesAreAsDocumented(t *testing.T) {
	t.Parallel()
	keys := []secret.Text{secret.NewText("whsec_bm90LWEtcmVhbC1zZWNyZXQtb2YtMzItYnl0ZXMtLS0=")}
	body := []byte(`{"id":"msg_7_a"}`)
	got, err := webhook.Sign(keys, "msg_7_a", time.Unix(1795428000, 0), body)
	if err != nil || got["webhook-signature"] != "v1,8eM9WyBQl6thvdOSCCA03PtQHzW/gIW5rwbvOZL9m1w=" || got["webhook-timestamp"] != "1795428000" {
		t.Errorf("%v, %v", got, err)
	}
	if got := webhook.SignStore(keys, body)["X-Appstore-Signature"]; got != "r+zsfw9yRxWuPmWCuOPGZTYe4B8Br5Zz+kEKHYUiP00=" {
		t.Errorf("install and uninstall hooks: %s", got)
	}
}
