// SPDX-License-Identifier: GPL-2.0-only

package fixes

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"spotos/patchset/kbuild"
	"spotos/patchset/source"
)

// keptForm is in the name of what is kept; it is raised when File or what fills it changes.
const keptForm = 1

// kept is the file in the cache that has a survey; "" if it cannot be said of which sources it would be.
type kept string

// keptAt returns where a survey is kept: by the two versions and by the kernel's configuration.
func keptAt(cache string, pair source.Pair, headers string) (kept, error) {
	if pair.Old.Version == "" || pair.New.Version == "" {
		return "", nil
	}
	config, err := os.ReadFile(filepath.Join(headers, kbuild.ConfigFile))
	if err != nil {
		return "", fmt.Errorf("reading the kernel's configuration: %w: the package linux-headers-RELEASE has it", err)
	}
	name := fmt.Sprintf("%s_%s_%x_%d.json.gz", pair.Old.Version, pair.New.Version, sha256.Sum256(config), keptForm)
	return kept(filepath.Join(cache, "fixes", name)), nil
}

// read returns what is kept. The error wraps fs.ErrNotExist if nothing is, or if it is not whole.
func (k kept) read() ([]File, error) {
	if k == "" {
		return nil, fs.ErrNotExist
	}
	file, err := os.Open(string(k))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var files []File
	plain, err := gzip.NewReader(file)
	if err == nil {
		err = json.NewDecoder(plain).Decode(&files)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, plain) // to its checksum
	}
	if err != nil {
		return nil, fmt.Errorf("%s is damaged (%w): %w", k, err, fs.ErrNotExist)
	}
	return files, nil
}

// write keeps a survey.
func (k kept) write(files []File) error {
	if k == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(string(k)), 0o755); err != nil {
		return fmt.Errorf("keeping what differs: %w", err)
	}
	return source.WriteWhole(string(k), func(file *os.File) error {
		packed := gzip.NewWriter(file)
		return errors.Join(json.NewEncoder(packed).Encode(files), packed.Close())
	})
}
