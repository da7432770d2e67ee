// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Keep returns what make makes of the source, from the cache if it was made before under that name. Whoever changes
// what make makes has to change the name. Of a directory that a person gave nothing is kept.
func (s *Source) Keep(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error) {
	if s.dir == "" {
		return make()
	}
	file := filepath.Join(s.dir, name)
	data, err := os.ReadFile(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	if data, err = make(); err != nil {
		return nil, err
	}
	unlock, err := s.store.lock(ctx, s.dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return data, WriteWhole(file, func(out *os.File) error {
		_, err := out.Write(data)
		return err
	})
}
