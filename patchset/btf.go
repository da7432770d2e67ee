// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"

	"github.com/cilium/ebpf/btf"

	"spotos/internal/kernelbtf"
)

// kernelBTF holds the type information of the kernel and its modules, each read when it is first asked for.
type kernelBTF struct {
	mu    sync.Mutex
	specs map[string]*btf.Spec
	errs  map[string]error

	facts    *kernelbtf.Facts
	factsErr error
	features map[string]string // values of those that were asked for
}

// describes returns what an object's BTF says of a function. The error is btf.ErrNotFound if that is nothing, and says
// why if it is not to be had, or stands there twice: of two static functions of one name.
func (k *Kernel) describes(object, function string) (*btf.Func, error) {
	fn, err := k.function(object, function)
	if errors.Is(err, btf.ErrMultipleMatches) {
		return nil, fmt.Errorf("the BTF of %s describes several functions of that name", object)
	}
	return fn, err
}

// function returns a function of an object. Of the types in its prototype the kinds and sizes are known.
func (k *Kernel) function(object, function string) (*btf.Func, error) {
	if k.live && object == VMLinux { // without reading all types of the kernel
		fn, err := kernelbtf.Function(function)
		if err == nil || errors.Is(err, btf.ErrNotFound) || errors.Is(err, btf.ErrMultipleMatches) {
			return fn, err
		}
	}
	k.btf.mu.Lock()
	defer k.btf.mu.Unlock()
	spec, err := k.spec(object)
	if err != nil {
		return nil, err
	}
	var fn *btf.Func
	err = kernelbtf.Unfold(func() error { return spec.TypeByName(function, &fn) })
	if err != nil && !errors.Is(err, btf.ErrNotFound) && !errors.Is(err, btf.ErrMultipleMatches) {
		err = fmt.Errorf("reading the BTF of %s: %w", object, err)
	}
	return fn, err
}

// btfErr says why an object's BTF cannot be read, nil if it can.
func (k *Kernel) btfErr(object string) error {
	if k.live && object == VMLinux && kernelbtf.Prepare() == nil {
		return nil
	}
	k.btf.mu.Lock()
	defer k.btf.mu.Unlock()
	_, err := k.spec(object)
	return err
}

// spec returns the BTF of an object. A module's continues the kernel's.
func (k *Kernel) spec(object string) (*btf.Spec, error) {
	if k.btf.specs == nil {
		k.btf.specs, k.btf.errs = make(map[string]*btf.Spec), make(map[string]error)
	}
	if spec, err := k.btf.specs[object], k.btf.errs[object]; spec != nil || err != nil {
		return spec, err
	}
	spec, err := k.loadSpec(object)
	k.btf.specs[object], k.btf.errs[object] = spec, err
	return spec, err
}

func (k *Kernel) loadSpec(object string) (*btf.Spec, error) {
	if k.live { // the probes are loaded with the same ones
		spec, err := kernelbtf.Types(object)
		if err != nil {
			return nil, fmt.Errorf("reading the BTF of %s: %w", object, err)
		}
		return spec, nil
	}
	var base *btf.Spec
	if object != VMLinux {
		var err error
		if base, err = k.spec(VMLinux); err != nil {
			return nil, err
		}
	}
	data, err := fs.ReadFile(k.root, path.Join("sys/kernel/btf", object))
	if err != nil {
		return nil, fmt.Errorf("reading the BTF of %s: %w", object, err)
	}
	var spec *btf.Spec
	if base == nil {
		spec, err = btf.LoadSpecFromReader(bytes.NewReader(data))
	} else {
		spec, err = btf.LoadSplitSpecFromReader(bytes.NewReader(data), base)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the BTF of %s: %w", object, err)
	}
	return spec, nil
}
