# make demo · make test · make test-all · make bench · make lint · make content. Each sets up .venv in the root when it is missing or out of date.
.PHONY: demo bench lint content setup bubblewrap consumers browser postgres clean
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CONSUMERS := tests/quiz/consumers
export OMP_NUM_THREADS := 1

setup: $(READY) bubblewrap

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ConvClass needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12"; exit 1; }
	@echo "setting up $(VENV) (once; torch is large)"
	$(PYTHON) -m venv $(VENV) || { echo "type: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@

bubblewrap:
	@command -v bwrap >/dev/null || if [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && apt-get install -y -qq bubblewrap libseccomp2 >/dev/null; else \
	  echo "bubblewrap is missing; type: sudo apt-get install bubblewrap"; exit 1; fi

# The programs of others that the tests need; nothing of ConvClass itself needs them.
consumers: browser postgres $(CONSUMERS)/node_modules/.ready

$(CONSUMERS)/node_modules/.ready: $(CONSUMERS)/package-lock.json | browser
	npm ci --prefix $(CONSUMERS) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

browser:
	@missing=; \
	command -v node >/dev/null || missing="$$missing nodejs"; \
	command -v npm >/dev/null || missing="$$missing npm"; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  missing="$$missing chromium"; \
	[ -z "$$missing" ] || if [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null; else \
	  echo "programs that check the quiz exports are missing; type: sudo apt-get install$$missing"; exit 1; fi

# The database that a campus runs; the tests start it in a folder of their own.
postgres:
	@command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || if [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql >/dev/null; else \
	  echo "PostgreSQL is missing, its tests are skipped; type: sudo apt-get install postgresql"; fi

demo: setup
	$(BIN)/convclass demo

# Folders of tests side by side, those that take longest first; what is not named here is in `rest`.
JOBS ?= 2
PARTS := packages rest content web attacks quiz sandbox faults cluster
NAMED := $(filter-out rest,$(PARTS))
CHOSEN := -m 'not exhaustive'
.PHONY: test test-all $(PARTS:%=test-%)

test: setup consumers
	@$(MAKE) --no-print-directory --jobs $(JOBS) --keep-going $(PARTS:%=test-%)

test-all: setup consumers
	@$(MAKE) --no-print-directory --jobs $(JOBS) --keep-going $(PARTS:%=test-%) CHOSEN=

$(NAMED:%=test-%): test-%:
	$(BIN)/python -m pytest $(CHOSEN) tests/$*

test-rest:
	$(BIN)/python -m pytest $(CHOSEN) $(NAMED:%=--ignore=tests/%)

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

content: setup
	$(BIN)/convclass release --check
	$(BIN)/convclass verify

# otter and nbgrader get an environment each: together, what one of them imports would slow the other down.
.venv-bench/%/.ready: tests/bench/requirements-%.txt
	$(PYTHON) -m venv .venv-bench/$*
	.venv-bench/$*/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# Everything side by side, in less than 20 minutes on 2 cores; the machine should have nothing else to do.
# BENCH='--only check,quiz' for some of it. `PYTHONPATH=tests .venv/bin/python -m bench.readme build/bench.json` commits to it.
bench: setup .venv-bench/otter/.ready .venv-bench/nbgrader/.ready .venv-bench/load/.ready
	PYTHONPATH=tests $(BIN)/python -m bench $(BENCH)

clean:
	rm -rf build .pytest_cache .mypy_cache .ruff_cache
