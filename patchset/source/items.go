// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"slices"
	"strings"
)

// item is what stands at a file's outermost level: a declaration, a definition or a line of the preprocessor.
type item struct {
	key     string // its text with the conditionals around it: of two versions the same if nothing differs
	when    string // the conditionals around it
	tokens  []token
	words   []string        // all that it and those conditionals mention, each once
	names   []string        // what it defines
	macro   bool            // it is a macro's definition
	pastes  bool            // one that makes names of pieces, itself or by way of another
	pieces  []string        // words that may be the beginning or end of a name that it makes
	given   map[string]bool // the parameters of a macro
	include string          // what it includes, as written
	wild    string          // why it is not known by which names others use it; "" if it is known
}

// itemizer cuts a text into items.
type itemizer struct {
	out          []item
	all, outer   []token // of the item that has begun: all tokens, and those outside its braces
	brace, paren int
	body         bool   // it is a function's
	doubt        bool   // its braces are not to be followed
	when         []when // the conditionals that are open
	text         string
}

// when is a conditional of the preprocessor that is open.
type when struct {
	text         string // of all of its lines so far
	live         bool   // what stands in it is C, and may be compiled
	brace, paren int    // open where it began
	first        *[2]int
}

// itemize returns the items of a text. Where branches of conditionals open braces of their own, each branch is read
// from the same beginning.
func itemize(text string) []item {
	z := &itemizer{text: text}
	for _, t := range code(text) {
		switch {
		case t.kind == directive:
			z.directive(t)
		case len(z.when) == 0 || z.when[len(z.when)-1].live:
			z.take(t)
		default:
			z.all = append(z.all, t) // not C, or never compiled
		}
	}
	z.doubt = z.doubt || len(z.outer) > 0 // it has no end here
	z.end()
	return z.out
}

// directive takes a line of the preprocessor: a conditional, or an item of its own.
func (z *itemizer) directive(t token) {
	keyword := t.keyword()
	n := len(z.when) - 1
	inside := len(z.all) > 0 && n >= -1 && (n < 0 || z.when[n].live)
	if inside {
		z.all = append(z.all, t)
	}
	switch {
	case strings.HasPrefix(keyword, "if"):
		z.when = append(z.when, when{text: t.text, live: (n < 0 || z.when[n].live) && !slices.Contains(notC, t.text),
			brace: z.brace, paren: z.paren})
	case strings.HasPrefix(keyword, "el") && n >= 0:
		z.branch(t, n)
	case keyword == "endif" && n >= 0:
		if !z.when[n].live {
			z.dead()
		}
		if first := z.when[n].first; first != nil {
			z.brace, z.paren = first[0], first[1]
		}
		z.when = z.when[:n]
	case !inside:
		if n >= 0 && !z.when[n].live {
			z.dead()
		}
		z.all = append(z.all, t)
		z.end()
	}
}

// notC are conditionals in which nothing stands for a compiler of C.
var notC = []string{"#if 0", "#ifdef __cplusplus", "#if defined(__cplusplus)", "#ifdef __ASSEMBLY__",
	"#ifdef __ASSEMBLER__", "#if defined(__ASSEMBLY__)", "#if defined(__ASSEMBLER__)"}

// branch begins another branch of a conditional.
func (z *itemizer) branch(t token, n int) {
	w := &z.when[n]
	if !w.live {
		z.dead()
	} else if w.first == nil {
		w.first = &[2]int{z.brace, z.paren}
	}
	z.brace, z.paren = w.brace, w.paren
	w.live = n == 0 || z.when[n-1].live
	if slices.Contains([]string{"#ifndef __ASSEMBLY__", "#ifndef __ASSEMBLER__"}, w.text) {
		w.live = false
	}
	w.text += " " + t.text
}

// dead ends an item of what is not C. It is wild if it may be assembly: nobody looks into that.
func (z *itemizer) dead() {
	if z.brace > 0 || z.paren > 0 || len(z.outer) > 0 {
		return // within an item
	}
	forAssembly := func(w when) bool { return strings.Contains(w.text, "ASSEMBL") }
	if len(z.all) > 0 && slices.ContainsFunc(z.when, forAssembly) {
		z.emit(item{wild: "it changes something for assembly"})
	}
	z.reset()
}

// take takes a token of C.
func (z *itemizer) take(t token) {
	if z.invoked(t) {
		z.end()
	}
	z.all = append(z.all, t)
	if z.brace == 0 {
		z.outer = append(z.outer, t)
	}
	switch t.text {
	case "(", "[":
		z.paren++
	case ")", "]":
		z.paren = max(0, z.paren-1)
	case "{":
		if z.brace == 0 && z.paren == 0 {
			z.body = headed(z.outer)
		}
		z.brace++
	case "}":
		z.brace = max(0, z.brace-1)
		if first := t.at == 0 || z.text[t.at-1] == '\n'; first && (z.brace > 0 || z.paren > 0) {
			z.doubt, z.brace, z.paren = true, 0, 0
		}
		if z.brace == 0 && z.paren == 0 && z.body {
			z.end()
		}
	case ";":
		if z.brace == 0 && z.paren == 0 {
			z.end()
		}
	}
}

// invoked reports whether what stands before a token is a macro's use, alone and without a semicolon.
func (z *itemizer) invoked(t token) bool {
	if z.brace > 0 || z.paren > 0 || len(z.outer) < 3 || t.kind != word || z.outer[0].kind != word {
		return false
	}
	last := z.outer[len(z.outer)-1]
	found := calls(z.outer)
	return last.text == ")" && t.line > last.line && len(found) == 1 && found[0].word == 0 && found[0].end == len(z.outer)
}

func (z *itemizer) reset() {
	z.all, z.outer, z.brace, z.paren, z.body, z.doubt = nil, nil, 0, 0, false, false
}

// end emits the item that has come to its end, if one has begun.
func (z *itemizer) end() {
	if len(z.all) == 0 || len(z.all) == 1 && z.all[0].text == ";" {
		z.reset()
		return
	}
	x := describe(z.all, z.outer, z.body)
	if z.doubt && x.wild == "" {
		x.wild = piece
	}
	z.emit(x)
	z.reset()
}

// emit gives an item what all items have.
func (z *itemizer) emit(x item) {
	var key strings.Builder
	for _, w := range z.when {
		x.when += w.text + "\n"
		x.words = append(x.words, words(token{kind: directive, text: w.text})...)
	}
	for _, t := range z.all {
		key.WriteString(t.text + " ")
		for _, w := range words(t) {
			if len(z.all) > 1 || !x.given[w] { // a parameter hides what has its name
				x.words = append(x.words, w)
			}
		}
	}
	x.key, x.tokens = x.when+key.String(), z.all
	slices.Sort(x.words)
	x.words = slices.Compact(x.words)
	z.out = append(z.out, x)
}
