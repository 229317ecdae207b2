# Everything a newcomer needs: `make run` and `make test`. `make` lists the rest.

PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
export PORT HOST

VENV := .venv
PY := $(VENV)/bin/python
# Tools run as `python -m …`: the scripts in .venv/bin hold absolute paths and
# would break when the directory is moved.
RUN_READY := $(VENV)/.installed-run
DEV_READY := $(VENV)/.installed-dev
# Settings need a secret; checks use none of the real ones.
CHECK_ENV := SECRET_KEY=check DEMO=1 DATABASE_URL=sqlite://:memory:

.DEFAULT_GOAL := help
.PHONY: help run test check lint faults soak oracle evening deciding bench assets lock messages clean
.SILENT:

help: ## this list
	grep -hE '^[a-z ]+:.*## ' $(MAKEFILE_LIST) \
	| awk -F ':.*## ' '{ split($$1, names, " "); for (at in names) printf "  make %-10s %s\n", names[at], $$2 }'

$(PY):
	tools/venv.sh $(PYTHON)

$(RUN_READY): requirements.txt | $(PY)
	tools/install.sh $(PYTHON) requirements.txt
	touch $@

# The same pins and more: one install serves both.
$(DEV_READY): requirements-dev.txt requirements.txt | $(PY)
	tools/install.sh $(PYTHON) requirements-dev.txt
	touch $(RUN_READY) $@

run: $(RUN_READY) ## the demo city on http://127.0.0.1:8000 (PORT=… for another port)
	exec $(PY) deploy/supervise.py

# Compiled files spare each of its many processes a second; `make clean` removes them.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(DEV_READY) ## checks, then all tests, on SQLite and PostgreSQL, with a real browser
	tools/ensure_browser.sh
	$(MAKE) --no-print-directory check
	echo "== tests on SQLite =="
	$(PY) -m pytest -n auto --dist worksteal -m "not faults and not soak and not oracle"
	echo "== tests on PostgreSQL =="
	TEST_DATABASE=postgres $(PY) -m pytest -n auto --dist worksteal -m "(databases or postgres) and not faults and not soak and not oracle"

check: lint ## format, rules, types, layers, migrations, words
	echo "== types =="
	$(CHECK_ENV) $(PY) -m mypy
	echo "== layers =="
	$(PY) -c "from importlinter.cli import lint_imports_command as main; main()" --no-logo
	echo "== migrations, settings, words =="
	$(CHECK_ENV) $(PY) manage.py makemigrations --check --dry-run
	$(CHECK_ENV) $(PY) manage.py check
	tools/check_words.sh

lint: $(DEV_READY) ## format and rules only (ruff)
	echo "== format and rules =="
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .

faults: $(DEV_READY) ## kill servers, databases and connections, and count what was lost
	WRITE_DOCS=$${WRITE_DOCS-1} $(PY) -m pytest -n 0 -m faults

soak: $(DEV_READY) ## an hour with 500 people coming and going: does anything grow?
	$(PY) -m pytest -n 0 -m soak -s

oracle: $(DEV_READY) ## real statements with real decisions, where the shared data are
	$(PY) -m pytest -n 0 -m oracle

evening deciding: $(DEV_READY) ## an evening at the desk, five times as fast, recorded (SPEED=5 RECORD=dir)
	tools/ensure_browser.sh
	$(CHECK_ENV) $(PY) -m tests.evening $(subst evening,moderating,$@) $(if $(SPEED),--speed $(SPEED)) $(if $(RECORD),--record $(RECORD))

bench: $(DEV_READY) ## measure and hold against the bars: docs/performance.md (40 min)
	$(PY) -m bench

assets: ## rebuild the vendored style sheets, fonts and scripts (needs node)
	npm ci
	npm run assets

lock: $(DEV_READY) ## pin all packages anew, with hashes and without addresses (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header \
	  pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header \
	  --extra scale -c requirements.txt pyproject.toml -o requirements-scale.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header \
	  --all-extras -c requirements-scale.txt pyproject.toml -o requirements-dev.txt

messages: $(DEV_READY) ## gather and compile the German texts (needs gettext)
	$(CHECK_ENV) $(PY) manage.py makemessages -l de --no-location --no-wrap \
	  -i '.venv*' -i node_modules -i var -i tests
	$(CHECK_ENV) $(PY) manage.py compilemessages -l de -i '.venv*'

clean: ## remove .venv, caches and built files; never var/, where the data are
	rm -rf $(VENV) staticfiles .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './node_modules/*' -prune -exec rm -rf {} +
