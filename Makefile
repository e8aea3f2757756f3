# Needs Python 3.11 or newer and the package index, nothing else. Everything lands in .venv/ and var/.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test deploy-test lint check format bench clean

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: .venv/run ## Set up, then show a forced refresh against the built-in sandbox
	$(BIN)/scrapy demo

test: .venv/dev ## Set up, then run the tests
	$(BIN)/python -m pytest -n auto --dist worksteal tests/unit tests/sandbox tests/crawl $(PYTEST_ARGS)

deploy-test: .venv/dev ## Test deployment: scrapyd, a browser, units, machines; needs root and Debian's packages (.ci/run)
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder tests/deploy $(PYTEST_ARGS)

lint: .venv/dev ## Linter, layout, types and words
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tests.words

check: lint ## Lint and the unit tests; before every commit
	$(BIN)/python -m pytest -q -n auto --dist worksteal tests/unit tests/sandbox

format: .venv/dev ## Lay the code out
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev ## Measure against Scrapy's own ImagesPipeline, half an hour; writes docs/benchmarks.md
	$(BIN)/python -m tests.bench --write $(BENCH_ARGS)

clean: ## Remove the virtual environment and what tools left; var/ stays
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "trivia_scraper needs Python 3.11 or newer; say which: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/run: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev: requirements.txt requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/run
