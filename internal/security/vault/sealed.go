package vault

import (
	"bytes"
	"database/sql/driver"
	"fmt"
	"log/slog"
)

const mask = "•••"

// A Sealed is a personal field as rows and structs hold it: ciphertext, a mask to every printer. The zero value is a
// field
// without a value and is stored as NULL.
type Sealed struct{ b []byte }

// IsZero says that the field has no value.
func (s Sealed) IsZero() bool { return len(s.b) == 0 }

// Equal says that both are the same ciphertext. Two sealings of one text differ; equal plaintexts cannot be found so.
func (s Sealed) Equal(t Sealed) bool { return bytes.Equal(s.b, t.b) }

// Format prints a mask for every verb, and nothing for a field without a value.
func (s Sealed) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.masked()) }

// MarshalText writes a mask.
func (s Sealed) MarshalText() ([]byte, error) { return []byte(s.masked()), nil }

// LogValue logs a mask.
func (s Sealed) LogValue() slog.Value { return slog.StringValue(s.masked()) }

func (s Sealed) masked() string {
	if s.IsZero() {
		return ""
	}
	return mask
}

// Value stores the ciphertext, or NULL.
func (s Sealed) Value() (driver.Value, error) {
	if s.IsZero() {
		return nil, nil
	}
	return s.b, nil
}

// Scan reads a stored field.
func (s *Sealed) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		s.b = nil
	case []byte:
		s.b = bytes.Clone(v)
	default:
		return fmt.Errorf("scan sealed field: %T", src)
	}
	return nil
}

// ScanBytes is pgx's direct path for BYTEA.
func (s *Sealed) ScanBytes(v []byte) error {
	s.b = bytes.Clone(v)
	return nil
}

// BytesValue is pgx's direct path for BYTEA.
func (s Sealed) BytesValue() ([]byte, error) {
	if s.IsZero() {
		return nil, nil
	}
	return s.b, nil
}
