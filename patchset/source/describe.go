// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"slices"
	"strings"
)

// keywords are words that no item defines.
var keywords = []string{"auto", "bool", "char", "const", "double", "enum", "extern", "float", "inline", "int", "long",
	"register", "short", "signed", "static", "struct", "typedef", "union", "unsigned", "void", "volatile", "__packed",
	"packed", "__rcu", "__user", "__iomem", "__percpu"}

// piece is why it is not known who uses a row of a table or a statement.
const piece = "it is a piece of what another file begins"

// describe finds out what the item of some tokens defines. outer are those outside its braces.
func describe(all, outer []token, body bool) item {
	var x item
	for _, t := range all { // also those within it
		if t.kind == directive {
			x.addDirective(t)
		}
	}
	if len(outer) == 0 {
		return x
	}
	found := calls(outer)
	switch first := outer[0].text; {
	case outer[0].kind != word || first[0] >= '0' && first[0] <= '9' || len(outer) > 1 && outer[1].text == "=":
		x.wild = piece
	case body:
		x.function(outer)
	case len(found) > 0 && found[0].word == 0:
		x.wild = first + "() makes names that are not known"
	case isForward(all):
	case len(found) > 0 && len(all) == len(outer) && first != "typedef":
		x.names = append(x.names, prototype(outer, found)...)
	default:
		x.names = append(x.names, declared(all)...)
	}
	return x
}

// addDirective adds what a line of the preprocessor does.
func (x *item) addDirective(t token) {
	switch keyword := t.keyword(); keyword {
	case "define", "undef":
		parts := words(t)
		if len(parts) < 2 {
			return
		}
		at := slices.Index(parts, keyword)
		if at+1 < len(parts) {
			x.names = append(x.names, parts[at+1])
		}
		x.macro = keyword == "define"
		if x.macro {
			x.paste(t.text)
		}
	case "include", "include_next":
		_, x.include, _ = strings.Cut(t.text, keyword)
		x.include = strings.TrimSpace(x.include)
	case "pragma":
		x.wild = "a #pragma changes what stands behind it"
	}
}

// paste notes the pieces of names in a macro: words beside ##, and such as foo_ and _bar, which it may hand to another
// macro that has the ##. What the macro's user gives is none.
func (x *item) paste(text string) {
	_, body, _ := strings.Cut(text, x.names[len(x.names)-1])
	given := make(map[string]bool)
	if strings.HasPrefix(body, "(") {
		var params string
		params, body, _ = strings.Cut(body, ")")
		for _, w := range words(token{kind: directive, text: params}) {
			given[w] = true
		}
	}
	x.given = given
	parts := strings.Split(body, "##")
	x.pastes = x.pastes || len(parts) > 1
	for i, part := range parts {
		in := words(token{kind: directive, text: part})
		for j, w := range in {
			beside := i > 0 && j == 0 || i+1 < len(parts) && j+1 == len(in)
			if !given[w] && (beside || strings.HasPrefix(w, "_") || strings.HasSuffix(w, "_")) {
				x.pieces = append(x.pieces, w)
			}
		}
	}
}

// function adds the name of a function's definition.
func (x *item) function(outer []token) {
	heading := outer[:len(outer)-1]
	if i := slices.IndexFunc(outer, func(t token) bool { return t.text == "{" }); i > 0 {
		heading = outer[:i]
	}
	f := headingOf(heading)
	x.names = append(append(x.names, f.Name), f.Also...)
	inline := slices.ContainsFunc(heading, func(t token) bool {
		return strings.Contains(t.text, "inline") && !strings.Contains(t.text, "noinline")
	})
	switch {
	case f.Doubt != "" || len(f.Also) > 0:
		x.wild = "its name " + f.Name + " is not certain"
	case !inline:
		x.wild = f.Name + "() is not inline, so that each file has it"
	}
}

// headingOf is heading for what may be no function after all.
func headingOf(item []token) Function {
	if len(calls(item)) == 0 {
		return Function{Name: item[0].text, Doubt: "its name is not to be found"}
	}
	return heading(item)
}

// isForward reports whether an item says only that there is a type: struct sock;.
func isForward(all []token) bool {
	return len(all) == 3 && slices.Contains([]string{"struct", "union", "enum"}, all[0].text) && all[2].text == ";"
}

// prototype returns the names of a declaration of functions.
func prototype(outer []token, found []call) []string {
	var names []string
	for _, c := range found {
		names = append(names, outer[c.word].text)
	}
	for i, t := range outer { // a pointer to a function
		if t.text == "*" && i > 0 && outer[i-1].text == "(" && i+1 < len(outer) && outer[i+1].kind == word {
			names = append(names, outer[i+1].text)
		}
	}
	return names
}

// declared returns the names that a declaration of types or data defines: tags, members, values, variables. What an
// initializer has is not among them.
func declared(all []token) []string {
	var names []string
	brace := 0
	for i := 0; i < len(all); i++ {
		t := all[i]
		next := ";"
		if i+1 < len(all) {
			next = all[i+1].text
		}
		switch {
		case t.text == "{":
			brace++
		case t.text == "}":
			brace--
		case t.text == "=" && brace == 0:
			return names
		case t.text == "(" && i > 0 && all[i-1].text == ")": // parameters
			i = closing(all, i)
		case t.kind != word || slices.Contains(keywords, t.text) || t.text[0] >= '0' && t.text[0] <= '9':
		case strings.Contains(";,:[)=}", next), next == "{":
			names = append(names, t.text)
		}
	}
	return names
}

// closing returns the index of the parenthesis that closes the one at an index, or the last token's.
func closing(all []token, at int) int {
	depth := 0
	for i := at; i < len(all); i++ {
		switch all[i].text {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(all) - 1
}
