// SPDX-License-Identifier: GPL-2.0-only

package lab

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"spotos/lab/traffic"
	"spotos/lab/wire"
)

const codeRefused = 5

const trafficHelp = `Runs producers and consumers over loopback TCP, in blocking system calls on threads of their own.
Prints a line of JSON when all idle threads wait, and one with what was seen at the end. SIGUSR1, or
the line "wake" on --control, sends each idle thread one message; SIGTERM, SIGINT, the line "stop" or
--duration end it. Exits with 1 if a call was interrupted or a message was wrong.`

// trafficFlags holds the flags that describe the workload.
type trafficFlags struct{ traffic.Options }

func (f *trafficFlags) register(flags *pflag.FlagSet) {
	flags.IntVar(&f.Producers, "producers", 1, "threads that send")
	flags.IntVar(&f.Busy, "busy", 3, "consumers that get a message each interval")
	flags.IntVar(&f.Idle, "idle", 1, "consumers that wait for good")
	flags.IntVar(&f.Acceptors, "acceptors", 1, "threads that wait in accept(2) for good")
	flags.StringVar(&f.Style, "function-style", traffic.StyleRecv, "what consumers wait in: recv or accept")
	flags.DurationVar(&f.Interval, "interval", 100*time.Millisecond, "time from one message to a consumer to its next")
	flags.BoolVar(&f.Spread, "spread", false, "let each producer vary the interval by up to a half, on its own")
	flags.DurationVar(&f.Work, "work", 10*time.Millisecond,
		"time a consumer spends on a message, outside the receive call")
}

// commandLine returns the command that runs this workload in the guest, nil if there is nothing to run.
func (f *trafficFlags) commandLine() []string {
	if f.Busy+f.Idle+f.Acceptors == 0 {
		return nil
	}
	return []string{
		"spotos", "lab", "traffic", "--control=/run/traffic",
		fmt.Sprintf("--producers=%d", f.Producers), fmt.Sprintf("--busy=%d", f.Busy),
		fmt.Sprintf("--idle=%d", f.Idle), fmt.Sprintf("--acceptors=%d", f.Acceptors),
		"--function-style=" + f.Style, "--interval=" + f.Interval.String(), "--work=" + f.Work.String(),
		fmt.Sprintf("--spread=%t", f.Spread),
	}
}

func trafficCommand() *cobra.Command {
	var flags trafficFlags
	var duration time.Duration
	var control, cgroup string
	var here bool
	cmd := &cobra.Command{
		Use:   "traffic",
		Short: "Run the workload, inside the VM",
		Long:  trafficHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if os.Getenv(wire.InitEnv) != "1" && !here {
				return &ExitError{codeRefused, errors.New("refusing to load this machine: traffic is for the VM; --here runs it " +
					"all the same")}
			}
			if here && !cmd.Flags().Changed("cgroup") {
				cgroup = "" // it belongs to the VM, not to this machine
			}
			if cgroup != "" {
				if err := traffic.JoinCgroup(cgroup); err != nil {
					return &ExitError{1, err}
				}
			}
			if err := runTraffic(cmd.OutOrStdout(), flags.Options, duration, control); err != nil {
				return &ExitError{1, err}
			}
			return nil
		},
	}
	flags.register(cmd.Flags())
	cmd.Flags().DurationVar(&duration, "duration", 0, "end after this time (default: never)")
	cmd.Flags().StringVar(&control, "control", "",
		"take orders from this `FIFO`, made if missing, or from - (standard input)")
	cmd.Flags().StringVar(&cgroup, "cgroup", "traffic",
		"`name` of a cgroup to move into, so that the workload can be frozen alone; '' for none")
	cmd.Flags().BoolVar(&here, "here", false, "run outside the VM too")
	return cmd
}

// runTraffic runs the workload until an order, a signal or the end of its time stops it.
func runTraffic(out io.Writer, options traffic.Options, duration time.Duration, control string) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)
	orders, err := openOrders(control)
	if err != nil {
		return err
	}
	workload, err := traffic.Start(options)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(out)
	if err := lines.Encode(traffic.Ready{Ready: true, PID: os.Getpid(), Style: options.Style,
		Threads: workload.Threads}); err != nil {
		return fmt.Errorf("reporting that the traffic runs: %w", err)
	}
	var end <-chan time.Time
	if duration > 0 {
		end = time.After(duration)
	}
	conduct(workload, signals, orders, end)
	summary := workload.Stop()
	if err := lines.Encode(summary); err != nil {
		return fmt.Errorf("reporting what the traffic saw: %w", err)
	}
	if summary.Failed() {
		return errors.New("running traffic: some calls were interrupted, or messages were wrong: the last line on " +
			"standard output counts them")
	}
	return nil
}

// conduct carries out signals and orders until one of them, or the end of the time, stops the run.
func conduct(workload *traffic.Workload, signals <-chan os.Signal, orders <-chan string, end <-chan time.Time) {
	for {
		select {
		case s := <-signals:
			if s != syscall.SIGUSR1 {
				return
			}
			workload.Wake()
		case order := <-orders:
			switch order {
			case "wake":
				workload.Wake()
			case "stop":
				return
			default:
				fmt.Fprintf(os.Stderr, "spotos: no order %q: there are wake and stop\n", order)
			}
		case <-end:
			return
		}
	}
}

// openOrders returns the lines of a FIFO or of standard input; nil for none.
func openOrders(path string) (<-chan string, error) {
	if path == "" {
		return nil, nil
	}
	file := os.Stdin
	if path != "-" {
		if err := syscall.Mkfifo(path, 0o600); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, fmt.Errorf("making the control FIFO %s: %w", path, err)
		}
		// Open for writing too, so that there is no end of file when a writer leaves.
		var err error
		if file, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
			return nil, fmt.Errorf("opening the control FIFO: %w", err)
		}
	}
	orders := make(chan string)
	go func() {
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			orders <- lines.Text()
		}
	}()
	return orders, nil
}
