# The one door. `make help` lists the targets.

DIRECTORY ?= holdfast-dev
RELEASE := .build/release
RUNS ?= 100

.DEFAULT_GOAL := help
.PHONY: help run build test lint format proto bench demo crash bootstrap clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Installs what is missing, builds, makes development certificates and a sample sale, and serves
	@dev/bootstrap --python-optional
	@$(MAKE) --no-print-directory products
	@$(RELEASE)/holdfast init --directory $(DIRECTORY)
	@exec $(RELEASE)/holdfast serve --config $(DIRECTORY)/holdfast.yaml

build: ## Release binaries in .build/release: holdfast, holdfastctl, holdfast-bench
	@dev/bootstrap --python-optional
	@$(MAKE) --no-print-directory products

.PHONY: products
products:
	@dev/build-release.sh

test: bootstrap ## Every test, Swift and Python, after its own set-up
	@dev/test.sh

lint: bootstrap ## Format, layers, tidiness, generated code, warnings
	@dev/lint.sh

format: ## Formats Package.swift, Sources and Tests
	swift format --in-place --parallel --recursive Package.swift Sources Tests

proto: bootstrap ## Generates C and Python code from proto/
	@dev/generate-proto.sh

demo: build ## A flash sale of 1,000 units against 100,000 buyers, cheats among them, and the proof that it went right
	@dev/demo.sh

crash: $(if $(HOLDFAST_BINARIES),,build) ## Kills the server under load, RUNS=n times, and checks that it kept its word
	@dev/crash.sh $(RUNS)

bench: build ## The speed of the server beside a yardstick, in one run
	@dev/bench.sh

bootstrap:
	@dev/bootstrap

clean: ## Removes what was built; keeps development certificates and data
	rm -rf .build
