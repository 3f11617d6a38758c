# The targets people and CI use. `make run` and `make test` are all that a fresh machine needs.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

GO          ?= go
BIN         := bin/clockwarden
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT      ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
LDFLAGS     := -X main.version=$(VERSION) -X main.commit=$(COMMIT)

# Packages built or tested at the same time. Each race-enabled test binary is large and many start a browser or a database.
PARALLEL    ?= 2
TIMEOUT     ?= 20m
SOAK_TIMEOUT ?= 4h
FUZZTIME    ?= 5m
PKG         ?= ./...

GOLANGCI_LINT_VERSION := v2.15.0
GOVULNCHECK_VERSION   := v1.8.0

# Where tests keep their databases. In memory where the system has such a folder: every commit is flushed to the disk, and
# a slow disk would be most of what the tests measure. TEST_TMP=/tmp uses the disk.
TEST_TMP    ?= $(shell if [ -w /dev/shm ] && [ -x /dev/shm ]; then echo /dev/shm; else echo "$${TMPDIR:-/tmp}"; fi)

# go-sqlite3 is C.
export CGO_ENABLED := 1

.PHONY: build run test test-fast deps lint fmt vuln bench proposals soak deb deb-test conformance docs screenshots readme-test

build: ## bin/clockwarden
	$(GO) build -buildvcs=false -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/clockwarden

run: build ## the demo; ARGS="--listen 127.0.0.1:8081" is passed on
	./$(BIN) demo $(ARGS)

# CI=true makes a missing browser or database a failure instead of a skipped test.
test: deps ## everything: race detector, both databases, browser, vendored files, htmx spelling
	tools/check-vendor.sh
	tools/check-htmx.sh
	env -u CLOCKWARDEN_TEST_FAST CI=true TMPDIR="$(TEST_TMP)" $(GO) test -race -shuffle=on -timeout $(TIMEOUT) -p $(PARALLEL) $(PKG)

test-fast: ## without browser, PostgreSQL and race detector
	env -u CI CLOCKWARDEN_TEST_FAST=1 $(GO) test -shuffle=on -timeout 5m -p $(PARALLEL) $(PKG)

# The page is written when something failed, too; it shows what.
conformance: ## runs one table of scenarios on every chat platform and writes docs/conformance.md
	folder="$$(mktemp -d)"; trap 'rm -rf "$$folder"' EXIT; \
	env CLOCKWARDEN_CONFORMANCE="$$folder" TMPDIR="$(TEST_TMP)" $(GO) test -count=1 -p $(PARALLEL) -run '^TestConformance$$' ./bot/... || failed=1; \
	$(GO) run ./tools/conformance -from "$$folder" -report docs/conformance.md && test -z "$${failed:-}"

deps: ## installs what `make test` needs and this machine lacks
	tools/install-test-deps.sh

lint: ## gofmt, vet, golangci-lint
	tools/check-gofmt.sh
	$(GO) vet ./...
	$$(tools/install-go-tool.sh github.com/golangci/golangci-lint/v2 cmd/golangci-lint $(GOLANGCI_LINT_VERSION)) run --concurrency $(PARALLEL) --allow-parallel-runners ./...

fmt: ## rewrites the files as lint wants them
	$$(tools/install-go-tool.sh github.com/golangci/golangci-lint/v2 cmd/golangci-lint $(GOLANGCI_LINT_VERSION)) fmt ./...

vuln: ## known vulnerabilities; VULNDB=folder uses a local copy of the database
	bin="$$(tools/install-go-tool.sh golang.org/x/vuln cmd/govulncheck $(GOVULNCHECK_VERSION))"; \
	tools/vuln.sh "$$bin" '$(VULNDB)'

bench: ## measures the goals of docs/performance.md and writes that page: about 15 minutes, 10 GB in the temporary folder
	$(GO) run ./tools/bench -report docs/performance.md
	$(GO) test -run '^$$' -bench SignatureToAnswer ./bot/slack

proposals: ## measures the proposed ends of forgotten timers against a made-up year and writes docs/end-proposals.md
	TMPDIR="$(TEST_TMP)" $(GO) run ./tools/quality -report docs/end-proposals.md

soak: deps ## the long reliability tests (TestSoak…) and each fuzz target for FUZZTIME
	env -u CLOCKWARDEN_TEST_FAST CI=true CLOCKWARDEN_SOAK=1 $(GO) test -race -v -run '^TestSoak' -timeout $(SOAK_TIMEOUT) -p 1 $(PKG)
	tools/fuzz.sh '$(FUZZTIME)' '$(PKG)'

deb: ## dist/clockwarden_….deb
	tools/deb.sh '$(VERSION)' '$(COMMIT)'

deb-test: ## installs, upgrades and purges the package on this machine: as root, where no Clockwarden is installed
	tools/deb-test.sh

docs: ## writes docs/configuration.md from cmd/clockwarden/config.go
	CLOCKWARDEN_TEST_UPDATE=1 $(GO) test -count=1 -run '^TestConfigurationPage$$' ./cmd/clockwarden

screenshots: build ## makes docs/images from the real program, with Chromium
	$(GO) run ./tools/screenshots -program $(BIN)

readme-test: ## follows README.md from a fresh clone of what is committed
	tools/readme-test.sh
