// SPDX-License-Identifier: GPL-2.0-only

// Command experiments applies patches below network servers under load, by SPOTOS and by its peers, again and again in
// random order, and makes tables and figures of what came out. It keeps each trial as soon as it is finished and goes
// on where it was stopped. `make experiments` runs it in the lab's VM; with -here it changes the machine it is on.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"spotos/lab/experiment"
)

// options are what the command line says.
type options struct {
	kernels    string
	names      string
	strategies string
	trials     int
	vms        int
	seed       uint64
	dir        string // of the results
	document   string // the tables' file; "": below dir
	here       bool
	report     bool
	vmFlags    []string // of spotos lab exec
}

func main() {
	var o options
	flag.StringVar(&o.kernels, "kernels", "6.12", "kernels of the lab")
	flag.StringVar(&o.names, "names", "", "servers, SERVER/PATCH, or growth, to try (default: all)")
	flag.StringVar(&o.strategies, "strategies", strings.Join(experiment.Strategies(), " "), "how to apply")
	flag.IntVar(&o.trials, "trials", 8, "trials of each server, patch and strategy; of some a third or a tenth")
	flag.IntVar(&o.vms, "vms", runtime.NumCPU(), "VMs that run side by side: each has one of this machine's processors")
	flag.Uint64Var(&o.seed, "seed", 14, "of the order")
	flag.StringVar(&o.dir, "out", "build/experiments", "directory of the results")
	flag.StringVar(&o.document, "tables", "", "file for the tables (default: tables.md beside the results)")
	flag.BoolVar(&o.here, "here", false, "patch this machine's kernel, not a VM's")
	flag.BoolVar(&o.report, "report", false, "only make tables and figures of what there is")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: experiments [flags] [-- flags of spotos lab exec]")
		flag.PrintDefaults()
	}
	flag.Parse()
	o.vmFlags = flag.Args()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "experiments:", err)
		os.Exit(1)
	}
}

// run runs what is left of the trials, and reports on all that is kept, also if some failed.
func run(ctx context.Context, o options) error {
	cases, err := chosen(strings.Fields(o.names))
	if err != nil {
		return err
	}
	strategies := strings.Fields(o.strategies)
	for _, s := range strategies {
		if !slices.Contains(experiment.Strategies(), s) {
			return fmt.Errorf("no strategy %q: there are %s", s, strings.Join(experiment.Strategies(), ", "))
		}
	}
	store, err := experiment.OpenStore(o.dir)
	if err != nil {
		return err
	}
	defer store.Close()
	plan := experiment.Plan(cases, strategies, o.trials, o.seed)
	var failed error
	if !o.report {
		failed = o.runAll(ctx, store, plan)
	}
	if len(store.Kept) == 0 {
		return errors.Join(failed, errors.New("no trial is finished: there is nothing to report on"))
	}
	return errors.Join(failed, report(store, o))
}

// growth is the name of all cases that show how things grow.
const growth = "growth"

// chosen returns the cases of these names, SERVER, SERVER/PATCH or growth; all for none.
func chosen(names []string) ([]experiment.Case, error) {
	all := slices.Concat(experiment.Cases(), experiment.Growth())
	if len(names) == 0 {
		return all, nil
	}
	var cases []experiment.Case
	for _, name := range names {
		if name == growth {
			cases = append(cases, experiment.Growth()...)
			continue
		}
		server, patch, one := strings.Cut(name, "/")
		i := slices.IndexFunc(all, func(c experiment.Case) bool { return c.Server == server })
		if i < 0 {
			return nil, fmt.Errorf("no server %q: docs/experiments.md has the list", server)
		}
		c := all[i]
		if one {
			c.Patches, c.Lesser, c.Ways = []string{patch}, nil, nil // any patch that is built can be tried
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// runAll runs what is left of the plan on each kernel.
func (o options) runAll(ctx context.Context, store *experiment.Store, plan []experiment.Trial) error {
	if o.here {
		var uts unix.Utsname
		if err := unix.Uname(&uts); err != nil {
			return fmt.Errorf("asking for the kernel's release: %w", err)
		}
		release := unix.ByteSliceToString(uts.Release[:])
		return o.runOn(ctx, store, job{release: release, trials: experiment.Left(plan, store.Done(release))})
	}
	var jobs []job
	kernels := strings.Fields(o.kernels)
	for _, kernel := range kernels {
		text, err := os.ReadFile(filepath.Join(".kernels", kernel, "release"))
		if err != nil {
			return fmt.Errorf("finding kernel %s: %w: make kernels fetches it", kernel, err)
		}
		release := strings.TrimSpace(string(text))
		left := built(experiment.Left(plan, store.Done(release)), filepath.Join("build", release))
		fmt.Fprintf(os.Stderr, "experiments: %s: %d trials are left\n", release, len(left))
		for _, trials := range split(left, max(1, o.vms/len(kernels))) {
			jobs = append(jobs, job{kernel, release, trials})
		}
	}
	errs := make([]error, len(jobs))
	free := make(chan struct{}, o.vms)
	var all sync.WaitGroup
	for i, j := range jobs {
		all.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			if ctx.Err() == nil {
				errs[i] = o.runOn(ctx, store, j)
			}
		})
	}
	all.Wait()
	return errors.Join(append(errs, ctx.Err())...)
}

// built returns those trials whose modules are in a directory. What a kernel does not let be replaced has none.
func built(trials []experiment.Trial, dir string) []experiment.Trial {
	return slices.DeleteFunc(trials, func(t experiment.Trial) bool {
		_, err := os.Stat(filepath.Join(dir, t.Module()))
		return err != nil
	})
}

// split cuts trials into as many parts of about the same length, in their order, without empty ones.
func split(trials []experiment.Trial, parts int) [][]experiment.Trial {
	length := max(1, (len(trials)+parts-1)/parts)
	return slices.Collect(slices.Chunk(trials, length))
}
