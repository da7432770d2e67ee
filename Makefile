# SPDX-License-Identifier: GPL-2.0-only
# SPOTOS: see README.md. `make help` lists what can be made.
SHELL := /bin/bash
export CGO_ENABLED := 0

KERNELS ?= 6.1 6.12
PACKAGES := qemu-system-x86 busybox-static dwarves xz-utils bsdextrautils binutils kmod bc flex bison \
	libelf-dev libssl-dev rsync cpio gcc-12 tmux
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' kmod/dkms.conf)
PREFIX ?= /usr/local
DKMS = $(DESTDIR)/usr/src/spotos-$(VERSION)
# Debian starts openssh-server when it is installed, where it starts services; terminals.sh runs one of its own.
TERMINAL_PACKAGES := screen openssh-server openssh-client
SCREENSHOT_PACKAGES := $(TERMINAL_PACKAGES) chromium fonts-dejavu-core pngquant netpbm apngasm $(if $(shell command -v npm),,npm)
LINT_PACKAGES := clang llvm libbpf-dev clang-format

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

# Says what it installs, and installs it.
install_missing = missing=$$(for p in $(1); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then \
		echo "installing from Debian:" $$missing; \
		apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null; \
	fi

deps: ## install what the lab and the builds need, by apt-get
	@$(call install_missing,$(PACKAGES))

lint-deps: deps
	@$(call install_missing,$(LINT_PACKAGES))

kernels: deps $(if $(filter debug,$(KERNELS)),debug-kernel) ## download and unpack Debian's kernels and headers under .kernels/
	@[ -z "$$(for k in $(KERNELS); do [ -f .kernels/$$k/release ] || echo $$k; done)" ] || apt-get update -q >/dev/null
	@lab/fetch-kernels.sh .kernels $(filter-out debug,$(KERNELS))

debug-kernel: deps ## build a kernel with KASAN, lockdep and kmemleak under .kernels/debug (15 minutes, 6 GB)
	@lab/build-debug-kernel.sh .kernels/debug

bin: ## build bin/spotos
	go build -ldflags '-X spotos/cli.Version=$(VERSION)' -o bin/spotos .

modules: kernels ## build the kernel module and the patches for each kernel
	@set -e; for k in $(KERNELS); do \
		out=$(CURDIR)/build/$$(cat .kernels/$$k/release); \
		$(MAKE) -s -C kmod KDIR=$(CURDIR)/.kernels/$$k/build OUT=$$out W=1 KCFLAGS=-Werror; \
		$(MAKE) -s -C patchset KDIR=$(CURDIR)/.kernels/$$k/build OUT=$$out W=1 KCFLAGS=-Werror; \
	done

all: bin modules ## build everything

demo: all ## boot the lab and show the console with live traffic
	bin/spotos lab --idle 0

RECORDING ?= stuck
demo-replay: bin ## show a recorded run in the console, with no root and no VM; RECORDING=apply or abort for others
	bin/spotos replay ui/testdata/recorded-$(RECORDING).jsonl

test: all lint ## run everything, VM tests on both kernels included
	SPOTOS_REQUIRE_LAB=1 go test ./...
	go build -o bin/vmtest ./internal/vmtest && bin/vmtest -kernels "$(KERNELS)"

KERNEL ?= $(lastword $(KERNELS))
PKG ?= session/live
RUN ?= Lab
vm-test: ## run VM tests of one package on one kernel: KERNEL=6.12 PKG=session/live RUN=LabPair
	@$(MAKE) -s all KERNELS="$(KERNEL)"
	go build -o bin/vmtest ./internal/vmtest && bin/vmtest -kernels "$(KERNEL)" -pkg "$(PKG)" -run "$(RUN)"

test-debug: bin ## build the modules for the debug kernel and run the main tests on it; ROUNDS makes it shorter
	$(MAKE) -s modules KERNELS=debug
	lab/test-debug.sh

screenshots: all ## make the pictures in screenshots/ from real runs
	@$(call install_missing,$(SCREENSHOT_PACKAGES))
	set -e; t=$$(mktemp -d); for size in "80 24" "120 40"; do screenshots/drive.sh $(lastword $(KERNELS)) $$size $$t; done; \
		screenshots/terminals.sh $(lastword $(KERNELS)) $$t; screenshots/render.sh $$t; screenshots/animate.sh; rm -rf $$t

terminals: all ## try the console in tmux, in GNU screen, over SSH and on a serial line (installs openssh-server)
	@$(call install_missing,$(TERMINAL_PACKAGES))
	screenshots/terminals.sh $(lastword $(KERNELS))

recordings: all ## make the recordings that the tests and demo-replay play, from real runs
	screenshots/record.sh $(lastword $(KERNELS)) ui/testdata
	@echo "next: go test ./ui -update, and look at what git diff shows"

NAME ?= stop-window trigger catch nudge overhead exact torture
bench: all ## measure against the baselines, NAME="trigger overhead" for some; ROUNDS and TRIALS make it shorter
	lab/bench.sh "$(KERNELS)" "$(NAME)"

lint: lint-deps modules ## vet, staticcheck, gofmt, clang-format, rules for C, generated files; the modules are built without a warning
	go vet ./...
	go tool staticcheck ./...
	@clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h')
	@kmod/style.sh $$(git ls-files '*.c' '*.h')
	@out=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$out" ] || { echo "not gofmt-clean: $$out"; exit 1; }
	go generate ./probe ./session/live ./lab/bench
	@git diff --exit-code --stat -- probe session/live lab/bench || { echo "generated files are not up to date: commit what go generate made"; exit 1; }

man: bin ## write the man pages into build/man
	bin/spotos man build/man

# What DKMS builds is flat: no directory of it reaches outside.
install: bin man ## install the program, man pages, completions and the module's source for DKMS (DESTDIR, PREFIX)
	install -D -m 755 bin/spotos $(DESTDIR)$(PREFIX)/bin/spotos
	install -d $(DESTDIR)$(PREFIX)/share/man/man8 $(DKMS)/include $(DESTDIR)/lib/spotos/patches
	install -m 644 build/man/*.8 $(DESTDIR)$(PREFIX)/share/man/man8
	@set -e; for c in bash:bash-completion/completions/spotos zsh:zsh/site-functions/_spotos fish:fish/vendor_completions.d/spotos.fish; do \
		f=$(DESTDIR)$(PREFIX)/share/$${c#*:}; mkdir -p $$(dirname $$f); bin/spotos completion $${c%%:*} >$$f; \
	done
	install -m 644 kmod/dkms.conf kmod/src/*.c kmod/src/*.h kmod/src/Kbuild $(DKMS)
	install -m 755 kmod/dkms-symvers.sh $(DKMS)
	install -m 644 kmod/src/include/*.h patchset/include/spotos_patch.h $(DKMS)/include
	@echo "next: dkms install spotos/$(VERSION) && modprobe spotos && spotos doctor --prove"

clean: ## remove what was built; the kernels stay
	rm -rf bin build

.PHONY: help deps lint-deps kernels debug-kernel bin modules all demo demo-replay test test-debug screenshots terminals recordings bench lint man install clean vm-test
