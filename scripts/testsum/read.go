package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// The outcomes that go test names.
const (
	pass = "pass"
	fail = "fail"
	skip = "skip"
)

const (
	maxKept  = 64 << 10 // bytes of one test's output that are kept until it has ended
	maxLine  = 4 << 20  // a longer line of the stream is not go test's
	progress = 20 * time.Second
)

// An event is one line of go test -json (see `go doc test2json`).
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
	Elapsed    float64
}

// An outcome is how one test, package or step ended.
type outcome struct {
	Package string  `json:"package,omitempty"`
	Name    string  `json:"name"`
	Status  string  `json:"status"`
	Reason  string  `json:"reason,omitempty"`
	Seconds float64 `json:"seconds"`
}

// A result is one suite or one step.
type result struct {
	Name     string    `json:"name"`
	Step     bool      `json:"step,omitempty"`
	Began    int64     `json:"began"` // nanoseconds since 1970: results are shown in this order
	Outcomes []outcome `json:"outcomes"`
	Packages []outcome `json:"packages,omitempty"`
}

func (r result) red() bool {
	bad := func(o outcome) bool { return o.Status == fail }
	return slices.ContainsFunc(r.Outcomes, bad)
}

type reader struct {
	out     io.Writer
	res     result
	kept    map[string]string // output so far, by package and test
	open    map[string]event  // tests that have begun and not ended
	parents map[string]bool   // tests with subtests: only the leaves are counted
	failed  map[string]bool   // tests below which something failed
	spoken  time.Time
}

func key(e event) string { return e.Package + " " + e.Test }

// read follows the stream to its end.
func read(name string, in io.Reader, out io.Writer) result {
	r := &reader{out: out, kept: map[string]string{}, open: map[string]event{}, parents: map[string]bool{},
		failed: map[string]bool{}, spoken: time.Now(), res: result{Name: name, Began: time.Now().UnixNano()}}
	sc := bufio.NewScanner(in)
	sc.Buffer(make([]byte, 64<<10), maxLine)
	for sc.Scan() {
		var e event
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil || e.Action == "" {
			fmt.Fprintln(out, sc.Text()) // the go command's own words
			continue
		}
		r.take(e)
	}
	if err := sc.Err(); err != nil {
		r.end(event{Package: name, Test: "stream"}, fail, err.Error())
	}
	for _, e := range r.open {
		r.end(e, fail, "did not end")
		fmt.Fprintf(out, "--- did not end: %s\n%s", key(e), r.kept[key(e)])
	}
	if len(r.res.Outcomes) == 0 {
		r.end(event{Package: name, Test: "(none)"}, fail, "no test ran")
	}
	return r.res
}

func (r *reader) take(e event) {
	switch e.Action {
	case "output":
		k := key(e)
		if s := r.kept[k] + e.Output; len(s) <= maxKept {
			r.kept[k] = s
		} else {
			r.kept[k] = "…" + s[len(s)-maxKept:]
		}
	case "build-output":
		r.kept[e.ImportPath+" "] += e.Output
	case "build-fail":
		fmt.Fprintf(r.out, "--- does not build: %s\n%s", e.ImportPath, r.kept[e.ImportPath+" "])
	case "run":
		r.open[key(e)] = e
		for p := e.Test; ; {
			i := strings.LastIndexByte(p, '/')
			if i < 0 {
				break
			}
			p = p[:i]
			r.parents[e.Package+" "+p] = true
		}
	case pass, fail, skip:
		if e.Test == "" {
			r.packageEnd(e)
		} else {
			r.testEnd(e)
		}
	}
}

func (r *reader) testEnd(e event) {
	k := key(e)
	delete(r.open, k)
	output := r.kept[k]
	delete(r.kept, k)
	if e.Action == fail {
		fmt.Fprintf(r.out, "--- FAIL: %s %s (%.1f s)\n%s", e.Package, e.Test, e.Elapsed, output)
	}
	// A parent is counted only for what its children do not say: its own failure or skip.
	if r.parents[k] && (e.Action == pass || r.failed[k]) {
		if e.Action == fail {
			r.blame(e)
		}
		return
	}
	reason := ""
	if e.Action == skip {
		reason = lastWords(output)
	}
	r.end(e, e.Action, reason)
	if e.Action == fail {
		r.blame(e)
	}
}

// blame marks the tests above a failed one, so that one failure counts once.
func (r *reader) blame(e event) {
	for p := e.Test; ; {
		i := strings.LastIndexByte(p, '/')
		if i < 0 {
			r.failed[e.Package+" "] = true
			return
		}
		p = p[:i]
		r.failed[e.Package+" "+p] = true
	}
}

func (r *reader) packageEnd(e event) {
	k := key(e)
	output := r.kept[k]
	delete(r.kept, k)
	for ok, oe := range r.open { // a panic or a time-out ends the package with tests still open
		if oe.Package != e.Package {
			continue
		}
		delete(r.open, ok)
		if e.Action == fail && !r.parents[ok] {
			fmt.Fprintf(r.out, "--- FAIL: %s %s (did not end)\n%s", oe.Package, oe.Test, r.kept[ok])
			r.end(oe, fail, "did not end")
			r.failed[k] = true
		}
		delete(r.kept, ok)
	}
	if e.Action == fail && !r.failed[k] { // no test is to blame: TestMain, a data race after the end, the build
		fmt.Fprintf(r.out, "--- FAIL: %s\n%s", e.Package, output)
		r.end(event{Package: e.Package, Test: "(package)"}, fail, "the package failed outside its tests")
	}
	o := outcome{Package: e.Package, Name: e.Package, Status: e.Action, Seconds: e.Elapsed}
	r.res.Packages = append(r.res.Packages, o)
	if time.Since(r.spoken) > progress {
		r.spoken = time.Now()
		n := count(r.res.Outcomes)
		fmt.Fprintf(r.out, "    … %d packages, %s\n", len(r.res.Packages), n)
	}
}

func (r *reader) end(e event, status, reason string) {
	r.res.Outcomes = append(r.res.Outcomes,
		outcome{Package: e.Package, Name: e.Test, Status: status, Reason: reason, Seconds: e.Elapsed})
}

// lastWords is the last line that a test itself printed.
func lastWords(output string) string {
	words := ""
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") {
			continue
		}
		if _, text, ok := strings.Cut(line, ".go:"); ok {
			if _, said, ok := strings.Cut(text, ": "); ok {
				line = said
			}
		}
		words = line
	}
	if words == "" {
		return "no reason given"
	}
	return words
}
