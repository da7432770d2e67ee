// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// errEnough ends a stream early, without an error.
var errEnough = errors.New("seen enough")

// maxWindow bounds the memory that a packed file may ask for, in bytes. Debian packs the kernel's source with 64 MiB.
const maxWindow = 256 << 20

// stream hands the files of a kernel's source to each, in their order, with their paths in the tree. packed is a
// tarball or a linux-source package of Debian; of a package its changelog is handed over too, packed as it is, before
// the files. It ends without an error if each returns errEnough.
func stream(ctx context.Context, packed string, changelog func(io.Reader) error, each visit) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	file, err := os.Open(packed)
	if err != nil {
		return fmt.Errorf("opening the source: %w", err)
	}
	defer file.Close()
	magic := make([]byte, 8)
	if _, err := file.ReadAt(magic, 0); err != nil {
		return fmt.Errorf("reading %s: %w", packed, err)
	}
	if string(magic) == "!<arch>\n" {
		err = streamPackage(ctx, packed, changelog, each)
	} else {
		err = streamTarball(ctx, file, each)
	}
	switch {
	case errors.Is(err, errEnough):
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("unpacking %s: %w", packed, err)
	}
	return nil
}

// visit is called for each file and symbolic link. It need not read all of a file.
type visit func(header *tar.Header, file string, content io.Reader) error

// streamPackage finds the changelog and the tarball in a package.
func streamPackage(ctx context.Context, packed string, changelog func(io.Reader) error, each visit) error {
	out, err := pipe(ctx, nil, "dpkg-deb", "--fsys-tarfile", packed)
	if err != nil {
		return err
	}
	defer out.Close()
	found := false
	for members := tar.NewReader(out); ; {
		header, err := members.Next()
		if errors.Is(err, io.EOF) {
			_, _ = io.Copy(io.Discard, out) // what pads it
			if err := out.end(); err != nil || found {
				return err
			}
			return errors.New("it has no linux-source-*.tar.xz: take Debian's package linux-source-SERIES")
		}
		if err != nil {
			return errors.Join(err, out.end())
		}
		switch name := path.Base(header.Name); {
		case name == "changelog.Debian.gz":
			err = changelog(members)
		case strings.HasPrefix(name, "linux-source-") && strings.Contains(name, ".tar."):
			found = true
			err = streamTarball(ctx, members, each)
		}
		if err != nil {
			return err
		}
	}
}

// streamTarball reads a tarball, packed in any usual way.
func streamTarball(ctx context.Context, r io.Reader, each visit) error {
	plain, err := unpacked(ctx, r)
	if err != nil {
		return err
	}
	defer plain.Close()
	top := ""
	for files := tar.NewReader(plain); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			_, _ = io.Copy(io.Discard, plain) // what pads it
			return plain.end()
		}
		if err != nil {
			return errors.Join(err, plain.end())
		}
		if header.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		file, err := inTree(header, &top)
		if err != nil {
			return err
		}
		if header.Typeflag == tar.TypeDir || file == "" {
			continue
		}
		if err := each(header, file, files); err != nil {
			return err
		}
	}
}

// inTree returns the path of a file below the tree's first directory, which has the same name throughout. It refuses
// what would lead out of the tree, and what no source of a kernel has.
func inTree(header *tar.Header, top *string) (string, error) {
	name := strings.TrimPrefix(header.Name, "./")
	first, file, _ := strings.Cut(strings.TrimSuffix(name, "/"), "/")
	if *top == "" {
		*top = first
	}
	switch {
	case first == "" || first == "..":
		return "", fmt.Errorf("%q leads out of the tree: this is no kernel source to be trusted", header.Name)
	case first != *top:
		return "", fmt.Errorf("%q is not below %s/: a kernel's source has one directory that holds all", name, *top)
	case file != "" && path.Clean("/"+file) != "/"+file || strings.ContainsAny(file, "\n\x00"):
		return "", fmt.Errorf("%q leads out of the tree: this is no kernel source to be trusted", header.Name)
	}
	switch header.Typeflag {
	case tar.TypeReg, tar.TypeDir:
		return file, nil
	case tar.TypeSymlink:
		to := path.Join(path.Dir(file), header.Linkname)
		if path.IsAbs(header.Linkname) || to == ".." || strings.HasPrefix(to, "../") {
			return "", fmt.Errorf("%q is a link to %q, out of the tree: this is no kernel source to be trusted",
				header.Name, header.Linkname)
		}
		return file, nil
	}
	return "", fmt.Errorf("%q is neither file, directory nor symbolic link: no kernel source has that", header.Name)
}
