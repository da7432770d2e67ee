// SPDX-License-Identifier: GPL-2.0-only

package proof

import (
	"context"
	"fmt"
	"io/fs"

	"spotos/internal/ko"
	"spotos/patchset"
	"spotos/patchset/running"
)

// Report is what came out when a proof was repeated. It is proved if there are no refusals.
type Report struct {
	Functions int  // compiled from the original source that equal the kernel's code
	Symbols   int  // that are not exported and that the patch refers to, each where the proved code has it
	ByName    int  // the same that no proved code refers to: the only global one of its name, or what an author chose
	Hidden    bool // the kernel hides addresses, so that its table of symbols was compared by names alone
	Refusals  []patchset.Refusal
}

// Repeat proves again that the source of a patch's fix is the code of a kernel, and that each symbol which the patch
// finds by its position is the one that this code refers to. Of a patch by hand that uses what is not exported it only
// looks whether the symbols are there. root has the kernel's files, as a machine has them: boot, lib/modules, sys. It
// reads them, which takes seconds.
//
// It returns nil, and no error, for a patch by hand that uses exports only, of which there is nothing to prove, and for
// one of another release, which is none of this kernel's anyhow.
//
// say hears what is done, in a few words; it may be nil. The error is that of ctx, or of reading the patch itself.
func Repeat(ctx context.Context, p *patchset.Patch, k *patchset.Kernel, root fs.FS, say func(step string)) (*Report,
	error) {
	if p.BuildID == "" || p.Release() != k.Release {
		return nil, nil
	}
	data, err := p.Code()
	if err != nil {
		return nil, err
	}
	file, err := ko.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading patch %s: %w", p.Path, err)
	}
	if say == nil {
		say = func(string) {}
	}
	r := &repeater{patch: p, kernel: k, root: root, say: say, codes: map[string]*running.Code{},
		shifts: map[string]shift{}}
	if !p.ByHand() {
		r.originals(ctx, file)
	}
	if len(r.Refusals) == 0 && ctx.Err() == nil {
		if !p.ByHand() {
			r.functions()
		}
		say("looking up the symbols that are not exported")
		r.late(file)
	}
	return &r.Report, ctx.Err()
}

// repeater repeats one patch's proof.
type repeater struct {
	Report
	patch  *patchset.Patch
	kernel *patchset.Kernel
	root   fs.FS
	say    func(step string)
	codes  map[string]*running.Code // by object; nil for one that cannot be read, which has been refused
	proved []proved
	shifts map[string]shift
}

// proved is what of one file is proved to be the code of an object.
type proved struct {
	*running.Proof
	code *running.Code
}

func (r *repeater) refuse(kind patchset.Kind, function, why, do string) {
	r.Refusals = append(r.Refusals, patchset.Refusal{Kind: kind, Function: function, Why: why, Do: do})
}

// rebuild says what to do about a patch whose source is not this kernel's.
const rebuild = "build it again on this machine: spotos patch build"

// originals proves the files that the patch carries.
func (r *repeater) originals(ctx context.Context, file *ko.File) {
	_, packed, err := file.Content(Section)
	var list []Original
	if err == nil {
		list, err = unpack(packed)
	}
	if err != nil {
		r.refuse(patchset.Unknown, "", fmt.Sprintf("whether the source of %s is the code of this kernel is unknown: it "+
			"carries no originals: %v", r.patch.Name, err), rebuild)
		return
	}
	for i, o := range list {
		if ctx.Err() != nil {
			return
		}
		object, err := running.ParseObject(o.Data)
		if err != nil {
			r.refuse(patchset.Unknown, "", fmt.Sprintf("the original of %s that %s carries cannot be read: %v", o.File,
				r.patch.Name, err), rebuild)
			continue
		}
		if code := r.code(o.Object); code != nil {
			r.say(fmt.Sprintf("comparing %s with the kernel's code, file %d of %d", o.File, i+1, len(list)))
			r.prove(o, object, code)
		}
	}
}

// prove compares all functions of a file. One that is other code shows that the source is another one, whichever
// functions the patch replaces.
func (r *repeater) prove(o Original, object *running.Object, code *running.Code) {
	proof := object.Prove(code)
	r.Functions += len(proof.Matches)
	for _, d := range proof.Differences {
		if d.Reason == "" {
			r.refuse(patchset.NoSwitch, d.Function, fmt.Sprintf("the original source of %s is not the code of this kernel: "+
				"%s", o.File, d.What()), rebuild)
			return
		}
	}
	r.proved = append(r.proved, proved{proof, code})
}

// functions looks for each function that the patch replaces: it must be proved, and be the one of its name that is
// meant.
func (r *repeater) functions() {
	for _, f := range r.patch.Functions {
		match, why := r.match(f)
		if match == nil {
			r.refuse(patchset.NoSwitch, f.Name, why, rebuild)
			continue
		}
		r.listed(r.codes[f.Object], f.Name, match.Addr)
	}
}

// match returns the proved function that one of the patch stands for, or why there is none.
func (r *repeater) match(f patchset.Function) (match *running.Match, why string) {
	why = fmt.Sprintf("%s of %s is in none of the original files that the patch carries", f.Name, f.Object)
	for _, p := range r.proved {
		if p.code.Object != f.Object {
			continue
		}
		for _, d := range p.Differences {
			if d.Function == f.Name {
				why = d.What()
			}
		}
		for _, m := range p.Matches {
			if m.Function.Name != f.Name {
				continue
			}
			position, err := p.code.Position(f.Name, m.Addr)
			switch {
			case err != nil:
				why = err.Error()
			case position != f.Position:
				why = fmt.Sprintf("the patch replaces %s, and the proved code is number %d of that name in %s", f.Full(),
					position, f.Object)
			default:
				return m, ""
			}
		}
	}
	return nil, why
}
