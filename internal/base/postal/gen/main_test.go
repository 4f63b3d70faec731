package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/noren-shop/noren/internal/base/postal"
)

// pack writes a package of the npm package's shape.
func pack(t *testing.T, zip7 string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "master"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"package.json":     `{"version":"1.2.3","license":"MIT"}`,
		"master/pref.json": `{"pref":{"13":["東京都","ﾄｳｷｮｳﾄ"],"01":["北海道","ﾎｯｶｲﾄﾞｳ"],"24":["三重県",""],"23":["愛知県",""]}}`,
		"master/city.json": `{"city":{"13101":["千代田区",""],"01228":["深川市",""],"24303":["桑名郡木曽岬町",""],"23235":["弥富市",""]}}`,
		"master/zip5.json": `{"zip5":{"10000":13101,"07412":[1228,"音江町"],"49800":23235}}`,
		"master/zip7.json": zip7,
	} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestPackageBecomesTable(t *testing.T) {
	t.Parallel()
	dir := pack(t, `{"zip7":{"1000000":"","1000001":"千代田","0741271":"広里町","4980000":["",24303,""]}}`)
	var b bytes.Buffer
	if err := run(&b, dir, "2026-04-06"); err != nil {
		t.Fatal(err)
	}
	table, err := postal.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string][]postal.Place{
		"1000000": {{Prefecture: 13, City: "千代田区"}},
		"1000001": {{Prefecture: 13, City: "千代田区", Town: "千代田"}},
		"0741271": {{Prefecture: 1, City: "深川市", Town: "音江町"}, {Prefecture: 1, City: "深川市", Town: "広里町"}},
		"0741201": {{Prefecture: 1, City: "深川市", Town: "音江町"}},
		"4980000": {{Prefecture: 22, City: "弥富市"}, {Prefecture: 24, City: "桑名郡木曽岬町"}},
		"1000002": nil,
	} {
		if got := table.Lookup(code); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
	}
}

func TestOddPackageIsRefused(t *testing.T) {
	t.Parallel()
	for _, zip7 := range []string{
		`{"zip7":{"1000000":[true]}}`, `{"zip7":{"1000000":[99999,"x"]}}`, `{"zip7":{"9000000":"x"}}`, `x`,
	} {
		if err := run(&bytes.Buffer{}, pack(t, zip7), "2026-04-06"); err == nil {
			t.Errorf("%s was read", zip7)
		}
	}
	if err := run(&bytes.Buffer{}, pack(t, `{"zip7":{"1000000":""}}`), "yesterday"); err == nil {
		t.Error("a date was not asked for")
	}
}
