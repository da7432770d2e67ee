// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Proof is what of an object is proved to be the kernel's code.
type Proof struct {
	Matches     []*Match      // the functions that are
	Differences []*Difference // and those that are not, each with its reason
}

// Function returns the match of a function, or the *Difference.
func (p *Proof) Function(name string) (*Match, error) {
	for _, m := range p.Matches {
		if m.Function.Name == name {
			return m, nil
		}
	}
	for _, d := range p.Differences {
		if d.Function == name {
			return nil, d
		}
	}
	return nil, fmt.Errorf("the object has no function %s: the compiler inlined it into its callers, or it is not "+
		"compiled in this configuration", name)
}

// prover tries the functions of one object.
type prover struct {
	object *Object
	code   *Code
	tried  []trial
}

// trial is one function, and the addresses where it could be.
type trial struct {
	function Function
	sure     bool     // the kernel has one function of that name, and no other file's may stand for it
	matches  []*Match // where its code is the same
	closest  *Difference
}

// Prove compares every function of an object with the code, at each address where the code has a function of that
// name. Of several that are the same, it takes the one that other functions of the object refer to, or the one that
// lies among them.
func (o *Object) Prove(code *Code) *Proof {
	p := &prover{object: o, code: code}
	for _, f := range o.functions {
		p.tried = append(p.tried, p.try(f))
	}
	p.narrow()
	p.place()
	proof := &Proof{}
	at := map[string]Implied{}
	for _, t := range p.tried {
		match, difference := t.decide(code)
		if difference == nil {
			difference = agree(code, match, at)
		}
		if difference != nil {
			proof.Differences = append(proof.Differences, difference)
			continue
		}
		proof.Matches = append(proof.Matches, match)
	}
	return proof
}

// try compares a function with all functions of its name.
func (p *prover) try(f Function) trial {
	t := trial{function: f}
	candidates := slices.DeleteFunc(p.code.Named(f.Name), func(s Symbol) bool { return !s.Text() })
	t.sure = len(candidates) == 1 && !f.Weak
	for _, s := range candidates {
		match, err := p.object.Match(f, p.code, s.Addr)
		if err == nil {
			t.matches = append(t.matches, match)
			continue
		}
		var d *Difference
		if errors.As(err, &d) && (t.closest == nil || d.Offset > t.closest.Offset) {
			t.closest = d
		}
	}
	return t
}

// decide returns the only match of a function, or why there is none.
func (t trial) decide(code *Code) (*Match, *Difference) {
	d := &Difference{Function: t.function.Name, Object: code.Object}
	switch {
	case len(t.matches) == 1:
		return t.matches[0], nil
	case len(t.matches) > 1:
		var at []string
		for _, m := range t.matches {
			at = append(at, fmt.Sprintf("%#x", m.Addr))
		}
		d.Reason = fmt.Sprintf("the kernel has the same code at %s, and nothing says which is meant", strings.Join(at, ", "))
		d.Mend = "patch its callers instead"
	case t.closest == nil:
		d.Reason = "there is no function of that name"
	default:
		d = t.closest
	}
	if t.function.Weak {
		d.Reason = "the kernel has another file's function, which overrides this weak one"
		d.Mend = "patch that one"
	}
	return nil, d
}

// agree adds what a match implies to what the object's other matches do, or says what they do not agree on.
func agree(code *Code, m *Match, at map[string]Implied) *Difference {
	for _, in := range m.Implied {
		if before, ok := at[in.Name]; ok && before.Addr != in.Addr {
			return &Difference{Function: m.Function.Name, Object: code.Object, Addr: m.Addr,
				Reason: fmt.Sprintf("%s must be at %#x, and other functions of the object have it at %#x", in.Name, in.Addr,
					before.Addr)}
		}
	}
	for _, in := range m.Implied {
		at[in.Name] = in
	}
	return nil
}
