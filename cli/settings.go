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

// configFile is read where no other is named.
const configFile = "/etc/spotos/config.toml"

// flags are what the command line, the environment and the configuration say.
type flags struct {
	patches, journal string
	interval         time.Duration
	readOnly, ascii  bool
	mouse            bool
	nudge            string
	theme, color     string
	strategy         session.Strategy
	timeout          time.Duration
	json             bool
	config           string
	result           session.Result // what conclude prints last: a command fills in what it knows

	// settings are those of the flags that the environment and the configuration can set too: the flag timeout
	// is the variable SPOTOS_TIMEOUT and the key timeout.
	settings *pflag.FlagSet
	out      texts
}

func newFlags() *flags {
	f := &flags{settings: pflag.NewFlagSet("settings", pflag.ContinueOnError),
		interval: 500 * time.Millisecond, strategy: session.SafePointStrategy, nudge: session.NudgeNone, timeout: 30 * time.Second}
	f.out = texts{&output{w: os.Stdout}, &f.json}
	s := f.settings
	s.StringVar(&f.patches, "patches", "/lib/spotos/patches", "`directory` of the catalogue")
	s.StringVar(&f.journal, "journal", "/var/log/spotos/journal.jsonl", "`file` that events are kept in; '' for none")
	s.Var(&span{&f.interval, time.Millisecond}, "interval", "`time` between samples")
	s.BoolVar(&f.readOnly, "read-only", false, "take away everything that changes the machine")
	s.BoolVar(&f.ascii, "ascii", false, "draw with ASCII only")
	s.Var(&choice{&f.theme, ui.Themes()}, "theme", "`colours` of the console: "+strings.Join(ui.Themes(), ", "))
	s.Var(&choice{&f.color, []string{"auto", "always", "never"}}, "color", "`when` to use colours: auto, always or never")
	s.BoolVar(&f.mouse, "mouse", false, "let the wheel move the console's lists; the terminal then selects text only with shift")
	s.Var(&choice{(*string)(&f.strategy), []string{string(session.SafePointStrategy), string(session.RetryStrategy)}}, "strategy", "`how` to find a safe point: safepoint, or retry: blind attempts as Ksplice made them")
	s.Var(&span{&f.timeout, 0}, "timeout", "give up after this `time`, 0: never; retry gives up after its 5 attempts")
	s.Var(&choice{&f.nudge, []string{session.NudgeNone, session.NudgeSignal, session.NudgeFreeze}}, "nudge", "`how` to make holders leave: none, signal: wake them as if by a signal, or freeze: freeze their cgroups until the switch, at most 2 s")
	return f
}

// add gives a command some of the settings as flags.
func (f *flags) add(to *pflag.FlagSet, names ...string) {
	for _, name := range names {
		to.AddFlag(f.settings.Lookup(name))
	}
}

// load fills in what the command line did not say: from the environment, and where that is silent from the
// configuration.
func (f *flags) load(cmd *cobra.Command, _ []string) error {
	given := map[string]bool{}
	f.settings.VisitAll(func(flag *pflag.Flag) { given[flag.Name] = flag.Changed })
	if err := f.readConfig(given); err != nil {
		return usageError{err}
	}
	var errs []error
	f.settings.VisitAll(func(flag *pflag.Flag) {
		name := "SPOTOS_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		if value, ok := os.LookupEnv(name); ok && !given[flag.Name] {
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
