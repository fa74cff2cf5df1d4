# What a developer or an operator types. `make run` starts from nothing; everything else stands on the same
# environment. A second call does only what changed: each `.venv/stamp-*` and the pages' `.built` note what was done.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := run

PY := .venv/bin/python
PAGES := src/vernissage/web/static
# Directories are inputs too: their time changes when a file in them goes.
PAGE_SOURCES := $(shell find frontend/src frontend/build -not -name '*.test.ts' -not -name '*.test.tsx' 2>/dev/null) \
	frontend/app.html frontend/editor.html frontend/docs.html frontend/vite.config.ts frontend/tsconfig.base.json frontend/tsconfig.app.json

# uv where it can be had (seconds), else pip (a minute). Nothing is ever removed, so that what the tests need stays
# when `make run` comes after `make test`.
INSTALL = if [ -x .venv/bin/uv ]; then .venv/bin/uv pip install -q --python $(PY)

.PHONY: run test check bench fuzz clients codegen format build pins clean

run: .venv/stamp-self $(PAGES)/.built
	@exec .venv/bin/vernissage serve --examples --port "$${PORT:-8000}" --data "$${VERNISSAGE_DATA:-data}"

build: .venv/stamp-self $(PAGES)/.built

# Playwright's sync API and anyio's tests cannot share a process, so the browser tests have one of their own.
test: .venv/stamp-self .venv/stamp-dev .venv/stamp-clients $(PAGES)/.built
	@scripts/parts.sh \
	  "what the tests need" "scripts/needs.sh browser && scripts/needs.sh postgres" \
	  "Python" "$(PY) -m pytest tests -q -n 2 --dist loadfile --ignore tests/e2e" \
	  "browser" "$(PY) -m pytest tests/e2e -q -p no:anyio" \
	  "front end" "npm --prefix frontend test"

check: .venv/stamp-self .venv/stamp-dev frontend/node_modules/.installed
	@scripts/parts.sh \
	  "format" ".venv/bin/ruff format --check ." \
	  "lint" ".venv/bin/ruff check ." \
	  "types" ".venv/bin/mypy src tests scripts $(wildcard benchmarks)" \
	  "layers" ".venv/bin/lint-imports" \
	  "generated files" "$(PY) scripts/codegen.py --check" \
	  "rules" "$(PY) -m pytest tests/test_spec.py -q" \
	  "front end" "npm --prefix frontend run check"

# BENCH="--only new_session --json figures.json" chooses what is measured and keeps every sample.
bench: .venv/stamp-self .venv/stamp-dev $(PAGES)/.built
	@scripts/needs.sh browser
	@$(PY) -m benchmarks $(BENCH)

# The whole API held against its own description, with many made-up requests. FUZZ is how many for each operation.
fuzz: .venv/stamp-self .venv/stamp-dev $(PAGES)/.built
	@$(PY) -m tests.support.fuzz $${FUZZ:-200}

# Hex's own clients, for the tests that run them. They pin what we do not, so they have an environment of their own.
clients: .venv/stamp-clients

codegen: .venv/stamp-self
	@$(PY) scripts/codegen.py

format: .venv/stamp-dev frontend/node_modules/.installed
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix-only -q .
	@npm --prefix frontend run format

# Writes the pins anew from pyproject.toml; give `UPGRADE=--upgrade` to take newer releases.
pins: .venv/stamp-dev
	@.venv/bin/uv pip compile pyproject.toml -q -o requirements/base.txt $(UPGRADE) --python-version 3.11 \
	  --no-header --no-annotate --no-emit-index-url >/dev/null
	@.venv/bin/uv pip compile pyproject.toml --group dev -q -o requirements/dev.txt -c requirements/base.txt $(UPGRADE) \
	  --python-version 3.11 --no-header --no-annotate --no-emit-index-url >/dev/null
	@.venv/bin/uv pip compile requirements/clients.in -q -o requirements/clients.txt $(UPGRADE) --python-version 3.11 \
	  --no-header --no-annotate --no-emit-index-url >/dev/null

clean:
	@rm -rf .venv frontend/node_modules $(PAGES) dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# --- the environment --------------------------------------------------------------------------------

# pip is the way to uv, not a need of its own: where uv has no build for this machine, pip does the work.
.venv/stamp-made:
	@echo "Making the Python environment (.venv)."
	@python=$$(scripts/needs.sh python) && "$$python" -m venv .venv
	@$(PY) -m pip install -q --disable-pip-version-check uv || echo "uv cannot be had here; pip takes its place."
	@touch $@

.venv/stamp-base: requirements/base.txt .venv/stamp-made
	@echo "Installing Python packages."
	@$(INSTALL) --no-deps -r requirements/base.txt; else $(PY) -m pip install -q --no-deps -r requirements/base.txt; fi
	@touch $@

.venv/stamp-dev: requirements/dev.txt .venv/stamp-base
	@echo "Installing what tests and checks need."
	@$(INSTALL) --no-deps -r requirements/dev.txt; else $(PY) -m pip install -q --no-deps -r requirements/dev.txt; fi
	@touch $@

.venv/stamp-clients: requirements/clients.txt .venv/stamp-made
	@echo "Installing Hex's clients, for the tests that run them."
	@{ rm -rf .venv/clients && $(PY) -m venv .venv/clients && \
	  if [ -x .venv/bin/uv ]; then .venv/bin/uv pip install -q --python .venv/clients/bin/python --no-deps -r $<; \
	  else .venv/clients/bin/python -m pip install -q --no-deps -r $<; fi; } || \
	  { rm -rf .venv/clients; echo "They cannot be had here (they need Python 3.11 or 3.12); their tests are skipped."; }
	@touch $@

.venv/stamp-self: pyproject.toml hatch_build.py .venv/stamp-base
	@$(INSTALL) --no-deps -e .; else $(PY) -m pip install -q --no-deps -e .; fi
	@touch $@

# --- the pages --------------------------------------------------------------------------------------

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json
	@scripts/needs.sh node
	@echo "Installing the front end's packages."
	@npm --prefix frontend ci --silent --no-audit --no-fund
	@touch $@

$(PAGES)/.built: frontend/node_modules/.installed $(PAGE_SOURCES)
	@echo "Building the pages."
	@npm --prefix frontend run build --silent -- --logLevel warn
	@touch $@
