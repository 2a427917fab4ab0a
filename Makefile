# make demo · make test · make bench · make lint. Each sets up .venv in the root when it is missing or out of date.
.PHONY: demo test bench lint content setup bubblewrap clean
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
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

demo: setup
	$(BIN)/convclass demo

test: setup
	$(BIN)/python -m pytest

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

bench: setup .venv-bench/otter/.ready .venv-bench/nbgrader/.ready
	PYTHONPATH=tests $(BIN)/python -m bench

clean:
	rm -rf build .pytest_cache .mypy_cache .ruff_cache
