// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// A task can call itself anything, escape sequences included, and a recording may come from anywhere. So
// whatever comes from outside is made plain where it comes in, and nothing behind that has to think of it.

// plain returns s without escape sequences and control characters.
func plain(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, ansi.Strip(s))
}

func plainList(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = plain(s)
	}
	return out
}

func plainHolders(list []session.Holder) []session.Holder {
	out := make([]session.Holder, len(list))
	for i, h := range list {
		h.Comm, h.State, h.Function, h.Doubt = plain(h.Comm), plain(h.State), plain(h.Function), plain(h.Doubt)
		h.Stack = plainList(h.Stack)
		out[i] = h
	}
	return out
}

// plainEvent returns the event with all its texts plain.
func plainEvent(event session.Event) session.Event {
	switch e := event.(type) {
	case session.Started:
		e.Patch, e.Host, e.Kernel, e.Note = plain(e.Patch), plain(e.Host), plain(e.Kernel), plain(e.Note)
		e.State, e.Functions = session.State(plain(string(e.State))), plainList(e.Functions)
		return e
	case session.Sampled:
		e.State = session.State(plain(string(e.State)))
		functions := make([]session.FunctionSample, len(e.Functions))
		for i, f := range e.Functions {
			f.Name, f.Doubt = plain(f.Name), plain(f.Doubt)
			functions[i] = f
		}
		e.Functions, e.Holders = functions, plainHolders(e.Holders)
		return e
	case session.Attempted:
		e.Cause, e.Holders = plain(e.Cause), plainHolders(e.Holders)
		return e
	case session.Stuck:
		e.Reason, e.Holders = plain(e.Reason), plainHolders(e.Holders)
		return e
	case session.Aborted:
		e.Reason = plain(e.Reason)
		return e
	case session.Nudged:
		e.How, e.LeftOut = plain(e.How), plainList(e.LeftOut)
		return e
	case session.Failed:
		e.Reason = plain(e.Reason)
		return e
	case session.Result:
		e.Outcome, e.Reason = session.Outcome(plain(string(e.Outcome))), plain(e.Reason)
		return e
	}
	return event
}

func plainPatches(list []session.PatchInfo) []session.PatchInfo {
	out := make([]session.PatchInfo, len(list))
	for i, p := range list {
		p.Name, p.Title, p.Severity, p.File, p.Look = plain(p.Name), plain(p.Title), plain(p.Severity), plain(p.File), plain(p.Look)
		p.State = session.State(plain(string(p.State)))
		p.References, p.Functions, p.Refusals = plainList(p.References), plainList(p.Functions), plainList(p.Refusals)
		out[i] = p
	}
	return out
}

func plainCapabilities(c session.Capabilities) session.Capabilities {
	c.Host, c.Kernel, c.Notes = plain(c.Host), plain(c.Kernel), plainList(c.Notes)
	return c
}
