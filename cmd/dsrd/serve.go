package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/internal/telemetry"
)

// defaultConfig is where the packages put it.
const defaultConfig = "/etc/dsrd/dsrd.yaml"

func newServe() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:   "serve",
		Short: "run the daemon",
		Long: "Runs the daemon until SIGTERM or SIGINT. SIGHUP reads the configuration and the tenants\n" +
			"again; if anything is wrong with them, the old ones stay in force, and the log says what.",
		Example: "  dsrd check --config dsrd.yaml && dsrd serve --config dsrd.yaml",
		Args:    none,
		RunE:    func(c *cobra.Command, _ []string) error { return serve(c.Context(), file, c.ErrOrStderr()) },
	}
	c.Flags().StringVar(&file, "config", defaultConfig, "configuration file")
	return c
}

func serve(ctx context.Context, file string, stderr io.Writer) error {
	o, err := options(file, stderr)
	if err != nil {
		return err
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP) // before anything waits: unheard, it would end us
	defer signal.Stop(hup)
	a, err := app.Start(ctx, o)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // asked to end while waiting for a server
	}
	if err != nil {
		return err
	}
	reloading := make(chan struct{})
	running, stop := context.WithCancel(ctx)
	go func() {
		defer close(reloading)
		reload(running, a, hup)
	}()
	err = a.Run(ctx)
	stop()
	<-reloading
	return errors.Join(err, a.Close())
}

func reload(ctx context.Context, a *app.App, hup <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			_ = a.Reload() // it is in the log
		}
	}
}

func options(file string, stderr io.Writer) (app.Options, error) {
	c, keys, err := app.Load(file, os.Environ(), clock())
	if err != nil {
		return app.Options{}, err
	}
	owner, err := ownerName()
	if err != nil {
		return app.Options{}, err
	}
	level := new(slog.LevelVar)
	if err := level.UnmarshalText([]byte(c.Telemetry.Level)); err != nil {
		return app.Options{}, usagef("telemetry.level: %v", err)
	}
	return app.Options{
		Config: c, Keys: keys, Log: telemetry.NewLog(stderr, telemetry.Format(c.Telemetry.Format), level),
		Now: clock, Reference: reference, Rand: rand.Reader, Resolver: app.DNS(), Ticker: app.Ticker, Sleep: app.Sleep,
		Owner: owner, Version: version, Level: level,
		Reread: func() (*config.Config, error) {
			fresh, _, err := app.Load(file, os.Environ(), clock())
			return fresh, err
		},
	}, nil
}

// ownerName is another one in each run: a restarted process is not the one that
// held a lease before.
func ownerName() (string, error) {
	b := make([]byte, 6)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("name this run: %v", err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), hex.EncodeToString(b)), nil
}
