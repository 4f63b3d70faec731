package envelope

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "make the vectors anew")

func place() Place {
	return Place{Shop: 7, ShopKey: 1, Table: "purchase", Row: 42, Population: 3, Subject: 99}
}

func sealed(t testing.TB, key PrivateKey, p Place) (*Sealer, []byte) {
	t.Helper()
	s, err := NewSealer(key.Public(), p)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Seal("name", 2, []byte("山田 太郎"))
	if err != nil {
		t.Fatal(err)
	}
	return s, b
}

func open(key PrivateKey, enc []byte, p Place, column string, class uint8, b []byte) (string, error) {
	rk, err := key.RecordKey(enc, p)
	if err != nil {
		return "", err
	}
	o, err := NewOpener(rk, p)
	if err != nil {
		return "", err
	}
	plain, err := o.Open(column, class, b)
	return string(plain), err
}

func newKey(t testing.TB) PrivateKey {
	t.Helper()
	k, err := NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestFieldsOpenInTheirPlaceOnly(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	s, b := sealed(t, key, place())
	if got, err := open(key, s.Enc(), place(), "name", 2, b); err != nil || got != "山田 太郎" {
		t.Fatalf("%q, %v", got, err)
	}
	for name, change := range map[string]func(*Place){
		"shop": func(p *Place) { p.Shop++ }, "shop key": func(p *Place) { p.ShopKey++ }, "table": func(p *Place) { p.Table = "purchas" },
		"row": func(p *Place) { p.Row++ }, "population": func(p *Place) { p.Population++ }, "subject": func(p *Place) { p.Subject++ },
	} {
		p := place()
		change(&p)
		if _, err := open(key, s.Enc(), p, "name", 2, b); err == nil {
			t.Errorf("opened in another %s", name)
		}
	}
	if _, err := open(key, s.Enc(), place(), "nam", 2, b); err == nil {
		t.Error("opened as another column")
	}
	if _, err := open(key, s.Enc(), place(), "name", 3, b); err == nil {
		t.Error("opened as another class")
	}
	if _, err := open(newKey(t), s.Enc(), place(), "name", 2, b); err == nil {
		t.Error("opened with another shop's key")
	}
	for i := range b {
		bad := bytes.Clone(b)
		bad[i] ^= 0x80
		if _, err := open(key, s.Enc(), place(), "name", 2, bad); err == nil && i != 1 && i != 2 && i != 3 && i != 4 {
			t.Errorf("opened with byte %d changed", i)
		}
	}
}

func TestLinksHoldUntilTheyEnd(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	s, _ := sealed(t, key, place())
	link, err := s.SealLink([32]byte{1}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	rk, err := key.RecordKey(s.Enc(), place())
	if err != nil {
		t.Fatal(err)
	}
	o, err := NewOpener(rk, place())
	if err != nil {
		t.Fatal(err)
	}
	if !o.Linked(link, [32]byte{1}, 999) || o.Linked(link, [32]byte{1}, 1000) || o.Linked(link, [32]byte{2}, 0) || o.Linked(nil, [32]byte{1}, 0) {
		t.Error("a link holds where it must not, or not where it must")
	}
	if _, err := o.Open(linkColumn, 0, link); err == nil {
		t.Error("a link opened as a field")
	}
}

type vector struct {
	Private, Enc, Info, RecordKey, AAD, Sealed, Plain string
	Place                                             Place
	Column                                            string
	Class                                             uint8
}

// TestVectors opens what testdata/vectors.json holds, once with this package and once with the standard library alone.
func TestVectors(t *testing.T) {
	t.Parallel()
	if *update {
		writeVectors(t)
	}
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(b, &all); err != nil || len(all) == 0 {
		t.Fatalf("%d vectors, %v", len(all), err)
	}
	for _, v := range all {
		key, err := ParsePrivateKey(unhex(t, v.Private))
		if err != nil {
			t.Fatal(err)
		}
		got, err := open(key, unhex(t, v.Enc), v.Place, v.Column, v.Class, unhex(t, v.Sealed))
		if err != nil || got != string(unhex(t, v.Plain)) {
			t.Errorf("opened %q, %v", got, err)
		}
		x, err := hpke.DHKEM(ecdh.X25519()).NewPrivateKey(unhex(t, v.Private))
		if err != nil {
			t.Fatal(err)
		}
		r, err := hpke.NewRecipient(unhex(t, v.Enc), x, hpke.HKDFSHA256(), hpke.ExportOnly(), unhex(t, v.Info))
		if err != nil {
			t.Fatal(err)
		}
		if rk, err := r.Export("noren vault field key 1", 32); err != nil || hex.EncodeToString(rk) != v.RecordKey {
			t.Errorf("record key %x, %v", rk, err)
		}
		aead, err := newAEAD(unhex(t, v.RecordKey))
		if err != nil {
			t.Fatal(err)
		}
		s := unhex(t, v.Sealed)
		if plain, err := aead.Open(nil, s[5:17], s[17:], unhex(t, v.AAD)); err != nil || hex.EncodeToString(plain) != v.Plain {
			t.Errorf("by hand %q, %v", plain, err)
		}
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeVectors(t *testing.T) {
	t.Helper()
	var all []vector
	for _, p := range []Place{place(), {Shop: 0, ShopKey: 2, Table: "account", Row: 1, Population: 1, Subject: 1}} {
		key := newKey(t)
		private, err := key.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		s, b := sealed(t, key, p)
		rk, err := key.RecordKey(s.Enc(), p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, vector{Private: hex.EncodeToString(private), Enc: hex.EncodeToString(s.Enc()), Info: hex.EncodeToString(p.info()),
			RecordKey: hex.EncodeToString(rk), AAD: hex.EncodeToString(p.aad("name", 2)), Sealed: hex.EncodeToString(b),
			Plain: hex.EncodeToString([]byte("山田 太郎")), Place: p, Column: "name", Class: 2})
	}
	b, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("testdata/vectors.json", append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func FuzzOpenField(f *testing.F) {
	key := newKey(f)
	s, b := sealed(f, key, place())
	rk, err := key.RecordKey(s.Enc(), place())
	if err != nil {
		f.Fatal(err)
	}
	o, err := NewOpener(rk, place())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b, s.Enc())
	f.Fuzz(func(t *testing.T, sealed, enc []byte) {
		o.Linked(sealed, [32]byte{}, 0)
		_, err := o.Open("name", 2, sealed)
		if err == nil && !bytes.Equal(sealed[5:], b[5:]) {
			t.Error("opened what was not sealed")
		}
		if _, err := key.RecordKey(enc, place()); err == nil && len(enc) != EncSize {
			t.Error("took an encapsulation of another size")
		}
	})
}
