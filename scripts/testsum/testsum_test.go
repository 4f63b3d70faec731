package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const stream = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestOne"}
{"Action":"output","Package":"p","Test":"TestOne","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"TestOne","Elapsed":0.1}
{"Action":"run","Package":"p","Test":"TestTwo"}
{"Action":"run","Package":"p","Test":"TestTwo/sqlite"}
{"Action":"pass","Package":"p","Test":"TestTwo/sqlite"}
{"Action":"run","Package":"p","Test":"TestTwo/postgres"}
{"Action":"output","Package":"p","Test":"TestTwo/postgres","Output":"    x_test.go:9: no PostgreSQL offered\n"}
{"Action":"output","Package":"p","Test":"TestTwo/postgres","Output":"--- SKIP: TestTwo/postgres (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestTwo/postgres"}
{"Action":"pass","Package":"p","Test":"TestTwo"}
`

func suite(t *testing.T, in string) (result, string) {
	t.Helper()
	var out bytes.Buffer
	return read("tests", strings.NewReader(in), &out), out.String()
}

func TestLeavesAreCountedOnce(t *testing.T) {
	t.Parallel()
	r, shown := suite(t, stream+`{"Action":"pass","Package":"p","Elapsed":1}`+"\n")
	if got := count(r.Outcomes).String(); got != "2 passed, 0 failed, 1 skipped" {
		t.Error(got)
	}
	if r.red() || strings.Contains(shown, "quiet") {
		t.Errorf("red %v, shown %q", r.red(), shown)
	}
}

func TestFailureIsShownAndCountedOnce(t *testing.T) {
	t.Parallel()
	r, shown := suite(t, stream+`{"Action":"run","Package":"p","Test":"TestBad"}
{"Action":"run","Package":"p","Test":"TestBad/case"}
{"Action":"output","Package":"p","Test":"TestBad/case","Output":"want 1, got 2\n"}
{"Action":"fail","Package":"p","Test":"TestBad/case"}
{"Action":"fail","Package":"p","Test":"TestBad"}
{"Action":"fail","Package":"p"}
`)
	if got := count(r.Outcomes).String(); got != "2 passed, 1 failed, 1 skipped" {
		t.Error(got)
	}
	if !r.red() || !strings.Contains(shown, "want 1, got 2") {
		t.Errorf("red %v, shown %q", r.red(), shown)
	}
}

func TestWhatIsNotATestStillFails(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"nothing":  "",
		"build":    `{"ImportPath":"p","Action":"build-output","Output":"x.go:1: no\n"}` + "\n" + `{"Action":"fail","Package":"p"}` + "\n",
		"panic":    stream + `{"Action":"run","Package":"p","Test":"TestBoom"}` + "\n" + `{"Action":"fail","Package":"p"}` + "\n",
		"cut off":  stream + `{"Action":"run","Package":"p","Test":"TestLost"}` + "\n",
		"TestMain": stream + `{"Action":"fail","Package":"p"}` + "\n",
	} {
		if r, _ := suite(t, in); count(r.Outcomes).failed != 1 {
			t.Errorf("%s: %v", name, r.Outcomes)
		}
	}
}

func TestSummaryEndsWithTheCounts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, run([]string{"-suite", "tests", "-into", dir}, strings.NewReader(stream), new(bytes.Buffer)))
	must(t, run([]string{"-step", "vet", "-status", "pass", "-into", dir}, nil, new(bytes.Buffer)))
	must(t, run([]string{"-step", "govulncheck", "-status", "skip", "-reason", "could not reach its data", "-into", dir}, nil,
		new(bytes.Buffer)))
	var out bytes.Buffer
	must(t, run([]string{"-total", dir}, nil, &out))
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if last := lines[len(lines)-1]; last != "3 passed, 0 failed, 2 skipped" {
		t.Errorf("last line %q", last)
	}
	for _, want := range []string{"TestTwo/postgres: no PostgreSQL offered", "govulncheck: could not reach its data",
		"on SQLite (…/sqlite)             1 passed", "browser (TestBrowser…)           none ran"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, out.String())
		}
	}
	must(t, run([]string{"-step", "gofmt", "-status", "fail", "-into", dir}, nil, new(bytes.Buffer)))
	if err := run([]string{"-total", dir}, nil, new(bytes.Buffer)); err == nil {
		t.Error("a failed step did not fail the total")
	}
}

// The real go command's stream is read, not only what this file believes it to be.
func TestRealStreamIsRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.test/x\n\ngo 1.26\n"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "x_test.go"), []byte(`package x

import "testing"

func TestGood(t *testing.T) { t.Run("a", func(t *testing.T) {}); t.Run("b", func(t *testing.T) {}) }
func TestBad(t *testing.T)  { t.Fatal("because") }
func TestNot(t *testing.T)  { t.Skip("not today") }
`), 0o600))
	cmd := exec.Command("go", "test", "-json", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local")
	stdout, err := cmd.Output()
	if err == nil {
		t.Fatal("the module was meant to fail")
	}
	r, shown := suite(t, string(stdout))
	if got := count(r.Outcomes).String(); got != "2 passed, 1 failed, 1 skipped" {
		t.Errorf("%s\n%s", got, stdout)
	}
	if !strings.Contains(shown, "because") {
		t.Errorf("the failure was not shown: %s", shown)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
