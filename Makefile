# Two commands set everything up on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Each package is named as it arrives, so that a slow line shows that something goes on.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
INSTALL := $(BIN)/python -m pip --disable-pip-version-check install -c constraints.txt
PROGRESS := sed -un 's/^\(Collecting\|Installing\|Successfully\) \([^ <>=!~;]*\).*/    \1 \2/p'
# Tests wait for servers and processes as much as they compute, so there is one more than a small machine has cores.
WORKERS ?= 3

.PHONY: help demo test check integration bench bench-load bench-page soak soak-page rules-page milk-page mutants docs system-packages clean

help:
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@echo "==> Creating the environment $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	@echo "==> Installing coldchain and what the demo needs (once; a minute or two)"
	@$(INSTALL) -e '.[device,server,embedded]' | $(PROGRESS) && touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "==> Installing coldchain and what its tests need (once; a minute or two)"
	@$(INSTALL) -e '.[dev]' | $(PROGRESS) && touch $@ $(VENV)/.demo

demo: $(VENV)/.demo ## three simulated cooperatives in your browser, with nothing else to install
	@$(BIN)/coldchain-server demo

test: check integration ## everything: lint, types, layers, and every test against the real parts

check: $(VENV)/.dev ## ruff, mypy strict, import-linter
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

integration: $(VENV)/.dev system-packages
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not soak"

system-packages:
	@deploy/test-packages.sh

bench: $(VENV)/.dev system-packages ## speed, as ratios against a named rival or limit in the same run
	@PYTHONPATH=tests $(BIN)/python -m benchmarks

bench-load: $(VENV)/.dev system-packages ## ten thousand probes for ten minutes
	@PYTHONPATH=tests $(BIN)/python -m benchmarks load

bench-page: $(VENV)/.dev system-packages ## every benchmark, its figures written into docs/benchmarks.md
	@PYTHONPATH=tests $(BIN)/python -m benchmarks --page

soak: $(VENV)/.dev system-packages ## every fault again and again, with a table of what was lost; then the other long runs
	@PYTHONPATH=tests $(BIN)/python -m faults -n $(WORKERS) --dist worksteal
	@$(BIN)/python -m pytest -m soak --timeout 3600 --ignore tests/faults

soak-page: $(VENV)/.dev system-packages ## every fault again and again, the table written into docs/faults.md
	@PYTHONPATH=tests $(BIN)/python -m faults --page -n $(WORKERS) --dist worksteal

rules-page: $(VENV)/.dev ## every rule against labelled faults, the tables written into docs/rules-evaluation.md
	@$(BIN)/coldchain-server rules replay --simulate --page docs/rules-evaluation.md

milk-page: $(VENV)/.dev ## the milk model against published counts and stranger milk, written into docs/milk-comparison.md
	@$(BIN)/coldchain-server lab evaluate --page docs/milk-comparison.md --picture docs/pictures/milk-residuals.svg

$(VENV)/.mutants: pyproject.toml constraints.txt | $(BIN)/python
	@$(INSTALL) -e '.[mutants]' | $(PROGRESS) && touch $@

mutants: $(VENV)/.mutants ## rules and the state table broken in every small way: how much of it a test sees (half an hour)
	@cd tests && $(abspath $(BIN))/python -m mutants.run --survivors

docs: $(VENV)/.dev ## the tests that hold the documentation to the code
	@$(BIN)/python -m pytest tests/docs

clean: ## remove the environment and what runs left behind
	rm -rf $(VENV) var
