package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/noren-shop/noren/internal/base/fault"
)

const envPrefix = "NOREN_"

// FileEnv names the variable that names the file.
const FileEnv = envPrefix + "CONFIG"

// notSettings are variables of the same prefix that are for others: the tests, and a child that was told its part.
func notSettings(name string) bool {
	return name == FileEnv || name == envPrefix+"LONG" || strings.HasPrefix(name, envPrefix+"TEST_") ||
		strings.HasPrefix(name, envPrefix+"CHILD_")
}

func envName(setting string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))
}

// A Flag takes one setting from the command line. It fits the standard library's flag sets and pflag's:
//
//	for _, f := range flags { fs.Var(f, f.Name, f.Usage) }
type Flag struct {
	Name, Usage string
	value       string
	given       bool
}

// String is the value that was given.
func (f *Flag) String() string { return f.value }

// Set takes a value; what is wrong with it is said by Load, with all other faults.
func (f *Flag) Set(v string) error {
	f.value, f.given = v, true
	return nil
}

// Type is what pflag prints behind a flag's name.
func (f *Flag) Type() string { return "value" }

// Flags are those of all settings that have one.
func Flags() []*Flag {
	var list []*Flag
	for _, s := range Settings() {
		if s.Flag != "" {
			list = append(list, &Flag{Name: s.Flag, Usage: s.Help.En + " " + s.Help.Ja})
		}
	}
	return list
}

// A Source is everything that Load looks at.
type Source struct {
	File    string   // "" takes the environment's NOREN_CONFIG, and no file when that is empty too
	Environ []string // os.Environ()
	Flags   []*Flag
}

// A Value is a setting with its text and where that came from.
type Value struct {
	Setting Setting
	Text    string
	From    string // "default", "FILE:LINE", "NOREN_…" or "-flag"
}

// Load reads and checks a set-up. Faults come together, as fault.Faults whose Field is the setting's name.
func Load(src Source) (Config, []Value, error) {
	var c Config
	var fs fault.Faults
	settings := Settings()
	values := make([]Value, len(settings))
	for i, s := range settings {
		values[i] = Value{Setting: s, Text: s.Default, From: "default"}
	}
	env := environment(src.Environ)
	if err := readFileInto(values, src, env, &fs); err != nil {
		return c, nil, err
	}
	fromEnvironment(values, env, &fs)
	for _, f := range src.Flags {
		if f.given {
			set(values, f.Name, f.value, "-"+f.Name)
		}
	}
	for _, v := range values {
		if v.Text == "" && v.Setting.Default == "" {
			continue
		}
		if t := v.Setting.parse(&c, v.Text); t != nil {
			fs = append(fs, fault.Invalid(v.Setting.Name, fault.Text{Ja: v.From + ": " + t.Ja, En: v.From + ": " + t.En}))
		}
	}
	if err := fs.Err(); err != nil {
		return c, values, err
	}
	c.derive()
	return c, values, whereSet(values, c.Validate())
}

func environment(environ []string) map[string]string {
	env := map[string]string{}
	for _, e := range environ {
		if name, value, ok := strings.Cut(e, "="); ok && strings.HasPrefix(name, envPrefix) {
			env[name] = value
		}
	}
	return env
}

func readFileInto(values []Value, src Source, env map[string]string, fs *fault.Faults) error {
	name := src.File
	if name == "" {
		name = env[FileEnv]
	}
	if name == "" {
		return nil
	}
	lines, err := readFile(name)
	if err != nil {
		if fs.Add(err) == nil {
			return nil
		}
		if errors.Is(err, os.ErrNotExist) {
			return fault.Invalid("config", fault.Text{Ja: name + ": ファイルがありません。", En: name + ": there is no such file"})
		}
		return fmt.Errorf("read configuration: %w", err)
	}
	for _, l := range lines {
		if !set(values, l.key, l.value, l.where) {
			fs.Add(fault.Invalid(l.key, fault.Text{Ja: l.where + ": 知らない設定です。" + nearest(l.key).Ja,
				En: l.where + ": no such setting" + nearest(l.key).En}))
		}
	}
	return nil
}

func fromEnvironment(values []Value, env map[string]string, fs *fault.Faults) {
	names := make([]string, 0, len(env))
	for name := range env {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		setting := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, envPrefix), "_", "-"))
		if notSettings(name) || name == envName(setting) && set(values, setting, env[name], name) {
			continue
		}
		fs.Add(fault.Invalid(setting, fault.Text{Ja: name + ": 知らない設定です。" + nearest(setting).Ja,
			En: name + ": no such setting" + nearest(setting).En}))
	}
}

// set says whether there is such a setting.
func set(values []Value, name, value, from string) bool {
	i := slices.IndexFunc(values, func(v Value) bool { return v.Setting.Name == name })
	if i < 0 {
		return false
	}
	values[i].Text, values[i].From = value, from
	return true
}

// whereSet puts where each faulty setting was set before what is wrong with it.
func whereSet(values []Value, err error) error {
	fs, ok := fault.Of(err)
	if !ok {
		return err
	}
	var out fault.Faults
	for _, f := range fs {
		i := slices.IndexFunc(values, func(v Value) bool { return v.Setting.Name == f.Field })
		from := values[i].From
		out = append(out, fault.Invalid(f.Field, fault.Text{Ja: from + ": " + f.Text.Ja, En: from + ": " + f.Text.En}))
	}
	return out.Err()
}

// nearest names a setting that was probably meant.
func nearest(name string) fault.Text {
	best, bestAt := "", 3 // a slip of two letters
	for _, s := range Settings() {
		if d := distance(name, s.Name); d < bestAt {
			best, bestAt = s.Name, d
		}
	}
	if best == "" {
		return fault.Text{Ja: "", En: "; noren config lists them"}
	}
	return fault.Text{Ja: best + " のことですか。", En: "; did you mean " + best + "?"}
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[j+1]
			row[j+1] = min(d, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
