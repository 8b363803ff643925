# Parabola from a fresh checkout: `make clip`, `make test`, `make bench`.
PYTHON ?= python3
PROMPT ?= two rubber balls bounce on a wooden floor
OUT ?= out/clip.mp4
NAME ?=
WORKERS ?= 2
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt

.PHONY: clip test quick bench lint format clean
.DEFAULT_GOAL := clip

clip: .venv/.core
	@mkdir -p "$(dir $(OUT))"
	$(BIN)/parabola generate "$(PROMPT)" -o "$(OUT)"

# The whole suite: lint, types, fast and slow tests.
test: .venv/.all
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile

quick: .venv/.all
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -m "not slow"

bench: .venv/.all
	$(BIN)/parabola bench $(NAME)

lint: .venv/.all
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python

format: .venv/.all
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format .

clean:
	rm -rf .venv out build dist .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "parabola needs Python 3.11 or newer: make PYTHON=python3.12 ..." >&2; exit 2; }
	$(PYTHON) -m venv .venv

# The stamps make a second call instant; a change of the dependencies renews them.
.venv/.core: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) -e .
	@touch $@

.venv/.all: .venv/.core
	$(PIP) -e ".[dev,film,reference,bench]"
	@touch $@
