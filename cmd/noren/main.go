// Command noren is the service and its operator's command line: each subcommand is one file, thin, over internal/server.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set when a release is built.
const version = "0.1.0-dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{Use: "noren", Short: "An online-shop hosting service that anyone can run", Version: version,
		SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(demoCommand(), serveCommand(), vaultCommand(), witnessCommand(), configCommand(), migrateCommand(), healthCommand(),
		operatorCommand())
	root.CompletionOptions.DisableDefaultCmd = true
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "noren:", err)
		os.Exit(1)
	}
}
