# Everything a contributor does. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SCANNERS := .venv-audit
SCANNERS_STAMP := $(SCANNERS)/.installed
SCANNERS_LIST := requirements/scanners.txt

.DEFAULT_GOAL := help
PIP := --quiet --disable-pip-version-check
# resolves the lock files
UV := 0.13.9
WEBAPP := $(BIN)/python -m mraa.release.npm webapp
FENCE := $(BIN)/python -m mraa.release.npm fence/typescript
# one more than CI has cores: many tests wait for replication
WORKERS := 3
BENCHMARKS := $(patsubst benchmarks/%.py,benchmarks.%,$(wildcard benchmarks/[a-z]*.py))

.PHONY: help install demo demo-orders acceptance test test-fast lint types fence-lint fence-check fence-test webapp-lint webapp-check webapp-test e2e audit audit-templates audit-fuzz audit-permissions bench drills chaos-drills docs lock recordings runbook film screenshots templates wheel wheel-check clean

help: ## list the targets
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(STAMP) ## .venv with the tool and all development needs

# by hash, so that what is installed is what was tested; see CONTRIBUTING.md
$(STAMP): setup.cfg pyproject.toml requirements/build.txt requirements/development.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "mraa needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Give another one: make PYTHON=python3.12 ...")'
	@echo "Installing the tool and what its development needs into $(VENV): a minute or two, once."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install $(PIP) --require-hashes -r requirements/build.txt
	$(BIN)/pip install $(PIP) --require-hashes --no-build-isolation -r requirements/development.txt
	$(BIN)/pip install $(PIP) --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## the whole system on this machine: build, deploy to two Regions, fail over and back (ARGS=--exit ends after it)
	@$(BIN)/mraa demo $(ARGS)

demo-orders: $(STAMP) ## the demo with an application of one's own beside the sample, examples/orders (ARGS=--exit ends after it)
	@$(BIN)/mraa demo --application examples/orders $(ARGS)

# what stands on the command line: a variable of the same name in somebody's environment must not lead into an account
given = $(if $(findstring command,$(origin $1)),$($1))

acceptance: $(STAMP) ## the promises on the local cloud, or in an account: PROFILE=... REGIONS=one,two [OPERATOR_PROFILE=...] [HOUR=1]
	@$(BIN)/python -m tests.acceptance --profile="$(call given,PROFILE)" --operator-profile="$(call given,OPERATOR_PROFILE)" \
		--regions="$(call given,REGIONS)" --web-app="$(call given,WEB_APP)" --hour="$(call given,HOUR)" --yes="$(call given,YES)"

# in the order of the folders: reordered by number of tests, the few long ones would come last and leave workers idle
test: $(STAMP) lint types webapp-test fence-test ## everything CI runs
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore=tests/drills --ignore=tests/acceptance tests

test-fast: $(STAMP) lint types webapp-test fence-test ## lint, types, unit tests
	$(BIN)/pytest -n $(WORKERS) tests/unit tests/functions tests/templates

lint: $(STAMP) webapp-lint fence-lint ## format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP) webapp-check fence-check ## type check
	$(BIN)/mypy

webapp-lint: $(STAMP) ## format and lint of the web app
	$(WEBAPP) run lint

webapp-check: $(STAMP) ## type check of the web app
	$(WEBAPP) run check

webapp-test: $(STAMP) ## unit tests of the web app
	$(WEBAPP) test

fence-lint: $(STAMP) ## format and lint of the fence's TypeScript library
	$(FENCE) run lint

fence-check: $(STAMP) ## type check of the fence's TypeScript library
	$(FENCE) run check

fence-test: $(STAMP) ## build and unit tests of the fence's TypeScript library
	$(FENCE) test

e2e: $(STAMP) ## browser tests (Chromium)
	$(BIN)/pytest tests/e2e

audit: audit-templates audit-fuzz audit-permissions ## everything that is checked more deeply than `make test` has time for

audit-templates: $(STAMP) $(SCANNERS_STAMP) ## five scanners over the templates; their findings go into docs/scanners.md
	$(BIN)/python -m tests.audit.scanners

