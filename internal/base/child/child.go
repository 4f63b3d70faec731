// Package child starts programs: the vault beside the server, the server below its supervisor. Nothing else in Noren does.
//
// It guarantees that a child gets only the environment that is named for it, runs as the user it is given without any of
// our groups, writes its output as whole lines, is asked to end before it is made to, and does not outlive us (by the
// kernel on Linux; elsewhere by its standard input, which ends when we do). It refuses paths that are not absolute, so
// that no search path decides what runs.
package child

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// DefaultGrace is how long a child may take to end by itself.
const DefaultGrace = 10 * time.Second

// ErrKilled is a child that did not end within its grace.
var ErrKilled = errors.New("the child did not end when asked and was killed")

// A User is whom a child runs as.
type User struct{ UID, GID uint32 }

// A Stream is one of a child's outputs.
type Stream string

// The streams.
const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
)

// A Command is what to start.
type Command struct {
	Path  string                           // absolute
	Args  []string                         // without the program's name
	Env   []string                         // NAME=value, given as they are
	Keep  []string                         // names of our own variables that the child gets too; nothing else is passed on
	Dir   string                           // where it starts; "" is the root folder
	User  *User                            // nil runs it as us; another user needs root, on Unix
	Files []*os.File                       // become its file descriptors 3, 4, … (not on Windows); ours stay ours to close
	Grace time.Duration                    // 0 is DefaultGrace
	Line  func(stream Stream, line string) // gets each line of output, from two goroutines; nil drops them
}

// ToLog gives a Line function that logs each line under the child's name: stderr as a warning.
func ToLog(log *slog.Logger, name string) func(Stream, string) {
	log = log.With("child", name)
	return func(s Stream, line string) {
		if s == Stderr {
			log.Warn(line)
			return
		}
		log.Info(line)
	}
}

// A Process is a child that was started.
type Process struct {
	cmd  *exec.Cmd
	stop context.CancelFunc
	done chan struct{}
	err  error // set before done is closed
}

// Start starts a child, which is asked to end when ctx ends.
func Start(ctx context.Context, c Command) (*Process, error) {
	if !filepath.IsAbs(c.Path) {
		return nil, fmt.Errorf("start child: path %q is not absolute", c.Path)
	}
	ctx, stop := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, c.Path, c.Args...)
	cmd.Env = environment(c)
	cmd.Dir = c.Dir
	if cmd.Dir == "" {
		cmd.Dir = string(filepath.Separator)
	}
	cmd.ExtraFiles = c.Files
	program, err := hand(cmd, c)
	if err != nil {
		stop()
		return nil, fmt.Errorf("start child: %w", err)
	}
	if program != nil {
		defer program.Close()
	}
	out, errs := &lines{stream: Stdout, give: c.Line}, &lines{stream: Stderr, give: c.Line}
	cmd.Stdout, cmd.Stderr = out, errs
	cmd.WaitDelay = c.Grace
	if cmd.WaitDelay == 0 {
		cmd.WaitDelay = DefaultGrace
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		stop()
		return nil, fmt.Errorf("start child: %w", err)
	}
	cmd.Cancel = func() error { return ask(cmd.Process, stdin) }
	if err := restrict(cmd, c.User); err != nil {
		stop()
		return nil, fmt.Errorf("start child: %w", err)
	}
	p := &Process{cmd: cmd, stop: stop, done: make(chan struct{})}
	started := make(chan error)
	go p.run(started, out, errs)
	if err := <-started; err != nil {
		stop()
		return nil, fmt.Errorf("start child %s: %w", filepath.Base(c.Path), err)
	}
	return p, nil
}

// run keeps one thread for the child's whole life: on Linux the child is told when the thread that started it ends.
func (p *Process) run(started chan<- error, outputs ...*lines) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.err = p.cmd.Wait()
	for _, l := range outputs {
		l.flush()
	}
	p.stop()
	close(p.done)
}

// PID is the child's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the child has ended and its output has been given.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is how the child ended: nil with status 0. It waits for the end.
func (p *Process) Err() error {
	<-p.done
	return p.err
}

// Stop asks the child to end (SIGTERM, and the end of its standard input), kills it after its grace, and waits.
// It is ErrKilled when the child had to be killed, and nil otherwise, whatever the status it ended with.
func (p *Process) Stop() error {
	p.stop()
	<-p.done
	if killed(p.cmd.ProcessState) {
		return ErrKilled
	}
	return nil
}

// Self is the path of the running program, to start it again as another part of itself.
func Self() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find own program: %w", err)
	}
	return path, nil
}

func environment(c Command) []string {
	env := make([]string, 0, len(c.Keep)+len(c.Env)) // never nil: nil would pass on everything
	for _, name := range c.Keep {
		set := slices.ContainsFunc(c.Env, func(e string) bool { return strings.HasPrefix(e, name+"=") })
		if v, ok := os.LookupEnv(name); ok && !set {
			env = append(env, name+"="+v)
		}
	}
	return append(env, c.Env...)
}

// ask tells the child to end. A child of another user may not take our signal: the end of its standard input tells it too.
func ask(p *os.Process, stdin io.Closer) error {
	closed := stdin.Close()
	if err := terminate(p); err == nil || errors.Is(err, os.ErrProcessDone) {
		return err
	}
	if closed != nil {
		return fmt.Errorf("ask child to end: %w", closed)
	}
	return nil
}

// hand gives a child of another user its program as an open file, since that user may not pass the folders before it:
// `go run` builds below a folder that only its owner enters.
func hand(cmd *exec.Cmd, c Command) (*os.File, error) {
	if c.User == nil || runtime.GOOS != "linux" {
		return nil, nil
	}
	f, err := os.Open(c.Path)
	if err != nil {
		return nil, err
	}
	cmd.ExtraFiles = append(slices.Clone(c.Files), f)
	cmd.Path = fmt.Sprintf("/proc/self/fd/%d", 2+len(cmd.ExtraFiles))
	return f, nil
}
