// Command clockwarden is the whole service in one binary: the server, a demo of
// it, and the commands of the operator.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// Exit statuses, as promised to scripts.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks for a graceful stop, the second one kills.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
}

// commands is the command line. Every flag is checked here for its form and by
// core for its meaning.
type commands struct {
	Config string `placeholder:"FILE" help:"Configuration file (default: ./config.yaml if it is there)."`

	Serve      serveCommand      `cmd:"" help:"Run the service."`
	Demo       demoCommand       `cmd:"" help:"Run the service on a made-up workspace."`
	Migrate    migrateCommand    `cmd:"" help:"Bring the database to this version's form."`
	Workspace  workspaceCommands `cmd:"" help:"Create and change workspaces."`
	Member     memberCommands    `cmd:"" help:"Add and change members."`
	SignInLink signInLinkCommand `cmd:"" help:"Print a one-time sign-in link."`
	APIKey     apiKeyCommands    `cmd:"" name:"apikey" help:"Create API keys."`
	Identity   identityCommands  `cmd:"" help:"Link chat identities."`
	Chat       chatCommand       `cmd:"" help:"Talk with Clockwarden as in Slack or Discord."`
	Seed       seedCommand       `cmd:"" help:"Fill a workspace with made-up data."`
	Doctor     doctorCommand     `cmd:"" help:"Check the installation, and say what to put right."`
	Import     importCommands    `cmd:"" help:"Bring members in from a list."`
	Export     exportCommands    `cmd:"" help:"Write members into a list."`
	Backup     backupCommand     `cmd:"" help:"Copy the database while the service runs."`
	Restore    restoreCommand    `cmd:"" help:"Put a copy in the place of the database."`
	Manifest   manifestCommands  `cmd:"" help:"Print what a chat platform must know of this installation."`
	Audit      auditCommands     `cmd:"" help:"Verify and export the audit log."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

// jsonFlag is carried by every command that prints data.
type jsonFlag struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// run is the program without its process: it returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, environ []string) int {
	inv, err := newInvocation(ctx, stdin, stdout, stderr, environ)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, oneLine(err.Error(), 500))
		return exitFailed
	}
	var (
		cmds   commands
		helped bool
	)
	parser, err := kong.New(&cmds,
		kong.Name("clockwarden"),
		kong.Description("Clockwarden keeps a team's running clocks honest."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(length)),
		kong.Bind(inv),
	)
	if err != nil {
		return inv.fail(err)
	}
	parsed, err := parser.Parse(args)
	if helped {
		return exitDone
	}
	if err != nil {
		return inv.fail(&usageError{text: err.Error(), command: commandOf(err)})
	}
	inv.configFile = cmds.Config
	return inv.fail(parsed.Run())
}

// usageError is a command line that cannot be understood; it ends with exitUsage.
type usageError struct {
	text    string
	command string // the words that lead to its help
}

func (e *usageError) Error() string {
	// kong shows the end of the line as if it had been typed.
	text := strings.TrimSuffix(e.text, ` but got "EOL" (<EOL>)`)
	if commands, missing := missingCommand(text); missing {
		text = "a command is missing" + commands
	}
	return strings.TrimRight(text, ".?") + "; see clockwarden " + strings.TrimLeft(e.command+" --help", " ")
}

// missingCommand reads kong's list of the commands of which one has to follow; a long one, which kong cuts off, is left out.
func missingCommand(text string) (commands string, missing bool) {
	one, several := strings.CutPrefix(text, "expected one of ")
	if !several {
		if one, missing = strings.CutPrefix(text, `expected "`); !missing || strings.ContainsAny(one, "<") {
			return "", false
		}
		return ": " + strings.TrimSuffix(one, `"`), true
	}
	names := strings.Split(strings.ReplaceAll(strings.TrimRight(one, ", "), `"`, ""), ", ")
	if strings.Contains(one, "...") {
		return "", true
	}
	last := len(names) - 1
	return ": " + strings.Join(names[:last], ", ") + " or " + names[last], true
}

// length reads a length of time, and says how one is written.
func length(c *kong.DecodeContext, target reflect.Value) error {
	var typed string
	if err := c.Scan.PopValueInto("duration", &typed); err != nil {
		return err
	}
	d, err := time.ParseDuration(typed)
	if err != nil {
		return fmt.Errorf("“%s” is not a length of time, write it like 8h or 90m", oneLine(typed, 50))
	}
	target.SetInt(int64(d))
	return nil
}

// commandOf names the command that was understood before the mistake.
func commandOf(err error) string {
	parse := (*kong.ParseError)(nil)
	if !errors.As(err, &parse) || parse.Context == nil {
		return ""
	}
	var words []string
	for _, step := range parse.Context.Path {
		if step.Command != nil {
			words = append(words, step.Command.Name)
		}
	}
	return strings.Join(words, " ")
}
