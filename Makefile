# Liaison 成果联络员工作台 – everything a person or CI types. Needs make, git and Python 3.11-3.13; the rest is set up
# inside the clone (.venv, build/), downloads checked by hash. Start with: make demo

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test check coverage pictures bench serve deb deb-compat lock clean
.NOTPARALLEL:

# the first Python of a fitting version; override with PYTHON=...
PYTHON ?= $(shell for p in python3 python3.12 python3.11 python3.13; do \
    $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
PYTEST_ARGS ?=

ifeq ($(strip $(PYTHON)),)
$(error No Python 3.11, 3.12 or 3.13 found. Debian, UOS: sudo apt-get install -y python3 python3-venv; or name one: make PYTHON=/path/to/python3.11)
endif

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS=$$'\t' read -r n t; do printf '  make %-14s %s\n' "$$n" "$$t"; done

demo: ## sets up and opens the desk with practice data (HEADLESS=1: pictures and journey.json in build/demo)
	@$(PYTHON) packaging/prepare.py run
	@if [ -z "$(HEADLESS)" ] && [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	    exec $(BIN)/liaison demo; \
	else \
	    mkdir -p build/demo && QT_QPA_PLATFORM=offscreen exec $(BIN)/liaison demo --headless --out build/demo; \
	fi

test: ## sets up and runs all checks and all tests; everything is run even when something failed
	@$(PYTHON) packaging/prepare.py test
	@failed=; \
	$(MAKE) --no-print-directory --silent --keep-going checks || failed="$$failed checks"; \
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS) || failed="$$failed tests"; \
	if [ -n "$$failed" ]; then echo "FAILED:$$failed" >&2; exit 1; fi

check: ## lint, types and import contracts only
	@$(PYTHON) packaging/prepare.py test
	@$(MAKE) --no-print-directory --silent --keep-going checks

.PHONY: checks lint types packaging-types contracts
checks: lint types packaging-types contracts
lint:
	$(BIN)/ruff check --quiet .
types:
	$(BIN)/mypy
packaging-types:
	cd packaging && ../$(BIN)/mypy --config-file ../pyproject.toml *.py */*.py
contracts:
	$(BIN)/lint-imports --no-logo

coverage: ## branch coverage of the rules, the core and the wire; fails below 95 %
	@$(PYTHON) packaging/prepare.py test
	@$(BIN)/python -m pytest -n 2 --dist loadfile --cov=sync.domain --cov=sync.core --cov=sync.messages --cov-branch \
	    --cov-fail-under=95 $(PYTEST_ARGS)

pictures: ## makes the pictures of README and help anew (from the demo, without a display)
	@$(PYTHON) packaging/prepare.py test
	@QT_QPA_PLATFORM=offscreen $(BIN)/python packaging/pictures.py

bench: ## measures and fails past a budget
	@$(PYTHON) packaging/prepare.py test
	@$(BIN)/python -m pytest -m bench -p no:xdist $(PYTEST_ARGS)

serve: ## runs the reference platform on http://127.0.0.1:8420 with its data in build/serve
	@$(PYTHON) packaging/prepare.py run
	@mkdir -p build/serve && exec $(BIN)/liaison-server --data build/serve serve --port $${PORT:-8420}

deb: ## builds the Linux installer into dist/ (QUICK=1: lighter compression)
	@$(PYTHON) packaging/prepare.py test
	@$(BIN)/python packaging/build.py --target deb-amd64 $(if $(QUICK),--quick)

deb-compat: ## the same for old desktops too (glibc 2.28: UOS 20, Kylin V10), in a Debian 11 system it makes; needs root
	@$(PYTHON) packaging/prepare.py test
	@packaging/runtime/build.sh $(if $(QUICK),--quick)

lock: ## renews the pinned lists from pyproject.toml (needs uv)
	@$(PYTHON) packaging/lock.py

clean: ## removes everything these targets made
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
