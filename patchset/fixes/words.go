// SPDX-License-Identifier: GPL-2.0-only

package fixes

import (
	"math"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"spotos/patchset/source"
)

var (
	identifier = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)
	// prefixForm is what stands before a colon at a title's beginning, such as "net: bridge".
	prefixForm = regexp.MustCompile(`^(?:Revert ")?((?:[A-Za-z0-9_.+/,&*-]+(?: [A-Za-z0-9_.+/,&-]+){0,2}: )+)`)
)

// calledHere are words of titles and what directories are called instead.
var calledHere = map[string]string{
	"alsa": "sound", "asoc": "soc", "wifi": "wireless", "cifs": "smb", "ksmbd": "server", "rdma": "infiniband",
	"ib": "infiniband", "eth": "ethernet", "vlan": "8021q", "dm": "md", "raid": "md", "pm": "power", "perf": "events",
	"genirq": "irq", "uvcvideo": "uvc", "ftrace": "trace", "tracing": "trace",
}

// subsystems are what titles call some directories whose paths do not say so.
var subsystems = map[string]string{"usb audio": "sound/usb/", "driver core": "drivers/base/"}

// outside begins titles of changes to what no kernel is built from.
var outside = []string{"arm", "arm64", "dts", "dt", "documentation", "docs", "kbuild", "kunit", "maintainers", "mips",
	"objtool", "parisc", "perf", "powerpc", "riscv", "s390", "samples", "scripts", "selftests", "sparc", "tools"}

// common are words of titles that say nothing of a place.
var common = []string{"fix", "use", "after", "free", "the", "and", "for", "not", "add", "check", "when", "with", "from",
	"null", "leak", "memory", "error", "path", "avoid", "prevent", "missing", "race", "handle", "remove", "set", "get",
	"data", "bounds", "out", "read", "write", "before", "into", "between", "pointer", "return", "value", "size", "check",
	"handling", "potential", "possible", "dereference", "make", "only", "over", "under", "state", "list", "init", "new"}

// wordsOf returns the words in a text, in small letters: "qla2x00_do_dport" has three.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// title is a changelog's title taken apart.
type title struct {
	prefix [][]string // the words of each part that ends in a colon
	body   []string   // words behind them
	names  []string   // what may be functions
}

func titleOf(text string) title {
	var t title
	if form := prefixForm.FindStringSubmatch(text); form != nil {
		for _, part := range strings.Split(strings.TrimSuffix(form[1], ": "), ": ") {
			if words := wordsOf(part); len(words) > 0 {
				t.prefix = append(t.prefix, words)
			}
		}
		text = text[len(form[0]):]
	}
	if len(t.prefix) > 0 && slices.Contains(outside, t.prefix[0][0]) {
		return title{}
	}
	for _, at := range identifier.FindAllStringIndex(text, -1) {
		name := text[at[0]:at[1]]
		if strings.HasPrefix(text[at[1]:], "(") || strings.Contains(name[1:], "_") {
			t.names = append(t.names, name)
		}
	}
	for _, w := range wordsOf(text) {
		if len(w) > 2 && !slices.Contains(common, w) && !slices.Contains(t.body, w) {
			t.body = append(t.body, w)
		}
	}
	return t
}

// index answers which of the files that differ have to do with words.
type index struct {
	files     []File
	functions map[string][]int   // a function that differs, to files
	places    []map[string]bool  // the words of each file's path
	words     []map[string]bool  // those, and the words of its functions that differ
	at        map[string][]int   // a word of a path, to files
	with      map[string][]int   // a word of words, to files
	weight    map[string]float64 // of a word: how few files have it
}

func newIndex(files []File) *index {
	x := &index{files: files, functions: make(map[string][]int), at: make(map[string][]int),
		with: make(map[string][]int), weight: make(map[string]float64)}
	for i := range files {
		x.add(i)
	}
	for w, in := range x.with {
		x.weight[w] = math.Log(float64(len(files)) / float64(len(in)))
	}
	return x
}

// add takes a file in.
func (x *index) add(i int) {
	f := &x.files[i]
	place, all := make(map[string]bool), make(map[string]bool)
	for _, w := range wordsOf(strings.TrimSuffix(f.Path, path.Ext(f.Path))) {
		place[w], all[w] = true, true
	}
	for _, function := range f.Functions() {
		for _, name := range source.Names(function) {
			if in := x.functions[name]; !slices.Contains(in, i) {
				x.functions[name] = append(in, i)
			}
			for _, w := range wordsOf(name) {
				all[w] = true
			}
		}
	}
	x.places, x.words = append(x.places, place), append(x.words, all)
	for w := range place {
		x.at[w] = append(x.at[w], i)
	}
	for w := range all {
		x.with[w] = append(x.with[w], i)
	}
}

// Functions returns the names of all functions of the file that differ, are new or gone, as the source has them.
func (f *File) Functions() []string {
	c := f.Changes
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(c.Bodies, c.Heads, c.New, c.Gone))))
}
