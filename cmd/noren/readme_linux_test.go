package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReadmesFirstCommandWorks runs what the README tells a newcomer to type, as whoever runs the tests.
func TestReadmesFirstCommandWorks(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const command = "go run ./cmd/noren demo"
	if !strings.Contains(string(readme), "\n    "+command+"\n") {
		t.Fatalf("the README no longer says %q", command)
	}
	tryDemo(t, strings.Fields(command), nil)
}

// TestDemoRunsAsAnOrdinaryUser starts it with no right but to run the program.
func TestDemoRunsAsAnOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Log("the tests' own user is an ordinary one: TestReadmesFirstCommandWorks shows it")
		return
	}
	dir, err := os.MkdirTemp("", "noren-ordinary-") // t.TempDir lies in a folder closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "noren")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	tryDemo(t, []string{program, "demo"}, &syscall.Credential{Uid: 65534, Gid: 65534, NoSetGroups: false})
}

// tryDemo starts a demo, asks every door, ends it as Ctrl-C in a terminal does, and looks for what it left.
func tryDemo(t *testing.T, command []string, as *syscall.Credential) {
	t.Helper()
	tmp, err := os.MkdirTemp("", "noren-demo-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	if err := os.Chmod(tmp, 0o1777); err != nil {
		t.Fatal(err)
	}
	args := append(command[1:], "-listen", "127.0.0.1:0", "-json", "-orders", "12")
	cmd := exec.CommandContext(t.Context(), command[0], args...)
	cmd.Dir = "../.."
	cmd.Env = os.Environ()
	if as == nil {
		cmd.Env = append(cmd.Env, "GOTMPDIR="+tmp)
	} else {
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent"}
		cmd.Dir = "/"
	}
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.WaitDelay = 20 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	group := -cmd.Process.Pid
	t.Cleanup(func() { _ = syscall.Kill(group, syscall.SIGKILL) })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		_ = syscall.Kill(group, syscall.SIGKILL)
		_ = cmd.Wait()
		t.Fatal("it did not become ready: ", err, "\n", stderr.String())
	}
	askDoors(t, line)
	if err := syscall.Kill(group, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	// An interrupted `go run` answers 1 whatever its program did; the program's own answer is the other test's to look at.
	if err := cmd.Wait(); err != nil && as != nil {
		t.Errorf("it ended with %v\n%s", err, stderr.String())
	}
	left, err := filepath.Glob(filepath.Join(tmp, "noren*"))
	if err != nil || len(left) > 0 {
		t.Errorf("it left %v behind (%v)", left, err)
	}
}

// askDoors gets every address that a demo named.
func askDoors(t *testing.T, line []byte) {
	t.Helper()
	var ready map[string]any
	if err := json.Unmarshal(line, &ready); err != nil {
		t.Fatal(err, string(line))
	}
	asked := 0
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(name, one)
			}
		case map[string]any:
			for key, one := range v {
				walk(name+"."+key, one)
			}
		case string:
			if !strings.HasSuffix(name, ".url") || strings.HasPrefix(name, ".api") {
				return
			}
			asked++
			askDoor(t, name, v)
		}
	}
	walk("", ready)
	if asked < 7 {
		t.Errorf("only %d addresses in %s", asked, line)
	}
}

func askDoor(t *testing.T, name, url string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(name, err)
		return
	}
	defer res.Body.Close()
	// A door that has no first page says so with 404.
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode > http.StatusNotFound {
		t.Errorf("%s at %s answers %d (%v)", name, url, res.StatusCode, err)
	}
}
