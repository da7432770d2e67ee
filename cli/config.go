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

// readConfig sets what was not given. The file must be there only if it was named.
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

func (f *flags) settingNames() []string {
	var names []string
	f.settings.VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
	return names
}

// setting is a key of the configuration. Decoding it by itself makes the library tell the line of what is wrong.
type setting struct {
	flag  *pflag.Flag // nil: there is none of that name
	given bool        // on the command line, which goes first; the value must be right all the same
	known []string
}

// UnmarshalTOML sets the flag.
func (s *setting) UnmarshalTOML(value any) error {
	if s.flag == nil {
		return fmt.Errorf("no such key: there are %s", strings.Join(s.known, ", "))
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
