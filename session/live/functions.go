// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"spotos/internal/safego"
	"spotos/patchset"
	"spotos/session"
)

// Watch starts to count calls of functions of the running kernel. Each name is a function, or a patch of the catalogue,
// which stands for all of its functions. Watch needs no module, loads none and keeps no journal; the operation can only
// watch. When ctx ends nothing stays attached. The error is a *session.Refusal that names every function that it does
// not find. Close the operation.
func (m *Machine) Watch(ctx context.Context, names []string, opts session.OpenOptions) (session.Operation, error) {
	if err := onlyPart(); err != nil {
		return nil, err
	}
	opts.Step("reading what the kernel is made of")
	k, err := m.liveKernel()
	if err != nil {
		return nil, err
	}
	now := askModule()
	k.Prefetch(now.dryRun == nil)
	found, err := locate(k, m.catalogue(), names, now.owners())
	if err != nil {
		return nil, &session.Refusal{Reason: err.Error()}
	}
	o := &operation{m: m, p: &patchset.Patch{Functions: found}, opts: opts, devErr: errOnlyWatched,
		events: make(chan session.Event, 256), done: make(chan struct{}), inspector: newInspector()}
	for _, f := range found {
		o.names = append(o.names, f.Name)
	}
	o.kernel = k
	if now.err != nil {
		return nil, &session.Refusal{Reason: now.err.Error()}
	}
	if o.watch, err = attach(ctx, k, o.targets(now.replacements()), opts); err != nil {
		return nil, err
	}
	o.emit(session.Started{Head: o.head(session.KindStarted), Host: m.host, Kernel: m.release, State: o.state(),
		Functions: o.names})
	safego.Go(&o.wg, "sampler", o.sampleLoop)
	return o, nil
}

// errOnlyWatched is the devErr of an operation that Watch returned.
var errOnlyWatched = errors.New("these functions are only watched: open a patch to switch them")

// HasPatch reports whether the catalogue has a patch of that name.
func (m *Machine) HasPatch(name string) bool {
	_, err := patchset.Find(m.catalogue(), name)
	return err == nil
}

// catalogue returns the patches that can be read; none if the directory cannot be read, so that every name is a
// function's.
func (m *Machine) catalogue() []*patchset.Patch {
	patches, _ := patchset.Dir(m.opts.Patches)
	return patches
}

// noPatches returns the error for an empty catalogue. err is the cause, nil if the directory has no patch in it.
func (m *Machine) noPatches(err error) error {
	const do = "name the catalogue's directory with --patches, or copy modules of patches into it"
	if err == nil {
		return fmt.Errorf("no patch in %s: %s", m.opts.Patches, do)
	}
	return fmt.Errorf("no patch in %s: %w: %s", m.opts.Patches, err, do)
}

// locate returns the functions that names stand for, each once. The error names every name that it does not find.
func locate(k *patchset.Kernel, patches []*patchset.Patch, names []string,
	owners patchset.Owners) ([]patchset.Function, error) {
	var found []patchset.Function
	var errs []error
	add := func(f patchset.Function) {
		f.Replacement = ""
		if !slices.Contains(found, f) {
			found = append(found, f)
		}
	}
	for _, name := range names {
		if p, err := patchset.Find(patches, name); err == nil {
			for _, f := range p.Functions { // a patch says which object each is in
				add(f)
			}
			continue
		}
		f, err := k.Locate(name, owners)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		add(f)
	}
	return found, errors.Join(errs...)
}
