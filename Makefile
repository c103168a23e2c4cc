# The commands of the project; `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
FLASK := $(BIN)/flask --app wsgi
.DEFAULT_GOAL := help

.PHONY: help eval-search eval-asked run test check prepare dev frontend pin migration translations screenshots clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

run: prepare ## Set up what is missing and serve the product (PORT, HOST, DATA_DIR from the environment)
	@$(BIN)/python bin/serve.py

test: dev ## Set up what is missing and run all tests
	@$(BIN)/python bin/test.py

check: dev ## Style, types, floors, access, translations, migrations: all that CI asks for beside the tests (TESTED=yes after make test)
	@$(BIN)/python bin/check.py $(if $(TESTED),--tested)

prepare:
	@$(PYTHON) bin/prepare.py

dev:
	@$(PYTHON) bin/prepare.py --dev

frontend: prepare ## Build styles and scripts when their sources have changed

pin: ## Resolve requirements*.in into the pinned lists (needs uv)
	uv pip compile --universal --python-version 3.11 -q --no-header requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 -q --no-header requirements-dev.in -o requirements-dev.txt

migration: dev ## Write a migration for changed models: make migration m="Add a column"
	@$(BIN)/python bin/migration.py "$(m)"

translations: dev ## Collect new sentences into the catalogues
	@$(BIN)/python bin/translations.py

screenshots: dev ## Take every page, on desktop and phone, into build/screenshots
	@$(BIN)/python bin/screenshots.py

bench-%: dev ## Measure one area, for instance make bench-study; one JSON line a case
	@$(BIN)/python -m bench.bench_$*

eval-search: dev ## Measure how often search finds what is known to be there
	@$(BIN)/python -m bench.eval_search

eval-asked: dev ## Measure how often search answers what people type, written by hand
	@$(BIN)/python -m bench.eval_asked

clean: ## Remove what set-up made; the data folder stays
	rm -rf .venv frontend/node_modules lms/web/static/dist build
