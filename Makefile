# Two commands do everything: `make run` and `make test`. Each missing thing is named with the command that mends it.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build run test prove check tools lock clean

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
LOCK := deploy/requirements.lock
TEST_LOCK := deploy/requirements-test.lock
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

help:
	@echo "make build   what make run needs"
	@echo "make run     the whole product with a living demo city"
	@echo "make test    every check that CI runs"
	@echo "make prove   the long proofs"

build: $(VENV)/installed
	@$(BIN)/python deploy/build_windows.py

$(VENV)/made:
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is missing: sudo apt-get install python3 python3-venv"; exit 1; fi
	if ! $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null; then
		echo "Python's venv module is missing: sudo apt-get install python3-venv"; exit 1
	fi
	echo "[1/3] Python environment" >&2
	$(PYTHON) -m venv --clear $(VENV)
	touch $@

$(VENV)/installed: $(VENV)/made $(LOCK) pyproject.toml
	@echo "[2/3] Python packages, as locked (about a minute)" >&2
	$(PIP) install --require-hashes -r $(LOCK)
	echo "[3/3] the citybrain command and the front ends" >&2
	$(BIN)/python deploy/build_windows.py
	$(PIP) install --no-build-isolation --no-deps --editable .
	touch $@

run: build
	@exec $(BIN)/citybrain up --demo --simulate

tools:
	@deploy/install_test_tools.sh

$(VENV)/test-ready: $(VENV)/installed $(TEST_LOCK)
	@echo "Python packages of the tests, as locked" >&2
	$(PIP) install --require-hashes -r $(TEST_LOCK)
	touch $@

check: $(VENV)/test-ready build
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --check .; exit 1; }
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache > .lint-imports.log || { cat .lint-imports.log; exit 1; }
	rm -f .lint-imports.log
	$(BIN)/python deploy/build_windows.py check

test: tools check
	@$(BIN)/pytest tests --ignore=tests/journeys -m "not prove" -n 2 --dist loadfile -q
	$(BIN)/pytest tests/journeys -m "not prove" -q

prove: tools check
	@$(BIN)/pytest tests -m prove -q
	$(BIN)/citybrain bench

lock:
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		pyproject.toml deploy/requirements-build.in -o $(LOCK)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--extra test pyproject.toml deploy/requirements-build.in -o $(TEST_LOCK)

clean:
	@rm -rf $(VENV) dashboards/static dashboards/windows/node_modules
