# make repro   set up .venv, bring the releases, run the pipeline, print the table of laws; TASKS=density,chi: a part
# make test    the same set-up, then every test and one small demo pipeline in a temporary folder
# make soak    the long fault and coverage tests
# make bench   the speed table against what a user would write: five to ten minutes, on a quiet machine
# make bench-full  the same and what takes long: accuracy of bf16, worth of pairing, a sweep of PolyOmics' size
# make lint    ruff, mypy, and the documentation's links
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# byte code is made once, at first import: without it every worker process compiles every library anew
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOG := $(VENV)/pip.log
# -qq hides pip's warnings about places it looked in vain; errors are shown. Byte code comes with the first import.
PIP := $(BIN)/python -m pip --disable-pip-version-check install --no-compile
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

.PHONY: help repro test soak bench bench-full lint setup

help:
	@sed -n '/^# make/s/^# //p' $(firstword $(MAKEFILE_LIST))

repro: $(STAMP)
	@$(BIN)/simworth run $(if $(TASKS),--tasks "$(TASKS)")

# a file's tests share what they make, so a worker takes whole files, the longest first (tests/conftest.py)
test: $(STAMP)
	@$(ONE_THREAD) $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not soak" $(ARGS)

soak: $(STAMP)
	@$(ONE_THREAD) $(BIN)/python -m pytest -v -n auto --dist loadfile --no-loadscope-reorder -m soak $(ARGS)

bench: $(STAMP)
	@$(BIN)/python -m benchmarks $(ARGS)

bench-full: $(STAMP)
	@$(BIN)/python -m benchmarks --full $(ARGS)

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

setup: $(STAMP)

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit(f"SimWorth needs Python 3.11 or later; $(PYTHON) is {v[0]}.{v[1]}: name another with make PYTHON=...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV): $$(grep -c ^[^#]*== requirements.lock) pinned packages, one to three minutes the first time"
	@$(PIP) --no-deps -r requirements.lock 2> $(LOG) | awk -v all="$$(grep -c ^[^#]*== requirements.lock)" \
	    '/^(Collecting|Processing|Requirement already)/ { n++; if (n % 20 == 0) { printf "  found %d of %d\n", n, all; fflush() } } \
	     /^Installing collected/ { print "  installing"; fflush() }' \
	  || { grep -v '^WARNING' $(LOG) >&2; echo "set-up failed; the whole log is $(LOG)" >&2; exit 1; }
	@$(PIP) -qq --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip --disable-pip-version-check check > $(LOG) || { \
	    echo "  adding what this machine needs beside the pinned packages"; $(PIP) -qq -r requirements.lock -e .; }
	@touch $@
	@echo "set-up done"
