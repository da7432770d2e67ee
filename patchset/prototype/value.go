// SPDX-License-Identifier: GPL-2.0-only

package prototype

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Value is what a function is to return, as a person wrote it.
type Value struct {
	text   string // as C has it
	kind   kind
	number int64 // of a number, the error of errno and errPtr
}

// kind is what sort of value it is.
type kind string

const (
	nothing kind = "nothing"
	number  kind = "a number"
	truth   kind = "true or false"
	errno   kind = "an error"
	null    kind = "NULL"
	errPtr  kind = "a pointer that is an error"
	word    kind = "a word" // the name of a constant of an enumeration
)

// Void is the word for returning nothing.
const Void = "void"

// forms says which values there are.
const forms = "write an error such as -EOPNOTSUPP, a number, true or false, NULL, ERR_PTR:-EIO for a function that " +
	"returns a pointer, or void for one that returns nothing"

// errnos are the numbers of errors that programs may see, by the names that the kernel has for them.
var errnos = func() map[string]int64 {
	all := map[string]int64{"EOPNOTSUPP": int64(unix.EOPNOTSUPP), "EWOULDBLOCK": int64(unix.EWOULDBLOCK)}
	for e := unix.Errno(1); e < 134; e++ {
		if name := unix.ErrnoName(e); name != "" && name != "ENOTSUP" { // which only the C library has
			all[name] = int64(e)
		}
	}
	return all
}()

// ParseValue reads a value to return: -ENAME, a number, true, false, NULL, ERR_PTR:-ENAME, void, or the name of an
// enumeration's constant.
func ParseValue(s string) (Value, error) {
	switch s {
	case Void:
		return Value{kind: nothing}, nil
	case "true", "false":
		return Value{text: s, kind: truth}, nil
	case "NULL":
		return Value{text: s, kind: null}, nil
	}
	if inner, ok := errPointer(s); ok {
		e, err := parseErrno(inner)
		return Value{text: "ERR_PTR(" + inner + ")", kind: errPtr, number: e}, err
	}
	if strings.HasPrefix(s, "-E") {
		e, err := parseErrno(s)
		return Value{text: s, kind: errno, number: e}, err
	}
	if n, err := strconv.ParseInt(s, 0, 64); err == nil && n != math.MinInt64 { // of which C makes an unsigned one
		return Value{text: strconv.FormatInt(n, 10), kind: number, number: n}, nil
	}
	if _, is := errnos[s]; is {
		return Value{}, fmt.Errorf("%s is no error to return: the kernel's are negative, write -%s", s, s)
	}
	if identifier(s) {
		return Value{text: s, kind: word}, nil
	}
	return Value{}, fmt.Errorf("%q is no value to return: %s", s, forms)
}

// errPointer returns the error in ERR_PTR:-ENAME or ERR_PTR(-ENAME).
func errPointer(s string) (string, bool) {
	rest, ok := strings.CutPrefix(s, "ERR_PTR")
	if !ok {
		return "", false
	}
	if inner, ok := strings.CutPrefix(rest, ":"); ok {
		return inner, true
	}
	inner, begins := strings.CutPrefix(rest, "(")
	inner, ends := strings.CutSuffix(inner, ")")
	return inner, begins && ends
}

// parseErrno returns the number, below 0, of an error such as -EIO.
func parseErrno(s string) (int64, error) {
	name, minus := strings.CutPrefix(s, "-")
	e, known := errnos[name]
	if !minus || !known {
		return 0, fmt.Errorf("%q is no error that a program may see: write one of errno(3) with a minus, such as "+
			"-EOPNOTSUPP or -EPERM", s)
	}
	return -e, nil
}

func identifier(s string) bool {
	for i, c := range s {
		letter := c == '_' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// String returns the value as a sentence can have it.
func (v Value) String() string {
	if v.kind == nothing {
		return "nothing"
	}
	return v.text
}
