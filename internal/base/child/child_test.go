package child_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/noren-shop/noren/internal/base/child"
)

// role makes this test's own program the child.
const role = "NOREN_CHILD_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "":
		os.Exit(m.Run())
	case "speak":
		fmt.Print("first\nsecond\n", strings.Repeat("x", 100_000), "\nunended")
		fmt.Fprintln(os.Stderr, "trouble")
		os.Exit(3)
	case "environment":
		for _, e := range os.Environ() {
			fmt.Println(e)
		}
	case "polite":
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		fmt.Println("ready")
		<-stop
		fmt.Println("bye")
	case "reader": // knows only its standard input
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
		fmt.Println("bye")
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ready")
		time.Sleep(time.Hour)
	default:
		otherRoles(os.Getenv(role))
	}
}

// A listener keeps a child's lines and says when the first has come.
type listener struct {
	mu    sync.Mutex
	lines []string
	first chan struct{}
}

func listen() *listener { return &listener{first: make(chan struct{})} }

func (l *listener) line(s child.Stream, line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lines = append(l.lines, string(s)+" "+line); len(l.lines) == 1 {
		close(l.first)
	}
}

func (l *listener) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

func start(t *testing.T, ctx context.Context, as string, c child.Command) (*child.Process, *listener) {
	t.Helper()
	self, err := child.Self()
	if err != nil {
		t.Fatal(err)
	}
	l := listen()
	c.Path, c.Line = self, l.line
	c.Env = append(c.Env, role+"="+as)
	p, err := child.Start(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop() })
	return p, l
}

func TestOutputComesAsWholeLines(t *testing.T) {
	t.Parallel()
	p, l := start(t, t.Context(), "speak", child.Command{})
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("ended with %v", err)
	}
	got := l.all()
	for _, want := range []string{"stdout first", "stdout second", "stdout unended", "stderr trouble"} {
		if !slices.Contains(got, want) {
			t.Errorf("no line %q", want)
		}
	}
	if n := strings.Count(strings.Join(got, ""), "x"); n < 100_000 {
		t.Errorf("a long line lost bytes: %d", n)
	}
}

func TestOnlyNamedEnvironmentIsPassedOn(t *testing.T) {
	t.Setenv("NOREN_KEPT", "kept")
	t.Setenv("NOREN_HIDDEN", "hidden")
	p, l := start(t, t.Context(), "environment",
		child.Command{Env: []string{"NOREN_GIVEN=given"}, Keep: []string{"NOREN_KEPT", "NOREN_GIVEN", "NOREN_UNSET"}})
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range l.all() {
		if strings.HasPrefix(line, "stdout NOREN") {
			got = append(got, line)
		}
	}
	want := []string{"stdout NOREN_KEPT=kept", "stdout NOREN_GIVEN=given", "stdout " + role + "=environment"}
	if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("the child sees %q", got)
	}
	if strings.Contains(strings.Join(l.all(), "\n"), "HOME=") {
		t.Error("the child sees more than was named")
	}
}

func TestChildIsAskedBeforeItIsKilled(t *testing.T) {
	t.Parallel()
	for _, as := range []string{"polite", "reader"} {
		p, l := start(t, t.Context(), as, child.Command{})
		<-l.first
		if err := p.Stop(); err != nil {
			t.Errorf("%s: %v", as, err)
		}
		if !slices.Contains(l.all(), "stdout bye") {
			t.Errorf("%s had no time to say good-bye: %q", as, l.all())
		}
	}
}

func TestStubbornChildIsKilled(t *testing.T) {
	t.Parallel()
	p, l := start(t, t.Context(), "stubborn", child.Command{Grace: 50 * time.Millisecond})
	<-l.first
	if err := p.Stop(); !errors.Is(err, child.ErrKilled) {
		t.Errorf("got %v", err)
	}
}

func TestEndOfContextEndsTheChild(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p, l := start(t, ctx, "polite", child.Command{})
	<-l.first
	cancel()
	<-p.Done()
	if !slices.Contains(l.all(), "stdout bye") {
		t.Error("not asked")
	}
}

func TestStartSaysWhatItCannot(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"noren", "./noren", ""} {
		if _, err := child.Start(t.Context(), child.Command{Path: path}); err == nil {
			t.Errorf("started %q", path)
		}
	}
	missing := t.TempDir() + string(os.PathSeparator) + "missing"
	if _, err := child.Start(t.Context(), child.Command{Path: missing}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing program: %v", err)
	}
}
