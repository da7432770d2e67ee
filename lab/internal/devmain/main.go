// SPDX-License-Identifier: GPL-2.0-only

// Command devmain is the lab alone.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"spotos/lab"
)

func main() {
	if lab.IsGuestInit() {
		lab.GuestInit()
	}
	cmd := &cobra.Command{Use: "spotos"}
	cmd.AddCommand(lab.Command())
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.Execute()
	if err == nil {
		return
	}
	var exit *lab.ExitError
	if !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "spotos:", err)
		os.Exit(2)
	}
	if exit.Err != nil {
		fmt.Fprintln(os.Stderr, "spotos:", exit.Err)
	}
	os.Exit(exit.Code)
}
