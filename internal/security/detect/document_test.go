package detect_test

import (
	"flag"
	"os"
	"testing"

	"github.com/noren-shop/noren/internal/security/detect"
)

var update = flag.Bool("update", false, "rewrite docs/findings.md")

func TestDocumentIsWhatTheCodeSays(t *testing.T) {
	t.Parallel()
	const path = "../../../docs/findings.md"
	if *update {
		if err := os.WriteFile(path, []byte(detect.Document()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != detect.Document() {
		t.Errorf("docs/findings.md is not what the tables say (%v): run this test with -update", err)
	}
}
