// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"regexp"
	"slices"
	"strings"
)

// decorations are words with parentheses that stand beside a function's name and are not it.
var decorations = []string{
	"__attribute__", "__attribute", "__printf", "__scanf", "__acquires", "__releases", "__must_hold", "__cond_acquires",
	"__cond_releases", "__acquires_shared", "__releases_shared", "__must_hold_shared", "__aligned", "__section",
	"__alloc_size", "__realloc_size", "__nonnull", "__no_sanitize", "__malloc", "__alias", "__assume_aligned",
	"__diagnose_as", "typeof", "__typeof__", "typeof_unqual", "__target", "__returns_nonnull", "_Alignas", "__bpf_prog",
	"__no_context_analysis", "TARGET_ATTRIBUTE", "__guarded_by", "__weakref",
}

// plainWords may stand before a macro that makes the whole heading.
var plainWords = []string{"static", "inline", "extern", "__always_inline", "noinline", "asmlinkage", "__visible",
	"notrace", "noinstr", "__init", "__exit", "__cold", "__weak", "__maybe_unused", "__used", "__bpf_kfunc"}

// macroForm is a macro that may stand before a function without a semicolon behind it.
var macroForm = regexp.MustCompile(`^(?:[A-Z_][A-Z0-9_]*|[a-z]*_?initcall(?:_sync)?|module_(?:init|exit))$`)

// call is a word with the parentheses behind it.
type call struct{ word, end int } // indices of tokens: of the word, and of what follows the parentheses

// calls returns the words at a heading's outermost level that have parentheses, decorations left out.
func calls(item []token) []call {
	var out []call
	depth, from := 0, -1
	for i, t := range item {
		switch {
		case t.kind != mark:
		case t.text == "(":
			if depth == 0 && i > 0 && item[i-1].kind == word {
				from = i - 1
			}
			depth++
		case t.text == ")":
			depth--
			if depth == 0 && from >= 0 {
				if !slices.Contains(decorations, item[from].text) {
					out = append(out, call{from, i + 1})
				}
				from = -1
			}
		}
	}
	return out
}

// headed reports whether what stands before a brace is the heading of a function, and not of data or a type.
func headed(item []token) bool {
	depth := 0
	for _, t := range item {
		switch {
		case t.kind != mark:
		case t.text == "(":
			depth++
		case t.text == ")":
			depth--
		case t.text == "=" && depth == 0:
			return false
		}
	}
	return len(calls(item)) > 0
}

// heading reads a function's name out of what stands before its body. Macros without a semicolon that stand before it
// are left out.
func heading(item []token) Function {
	found := calls(item)
	for len(found) > 1 && found[0].word == 0 && macroForm.MatchString(item[0].text) {
		item = item[found[0].end:]
		found = calls(item)
	}
	f := Function{Start: item[0].at, Line: item[0].line}
	if len(found) == 0 {
		f.Name, f.Doubt = item[0].text, "its name is not to be found"
		return f
	}
	first := found[0]
	f.Name = item[first.word].text
	if inner := item[first.word+1:]; len(inner) > 3 && inner[1].text == "*" && inner[3].text == "(" {
		f.Name = inner[2].text // it returns a pointer to a function
		return f
	}
	if len(found) > 1 {
		f.Doubt = "its heading has several names with parentheses: " + item[found[1].word].text + " is one of them"
		return f
	}
	typed := slices.ContainsFunc(item[:first.word], func(t token) bool {
		return !slices.Contains(plainWords, t.text)
	})
	if arg := item[first.word+2]; !typed && arg.kind == word {
		f.Also = macroNames(f.Name, arg.text)
		f.Name += "(" + arg.text + ")"
	}
	return f
}

// Names returns what a function is called of which Changes has the name: that name, or, where a macro defines it, what
// the compiler makes of it.
func Names(function string) []string {
	macro, arg, is := strings.Cut(strings.TrimSuffix(function, ")"), "(")
	if !is {
		return []string{function}
	}
	return macroNames(macro, arg)
}

// macroNames returns the names that a macro of the kernel gives to the function with the body behind it.
func macroNames(macro, arg string) []string {
	switch {
	case strings.HasPrefix(macro, "SYSCALL_DEFINE"):
		return []string{arg, "sys_" + arg, "__do_sys_" + arg, "__se_sys_" + arg, "__x64_sys_" + arg}
	case strings.HasPrefix(macro, "COMPAT_SYSCALL_DEFINE"):
		return []string{"compat_sys_" + arg, "__do_compat_sys_" + arg, "__ia32_compat_sys_" + arg}
	case strings.HasPrefix(macro, "BPF_CALL_"):
		return []string{arg, "____" + arg}
	}
	return []string{arg}
}
