package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const slowest = 10

// A tally counts outcomes.
type tally struct{ passed, failed, skipped int }

// String is the form of the last line, which other programs read.
func (t tally) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", t.passed, t.failed, t.skipped)
}

func (t *tally) add(o outcome) {
	switch o.Status {
	case pass:
		t.passed++
	case skip:
		t.skipped++
	default:
		t.failed++
	}
}

func count(list []outcome) tally {
	var t tally
	for _, o := range list {
		t.add(o)
	}
	return t
}

func keep(dir string, r result) error {
	if r.Began == 0 {
		r.Began = time.Now().UnixNano()
	}
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.json", r.Began)), b, 0o600); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

func load(name string) (result, error) {
	var r result
	b, err := os.ReadFile(name)
	if err != nil {
		return r, fmt.Errorf("read result: %w", err)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("read result %s: %w", name, err)
	}
	return r, nil
}

// A kind is what a test shows, by the names that CONTRIBUTING.md asks for.
type kind struct {
	title string
	is    func(o outcome) bool
}

func kinds() []kind {
	part := func(name string) func(outcome) bool {
		return func(o outcome) bool {
			return slices.ContainsFunc(strings.Split(o.Name, "/"), func(p string) bool { return strings.EqualFold(p, name) })
		}
	}
	return []kind{
		{"browser (TestBrowser…)", func(o outcome) bool { return strings.HasPrefix(o.Name, "TestBrowser") }},
		{"fuzz corpora (Fuzz…)", func(o outcome) bool { return strings.HasPrefix(o.Name, "Fuzz") }},
		{"on SQLite (…/sqlite)", part("sqlite")},
		{"on PostgreSQL (…/postgres)", part("postgres")},
		{"all others", func(outcome) bool { return true }},
	}
}

// total prints the summary; it says whether everything that ran was good.
func total(all []result, out io.Writer) bool {
	slices.SortFunc(all, func(a, b result) int { return cmp.Compare(a.Began, b.Began) })
	var sum tally
	fmt.Fprint(out, "\nWhat ran\n")
	for _, r := range all {
		n := count(r.Outcomes)
		sum = tally{sum.passed + n.passed, sum.failed + n.failed, sum.skipped + n.skipped}
		if r.Step {
			o := r.Outcomes[0]
			fmt.Fprintf(out, "  %-34s %-5s %6.1f s  %s\n", r.Name, o.Status, o.Seconds, o.Reason)
			continue
		}
		fmt.Fprintf(out, "  %-34s %s, %d packages\n", r.Name, n, len(r.Packages))
		byKind(r, out)
	}
	printSlowest(all, out)
	printOnly(all, skip, "Skipped", out)
	printOnly(all, fail, "Failed", out)
	if len(all) == 0 {
		fmt.Fprintln(out, "  nothing ran")
		sum.failed++
	}
	fmt.Fprintf(out, "\n%s\n", sum)
	return sum.failed == 0
}

func byKind(r result, out io.Writer) {
	list := kinds()
	tallies := make([]tally, len(list))
	for _, o := range r.Outcomes {
		i := slices.IndexFunc(list, func(k kind) bool { return k.is(o) })
		tallies[i].add(o)
	}
	for i, t := range tallies {
		if t == (tally{}) {
			fmt.Fprintf(out, "    %-32s none ran\n", list[i].title)
			continue
		}
		fmt.Fprintf(out, "    %-32s %s\n", list[i].title, t)
	}
}

func printSlowest(all []result, out io.Writer) {
	var packages []outcome
	for _, r := range all {
		for _, p := range r.Packages {
			p.Name = r.Name + ": " + p.Name
			packages = append(packages, p)
		}
	}
	slices.SortFunc(packages, func(a, b outcome) int { return cmp.Compare(b.Seconds, a.Seconds) })
	if len(packages) == 0 {
		return
	}
	fmt.Fprint(out, "\nSlowest packages\n")
	for _, p := range packages[:min(slowest, len(packages))] {
		fmt.Fprintf(out, "  %6.1f s  %s\n", p.Seconds, p.Name)
	}
}

func printOnly(all []result, status, title string, out io.Writer) {
	said := false
	for _, r := range all {
		for _, o := range r.Outcomes {
			if o.Status != status {
				continue
			}
			if !said {
				fmt.Fprintf(out, "\n%s\n", title)
				said = true
			}
			name := o.Name
			if !r.Step {
				name = r.Name + ": " + o.Package + " " + o.Name
			}
			if o.Reason != "" {
				name += ": " + o.Reason
			}
			fmt.Fprintf(out, "  %s\n", name)
		}
	}
}
