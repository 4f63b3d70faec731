package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/noren-shop/noren/internal/server"
)

func migrateCommand(ctx context.Context, args []string) error {
	f := flags("migrate")
	var s settings
	s.on(f)
	if err := parse(f, args); err != nil {
		return err
	}
	cfg, _, log, err := s.load()
	if err != nil {
		return err
	}
	var done bool
	if err := server.Command(ctx, cfg, log, server.Order{Do: server.DoMigrate}, &done); err != nil {
		return spoken(err)
	}
	fmt.Println(lang().Pick("データベースは最新です。", "The database is up to date."))
	return nil
}

func healthCommand(ctx context.Context, args []string) error {
	f := flags("health")
	var s settings
	s.on(f)
	if err := parse(f, args); err != nil {
		return err
	}
	cfg, _, log, err := s.load()
	if err != nil {
		return err
	}
	var h server.Health
	if err := server.Command(ctx, cfg, log, server.Order{Do: server.DoHealth}, &h); err != nil {
		return spoken(err)
	}
	return h.Print(os.Stdout)
}

// operatorCommand makes the first operator; the vault takes further ones only from an operator's session.
func operatorCommand(ctx context.Context, args []string) error {
	f := flags("operator")
	var s settings
	s.on(f)
	email := f.String("email", "", "the operator's e-mail, to log in with")
	name := f.String("name", "", "the operator's name")
	if err := parse(f, args); err != nil {
		return err
	}
	cfg, _, log, err := s.load()
	if err != nil {
		return err
	}
	fmt.Fprint(os.Stderr, lang().Pick("パスワード(10文字以上、1行): ", "Password (at least 10 characters, one line): "))
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return fmt.Errorf("read password: %w", err)
	}
	var done bool
	return spoken(server.Command(ctx, cfg, log, server.Order{Do: server.DoOperator, Name: *name, Email: *email,
		Password: strings.TrimRight(line, "\r\n")}, &done))
}
