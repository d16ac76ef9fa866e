# CityBrain: build, run, test, prove. Everything that is made lies in .venv, build, dashboards/static and data.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
CACHE := $(CURDIR)/build/cache

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_CACHE_DIR := $(CACHE)/pip
export npm_config_cache := $(CACHE)/npm
export PYTHONDONTWRITEBYTECODE :=

.PHONY: build run test prove lint check-windows lock clean
.DEFAULT_GOAL := build

build: $(VENV)/.self
	@$(BIN)/python deploy/build_windows.py

run: build
	@exec $(BIN)/citybrain up --demo --simulate

$(VENV)/.python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is missing: run 'sudo apt-get install python3 python3-venv'." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv is missing: run 'sudo apt-get install python3-venv'." >&2; exit 1; }
	@test "$$(uname -m)" = x86_64 || command -v nats-server >/dev/null || \
		echo "There is no nats-server wheel for $$(uname -m): put a nats-server 2.11 or newer on the PATH." >&2
	@echo "[1/3] virtual environment"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.requirements: deploy/requirements.lock | $(VENV)/.python
	@echo "[2/3] Python packages as locked (about a minute)"
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r deploy/requirements.lock || { \
		echo "The Python packages cannot be installed: look at the lines above; a package index must be reachable." >&2; exit 1; }
	@touch $@

$(VENV)/.self: pyproject.toml $(VENV)/.requirements
	@$(BIN)/python deploy/build_windows.py
	@echo "[3/3] the citybrain command"
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.test: deploy/requirements-test.lock $(VENV)/.self
	@echo "Python packages of the tests as locked"
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r deploy/requirements-test.lock
	@touch $@

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-windows: build
	$(BIN)/python deploy/build_windows.py check

test: build $(VENV)/.test
	@sh deploy/install_for_tests.sh
	@$(MAKE) --no-print-directory lint check-windows
	$(BIN)/pytest tests/journeys -m "not prove" -q
	$(BIN)/pytest tests --ignore=tests/journeys -m "not prove" -n 2 --dist loadfile -q

prove: build $(VENV)/.test
	@sh deploy/install_for_tests.sh
	$(BIN)/pytest -m prove -q -o timeout=7200
	$(BIN)/citybrain bench

lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate pyproject.toml deploy/requirements-build.in -o deploy/requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --extra test pyproject.toml deploy/requirements-build.in -o deploy/requirements-test.lock

clean:
	rm -rf $(VENV) build dashboards/static dashboards/windows/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
