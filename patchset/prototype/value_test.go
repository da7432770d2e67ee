// SPDX-License-Identifier: GPL-2.0-only

package prototype

import (
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
)

var values = []struct {
	value   string
	returns btf.Type
	want    string // the statement
	why     string // or what is said in its place
}{
	{"-EOPNOTSUPP", num, "return -EOPNOTSUPP;", ""},
	{"-EWOULDBLOCK", num, "return -EWOULDBLOCK;", ""},
	{"-EPERM", &btf.Typedef{Name: "ssize_t", Type: &btf.Int{Name: "long int", Size: 8, Encoding: btf.Signed}},
		"return -EPERM;", ""},
	{"0", num, "return 0;", ""},
	{"0x10", num, "return 16;", ""},
	{"2147483648", num, "", "returns int, which cannot be 2147483648: write a number that it can be"},
	{"NULL", num, "", "returns int and not NULL: write a number, or an error such as -EOPNOTSUPP"},
	{"true", num, "", "returns int and not true"},
	{"void", num, "", "returns int and not nothing"},
	{"-EOPNOTSUPP", &btf.Int{Name: "signed char", Size: 1, Encoding: btf.Signed}, "return -EOPNOTSUPP;", ""},
	{"-ECONNABORTED", ulong, "return -ECONNABORTED;", ""},
	{"-EIO", &btf.Typedef{Name: "size_t", Type: ulong}, "",
		"returns size_t, which has no negative numbers, so -EIO would be a large one"},
	{"-1", ulong, "", "returns unsigned long, which cannot be -1"},
	{"false", truths, "return false;", ""},
	{"1", truths, "return 1;", ""},
	{"-EPERM", truths, "", "returns bool and not -EPERM: write true or false: any error would be true"},
	{"NULL", pointer(sock), "return NULL;", ""},
	{"ERR_PTR:-EIO", pointer(sock), "return ERR_PTR(-EIO);", ""},
	{"ERR_PTR(-EIO)", &btf.Typedef{Name: "handle", Type: pointer(void)}, "return ERR_PTR(-EIO);", ""},
	{"-EIO", pointer(sock), "", "returns a pointer and not -EIO: write NULL, or ERR_PTR:-EIO if its callers look for"},
	{"0", pointer(sock), "", "returns a pointer and not 0: write NULL"},
	{"ERR_PTR:-EIO", num, "", "returns int and not ERR_PTR(-EIO), which is a pointer"},
	{"void", void, "", ""},
	{"0", void, "", "returns nothing and not 0: write void"},
	{"BUSY", state, "return 3; /* BUSY */", ""},
	{"3", state, "return 3;", ""},
	{"2", state, "", "returns enum state and not 2: write one of IDLE, BUSY"},
	{"-EPERM", state, "", "returns enum state and not -EPERM: write one of IDLE, BUSY"},
	{"BUSY", num, "", "returns int and not BUSY"},
	{"0", pair, "", "returns a struct, of which no value can be given: write its patch by hand"},
}

// TestValueFits returns values of every kind from functions of every type.
func TestValueFits(t *testing.T) {
	for _, c := range values {
		v, err := ParseValue(c.value)
		if err != nil {
			t.Errorf("%s: %v", c.value, err)
			continue
		}
		why, do := v.Fits(function(c.returns))
		if c.why != "" {
			if said := why + ": " + do; why == "" || !strings.HasPrefix(said, c.why) {
				t.Errorf("%s for %v: %q\nwant %q", c.value, c.returns, said, c.why)
			}
			continue
		}
		if got := v.Statement(function(c.returns)); why != "" || got != c.want {
			t.Errorf("%s for %v: %q, %s, want %q", c.value, c.returns, got, why, c.want)
		}
	}
}

// TestParseValueRefused names what is no value.
func TestParseValueRefused(t *testing.T) {
	for value, want := range map[string]string{
		"EPERM":                "the kernel's are negative, write -EPERM",
		"-ENOTSUPP":            `"-ENOTSUPP" is no error that a program may see`,
		"-ERESTARTSYS":         `"-ERESTARTSYS" is no error`,
		"-ENOTSUP":             `"-ENOTSUP" is no error`, // which the kernel's headers do not have
		"ERR_PTR:EIO":          `"EIO" is no error`,
		"ERR_PTR(-EIO":         `is no value`,
		"3.5":                  `"3.5" is no value to return: write an error such as`,
		"":                     `"" is no value`,
		"0; panic(\"x\")":      "is no value",
		"99999999999999999999": "is no value",
	} {
		if v, err := ParseValue(value); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v\nwant %s", value, v, err, want)
		}
	}
}
