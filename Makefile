# Consonance. Everything installs into .venv, once; `make demo` and `make test` set up what they need.
PYTHON ?= python3
PROMPT ?= rainy sunday jazz, no vocals
DEMO_HOME ?= .demo
PORT ?= 8000
BENCH_HOME ?= $(DEMO_HOME)
export PROMPT

BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test serve lint bench lab notebooks page-pictures pictures reference nightly mutants

demo: .venv/runs
	$(BIN)/consonance demo --home $(DEMO_HOME) "$$PROMPT"

serve: .venv/runs
	@test -e $(DEMO_HOME)/current || $(BIN)/consonance demo --home $(DEMO_HOME) "$$PROMPT"
	CONSONANCE_TRUST_CALLERS=true $(BIN)/consonance serve --home $(DEMO_HOME) --port $(PORT)

# Two processes at a time, for two cores; a file's tests stay in one, as they share what they set up.
test: lint
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: .venv/develops
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/develops
	@test -e $(BENCH_HOME)/current || $(BIN)/consonance demo --home $(BENCH_HOME) >/dev/null
	$(BIN)/python -m tests.benchmarks --home $(BENCH_HOME)
	$(BIN)/python -m tests.benchmarks.serving --home $(BENCH_HOME)
	$(BIN)/python -m tests.benchmarks.overload --home $(BENCH_HOME)

# What reports, notebooks and comparisons with other libraries need, and the demo's catalog to try them on.
lab: .venv/compares
	@test -e $(DEMO_HOME)/current || $(BIN)/consonance demo --home $(DEMO_HOME) >/dev/null

# The notebooks with everything that they show, over the demo's catalog, and a page of each, into .notebooks.
notebooks: lab
	@mkdir -p .notebooks
	@set -e; for source in eval/notebooks/[0-9]*.py; do \
	    made=.notebooks/$$(basename $$source .py).ipynb; \
	    $(BIN)/jupytext --quiet --to ipynb --set-kernel python3 --output $$made $$source; \
	    CONSONANCE_HOME=$(abspath $(DEMO_HOME)) $(BIN)/jupyter-execute --inplace $$made 2>.notebooks/log \
	        || { cat .notebooks/log; exit 1; }; \
	    $(BIN)/python -m eval.notebooks.pages $$made; \
	    echo "$$made $${made%.ipynb}.html"; done; rm -f .notebooks/log

# The four pictures of the listener's page that the README links.
page-pictures: .venv/develops
	$(BIN)/python -m tests.api.pages.sheet .page list panel refined
	cp .page/list-phone-light.png api/pages/pictures/phone.png
	cp .page/list-desk-light.png api/pages/pictures/list.png
	cp .page/panel-tablet-light.png api/pages/pictures/panel.png
	cp .page/refined-phone-dark.png api/pages/pictures/dark.png

# The two pictures that the README links, of the page of a run of 40 of the demo's prompts and of a notebook's page.
pictures: notebooks
	$(BIN)/python -m eval queries demo $(DEMO_HOME) .notebooks/all.jsonl
	awk 'NR % 13 == 1' .notebooks/all.jsonl >.notebooks/some.jsonl
	$(BIN)/python -m eval run --home $(DEMO_HOME) --queries .notebooks/some.jsonl --out .notebooks/run --timings \
	    --systems hybrid,bm25,dense,cf,popularity,random --without all --policies all >/dev/null
	$(BIN)/python -m eval report .notebooks/run --out .notebooks/report.html
	@for page in report 3_what_consent_costs; do chromium --headless --no-sandbox --hide-scrollbars \
	    --window-size=1280,1300 --virtual-time-budget=9000 --screenshot=eval/pictures/$${page#3_}.png \
	    file://$(CURDIR)/.notebooks/$$page.html 2>/dev/null; done

# Pages of every public name, from its docstring, into .reference.
reference: .venv/develops
	$(BIN)/python -m tests.reference .reference

# The checks that take long, part by part, each with its time: `make nightly PART=policy`; PART=--help lists them.
nightly: .venv/develops
	@test -e $(DEMO_HOME)/current || $(BIN)/consonance demo --home $(DEMO_HOME) >/dev/null
	DEMO_HOME=$(DEMO_HOME) $(BIN)/python -m tests.nightly $(PART)

mutants: .venv/develops
	$(BIN)/python -m tests.mutation

.venv/runs: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12")'
	@echo "Setting up .venv: a few minutes, once"
	$(PYTHON) -m venv .venv
	$(INSTALL) torch
	$(INSTALL) --editable .
	@touch $@

.venv/compares: .venv/runs
	$(INSTALL) --editable '.[lab,peers]'
	@touch $@

.venv/develops: .venv/runs
	$(INSTALL) --editable '.[dev]'
	@touch $@
