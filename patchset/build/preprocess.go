// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"
)

// Preprocessed is what the preprocessor made of a file.
type Preprocessed struct {
	Text   string
	MadeOf []string // the files that it read, as MadeOf returns them
	Err    error    // why there is none; a *CompileError where the compiler or make refused it
}

// Preprocess has the preprocessor make of some files what the compiler would see, with all options that each would be
// compiled with. of names the tree, and the rules for all of them. When ctx ends it kills make and all that make
// started. Nothing of it stays beside the source.
func Preprocess(ctx context.Context, of Source, files []string) ([]Preprocessed, error) {
	sources := make([]Source, len(files))
	var args []string
	var err error
	for i, file := range files {
		s := of
		s.File, s.ending = file, ".i"
		if sources[i], err = s.checked(); err != nil {
			return nil, err
		}
		if err := sources[i].clean(); err != nil {
			return nil, err
		}
		if args == nil {
			if args, err = sources[i].args(); err != nil {
				return nil, err
			}
			args = append(args, "-k", "-j", strconv.Itoa(max(1, runtime.NumCPU()/2)))
		}
		args = append(args, sources[i].target())
	}
	output, failed := sources[0].run(ctx, "make", args...)
	var full *FullError
	if ctx.Err() != nil || errors.As(failed, &full) {
		return nil, failed
	}
	made := make([]Preprocessed, len(files))
	for i, s := range sources {
		made[i] = s.preprocessed(output, failed)
		if err := s.clean(); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// preprocessed reads what make has made of one file. failed is how make ended, for whichever file.
func (s Source) preprocessed(output string, failed error) (p Preprocessed) {
	text, err := os.ReadFile(s.object())
	if err == nil {
		if p.MadeOf, err = s.MadeOf(); err == nil {
			err = s.unmixed(output)
		}
	}
	var compiler *CompileError
	switch {
	case errors.Is(err, fs.ErrNotExist) && errors.As(failed, &compiler):
		p.Err = &CompileError{s.File, compiler.Reason, compiler.Output}
	case err != nil:
		p.Err = fmt.Errorf("preprocessing %s: %w", s.File, err)
	default:
		p.Text = string(text)
	}
	return p
}
