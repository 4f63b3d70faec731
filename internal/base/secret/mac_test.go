package secret_test

import (
	"encoding/hex"
	"testing"

	"github.com/noren-shop/noren/internal/base/secret"
)

// RFC 4231, test case 2.
func TestSignIsHMACOfTheJoinedParts(t *testing.T) {
	t.Parallel()
	key := secret.NewText("Jefe")
	sig := key.Sign([]byte("what do ya want "), []byte("for nothing?"))
	if got := hex.EncodeToString(sig); got != "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" {
		t.Errorf("signature %s", got)
	}
	if !key.Signed(sig, []byte("what do ya want for nothing?")) {
		t.Error("the true signature is refused")
	}
	if key.Signed(sig, []byte("what do ya want for nothing!")) || key.Signed(sig[:31], []byte("what do ya want for nothing?")) {
		t.Error("another text or a short signature passes")
	}
	var none secret.Text
	if none.Signed(none.Sign([]byte("x")), []byte("x")) {
		t.Error("an empty secret signs")
	}
}
