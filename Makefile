# SPDX-License-Identifier: GPL-2.0-only
# SPOTOS: see README.md. `make help` lists what can be made.
SHELL := /bin/bash
export CGO_ENABLED := 0

SPOTOS_BEGAN := $(or $(SPOTOS_BEGAN),$(shell date +%s))
export SPOTOS_BEGAN # when all of this began, for lab/step.sh

# The series that this Debian has and SPOTOS supports; found out where it is needed first, since apt may have to ask.
CHOSEN := $(KERNELS)
KERNELS ?= $(eval KERNELS := $(shell lab/fetch-kernels.sh .kernels --series))$(KERNELS)
# The compilers of the kernels come with them: see kernels. perl is for the kernel's own scripts.
PACKAGES := qemu-system-x86 busybox-static dwarves xz-utils bsdextrautils binutils kmod bc flex bison \
	libelf-dev libssl-dev rsync cpio perl tmux
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' kmod/dkms.conf)
# kbuild has as many jobs as there are processors, unless make was called with -j.
JOBS = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
PREFIX ?= /usr/local
DKMS = $(DESTDIR)/usr/src/spotos-$(VERSION)
# Debian starts openssh-server when it is installed, where it starts services; terminals.sh runs one of its own.
TERMINAL_PACKAGES := screen openssh-server openssh-client
SCREENSHOT_PACKAGES := $(TERMINAL_PACKAGES) chromium fonts-dejavu-core pngquant netpbm apngasm $(if $(shell command -v npm),,npm)
LINT_PACKAGES := clang llvm libbpf-dev clang-format shellcheck codespell git
FRESH_PACKAGES := debootstrap git
SUITE ?= bookworm trixie

# Steps share the terminal's line; what one of them builds may still run side by side.
.NOTPARALLEL:

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

deps: ## install what the lab and the builds need, by apt-get
	@lab/install.sh $(PACKAGES)

lint-deps: deps
	@lab/install.sh $(LINT_PACKAGES)

kernels: deps ## download and unpack Debian's kernels and headers under .kernels/, and install their compilers
	$(if $(CHOSEN),,@lab/fetch-kernels.sh .kernels --about)
	$(if $(KERNELS),,@echo "no kernel to build for: this Debian has none that SPOTOS supports" >&2; exit 1)
	@set -e; for k in $(filter debug%,$(KERNELS)); do lab/build-debug-kernel.sh .kernels/$$k; done
	@lab/step.sh "fetching kernels" lab/fetch-kernels.sh .kernels $(filter-out debug%,$(KERNELS))
	@set -e; for k in $(KERNELS); do lab/toolchain.sh .kernels/$$k/build; done

# debug is of 6.12's source, debug-7.3 of 7.3's.
DEBUG ?= debug
debug-kernel: deps ## build a kernel with KASAN, lockdep and kmemleak under .kernels/debug (15 minutes, 6 GB); DEBUG=debug-7.3
	@lab/build-debug-kernel.sh .kernels/$(DEBUG)

bin: ## build bin/spotos
	@lab/step.sh "building bin/spotos" sh -c 'exec "$$@" 2>&1' sh go build -ldflags '-X spotos/cli.Version=$(VERSION)' -o bin/spotos .

modules: kernels ## build the kernel module and the patches for each kernel
	@set -e; for k in $(KERNELS); do \
		out=$(CURDIR)/build/$$(cat .kernels/$$k/release); \
		for part in kmod patchset; do \
			lab/step.sh "building $$part for $$k" lab/toolchain.sh .kernels/$$k/build \
				$(MAKE) -s -C $$part $(JOBS) KDIR=$(CURDIR)/.kernels/$$k/build OUT=$$out W=1 KCFLAGS=-Werror; \
		done; \
	done

all: bin modules ## build everything

# One thread sleeps in the function for good. Nobody wakes it unasked, so that the demo shows who stands in the way.
DEMO := --captions --env SPOTOS_NUDGE=none --env SPOTOS_TIMEOUT=15s
demo: all ## boot the lab and show the console with live traffic, and captions that lead through a patch in two minutes
	bin/spotos lab $(DEMO)

