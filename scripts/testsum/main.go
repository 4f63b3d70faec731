// Command testsum reads what `go test -json` prints, shows what matters, and counts.
//
// It guarantees that a failing test's output is shown as soon as it is known, that every skipped test is listed at the
// end with its reason, and that the last line is `N passed, N failed, N skipped` and nothing else. It refuses to call a
// run good when a package did not build, when the stream ends in the middle of a test, or when no test ran at all.
//
//	go test -json ./... | testsum -suite tests -into DIR    shows and keeps one run
//	testsum -step vet -status pass -seconds 3 -into DIR     keeps the outcome of another check
//	testsum -total DIR                                      the summary of everything kept in DIR
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// errRed makes the program end with a status other than zero: what was wrong has been said already.
var errRed = errors.New("something failed")

func main() {
	err := run(os.Args[1:], os.Stdin, os.Stdout)
	if err == nil {
		return
	}
	if !errors.Is(err, errRed) {
		fmt.Fprintln(os.Stderr, "testsum:", err)
	}
	os.Exit(1)
}

func run(args []string, in io.Reader, out io.Writer) error {
	fs := flag.NewFlagSet("testsum", flag.ContinueOnError)
	suite := fs.String("suite", "", "read go test -json from standard input and keep it under this name")
	step := fs.String("step", "", "keep the outcome of the check of this name")
	status := fs.String("status", "", "with -step: pass, fail or skip")
	reason := fs.String("reason", "", "with -step: why it was skipped, or what failed")
	seconds := fs.Float64("seconds", 0, "with -step: how long it took")
	into := fs.String("into", "", "the folder that keeps results")
	total := fs.String("total", "", "print the summary of this folder's results")
	if err := fs.Parse(args); err != nil {
		return err
	}
	switch {
	case *total != "":
		return printTotal(*total, out)
	case *suite != "" && *into != "":
		r := read(*suite, in, out)
		if err := keep(*into, r); err != nil {
			return err
		}
		if r.red() {
			return errRed
		}
		return nil
	case *step != "" && *into != "":
		return keepStep(*into, *step, *status, *reason, *seconds)
	}
	fs.Usage()
	return errors.New("nothing to do")
}

func keepStep(dir, name, status, reason string, seconds float64) error {
	s := outcome{Name: name, Status: status, Reason: reason, Seconds: seconds}
	switch status {
	case pass, fail, skip:
	default:
		return fmt.Errorf("keep step %s: status %q is none of pass, fail, skip", name, status)
	}
	return keep(dir, result{Name: name, Step: true, Outcomes: []outcome{s}})
}

func printTotal(dir string, out io.Writer) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return fmt.Errorf("list results: %w", err)
	}
	var all []result
	for _, name := range names {
		r, err := load(name)
		if err != nil {
			return err
		}
		all = append(all, r)
	}
	if !total(all, out) {
		return errRed
	}
	return nil
}
