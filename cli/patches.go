// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"spotos/session"
	"spotos/session/live"

	"github.com/spf13/cobra"
)

// patchesCommand returns the command patches.
func (f *flags) patchesCommand() *cobra.Command {
	return &cobra.Command{Use: "patches", Args: noArgs, PreRunE: f.load,
		Short: "List the catalogue, and why a patch cannot be applied",
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
				return printAll(f, list)
			}
			w := tabwriter.NewWriter(f.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "PATCH\tSTATE\tSEVERITY\tFUNCTIONS\tTITLE")
			list = session.PlainPatches(list)
			for _, p := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n",
					p.Name, p.State, p.Severity, strings.Join(p.Functions, " "), p.Title)
			}
			if err := w.Flush(); err != nil {
				return err
			}
			for _, p := range list {
				for _, r := range p.Refusals {
					fmt.Fprintf(f.out, "%s: %s\n", p.Name, r)
				}
			}
			return nil
		}}
}

// statusCommand returns the command status.
func (f *flags) statusCommand() *cobra.Command {
	return &cobra.Command{Use: "status", Args: noArgs, PreRunE: f.load,
		Short: "Say which patches are loaded, armed and applied",
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := live.Status()
			if err != nil {
				return err
			}
			if f.json {
				return printAll(f, list)
			}
			if len(list) == 0 {
				note("no patch is loaded")
			}
			for _, p := range list {
				by := ""
				if len(p.ArmedBy) > 0 {
					by = " by " + session.Plain(strings.Join(p.ArmedBy, ", "))
				}
				if p.Stuck {
					by += ", stuck: past its deadline, and the kernel does not try any more"
				}
				if p.Stays {
					by += ", stays loaded until the machine is booted again"
				}
				fmt.Fprintf(f.out, "%-24s %s%s\n", p.Name, p.State, by)
				if p.Problem != "" {
					fmt.Fprintf(f.out, "%-24s -> %s\n", "", p.Problem)
				}
			}
			return nil
		}}
}

// printAll prints each item as a line of JSON.
func printAll[T any](f *flags, list []T) error {
	enc := json.NewEncoder(f.out)
	enc.SetEscapeHTML(false)
	for _, item := range list {
		if err := enc.Encode(item); err != nil {
			return err
		}
	}
	return nil
}
