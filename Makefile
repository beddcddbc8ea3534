# Everything sets itself up, and nothing twice: see .ci/setup.sh.
PORT ?= 8000
ARGS ?=
PYTHON := .venv/bin/python
COMPILE := $(PYTHON) -m uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11

.PHONY: help run test bench screenshots format lint messages lock setup
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: ## serve the helpdesk with its demo: make run [PORT=8000]
	@sh .ci/setup.sh run
	@exec $(PYTHON) manage.py up --port $(PORT) $(ARGS)

test: setup ## every check and test
	@sh .ci/test.sh $(ARGS)

bench: setup ## one table of figures, measured now
	@$(PYTHON) -m bench $(ARGS)

screenshots: setup ## take the pictures of the README again
	@$(PYTHON) -m bench.screenshots $(ARGS)

format: setup ## format the Python code
	@$(PYTHON) -m ruff format . && $(PYTHON) -m ruff check --fix --quiet .

lint: setup ## the quick checks of the Python code
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && $(PYTHON) -m mypy && .venv/bin/lint-imports

messages: setup ## write new texts into locale/es, to be translated there
	@$(PYTHON) -m tests.i18n.catalogue $(ARGS)

lock: setup ## compile the pins from pyproject.toml
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	@$(COMPILE) .ci/node.in -o .ci/node.txt

setup:
	@sh .ci/setup.sh test
