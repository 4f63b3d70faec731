// Package wire is what the web process and the vault say to one another over their socket.
//
// It guarantees that frames and messages are bounded before they are read into memory, that a message decodes whole
// or not
// at all, and that many requests share a connection, answered in whatever order they are ready. It refuses lengths over
// its limits, bytes left over, and unknown members: a peer that sends one is cut off.
//
// A frame is: length of what follows (uint32, big endian) ‖ request id (uint64) ‖ operation or status (uint8) ‖
// message.
package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The limits.
const (
	MaxFrame   = 32 << 20
	frameHead  = 8 + 1
	MaxRecords = 20_000
	MaxKeys    = 64  // of one record
	MaxFields  = 64  // of one record
	MaxName    = 64  // table, column, purpose, request id
	MaxText    = 512 // reasons, search texts
	MaxBlob    = 4 << 20
)

// Op is an operation, or in an answer a Status.
type Op uint8

// The operations. Their numbers never change meaning.
const (
	OpOpen Op = iota + 1
	OpSearch
	OpBlind
	OpCreateShop
	OpErase
	OpRegister
	OpLogIn
	OpConfirmCode
	OpCheck
	OpEnd
	OpEndAll
	OpSessions
	OpStartReset
	OpFinishReset
	OpChangePassword
	OpChangeLogin
	OpStepUp
	OpTOTPBegin
	OpTOTPConfirm
	OpTOTPRemove
	OpPasskeyBegin
	OpPasskeyFinish
	OpPasskeyLogInBegin
	OpPasskeyLogInFinish
	OpPasskeys
	OpPasskeyRemove
	OpGrant
	OpRevoke
	OpMembers
	OpJobToken
	OpApproveExport
	OpAccessLog
	OpHealth
	OpReadings
	OpCheckpoint
	OpBlindSealed
	OpAppRegister
	OpAppAuthorise
	OpAppExchange
	OpAppEnd
	OpAppIntrospect
	OpAppSet
	OpCredential
	OpPepper
	ops
)

// Known says whether the operation exists.
func (o Op) Known() bool { return o > 0 && o < ops }

// Repeatable says whether a request that may have been done can be done again. A read done twice is entered twice,
// which is
// the right side to err on.
func (o Op) Repeatable() bool {
	switch o {
	case OpOpen, OpSearch, OpBlind, OpCreateShop, OpCheck, OpSessions, OpPasskeys, OpMembers, OpJobToken, OpAccessLog, OpHealth, OpReadings, OpCheckpoint,
		OpBlindSealed, OpCredential, OpAppIntrospect, OpPepper:
		return true
	}
	return false
}

// A Status is how an answer went.
type Status uint8

// The statuses.
const (
	OK Status = iota
	Invalid
	NotFound
	Conflict
	Denied
	Unauthenticated
	TooMany
	Unavailable
	Internal
	statuses
)

// ErrFrame is a peer that does not keep to the format.
var ErrFrame = errors.New("malformed frame")

// A Frame is one request or one answer.
type Frame struct {
	ID   uint64
	Kind uint8
	Body []byte
}

// ReadFrame reads one frame. Memory grows with what arrives, not with what a length promises.
func ReadFrame(r *bufio.Reader) (Frame, error) {
	var head [4 + frameHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return Frame{}, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < frameHead || n > MaxFrame {
		return Frame{}, ErrFrame
	}
	f := Frame{ID: binary.BigEndian.Uint64(head[4:]), Kind: head[12]}
	want := int(n) - frameHead
	body := make([]byte, 0, min(want, 64<<10))
	for len(body) < want {
		chunk := min(want-len(body), max(len(body), 64<<10))
		body = append(body, make([]byte, chunk)...)
		if _, err := io.ReadFull(r, body[len(body)-chunk:]); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return Frame{}, err
		}
	}
	f.Body = body
	return f, nil
}

// WriteFrame writes one frame; the caller flushes.
func WriteFrame(w *bufio.Writer, f Frame) error {
	if len(f.Body)+frameHead > MaxFrame {
		return fmt.Errorf("write frame of %d bytes: %w", len(f.Body), ErrFrame)
	}
	var head [4 + frameHead]byte
	binary.BigEndian.PutUint32(head[:], uint32(len(f.Body)+frameHead))
	binary.BigEndian.PutUint64(head[4:], f.ID)
	head[12] = f.Kind
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(f.Body)
	return err
}
