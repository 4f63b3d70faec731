package main

import (
	"github.com/noren-shop/noren/internal/server"

	"github.com/spf13/cobra"
)

func serveCommand() *cobra.Command {
	var s settings
	var ports, ready bool
	c := &cobra.Command{Use: "serve", Short: "Run the service", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		cfg, environ, log, err := s.load()
		if err != nil {
			return err
		}
		o := server.ServeOptions{Config: cfg, Log: log, Environ: environ, Ports: ports}
		if ready {
			o.Ready = server.PrintReady(c.OutOrStdout())
		}
		return spoken(server.Serve(c.Context(), o))
	}}
	s.on(c)
	c.Flags().BoolVar(&ports, "ports", false, "also open a port on 127.0.0.1 for each door and storefront, for programs that cannot resolve names")
	c.Flags().BoolVar(&ready, "json", false, "print one line of JSON when every door is open")
	return c
}

func vaultCommand() *cobra.Command {
	var s settings
	c := &cobra.Command{Use: "vault", Short: "Run the vault: the process that holds the keys and the access ledger (serve starts it when none runs)",
		Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
			cfg, _, log, err := s.load()
			if err != nil {
				return err
			}
			return server.RunVault(c.Context(), cfg, log.With("process", "vault"))
		}}
	s.on(c)
	return c
}

func witnessCommand() *cobra.Command {
	var in server.WitnessConfig
	c := &cobra.Command{Use: "witness", Short: "Keep and co-sign another host's ledger checkpoints", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var s settings
			_, _, log, err := s.load()
			if err != nil {
				return err
			}
			return server.RunWitness(c.Context(), in, log.With("process", "witness"))
		}}
	c.Flags().StringVar(&in.Dir, "dir", "/var/lib/noren-witness", "the witness's own folder")
	c.Flags().StringVar(&in.LedgerKey, "ledger-key", "", "the ledger's public key, as the vault prints it when it opens")
	c.Flags().StringVar(&in.Name, "name", "noren/witness", "the witness's name in its signatures")
	c.Flags().StringVar(&in.Listen, "listen", "127.0.0.1:8090", "host:port or unix:/path")
	if err := c.MarkFlagRequired("ledger-key"); err != nil {
		panic(err) // the flag is defined above
	}
	return c
}
