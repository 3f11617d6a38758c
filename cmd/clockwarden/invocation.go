package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// invocation is what one run of the program got from its process: streams,
// environment and the reader's language.
type invocation struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string
	configFile     string // empty: ./config.yaml if it is there
	catalog        *locale.Catalog
	reader         *locale.Printer
}

func newInvocation(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, environ []string) (*invocation, error) {
	catalog, err := locale.New()
	if err != nil {
		return nil, fmt.Errorf("load the messages: %w", err)
	}
	return &invocation{
		ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, environ: environ,
		catalog: catalog, reader: catalog.Printer(languageOf(environ), time.UTC),
	}, nil
}

// languageOf follows the order that POSIX gives the locale variables.
func languageOf(environ []string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		for _, entry := range slices.Backward(environ) {
			if value, ok := strings.CutPrefix(entry, name+"="); ok && value != "" {
				tag, _, _ := strings.Cut(value, ".")
				tag, _, _ = strings.Cut(tag, "@")
				return locale.Match(tag)
			}
		}
	}
	return locale.Match()
}

// loadConfig reads the configuration of this run.
func (inv *invocation) loadConfig() (Config, error) {
	if inv.configFile != "" {
		return Load(inv.configFile, true, inv.environ)
	}
	return Load("config.yaml", false, inv.environ)
}

// print writes a result to standard output: value as JSON, or the message id
// with params as a sentence.
func (inv *invocation) print(asJSON bool, value any, id string, params map[string]any) error {
	if asJSON {
		return inv.printJSON(value)
	}
	if _, err := fmt.Fprintln(inv.stdout, inv.reader.T(id, params)); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

func (inv *invocation) printJSON(value any) error {
	enc := json.NewEncoder(inv.stdout)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// note tells whoever runs the command what they should know beside the result.
func (inv *invocation) note(id string, params map[string]any) {
	_, _ = fmt.Fprintln(inv.stderr, oneLine(inv.reader.T(id, params), 1000))
}

// failure is an error with a sentence of its own in the catalogue.
type failure struct {
	id     string
	params map[string]any
}

func (f *failure) Error() string { return fmt.Sprintf("%s %v", f.id, f.params) }

// errSaid is a failure that standard output has told already, and nothing is to be added.
var errSaid = errors.New("said already")

// fail writes err as one sentence to standard error and returns the exit
// status. It is the one place that decides how errors look on the command line.
func (inv *invocation) fail(err error) int {
	if err == nil {
		return exitDone
	}
	if errors.Is(err, errSaid) {
		return exitFailed
	}
	status, text := exitFailed, err.Error()
	var (
		usage  *usageError
		failed *failure
	)
	switch {
	case errors.As(err, &usage):
		status, text = exitUsage, usage.Error()
	case errors.As(err, &failed):
		text = inv.reader.T(failed.id, failed.params)
	case core.AsError(err) != nil:
		e := core.AsError(err)
		text = inv.reader.T(e.Message, locale.Params(e.Params))
	case inv.ctx.Err() != nil && errors.Is(err, context.Canceled):
		text = inv.reader.T("cli.interrupted")
	}
	_, _ = fmt.Fprintln(inv.stderr, oneLine(text, 1000))
	return status
}
