// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"spotos/session"
)

func (f *flags) patchesCommand() *cobra.Command {
	return &cobra.Command{Use: "patches", Short: "List the catalogue and what stands in a patch's way", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := f.machine()
			if err != nil {
				return err
			}
			list, err := m.Patches(cmd.Context())
			if err != nil {
				return err
			}
			if f.json {
				enc := json.NewEncoder(os.Stdout)
				for _, p := range list {
					enc.Encode(p)
				}
				return nil
			}
			w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "PATCH\tSTATE\tSEVERITY\tFUNCTIONS\tTITLE")
			for _, p := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.Name, p.State, p.Severity, strings.Join(p.Functions, " "), p.Title)
				for _, r := range p.Refusals {
					fmt.Fprintf(w, "\t%s\n", r)
				}
			}
			return w.Flush()
		}}
}

// follow opens a patch and gives its samples to show until that says it is done.
func (f *flags) follow(cmd *cobra.Command, patch string, show func(session.Sampled) bool) error {
	m, err := f.machine()
	if err != nil {
		return err
	}
	if c := m.Capabilities(); !c.CanWatch {
		return &session.Refusal{Reason: c.Notes[0]}
	}
	op, err := m.Open(cmd.Context(), patch)
	if err != nil {
		return err
	}
	defer op.Close()
	for {
		select {
		case e, ok := <-op.Events():
			if !ok {
				return errors.New("the watch ended")
			}
			f.print(e)
			switch e := e.(type) {
			case session.Failed:
				return errors.New(e.Reason)
			case session.Sampled:
				if show(e) {
					return nil
				}
			}
		case <-cmd.Context().Done():
			return cmd.Context().Err()
		}
	}
}

func (f *flags) watchCommand() *cobra.Command {
	var count int
	cmd := &cobra.Command{Use: "watch PATCH", Short: "Count the calls in flight of a patch's functions", Args: onePatch,
		RunE: func(cmd *cobra.Command, args []string) error {
			n := 0
			return f.follow(cmd, args[0], func(s session.Sampled) bool {
				n++
				for _, fn := range s.Functions {
					if !f.json {
						fmt.Printf("%s  %-24s %6d in flight (%d from before the watch)  %d calls  %s\n",
							s.Time.Format("15:04:05.000"), fn.Name, fn.Count, fn.Before, fn.Calls, fn.Doubt)
					}
				}
				return count > 0 && n >= count
			})
		}}
	cmd.Flags().IntVarP(&count, "count", "n", 0, "samples to take; 0: until interrupted")
	return cmd
}

func (f *flags) holdersCommand() *cobra.Command {
	return &cobra.Command{Use: "holders PATCH", Short: "List the tasks inside a patch's functions, with their stacks", Args: onePatch,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.follow(cmd, args[0], func(s session.Sampled) bool {
				if f.json {
					return true
				}
				fmt.Printf("%d holders, %d calls in flight\n", s.Total, s.InFlight)
				for _, h := range s.Holders {
					fmt.Printf("%s (pid %d, %s) in %s\n", h.Comm, h.PID, h.State, h.Function)
					for _, at := range h.Stack {
						fmt.Println("    " + at)
					}
				}
				return true
			})
		}}
}

func (f *flags) statusCommand() *cobra.Command {
	return &cobra.Command{Use: "status", Short: "Say what the module has loaded, armed and applied", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := session.Status()
			if err != nil {
				return err
			}
			for _, p := range list {
				if f.json {
					json.NewEncoder(os.Stdout).Encode(p)
				} else {
					fmt.Printf("%-24s %s\n", p.Name, p.State)
				}
			}
			return nil
		}}
}

func (f *flags) doctorCommand() *cobra.Command {
	return &cobra.Command{Use: "doctor", Short: "Say what can be done on this machine, and what to do about the rest", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			m, err := f.machine()
			if err != nil {
				return err
			}
			c := m.Capabilities()
			fmt.Printf("host %s, kernel %s\nwatching: %v\nswitching: %v\n", c.Host, c.Kernel, yes(c.CanWatch), yes(c.CanSwitch))
			for _, n := range c.Notes {
				fmt.Println(n)
			}
			if !c.CanSwitch {
				return exit{exitRefused}
			}
			return nil
		}}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
