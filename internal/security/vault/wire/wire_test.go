package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"runtime"
	"testing"
)

func example() *Open {
	return &Open{Credential: "c", Shop: 7, Purpose: "order-view", Request: "r-1", Reason: "問い合わせ", Query: "山",
		Records: []Record{
			{Table: "purchase", Row: 9, Population: 3, Subject: 11,
				Keys:   []Key{{ShopKey: 1, Enc: bytes.Repeat([]byte{1}, 32), Link: []byte{2}}},
				Fields: []Field{{Column: "name", Class: 2, Sealed: bytes.Repeat([]byte{3}, 40)}}},
			{Table: "purchase", Row: 10, Population: 3, Subject: 12, Keys: []Key{}, Fields: []Field{}},
		}}
}

func TestMessagesSurvive(t *testing.T) {
	t.Parallel()
	want := example()
	got, err := DecodeOpen(want.Encode())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	texts, err := DecodeTexts(EncodeTexts([][]byte{[]byte("a"), {}, []byte("日本")}))
	if err != nil || len(texts) != 3 || string(texts[2]) != "日本" {
		t.Errorf("%q, %v", texts, err)
	}
	if m, err := DecodeMatches(EncodeMatches([]int{0, 4}), 5); err != nil || len(m) != 2 {
		t.Errorf("%v, %v", m, err)
	}
	if _, err := DecodeMatches(EncodeMatches([]int{5}), 5); err == nil {
		t.Error("a match outside was taken")
	}
}

func TestShortAndLongMessagesAreRefused(t *testing.T) {
	t.Parallel()
	whole := example().Encode()
	for n := range whole {
		if _, err := DecodeOpen(whole[:n]); !errors.Is(err, ErrFrame) {
			t.Fatalf("took %d of %d bytes: %v", n, len(whole), err)
		}
	}
	if _, err := DecodeOpen(append(whole, 0)); !errors.Is(err, ErrFrame) {
		t.Errorf("took a byte too many: %v", err)
	}
}

func TestALengthAloneTakesNoMemory(t *testing.T) {
	t.Parallel()
	head := binary.BigEndian.AppendUint32(nil, MaxFrame)
	head = append(head, make([]byte, frameHead)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 100 {
		if _, err := ReadFrame(bufio.NewReader(bytes.NewReader(head))); err == nil {
			t.Fatal("took a frame that is not there")
		}
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 100<<20 {
		t.Errorf("%d bytes for 100 empty promises", used)
	}
	binary.BigEndian.PutUint32(head, MaxFrame+1)
	if _, err := ReadFrame(bufio.NewReader(bytes.NewReader(head))); !errors.Is(err, ErrFrame) {
		t.Errorf("over the limit: %v", err)
	}
}

func FuzzFrame(f *testing.F) {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	if err := WriteFrame(w, Frame{ID: 7, Kind: 1, Body: []byte("body")}); err != nil {
		f.Fatal(err)
	}
	w.Flush()
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bufio.NewReader(bytes.NewReader(in))
		fr, err := ReadFrame(r)
		if err != nil {
			return
		}
		var out bytes.Buffer
		w := bufio.NewWriter(&out)
		if err := WriteFrame(w, fr); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		if !bytes.HasPrefix(in, out.Bytes()) {
			t.Error("a frame does not write as it was read")
		}
	})
}

func FuzzOpen(f *testing.F) {
	f.Add(example().Encode())
	f.Fuzz(func(t *testing.T, in []byte) {
		o, err := DecodeOpen(in)
		if err == nil && !bytes.Equal(o.Encode(), in) {
			t.Error("a message does not write as it was read")
		}
	})
}

func FuzzAnswers(f *testing.F) {
	f.Add(EncodeTexts([][]byte{[]byte("a"), {}}))
	f.Add(EncodeMatches([]int{0, 4}))
	f.Fuzz(func(t *testing.T, in []byte) {
		if texts, err := DecodeTexts(in); err == nil && !bytes.Equal(EncodeTexts(texts), in) {
			t.Error("texts do not write as they were read")
		}
		if m, err := DecodeMatches(in, 1000); err == nil && !bytes.Equal(EncodeMatches(m), in) {
			t.Error("matches do not write as they were read")
		}
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"Token":"x","Shop":1}`))
	f.Add([]byte(`{"Token":"x"}{}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		var a AccessLog
		if err := Unmarshal(in, &a); err == nil {
			if _, err := Marshal(a); err != nil {
				t.Error(err)
			}
		}
	})
}
