# Needs Python 3.11 or newer and the package index. Writes only to .venv/ and var/.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test deploy-test lint check format bench clean

help: ## List these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: .venv/run ## Show a forced refresh in the sandbox
	$(BIN)/scrapy demo

test: .venv/dev ## Run all tests except those of deployment
	$(BIN)/python -m pytest -n auto --dist worksteal tests/unit tests/sandbox tests/crawl $(PYTEST_ARGS)

deploy-test: .venv/dev ## Test deployment; needs root and the Debian packages that .ci/run installs
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder tests/deploy $(PYTEST_ARGS)

lint: .venv/dev ## Check style, layout, types and words
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tests.words

check: lint ## Run lint and the unit tests, before every commit
	$(BIN)/python -m pytest -q -n auto --dist worksteal tests/unit tests/sandbox

format: .venv/dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev ## Compare the cost with Scrapy's ImagesPipeline (30 min), and write docs/benchmarks.md
	$(BIN)/python -m tests.bench --write $(BENCH_ARGS)

clean: ## Remove .venv/ and files of tools, but not var/
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "trivia_scraper needs Python 3.11 or newer. Choose one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/run: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev: requirements.txt requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/run