# apart: the scanners require other versions of boto3 than the local cloud's engine
$(SCANNERS_STAMP): $(SCANNERS_LIST)
	$(PYTHON) -m venv --clear $(SCANNERS)
	$(SCANNERS)/bin/pip install $(PIP) --require-hashes -r $(SCANNERS_LIST)
	@touch $@

audit-fuzz: $(STAMP) ## 10,000 odd inputs for each function, template, file and answer of AWS (FUZZ_SEED=2: others)
	FUZZ_EXAMPLES=10000 $(BIN)/pytest -n 2 --timeout 3600 --durations 5 tests/fuzz

audit-permissions: $(STAMP) ## take every permission away, one at a time, and see who misses it; the table goes into docs/security.md
	$(BIN)/python -m tests.audit.permissions $(ARGS)
	$(BIN)/python -m tests.audit.applications

bench: $(STAMP) ## benchmarks: fences under load into docs/fences.md, the tool beside its peers into docs/benchmarks.md
	@for name in $(BENCHMARKS); do echo "$$name"; PYTHONPATH=functions:fence/python $(BIN)/python -m "$$name" || exit 1; done
	$(BIN)/python -m benchmarks.speed

drills: $(STAMP) chaos-drills ## the long matrices and all drills in a row, whose figures go into docs/drills.md
	$(BIN)/python -m tests.drills.twenty
	$(BIN)/pytest -n 2 --dist loadfile tests/drills

chaos-drills: $(STAMP) ## 200 short drills with partitions, lost Regions, wrong clocks and force (ARGS="--seed 17": one)
	$(BIN)/python -m tests.drills.chaos $(ARGS)

docs: $(STAMP) ## the pages' tables, the picture of the architecture, NOTICE's licences and the texts of --help from the sources, then the site into build/site
	$(BIN)/python -m mraa_local.cfn.resources.table
	$(BIN)/python -m tests.messages
	$(BIN)/python -m tests.acceptance.promises
	$(BIN)/python -m tests.notices
	$(BIN)/python -m tests.help_texts
	PYTHONPATH=functions:fence/python $(BIN)/python -m tests.documentation.picture
	PYTHONPATH=functions:fence/python $(BIN)/python -m tests.documentation.cost
	NO_MKDOCS_2_WARNING=1 PYTHONPATH=functions:fence/python $(BIN)/python -m mkdocs build --strict

wheel: $(STAMP) ## wheel and sdist into dist/, of the files that git tracks and the web app that they make
	$(BIN)/python -m tests.distributions.make dist

wheel-check: wheel ## install the wheel alone, from the package index, and run the demo with it in an empty folder
	$(BIN)/python -m tests.distributions.check dist

recordings: $(STAMP) ## a deploy and a failing deploy as a terminal shows them, into docs/recordings/
	$(BIN)/python -m tests.local.recordings

runbook: $(STAMP) ## the outputs in docs/runbook.md, from one run
	$(BIN)/python -m tests.local.runbook

film: $(STAMP) ## the film strip of a failover as the web app shows it, into docs/images/ (Chromium)
	$(BIN)/python -m tests.e2e.film

screenshots: $(STAMP) ## pictures of the web app into docs/images/ (Chromium)
	$(BIN)/python -m tests.e2e.screenshots

lock: $(STAMP) ## the newest versions that setup.cfg allows, with their hashes, into requirements/ (ARGS="--upgrade-package boto3": one)
	$(PYTHON) -m venv build/lock && build/lock/bin/pip install $(PIP) uv==$(UV)
	$(BIN)/python -m tests.locking build/lock/bin/uv $(ARGS)

templates: $(STAMP) ## render into templates/
	$(BIN)/mraa render --output templates
	$(BIN)/python -m tests.templates.application

clean: ## remove what was built
	rm -rf $(VENV) $(SCANNERS) build acceptance-report webapp/node_modules fence/build fence/typescript/dist fence/typescript/node_modules deployment/global-s3-assets deployment/regional-s3-assets deployment/release.json .mraa dist .mypy_cache .ruff_cache .pytest_cache
