// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"embed"
	"errors"
	"os"
	"path/filepath"
	"text/template"

	"spotos/patchset"
)

//go:embed skeleton
var skeleton embed.FS

// exampleFiles returns a patch that builds as it is and changes /proc/version.
func exampleFiles(name string) (map[string][]byte, error) {
	return patchFiles(name, "example.c.tmpl", struct{ Name string }{name})
}

// patchFiles returns the files of a patch of that name, whose source is made from a template.
func patchFiles(name, source string, data any) (map[string][]byte, error) {
	templates, err := template.ParseFS(skeleton, "skeleton/*")
	if err != nil {
		return nil, err
	}
	module := patchset.ModuleName(name)
	files := map[string][]byte{"spotos_patch.h": patchset.Header}
	for _, part := range []struct {
		from, to string
		data     any
	}{{source, module + ".c", data}, {"Makefile.tmpl", "Makefile", struct{ Module string }{module}}} {
		var text bytes.Buffer
		if err := templates.ExecuteTemplate(&text, part.from, part.data); err != nil {
			return nil, err
		}
		files[part.to] = text.Bytes()
	}
	return files, nil
}

// writeFiles makes a directory with these files. It overwrites none, and if it fails none of them is left.
func writeFiles(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var made []string
	for name, data := range files {
		path := filepath.Join(dir, name)
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err == nil {
			made = append(made, path)
			_, err = file.Write(data)
			err = errors.Join(err, file.Close())
		}
		if err != nil {
			for _, path := range made {
				os.Remove(path)
			}
			return err
		}
	}
	return nil
}

// printFile prints the name of a file that the command made.
func (f *flags) printFile(name string) {
	if f.json {
		_ = printAll(f, []map[string]string{{"file": name}}) // f.out keeps the error
		return
	}
	_, _ = f.out.Write([]byte(name + "\n"))
}
