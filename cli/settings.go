// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"spotos/session"
	"spotos/ui"
)

// configFile is the configuration that is read if neither --config nor SPOTOS_CONFIG names another.
const configFile = "/etc/spotos/config.toml"

// flags are the values that the command line, the environment and the configuration set.
type flags struct {
	patches, journal string
	export           string // where the console's e writes to
	cache            string // where sources of kernels are kept
	interval         time.Duration
	readOnly, ascii  bool
	mouse, captions  bool
	nudge            string
	theme, color     string
	layout           string // of the console
	layoutGiven      bool   // on the command line or by the variable
	strategy         session.Strategy
	timeout          time.Duration
	patience         time.Duration
	json, verbose    bool
	allHolders       bool   // of the command holders
	describe         bool   // the longest inside, as that command does
	card             string // of the longest inside, in words, where the patch is stuck
	by               string // of the command watch
	config           string
	result           session.Result // conclude prints it last; a command fills in what it knows

	// settings has the flags that the environment and the configuration can set too: the flag --timeout is the
	// variable SPOTOS_TIMEOUT and the key timeout.
	settings *pflag.FlagSet
	out      texts
}

// newFlags returns the flags with their defaults.
func newFlags() *flags {
	f := &flags{settings: pflag.NewFlagSet("settings", pflag.ContinueOnError), interval: 500 * time.Millisecond,
		strategy: session.SafePointStrategy, nudge: session.NudgeAuto, timeout: 30 * time.Second,
		patience: 2 * time.Second}
	f.out = texts{&output{w: os.Stdout}, &f.json}
	s := f.settings
	s.StringVar(&f.patches, "patches", "/lib/spotos/patches", "`directory` of the catalogue")
	s.StringVar(&f.journal, "journal", "/var/log/spotos/journal.jsonl", "`file` of the journal; '' for none")
	s.StringVar(&f.cache, "cache", "/var/cache/spotos", "`directory` where sources of kernels are kept")
	s.StringVar(&f.export, "export", "", "`directory` that the console's key e writes to (default the one that it is "+
		"started in)")
	s.Var(&span{&f.interval, time.Millisecond}, "interval", "`time` between samples")
	s.BoolVar(&f.readOnly, "read-only", false, "forbid everything that changes the machine")
	s.BoolVar(&f.ascii, "ascii", false, "draw with ASCII only")
	s.Var(&choice{&f.theme, ui.Themes()}, "theme", "`colours` of the console: "+strings.Join(ui.Themes(), ", "))
	s.Var(&choice{&f.color, []string{"auto", "always", "never"}}, "color",
		"`when` to use colours: auto, always or never")
	s.BoolVar(&f.mouse, "mouse", false,
		"let the mouse choose and scroll in the console; the terminal then selects text only with shift")
	s.Var(&choice{&f.layout, ui.Layouts()}, "layout", "`what` is large in the console: "+
		strings.Join(ui.Layouts(), ", ")+" (default the one that its key L chose last)")
	s.BoolVar(&f.captions, "captions", false,
		"begin with captions at the bottom of the console: what is seen, and which key is next; c hides them")
	strategies := []string{string(session.SafePointStrategy), string(session.RetryStrategy)}
	s.Var(&choice{(*string)(&f.strategy), strategies}, "strategy",
		"`how` to find a safe point: safepoint, or retry: blind attempts as Ksplice made them")
	s.Var(&span{&f.timeout, 0}, "timeout", "give up after this `time`, 0: never; retry gives up after its 5 attempts")
	nudges := []string{session.NudgeAuto, session.NudgeNone, session.NudgeSignal, session.NudgeFreeze}
	s.Var(&choice{&f.nudge, nudges}, "nudge", "`how` to make holders leave: auto: wake them if no safe point comes by "+
		"itself, none, signal: wake them at once as a signal would, or freeze: freeze their cgroups until the switch, "+
		"at most 2 s")
	s.Var(&span{&f.patience, 0}, "patience", "how `long` --nudge auto wakes nobody, while a "+
		"safe point is likely to come by itself by then")
	return f
}

// add adds the named settings to a command's flags.
func (f *flags) add(to *pflag.FlagSet, names ...string) {
	for _, name := range names {
		to.AddFlag(f.settings.Lookup(name))
	}
}

// complete completes the settings that take one of a few words to these words.
func (f *flags) complete(root *cobra.Command) {
	f.settings.VisitAll(func(flag *pflag.Flag) {
		c, ok := flag.Value.(*choice)
		if !ok {
			return
		}
		words := cobra.FixedCompletions(c.words, cobra.ShellCompDirectiveNoFileComp)
		if err := root.RegisterFlagCompletionFunc(flag.Name, words); err != nil {
			panic(err) // a setting that root has not, or a second root of the same flags
		}
	})
}

// load sets the settings that the command line did not give: from the environment, or else from the configuration.
// Every command that uses settings runs it first. The error is a usageError.
func (f *flags) load(cmd *cobra.Command, _ []string) error {
	given := map[string]bool{}
	f.settings.VisitAll(func(flag *pflag.Flag) { given[flag.Name] = flag.Changed })
	if err := f.readConfig(given); err != nil {
		return usageError{err}
	}
	f.layoutGiven = given["layout"]
	var errs []error
	f.settings.VisitAll(func(flag *pflag.Flag) {
		name := "SPOTOS_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		if value, ok := os.LookupEnv(name); ok && !given[flag.Name] {
			f.layoutGiven = f.layoutGiven || flag.Name == "layout"
			if err := flag.Value.Set(value); err != nil {
				errs = append(errs, fmt.Errorf("reading the variable %s=%q: %w", name, value, err))
			}
		}
	})
	if err := errors.Join(errs...); err != nil {
		return usageError{err}
	}
	return nil
}
