# Cloud App Security. "make run" and "make test" install what they need on
# Debian, say what they do, and ask nothing.

SHELL := /bin/bash
# The version comes from FyneApp.toml; asking git for it fails in a checkout that
# belongs to another user.
export GOFLAGS := $(GOFLAGS) -buildvcs=false
VERSION := $(shell sed -n 's/^Version = "\(.*\)"/\1/p' FyneApp.toml)
LDFLAGS := -X main.version=$(VERSION)
# One set of flags for the tests and the binaries which they run, or everything
# would be built twice.
TESTFLAGS := -race
test soak-years screenshots: export GOFLAGS += $(shell .make/goflags)
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: help run build test bench fuzz soak soak-kills soak-years lint windows windows-check assets screenshots clean

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: ## the desktop program on the demo organization
	@.make/run # is there a display?
	@.make/packages build run
	@echo "Building the desktop program. The first time takes some minutes."
	@go build -ldflags '$(LDFLAGS)' -o bin/ ./cmd/cloudappsecurity
	@.make/run bin/cloudappsecurity --demo

build: ## the three programs, into bin/
	@.make/packages build
	go build -ldflags '$(LDFLAGS)' -o bin/ ./cmd/cloudappsecurity
	CGO_ENABLED=0 go build -ldflags '$(LDFLAGS)' -o bin/ ./cmd/casctl ./cmd/m365sim

test: ## every test, with the real parts
	@.make/packages build test
	@.make/test $(TESTFLAGS)

bench: ## measures against merely paging, and against a bare window
	@.make/packages build test
	@echo "Building without -race. The first time takes some minutes, the measurements about fifteen."
	@.make/bench

FUZZTIME := 5m
fuzz: ## each fuzz target for FUZZTIME, an hour in all
	@.make/packages build
	@.make/fuzz $(FUZZTIME)

# Without -race: 20,000 people are synchronized some twenty times.
soak: soak-kills soak-years ## both of the following, the shorter first

soak-kills: ## kill -9 at 50 random moments of a grant and of a first synchronization; SOAK_SEED repeats
	@.make/packages build test
	go test -tags soak -count=1 -timeout 2h -run '^TestSoak' -v ./cmd/casctl

soak-years: ## 200 simulated years of daily synchronization; a line for each, with its seed
	@.make/packages build
	go test $(TESTFLAGS) -count=1 -timeout 4h -v -run '^TestAYear$$' ./service/daily -busy -seeds 200

lint: ## golangci-lint, and go vet for all platforms
	@.make/packages build
	go vet -tags soak ./... ./.make/testsummary ./.make/barewindow
	go vet -tags wine ./app/realparts ./cmd/casctl ./cmd/cloudappsecurity
# The tag ci leaves out the parts of Fyne that need cgo. Fyne's theme for macOS
# needs it even so; the tag mobile takes the one of phones instead.
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go vet -tags ci ./...
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 go vet -tags ci,mobile ./...
	go run $(GOLANGCI) run ./...

windows: ## the three programs for Windows, into bin/windows/
	@.make/packages build windows
	@echo "Building for Windows. The first time takes some minutes."
	@.make/windows '$(VERSION)'

windows-check: windows ## runs them in Wine
	@.make/packages test wine
	@.make/windows-check $(TESTFLAGS)

assets: ## draws fonts and icons from the pinned npm packages into resources/
	cd resources/assets && npm ci && node build.mjs

screenshots: ## takes resources/screenshots from the running program
	@.make/packages build test
	@.make/screenshots

clean: ## what was built; the demo organization stays
	rm -rf bin dist
