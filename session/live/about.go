// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"context"
	"encoding/hex"

	"spotos/patchset"
	"spotos/session"
)

// Describe says what a patch of the catalogue is, and how that fits the running kernel. It loads nothing. The error
// says that there is no such patch, or why the kernel cannot be read.
func (m *Machine) Describe(_ context.Context, name string) (session.About, error) {
	p, err := patchset.Find(m.catalogue(), name)
	if err != nil {
		return session.About{}, err
	}
	k, err := m.liveKernel()
	if err != nil {
		return session.About{}, err
	}
	now := askModule()
	k.Prefetch(now.dryRun == nil)
	return m.about(p, k, now), nil
}

// about describes a patch. That its diff cannot be read is a part of the answer.
func (m *Machine) about(p *patchset.Patch, k *patchset.Kernel, now loaded) session.About {
	a := session.About{Title: p.Title, Severity: p.Severity, References: p.References, Kernel: p.Release(),
		BuildID: p.BuildID, Modules: p.BuildIDs, Stays: p.Stays, ByHand: p.ByHand(), Author: p.Author, Builder: p.Builder,
		Sum: hex.EncodeToString(p.Sum[:]), DiffSum: p.DiffSum}
	a.Running, _ = k.BuildID() // where it cannot be read, a refusal says so
	carried, err := p.Carried()
	if err != nil {
		a.DiffWrong = err.Error()
	}
	a.Compiler, a.Diff = carried.Compiler, carried.Diff
	a.Signed, a.Signer = carried.Signed, carried.Signature.Signer
	m.judge(&a, p, k, now)
	return a
}

// judge adds what the kernel says to a patch. Of a patch for another kernel it says nothing of the functions: that this
// one has functions of those names means nothing.
func (m *Machine) judge(a *session.About, p *patchset.Patch, k *patchset.Kernel, now loaded) {
	state, here := now.state(p.Module), p.Release() == k.Release
	for _, f := range p.Functions {
		about := session.AboutFunction{Name: f.Full(), Object: f.Object, Replaced: state.Replaced()}
		if here && !k.HasModule(f.Object) {
			about.Refusals = []string{"module " + f.Object + " is not loaded"}
		}
		a.Functions = append(a.Functions, about)
	}
	missing, _ := p.Missing(k) // what is not known, a verdict says
	for _, module := range missing {
		if !m.brings(p, module) {
			a.Refusals = append(a.Refusals, p.Needs(module).String())
		}
	}
	for _, r := range patchset.Judge(p, k, now.owners()) {
		if here || r.Function == "" {
			sort(a, p, r, state.Armed() || state.Applied())
		}
	}
}

// sort puts a verdict where it belongs: to the patch, or to its functions of that name. switched: what would prevent a
// switch does not count, since it was armed or switched already. Of missing modules judge has spoken.
func sort(a *session.About, p *patchset.Patch, r patchset.Refusal, switched bool) {
	prevents := r.Kind == patchset.NoSwitch || r.Kind == patchset.Unknown
	if r.Kind == patchset.NoModule || prevents && switched {
		return
	}
	if r.Function == "" {
		if prevents {
			a.Refusals = append(a.Refusals, r.String())
		} else {
			a.Uncounted = append(a.Uncounted, r.String())
		}
		return
	}
	for i, f := range p.Functions {
		of := &a.Functions[i]
		switch {
		case f.Name != r.Function:
		case r.Kind == patchset.NoWatch:
			of.Uncounted = r.Why
		case r.Kind == patchset.Shared:
			of.Shared = r.Why
		default:
			of.Refusals = append(of.Refusals, r.String())
		}
	}
}