RECORDING ?= stuck
demo-replay: bin ## show a recorded run in the console, with no root and no VM; RECORDING=apply or abort for others
	bin/spotos replay --captions ui/testdata/recorded-$(RECORDING).jsonl

fresh: ## prove that it works on a Debian 12 and 13 that have only Go, gcc and make; SUITE=bookworm or trixie for one
	@lab/install.sh $(FRESH_PACKAGES)
	lab/fresh.sh $(SUITE)

fixes: bin modules ## make patches of fixes, for the VM tests; the kernel's own where its source is in SPOTOS_CACHE
	@set -e; for k in $(filter-out debug%,$(KERNELS)); do \
		lab/step.sh "making patches of fixes for $$k" lab/toolchain.sh .kernels/$$k/build lab/build-fix.sh .kernels/$$k; \
	done

kpatch: ## fetch Debian 13's kpatch-build, whose comparison of objects the tests compare with, where it can be had
	@lab/step.sh "fetching kpatch-build" lab/debian13.sh kpatch-build build/kpatch-build || \
		echo "kpatch-build cannot be had: the tests that compare with it are skipped" >&2

# The kernel of the next Debian comes from its backports. Of all VM tests some run there.
PARTLY ?= 7.3
partly: deps
	@set -e; for k in $(PARTLY); do \
		lab/step.sh "fetching $$k, for some of the tests" lab/fetch-kernels.sh .kernels $$k || \
			{ echo "$$k cannot be had: no test runs on it" >&2; continue; }; \
		$(MAKE) -s modules KERNELS=$$k; \
	done

test: all partly fixes kpatch lint ## run everything, VM tests on each of this Debian's kernels included, some on 7.3 too
	SPOTOS_REQUIRE_LAB=1 SPOTOS_KERNELS="$(KERNELS)" go test ./...
	go build -o bin/vmtest ./internal/vmtest
	bin/vmtest -kernels "$(KERNELS)" -partly "$$(for k in $(PARTLY); do [ ! -f .kernels/$$k/release ] || echo $$k; done)"

KERNEL ?= $(lastword $(KERNELS))
PKG ?= session/live
RUN ?= Lab
vm-test: ## run VM tests of one package on one kernel: KERNEL=6.12 PKG=session/live RUN=LabPair
	@$(MAKE) -s all fixes KERNELS="$(KERNEL)"
	go build -o bin/vmtest ./internal/vmtest && bin/vmtest -kernels "$(KERNEL)" -pkg "$(PKG)" -run "$(RUN)"

# An older release of 6.1 too, and other ways of preemption than Debian's: see docs/kernels.md.
MATRIX ?= 6.1 6.1-cloud 6.1-rt 47=6.1.0-47-amd64 6.12 6.12-cloud 6.12-rt 6.12:preempt=full \
	7.3 7.3-cloud 7.3-rt 7.3:preempt=full 7.3:preempt=lazy
test-kernels: bin ## try a few things on every kernel that can be had, and print a table: MATRIX="6.12 7.3:preempt=full"
	lab/test-kernels.sh $(MATRIX)

test-debug: bin ## build the modules for the debug kernel and run the main tests on it; ROUNDS makes it shorter
	$(MAKE) -s modules KERNELS=$(DEBUG)
	lab/test-debug.sh $(DEBUG)

screenshots: all ## make the pictures in screenshots/ from real runs
	@lab/install.sh $(SCREENSHOT_PACKAGES)
	set -e; t=$$(mktemp -d); for size in "80 24" "120 40"; do screenshots/drive.sh $(lastword $(KERNELS)) $$size $$t; done; \
		screenshots/terminals.sh $(lastword $(KERNELS)) $$t; screenshots/render.sh $$t; rm -rf $$t
	screenshots/animate.sh
	screenshots/wide.sh
	screenshots/demo.sh bin/spotos lab --kernel $(lastword $(KERNELS)) $(DEMO)

terminals: all ## try the console in tmux, in GNU screen, over SSH and on a serial line (installs openssh-server)
	@lab/install.sh $(TERMINAL_PACKAGES)
	screenshots/terminals.sh $(lastword $(KERNELS))

