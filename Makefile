# The only door. Every target works alone in a fresh clone with Python >= 3.11, a Rust toolchain and make:
# what it needs is installed into .venv first. `make check` is what CI runs, line for line.

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))
BIN := .venv/bin
RUST := Cargo.toml Cargo.lock $(shell find rust -name '*.rs' -o -name Cargo.toml)
PROFILE ?= same
ARGS ?=

# pyo3 and maturin look for an interpreter and a virtual environment: the ones of this clone, whatever is active.
export PYO3_PYTHON := $(CURDIR)/$(BIN)/python
export VIRTUAL_ENV := $(CURDIR)/.venv
unexport CONDA_PREFIX
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help build demo test test-trainers soak lint check versions docs bench clean licences fuzz miri

help: ## What the targets do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 15

build: .venv/extension ## The extension in release mode, into .venv

demo: build ## The main job on an instruction set made from Python's own standard library
	$(BIN)/python examples/stdlib_instructions.py

test: build .venv/test ## The Python tests on all cores (PROFILE=search draws other and more examples, ARGS= goes to pytest)
	$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal --hypothesis-profile=$(PROFILE) $(ARGS)

test-trainers: build .venvs/trainers ## A few steps of transformers and TRL on our sets, in an environment of their own
	PYTHONPATH=$(CURDIR)/python .venvs/trainers/bin/python -m pytest tests/trainers/steps.py $(ARGS)

soak: build .venv/test ## Jobs killed hundreds of times, each output that of a quiet run (ARGS="--kills 300")
	$(BIN)/python tests/faults.py --seconds 3600 $(ARGS)

fuzz: ## Hostile input made from the saved corpus, through every target, overflow checked (ARGS="10000000 7 jsonl": how many, seed, targets)
	cargo run --locked --profile fuzz -p fastcurate-fuzz --bin mutate -- $(ARGS)

miri: ## The vector code's scalar twins and its pointers under miri; says what is missing
	@if cargo +nightly miri --version >/dev/null 2>&1; then cargo +nightly miri test -p fastcurate-simd $(ARGS); else \
		echo "skipped: miri is not installed (rustup toolchain install nightly --component miri)"; fi

lint: build .venv/test .venv/lint ## Formatting, clippy, ruff, types, stubs
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest --allowlist tests/stubtest.txt fastcurate._core

# Random rows are drawn from one seed here, so that what was green stays green; without it they are new each time.
check: export PROPTEST_RNG_SEED ?= 1
check: lint ## What CI runs: lint, Rust tests, the demo, the Python tests, the site, the oldest versions
	cargo test --locked
	$(MAKE) demo
	$(MAKE) test
	$(MAKE) licences ARGS=--check
	$(MAKE) docs
	$(MAKE) versions ARGS=oldest

versions: .venv/pip ## The same wheel against old and new Polars, datasets, pyarrow (ARGS=oldest: one set)
	$(BIN)/python -m pip install --quiet --group build
	$(BIN)/python tests/versions.py $(ARGS)

licences: .venv/pip ## docs/licences.md from what is compiled in; cargo-deny's look at it where that is installed
	$(BIN)/python tests/licences.py $(ARGS)
	@if cargo deny --version >/dev/null 2>&1; then cargo deny check; else \
		echo "advisories were not looked up: cargo-deny is not installed (cargo install --locked cargo-deny)"; fi

docs: .venv/docs ## The documentation site, into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: build .venv/bench ## One table: stage, corpus, ours, rival, ratio, and whether the answers agree
	$(BIN)/python -m benches $(ARGS)

clean: ## Everything that the other targets made
	rm -rf .venv .venvs target site out demo dist .pytest_cache .hypothesis .mypy_cache .ruff_cache .benchmarks
	rm -f python/fastcurate/_core*.so
	find python tests benches examples -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# A stamp per group of packages, so that a demo does not wait for the linters.
.venv/pip: pyproject.toml
	@test -n "$(PYTHON)" || { echo "fastcurate needs Python 3.11 or newer; try: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --upgrade 'pip>=25.1'  # the first that reads dependency groups
	@touch $@

.venv/extension: .venv/pip $(RUST)
	$(BIN)/python -m pip install --group build
	$(BIN)/maturin develop --release --locked
	@touch $@

# torch brings gigabytes, which nothing else needs. Where it cannot be had, the tests say that they were skipped.
.venvs/trainers: pyproject.toml
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --upgrade 'pip>=25.1'
	$@/bin/python -m pip install --group trainers || $@/bin/python -m pip install --group test
	@touch $@

# The next version of a rival, beside the one that the tests need.
.venvs/candidate: pyproject.toml
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --upgrade 'pip>=25.1'
	$@/bin/python -m pip install --group candidate
	@touch $@

.venv/test .venv/lint .venv/bench .venv/docs: .venv/%: .venv/pip
	$(BIN)/python -m pip install --group $*
	@touch $@
