// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The names of tasks and patches can contain anything, escape sequences included, and a recording may come from
// anywhere. Code that prints such texts makes them plain where they enter, with one of these functions, and can forget
// about it afterwards.

// Plain returns s on one line, without anything that would steer a terminal: white space becomes a space, and any other
// character that cannot be printed becomes a question mark.
func Plain(s string) string { return printable(s, "") }

// PlainLines is Plain for a text of several lines: it keeps newlines and tabs.
func PlainLines(s string) string { return printable(s, "\n\t") }

func printable(s, keep string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(keep, r) || unicode.IsPrint(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return '?'
	}, s)
}

// Escaped is PlainLines for a text of which each byte matters, as of a diff: what cannot be printed is written as C
// writes it, \x1b or \u202e.
func Escaped(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && r != '\t' && (r >= 0x7f || r < ' ') }) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size <= 1, r < ' ' && r != '\n' && r != '\t':
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n' || r == '\t' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		i += size
	}
	return b.String()
}

func plainWord[T ~string](word T) T { return T(Plain(string(word))) }

func plainList(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = Plain(s)
	}
	return out
}

func plainHolders(list []Holder) []Holder {
	out := make([]Holder, len(list))
	for i, h := range list {
		h.Comm, h.State, h.Function, h.Doubt = Plain(h.Comm), Plain(h.State), Plain(h.Function), Plain(h.Doubt)
		h.Stack = plainList(h.Stack)
		out[i] = h
	}
	return out
}

// PlainEvent returns the event with all texts in it plain.
func PlainEvent(event Event) Event {
	switch e := event.(type) {
	case Started:
		e.Head, e.Host, e.Kernel, e.Note = plainHead(e.Head), Plain(e.Host), Plain(e.Kernel), Plain(e.Note)
		e.State, e.Functions = plainWord(e.State), plainList(e.Functions)
		if e.About != nil {
			about := PlainAbout(*e.About)
			e.About = &about
		}
		return e
	case Sampled:
		return plainSample(e)
	case Armed:
		e.Head, e.Direction, e.Strategy = plainHead(e.Head), plainWord(e.Direction), plainWord(e.Strategy)
		e.Nudge, e.By = Plain(e.Nudge), Plain(e.By)
		return e
	case SafePoint:
		e.Head = plainHead(e.Head)
		return e
	case Attempted:
		e.Head, e.Cause, e.Holders = plainHead(e.Head), Plain(e.Cause), plainHolders(e.Holders)
		return e
	case Switched:
		e.Head = plainHead(e.Head)
		return e
	case Stuck:
		e.Head, e.Direction = plainHead(e.Head), plainWord(e.Direction)
		e.Reason, e.Holders, e.Details = Plain(e.Reason), plainHolders(e.Holders), plainDetails(e.Details)
		return e
	case Aborted:
		e.Head, e.Reason = plainHead(e.Head), Plain(e.Reason)
		return e
	case Nudged:
		e.Head, e.How, e.LeftOut = plainHead(e.Head), Plain(e.How), plainList(e.LeftOut)
		e.Notices, e.Groups = plainList(e.Notices), plainGroups(e.Groups)
		return e
	case Noted:
		e.Head, e.Text = plainHead(e.Head), Plain(e.Text)
		return e
	case Failed:
		e.Head, e.Reason = plainHead(e.Head), Plain(e.Reason)
		return e
	case Result:
		e.Head, e.Outcome, e.Strategy = plainHead(e.Head), plainWord(e.Outcome), plainWord(e.Strategy)
		e.Reason, e.Holders, e.Details = Plain(e.Reason), plainHolders(e.Holders), plainDetails(e.Details)
		return e
	}
	return event
}

func plainHead(h Head) Head {
	h.Kind, h.Patch = plainWord(h.Kind), Plain(h.Patch)
	return h
}

func plainSample(e Sampled) Sampled {
	e.Head, e.State = plainHead(e.Head), plainWord(e.State)
	e.ArmedBy, e.Preparing = Plain(e.ArmedBy), Plain(e.Preparing)
	e.Forecast.Unknown, e.Forecast.Held = Plain(e.Forecast.Unknown), Plain(e.Forecast.Held)
	functions := make([]FunctionSample, len(e.Functions))
	for i, f := range e.Functions {
		f.Name, f.Doubt = Plain(f.Name), Plain(f.Doubt)
		functions[i] = f
	}
	if e.Replaced != nil {
		seen := *e.Replaced
		seen.Unknown = Plain(seen.Unknown)
		e.Replaced = &seen
	}
	e.Functions, e.Holders, e.Programs = functions, plainHolders(e.Holders), plainPrograms(e.Programs)
	e.Groups, e.Details = plainHolderGroups(e.Groups), plainDetails(e.Details)
	return e
}

// PlainPatches returns the list with all texts in it plain.
func PlainPatches(list []PatchInfo) []PatchInfo {
	out := make([]PatchInfo, len(list))
	for i, p := range list {
		p.Name, p.Title, p.Severity = Plain(p.Name), Plain(p.Title), Plain(p.Severity)
		p.File, p.Look = Plain(p.File), Plain(p.Look)
		p.State = plainWord(p.State)
		p.References, p.Functions, p.Refusals = plainList(p.References), plainList(p.Functions), plainList(p.Refusals)
		out[i] = p
	}
	return out
}

// PlainCapabilities returns c with all texts in it plain.
func PlainCapabilities(c Capabilities) Capabilities {
	c.Host, c.Kernel, c.Notes = Plain(c.Host), Plain(c.Kernel), plainList(c.Notes)
	return c
}
