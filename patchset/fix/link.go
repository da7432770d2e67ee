// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"spotos/internal/ko"
	"spotos/patchset"
	"spotos/patchset/build"
	"spotos/patchset/proof"
	"spotos/patchset/source"
)

// list is the C file that makes a patch of the objects.
var list = template.Must(template.New("list").Funcs(template.FuncMap{"quote": quote}).Parse(
	`// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
{{.Hold}}
#include "spotos_patch.h"
{{range $i, $f := .Functions}}
extern void replacement_{{$i}}(void) __asm__("{{$f.Symbol}}");{{end}}
{{range .Pins}}
extern char {{.}}[];
static const void *const keep_{{.}} __used = {{.}}; /* its module stays loaded */
{{end}}
{{range .Originals}}
extern char {{.}}[];{{end}}
{{if .Originals}}SPOTOS_ORIGINALS({{range $i, $o := .Originals}}{{if $i}}, {{end}}{{$o}}{{end}});
{{end}}SPOTOS_PATCH_AT({{if .Stays}}SPOTOS_PATCH_STAYS{{else}}0{{end}}, {{range $i, $f := .Functions}}{{if $i}},
	{{end}}SPOTOS_FUNC{{if $f.Position}}_AT{{end}}({{$f.Object}}, {{$f.Name}}, ` +
		`{{if $f.Position}}{{$f.Position}}, {{end}}replacement_{{$i}}){{end}});
SPOTOS_TITLE({{quote .Title}});
{{if .Severity}}SPOTOS_SEVERITY({{quote .Severity}});
{{end}}{{range .References}}SPOTOS_REFERENCE({{quote .}});
{{end}}{{range .Namespaces}}MODULE_IMPORT_NS({{.}});
{{end}}MODULE_DESCRIPTION({{quote .Title}});
MODULE_INFO(spotos_build_id, "{{.BuildID}}");
{{range $module, $id := .Builds}}MODULE_INFO(spotos_build_id_of, "{{$module}}={{$id}}");
{{end}}{{range .Stays}}MODULE_INFO(spotos_stays, {{quote .}});
{{end}}MODULE_INFO(spotos_diff_sha256, "{{.Sum}}");
{{if .Builder}}MODULE_INFO(spotos_built_by, {{quote .Builder}});
{{end}}MODULE_INFO(` + ko.SealKey + `, "` + ko.NoSeal + `");
`))

// quote writes a text as a string of C on one line.
func quote(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, b := range []byte(text) {
		switch {
		case b == '"' || b == '\\':
			out.Write([]byte{'\\', b})
		case b < ' ' || b == 0x7f:
			out.WriteByte(' ')
		case b == '?' || b >= 0x80: // a trigraph, or not ASCII
			fmt.Fprintf(&out, `\%03o`, b)
		default:
			out.WriteByte(b)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// link has kbuild link the module, puts the diff into it, and makes the references late that it cannot resolve.
func (m *maker) link(ctx context.Context) error {
	m.say("linking")
	dir := filepath.Join(m.dir, "module")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	name := strings.TrimSuffix(filepath.Base(m.Out), ".ko")
	if err := m.writeParts(dir, name); err != nil {
		return fmt.Errorf("linking the patch: %w", err)
	}
	// modpost only warns of symbols that it does not know: those are made late below, and any other is refused there.
	output, err := build.Run(ctx, dir, "make", "-C", m.Kernel.Headers, "M="+dir,
		"KBUILD_EXTRA_SYMBOLS="+strings.Join(m.Symvers, " "), "KBUILD_MODPOST_WARN=1", "modules")
	if err != nil {
		return fmt.Errorf("linking the patch: %w\n%s", err, output)
	}
	linked := filepath.Join(dir, name+".ko")
	output, err = build.Run(ctx, dir, "objcopy", "--strip-debug", "--add-section", patchset.DiffSection+"=fix.diff.gz",
		"--add-section", proof.Section+"=originals.tar.gz", linked)
	if err != nil {
		return fmt.Errorf("putting the diff and the originals into the patch: %w\n%s", err, output)
	}
	data, err := os.ReadFile(linked)
	if err != nil {
		return err
	}
	if data, err = build.MakeLate(data, m.late()); err != nil {
		return err
	}
	if err := ko.Seal(data); err != nil {
		return err
	}
	if err := os.WriteFile(linked, data, 0o644); err != nil {
		return err
	}
	if _, err := patchset.Read(linked); err != nil {
		return fmt.Errorf("what was made is no patch: %w", err)
	}
	return source.WriteWhole(m.Out, func(file *os.File) error {
		_, err := file.Write(data)
		return errors.Join(err, file.Sync())
	})
}

// originals returns for each function the symbol that stands for its original. Its module is kept loaded, see
// resolveAll. Livepatch finds originals by name, and needs none.
func (m *maker) originals() []string {
	if m.Livepatch {
		return nil
	}
	names := make([]string, len(m.result.Functions))
	for i := range m.result.Functions {
		names[i] = fmt.Sprintf("original_%d", i)
	}
	return names
}

// late returns the symbols that the kernel's loader is to find: those that the code refers to, and the originals.
func (m *maker) late() map[string]build.Target {
	all := maps.Clone(m.targets)
	for i, name := range m.originals() {
		f := m.result.Functions[i]
		all[name] = build.Target{Object: f.Object, Name: f.Name, Position: f.Position}
	}
	return all
}

// shipped returns kbuild's rules for the objects that are there already. It has one for all files NAME_shipped, which
// since 6.13 applies to none in a module's own directory.
func shipped(parts []string) string {
	var rules strings.Builder
	for _, part := range parts[1:] {
		fmt.Fprintf(&rules, "$(obj)/%s: $(src)/%s_shipped\n\tcp $< $@\n", part, part)
	}
	return rules.String()
}

// writeParts writes what kbuild links.
func (m *maker) writeParts(dir, name string) error {
	sum := sha256.Sum256([]byte(m.Diff))
	var text bytes.Buffer
	hold, err := Hold(slices.Sorted(slices.Values(m.held)))
	if err != nil {
		return err
	}
	err = list.Execute(&text, struct {
		Result
		About
		Originals    []string
		Pins, Builds map[string]string
		Hold         string
		Namespaces   []string
		BuildID, Sum string
	}{m.result, m.About, m.originals(), m.pins, m.builds, hold,
		slices.Sorted(maps.Keys(m.namespaces)), m.kernel.BuildID, fmt.Sprintf("%x", sum)})
	if err != nil {
		return err
	}
	header := patchset.Header
	if m.Livepatch {
		header = patchset.LivepatchHeader
	}
	files := map[string][]byte{"list.c": text.Bytes(), "spotos_patch.h": header}
	parts := []string{"list.o"}
	for i, t := range m.taken {
		part := fmt.Sprintf("part%d.o", i+1)
		parts = append(parts, part)
		if files[part+"_shipped"], err = t.Object.Bytes(); err != nil {
			return err
		}
		files["."+part+".cmd"] = nil // modpost wants to read one beside every object
	}
	files["Kbuild"] = fmt.Appendf(nil, "obj-m := %s.o\n%s-y := %s\n%s", name, name, strings.Join(parts, " "),
		shipped(parts))
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write([]byte(m.Diff)); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	files["fix.diff.gz"] = packed.Bytes()
	if files["originals.tar.gz"], err = proof.Pack(m.origins); err != nil {
		return err
	}
	for file, data := range files {
		if err := os.WriteFile(filepath.Join(dir, file), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
