// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"
)

// readConfig reads the settings that the command line did not give from the configuration. The file may be missing
// unless --config or SPOTOS_CONFIG names it.
func (f *flags) readConfig(given map[string]bool) error {
	path, named := f.config, f.config != ""
	if !named {
		path = os.Getenv("SPOTOS_CONFIG")
		named = path != ""
	}
	if !named {
		path = configFile
	}
	var keys map[string]toml.Primitive
	meta, err := toml.DecodeFile(path, &keys)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil
	}
	for name, key := range keys {
		if err == nil {
			err = meta.PrimitiveDecode(key, &setting{f.settings.Lookup(name), given[name], f.settingNames()})
		}
	}
	var at toml.ParseError
	if errors.As(err, &at) {
		return fmt.Errorf("reading %s: line %d: %s: %s", path, at.Position.Line, at.LastKey, at.Message)
	}
	if err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	return nil
}

// settingNames returns the names of all settings, sorted.
func (f *flags) settingNames() []string {
	var names []string
	f.settings.VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
	return names
}

// setting is a key of the configuration. Each is decoded by itself, so that the library's error has its line.
type setting struct {
	flag  *pflag.Flag // nil: no setting has that name
	given bool        // on the command line, which overrides it; the value must be valid all the same
	known []string    // the names of all settings
}

// UnmarshalTOML sets the flag to value. The library calls it.
func (s *setting) UnmarshalTOML(value any) error {
	if s.flag == nil {
		return fmt.Errorf("no such key: the keys are %s", strings.Join(s.known, ", "))
	}
	before := s.flag.Value.String()
	if err := s.flag.Value.Set(fmt.Sprint(value)); err != nil {
		return fmt.Errorf("%v: %w", value, err)
	}
	if s.given {
		return s.flag.Value.Set(before)
	}
	return nil
}
