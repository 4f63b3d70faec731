package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/noren-shop/noren/internal/server"

	"github.com/spf13/cobra"
)

func migrateCommand() *cobra.Command {
	var s settings
	c := &cobra.Command{Use: "migrate", Short: "Bring the shops' database up to date (serve does it, too)", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, _, log, err := s.load()
			if err != nil {
				return err
			}
			h, err := server.Open(c.Context(), server.Options{Config: cfg, Log: log})
			if err != nil {
				return err
			}
			h.Close()
			fmt.Fprintln(c.OutOrStdout(), lang().Pick("データベースは最新です。", "The database is up to date."))
			return nil
		}}
	s.on(c)
	return c
}

func healthCommand() *cobra.Command {
	var s settings
	c := &cobra.Command{Use: "health", Short: "Say whether the store and the vault answer, and which protections are missing", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, _, log, err := s.load()
			if err != nil {
				return err
			}
			return server.PrintHealth(c.Context(), c.OutOrStdout(), cfg, log)
		}}
	s.on(c)
	return c
}

// operatorCommand makes the first operator; further ones are made by an operator in the console.
func operatorCommand() *cobra.Command {
	var s settings
	var email, name string
	c := &cobra.Command{Use: "operator", Short: "Make the first operator's account; the password is read from standard input", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, _, log, err := s.load()
			if err != nil {
				return err
			}
			fmt.Fprint(os.Stderr, lang().Pick("パスワード(10文字以上): ", "Password (at least 10 characters): "))
			line, err := bufio.NewReader(c.InOrStdin()).ReadString('\n')
			if err != nil && line == "" {
				return fmt.Errorf("read password: %w", err)
			}
			return spoken(server.MakeOperator(c.Context(), cfg, log, name, email, strings.TrimRight(line, "\r\n")))
		}}
	s.on(c)
	c.Flags().StringVar(&email, "email", "", "the operator's e-mail, to log in with")
	c.Flags().StringVar(&name, "name", "", "the operator's name")
	return c
}