recordings: all ## make the recordings that the tests and demo-replay play, from real runs
	screenshots/record.sh $(lastword $(KERNELS)) ui/testdata
	@echo "next: go test ./ui -update, and look at what git diff shows"

# Where sources of kernels are kept.
CACHE ?= /var/cache/spotos
# The kernel whose source 6.1.170-3 is.
DENOMINATOR := 6.1.0-47-amd64
N ?= 200
denominator: all ## how many of N=200 random changes of the kernel's source become patches (hours; goes on where it was)
	lab/step.sh "fetching kernels" lab/fetch-kernels.sh .kernels 47=$(DENOMINATOR)
	@lab/install.sh kmod
	@lab/toolchain.sh .kernels/47/build
	lab/toolchain.sh .kernels/47/build $(MAKE) -s -C kmod $(JOBS) KDIR=$(CURDIR)/.kernels/47/build OUT=$(CURDIR)/build/$(DENOMINATOR)
	go build -o bin/denominator ./internal/denominator
	bin/denominator -cache "$(CACHE)" -n $(N) -table docs/denominator.md

NAME ?= stop-window long-arming crowd trigger catch nudge overhead stall exact torture
bench: all ## measure against the baselines, NAME="trigger overhead" for some; ROUNDS and TRIALS make it shorter
	lab/bench.sh "$(KERNELS)" "$(NAME)"

# The kernels that the recipes of the catalogue are for, as directories of .kernels and releases.
RECIPE_KERNELS ?= 47=6.1.0-47-amd64 6.12.107=6.12.107+deb12-amd64
patches: deps bin ## build the patches of the catalogue's recipes into build/RELEASE/catalogue; CACHE keeps the kernels' sources
	@lab/patches.sh "$(CACHE)" $(RECIPE_KERNELS)

patches-lab: patches ## apply and revert each of them 20 times under traffic in the lab, and write docs/catalogue.md
	lab/patches-lab.sh $(RECIPE_KERNELS)

# Of the catalogue's fixes, the experiments apply those for this kernel.
FIXES_KERNEL ?= 47=6.1.0-47-amd64
QUICK_NAMES := nginx/again-tcp-recvmsg redis-slow/again-tcp-recvmsg dnsmasq/again-udp-recvmsg \
	idle/again-inet-csk-accept redis/again-do-epoll-wait redis/again-x64-sys-epoll-wait
experiments: export ICOUNT := $(ICOUNT)
experiments: all ## apply patches below servers under load, TRIALS times each, beside kpatch; NAME=redis for some, QUICK=1, ICOUNT=1
	lab/experiments.sh "$(CACHE)" "$(KERNELS) $(if $(QUICK),,$(FIXES_KERNEL))" \
		-trials $(or $(TRIALS),$(if $(QUICK),1,3)) \
		-names "$(if $(filter command line,$(origin NAME)),$(NAME),$(if $(QUICK),$(QUICK_NAMES)))" \
		$(if $(ICOUNT),-strategies "nothing watch" -out build/experiments-instructions,$(if $(QUICK),\
		-strategies "nothing safepoint auto retry livepatch"))

lint: lint-deps modules ## vet, staticcheck, gofmt, clang-format, shellcheck, codespell, rules for C, generated files; modules without a warning
	go vet ./...
	go tool staticcheck ./...
	@clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h')
	@kmod/style.sh $$(git ls-files '*.c' '*.h')
	@kmod/checkpatch.sh $$(git ls-files '*.c' '*.h')
	@out=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$out" ] || { echo "not gofmt-clean: $$out"; exit 1; }
	shellcheck --severity=warning $$(git ls-files '*.sh' .ci/run)
	codespell $$(git ls-files)
	@lab/generated.sh probe session/live lab/bench

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
	install -m 644 kmod/src/include/*.h patchset/include/*.h $(DKMS)/include
	@echo "next: dkms install spotos/$(VERSION) && modprobe spotos && spotos doctor --prove"

clean: ## remove what was built; the kernels and the downloads of make fresh stay
	rm -rf bin build

.PHONY: help deps lint-deps kernels debug-kernel bin modules fixes partly kpatch all demo demo-replay fresh test test-debug test-kernels screenshots terminals recordings bench experiments patches patches-lab denominator lint man install clean vm-test
