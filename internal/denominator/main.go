// SPDX-License-Identifier: GPL-2.0-only

// Command denominator says how many of a random sample of changes to the kernel's source become patches: of the files
// of C that a kernel of the lab is compiled of and that a newer version of Debian's source changes, each file's whole
// difference taken as one patch. It keeps a line of JSON for each file and goes on where it was stopped. `make
// denominator` runs it, loads what was made in the lab's VM, and writes the table in docs/denominator.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"spotos/patchset/fix"
	"spotos/patchset/fixes"
	"spotos/patchset/source"
)

// options are what the command line says.
type options struct {
	kernel, from, to, cache string
	dir                     string // where the records and the modules are kept
	symvers                 string
	again                   string // the kind of refusals that are tried again
	table                   string // the document to write; "": it is printed
	count, applied          int
	seed                    uint64
	load                    bool
	limit                   time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.kernel, "kernel", ".kernels/47", "directory of the kernel that is patched")
	flag.StringVar(&o.from, "from", "6.1.170-3", "version of the source that it was built from")
	flag.StringVar(&o.to, "to", "6.1.192-2", "version that has the changes")
	flag.StringVar(&o.cache, "cache", "/var/cache/spotos", "directory of the sources")
	flag.StringVar(&o.dir, "out", "build/denominator", "directory for the records and the modules")
	flag.StringVar(&o.symvers, "symvers", "", "Module.symvers of spotos.ko (default: below build)")
	flag.StringVar(&o.again, "again", "", "make those again that were refused for this kind of reason")
	flag.StringVar(&o.table, "table", "", "document to write the table into (default: standard output)")
	flag.IntVar(&o.count, "n", 200, "files in the sample")
	flag.IntVar(&o.applied, "applied", 30, "how many of those that load are applied and reverted")
	flag.Uint64Var(&o.seed, "seed", 13, "of the sample")
	flag.BoolVar(&o.load, "load", true, "load what was made in the lab's VM")
	flag.DurationVar(&o.limit, "limit", 90*time.Minute, "of the VM; what it has said until then is in the table")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "denominator:", err)
		os.Exit(1)
	}
}

// say prints a line about what goes on.
func say(line string) { fmt.Fprintln(os.Stderr, "denominator:", line) }

func run(ctx context.Context, o options) error {
	kernel, err := fix.FindKernel(o.kernel + string(filepath.Separator))
	if err != nil {
		return err
	}
	if o.symvers == "" {
		o.symvers = filepath.Join("build", kernel.Release, "Module.symvers.spotos")
	}
	if o.symvers, err = filepath.Abs(o.symvers); err != nil {
		return err
	}
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return err
	}
	store := &source.Store{Dir: o.cache, Say: say}
	pair := source.Pair{}
	for _, side := range []struct {
		version string
		source  **source.Source
	}{{o.from, &pair.Old}, {o.to, &pair.New}} {
		if *side.source, err = store.Get(ctx, side.version); err != nil {
			return err
		}
	}
	changed, err := fixes.Survey(ctx, store, pair, kernel.Headers)
	if err != nil {
		return err
	}
	sample := &sample{options: o, kernel: kernel, pair: pair, files: shuffled(changed, o.seed)}
	records, err := sample.build(ctx)
	if err != nil {
		return err
	}
	var l *loaded
	if o.load {
		if l, err = sample.loadAll(ctx, records); err != nil {
			return err
		}
	}
	return sample.writeTable(records, l)
}
