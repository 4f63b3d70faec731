package child_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/child"
)

func otherRoles(as string) {
	switch as {
	case "who":
		groups, _ := os.Getgroups()
		fmt.Println(os.Getuid(), os.Getgid(), groups)
	case "parent": // starts a child that holds descriptor 3, says so, and waits to be killed
		self, _ := child.Self()
		ready := make(chan string, 1)
		_, err := child.Start(context.Background(), child.Command{Path: self, Env: []string{role + "=sleeper"},
			Files: []*os.File{os.NewFile(3, "life")}, Line: func(_ child.Stream, s string) { ready <- s }})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(<-ready)
		time.Sleep(time.Hour)
	case "sleeper": // looks neither at its standard input nor at its parent
		fmt.Println("asleep")
		time.Sleep(time.Hour)
	}
}

func TestChildRunsAsTheUserItIsGiven(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root, to become another user")
	}
	self, err := child.Self() // in a folder that the go command closed to others, as it is under `go run`
	if err != nil {
		t.Fatal(err)
	}
	l := listen()
	p, err := child.Start(t.Context(), child.Command{Path: self, Env: []string{role + "=who"}, Line: l.line,
		User: &child.User{UID: 65534, GID: 65533}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Err(); err != nil {
		t.Fatal(err, l.all())
	}
	if got := l.all(); !slices.Equal(got, []string{"stdout 65534 65533 []"}) {
		t.Errorf("the child is %q", got)
	}
}

func TestChildDoesNotOutliveUs(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe() // ends when nobody holds its other side: parent and child
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, l := start(t, t.Context(), "parent", child.Command{Files: []*os.File{w}})
	w.Close()
	<-l.first
	if got := l.all(); got[0] != "stdout asleep" {
		t.Fatal(got)
	}
	us, err := os.FindProcess(p.PID())
	if err != nil {
		t.Fatal(err)
	}
	if err := us.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := r.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Errorf("the child lives on: %v", err)
	}
}
