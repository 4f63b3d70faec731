package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/noren-shop/noren/internal/base/config"
	"github.com/noren-shop/noren/internal/base/fault"
	"github.com/noren-shop/noren/internal/base/i18n"
	"github.com/noren-shop/noren/internal/base/log"
)

// settings are a command's configuration, from file, environment and flags.
type settings struct {
	file  string
	flags []*config.Flag
}

// on gives a command every setting as a flag.
func (s *settings) on(fs *flag.FlagSet) {
	fs.StringVar(&s.file, "config", "", "the configuration file (else NOREN_CONFIG). 設定ファイル")
	s.flags = config.Flags()
	for _, f := range s.flags {
		fs.Var(f, f.Name, f.Usage)
	}
}

// load reads them, opens the log, and gives the environment that makes a child read the same.
func (s *settings) load() (c *config.Config, environ []string, logger *slog.Logger, err error) {
	got, values, err := config.Load(config.Source{File: s.file, Environ: os.Environ(), Flags: s.flags})
	if err != nil {
		return nil, nil, nil, spoken(err)
	}
	for _, v := range values {
		if v.From != "default" {
			environ = append(environ, v.Setting.Env+"="+v.Text)
		}
	}
	return &got, environ, newLog(os.Stderr, &got), nil
}

func newLog(w io.Writer, c *config.Config) *slog.Logger {
	return log.New(w, log.Options{Format: c.Log.Format, Level: c.Log.Level})
}

// lang is the operator's language, from the environment.
func lang() i18n.Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if strings.HasPrefix(v, "ja") {
				return i18n.Ja
			}
			return i18n.En
		}
	}
	return i18n.En
}

// spoken turns faults into lines in the operator's language.
func spoken(err error) error {
	fs, ok := fault.Of(err)
	if !ok {
		return err // nil too
	}
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = lang().Pick(f.Text.Ja, f.Text.En)
		if f.Field != "" {
			lines[i] = f.Field + ": " + lines[i]
		}
	}
	return errors.New(strings.Join(lines, "\n       "))
}

func configCommand(_ context.Context, args []string) error {
	f := flags("config")
	var s settings
	s.on(f)
	if err := parse(f, args); err != nil {
		return err
	}
	_, values, err := config.Load(config.Source{File: s.file, Environ: os.Environ(), Flags: s.flags})
	if len(values) > 0 {
		if e := config.Print(os.Stdout, lang(), values); e != nil {
			return e
		}
	}
	return spoken(err)
}
