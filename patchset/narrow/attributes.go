// SPDX-License-Identifier: GPL-2.0-only

package narrow

import "strings"

// These are the attributes of which none makes the compiler keep what nobody uses, nor says anything about another
// function or variable. One that is not here has its function count as used.
var (
	headAttributes = names("access alloc_align alloc_size always_inline artificial assume_aligned cold const deprecated " +
		"error flatten format format_arg gnu_inline hot leaf malloc may_alias no_instrument_function " +
		"no_profile_instrument_function no_sanitize no_sanitize_address no_sanitize_thread no_sanitize_undefined " +
		"no_split_stack no_stack_protector noclone noinline nonnull noreturn nothrow packed pure returns_nonnull unused " +
		"warn_unused_result warning")
	bodyAttributes = names("address_space aligned cleanup designated_init error fallthrough may_alias mode noderef " +
		"nonstring noreturn packed section transparent_union unused vector_size warning")
)

func names(list string) map[string]bool {
	found := make(map[string]bool)
	for _, name := range strings.Fields(list) {
		found[name] = true
	}
	return found
}

func isAttribute(t token) bool {
	return t.kind == word && (t.text == "__attribute__" || t.text == "__attribute")
}

// harmless reports whether all attributes in a part of a function are among those allowed.
func harmless(tokens []token, allowed map[string]bool) bool {
	for i, t := range tokens {
		if t.kind == mark && t.text == "[" && i+1 < len(tokens) && tokens[i+1].kind == mark && tokens[i+1].text == "[" {
			return false // the attributes of a later C
		}
		if isAttribute(t) && !allowedGroup(tokens[i+1:], allowed) {
			return false
		}
	}
	return true
}

// allowedGroup reports whether the attributes between the two parentheses that follow are all allowed.
func allowedGroup(tokens []token, allowed map[string]bool) bool {
	if len(tokens) < 2 || tokens[0].text != "(" || tokens[1].text != "(" {
		return false
	}
	depth, first := 0, false
	for _, t := range tokens {
		switch {
		case t.kind == mark && t.text == "(":
			depth++
			first = depth == 2
		case t.kind == mark && t.text == ")":
			if depth--; depth == 0 {
				return true
			}
			first = false
		case t.kind == mark && t.text == "," && depth == 2:
			first = true
		case depth == 2 && first:
			name := strings.TrimSuffix(strings.TrimPrefix(t.text, "__"), "__")
			if t.kind != word || !allowed[name] {
				return false
			}
			first = false
		case depth < 2:
			return false
		}
	}
	return false
}
