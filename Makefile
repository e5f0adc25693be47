# Everything a contributor does. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test test-fast lint types templates clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(STAMP) ## .venv with the tool and all development needs

$(STAMP): setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "mraa needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Give another one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[local,dev]'
	@touch $@

demo: $(STAMP) ## the whole system on this machine: build, deploy to two Regions, fail over and back (ARGS=--exit ends after it)
	@$(BIN)/mraa demo $(ARGS)

test: $(STAMP) lint types ## everything CI runs
	$(BIN)/pytest -n 2 --dist loadfile tests

test-fast: $(STAMP) lint types ## lint, types, unit tests
	$(BIN)/pytest tests/unit tests/functions tests/templates

lint: $(STAMP) ## format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP) ## type check
	$(BIN)/mypy

templates: $(STAMP) ## render into templates/
	$(BIN)/mraa render --output templates

clean: ## remove what was built
	rm -rf $(VENV) build deployment/global-s3-assets deployment/regional-s3-assets deployment/release.json .mraa .mypy_cache .ruff_cache .pytest_cache
