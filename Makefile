# SPDX-License-Identifier: GPL-2.0-only
# SPOTOS: see README.md. `make help` lists what can be made.
SHELL := /bin/bash
export CGO_ENABLED := 0

KERNELS ?= 6.1 6.12
PACKAGES := qemu-system-x86 busybox-static dwarves xz-utils bsdextrautils binutils kmod bc flex bison \
	libelf-dev libssl-dev rsync cpio gcc-12
LINT_PACKAGES := clang llvm libbpf-dev clang-format

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

deps: ## install what the lab and the builds need, by apt-get
	@missing=$$(for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then \
		echo "installing from Debian:" $$missing; \
		apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null; \
	fi

lint-deps: deps
	@missing=$$(for p in $(LINT_PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then \
		echo "installing from Debian:" $$missing; \
		apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null; \
	fi

kernels: deps ## download and unpack Debian's kernels and headers under .kernels/
	@[ -z "$$(for k in $(KERNELS); do [ -f .kernels/$$k/release ] || echo $$k; done)" ] || apt-get update -q >/dev/null
	@lab/fetch-kernels.sh .kernels $(KERNELS)

bin: ## build bin/spotos
	go build -o bin/spotos .

modules: kernels ## build the kernel module and the patches for each kernel
	@set -e; for k in $(KERNELS); do \
		out=$(CURDIR)/build/$$(cat .kernels/$$k/release); \
		$(MAKE) -s -C kmod KDIR=$(CURDIR)/.kernels/$$k/build OUT=$$out; \
		$(MAKE) -s -C patchset KDIR=$(CURDIR)/.kernels/$$k/build OUT=$$out; \
	done

all: bin modules ## build everything

demo: all ## boot the lab and show the console with live traffic
	bin/spotos lab

test: all lint ## run everything, VM tests on both kernels included
	SPOTOS_REQUIRE_LAB=1 go test ./...
	lab/test.sh $(KERNELS)

lint: lint-deps ## vet, gofmt, generated files up to date
	go vet ./...
	@out=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$out" ] || { echo "not gofmt-clean: $$out"; exit 1; }
	cd probe && go generate ./...
	@git diff --exit-code --stat -- probe || { echo "probe: generated files are not up to date: commit what go generate made"; exit 1; }

clean: ## remove what was built; the kernels stay
	rm -rf bin build

.PHONY: help deps lint-deps kernels bin modules all demo test lint clean
