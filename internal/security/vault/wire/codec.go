package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// writer appends fields; reader takes them off. After an error a reader gives zero values and keeps the error.
type writer struct{ b []byte }

func (w *writer) u8(v uint8)   { w.b = append(w.b, v) }
func (w *writer) u32(v uint32) { w.b = binary.BigEndian.AppendUint32(w.b, v) }
func (w *writer) i64(v int64)  { w.b = binary.BigEndian.AppendUint64(w.b, uint64(v)) }
func (w *writer) text(s string) {
	w.u32(uint32(len(s)))
	w.b = append(w.b, s...)
}
func (w *writer) bytes(s []byte) {
	w.u32(uint32(len(s)))
	w.b = append(w.b, s...)
}

type reader struct {
	b   []byte
	err error
}

func (r *reader) take(n int) []byte {
	if r.err != nil || n < 0 || n > len(r.b) {
		r.err = ErrFrame
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) u8() uint8 {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) i64() int64 {
	if b := r.take(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

// bytes are a part of the frame, not a copy.
func (r *reader) bytes(limit int) []byte {
	n := r.u32()
	if n > uint32(limit) {
		r.err = ErrFrame
		return nil
	}
	return r.take(int(n))
}

func (r *reader) text(limit int) string { return string(r.bytes(limit)) }

// count reads a number of parts, each of at least size bytes, so that a short frame cannot ask for much memory.
func (r *reader) count(limit, size int) int {
	n := r.u32()
	if r.err != nil || n > uint32(limit) || int(n)*size > len(r.b) {
		r.err = ErrFrame
		return 0
	}
	return int(n)
}

func (r *reader) end() error {
	if r.err == nil && len(r.b) > 0 {
		r.err = ErrFrame
	}
	return r.err
}

// MaxJSON bounds the messages that are not on the hot path, which are JSON.
const MaxJSON = 256 << 10

// Marshal writes a JSON message.
func Marshal(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode message: %w", err)
	}
	return b, nil
}

// Unmarshal reads a JSON message strictly.
func Unmarshal(b []byte, v any) error {
	if len(b) > MaxJSON {
		return ErrFrame
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return errors.Join(ErrFrame, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return ErrFrame
	}
	return nil
}
