package feed_test

import (
	"testing"

	"github.com/noren-shop/noren/internal/apps/feed"
)

// The vectors of docs/webhooks.md.
func TestDigestsAreAsDocumented(t *testing.T) {
	t.Parallel()
	one := feed.Digest("", 1, "stock.changed", 5)
	if two := feed.Digest(one, 2, "product.changed", 6); one != "7bc2f1aa9945839e5fc0601187cf72e6aebc329bea890a5d7c136a77eca4cc43" ||
		two != "52e9cdd36321571251e11019c2947a8a7437b178b24d135f3d24b913f33b1d08" {
		t.Errorf("%s, %s", one, two)
	}
}
