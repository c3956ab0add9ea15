# Loyalty's commands. All that is needed before is Python 3.11 or newer, git and make.
# PYTHON=... chooses the Python that .venv is made with.

HOST ?= 127.0.0.1
PORT ?= 8000
# Given on to pytest, the demo or the benchmarks: make test ARGS="-k spend"
ARGS ?=
TEST_DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/loyalty

PY := .venv/bin/python
MANAGE := $(PY) manage.py
# On all cores; the tests of one file stay together.
PYTEST := $(PY) -m pytest -n auto --dist loadfile
export PYTHON

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run demo data test test-sqlite test-postgresql browser pictures lint openapi fuzz bench messages lock clean venv venv-dev port

help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | awk -F'\t' '{printf "make %-18s %s\n", $$1, $$2}'

run: venv .env port data ## Serve the demo at http://127.0.0.1:8000/ until Ctrl-C (HOST=, PORT=)
	@exec $(MANAGE) serve --host "$(HOST)" --port "$(PORT)" \
		--log-in "$$($(MANAGE) demo --log-in)"

demo: venv .env data ## Prepare the database with demo data, and end

data:
	@echo "Preparing the database"
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) check --database default --fail-level WARNING >/dev/null
	@$(MANAGE) demo $(ARGS)

port:
	@$(MANAGE) serve --host "$(HOST)" --port "$(PORT)" --check-port

# What needs a browser is left to `make browser`, which says what to install.
test: test-sqlite test-postgresql ## Run the tests on SQLite, and on PostgreSQL if there is one (ARGS=)

test-sqlite: venv ## Run the tests on SQLite (ARGS=)
	@echo "Testing on SQLite"
	@DATABASE_URL=sqlite:///test.sqlite3 $(PYTEST) -m "not browser" $(ARGS)

test-postgresql: venv ## Run the tests on the PostgreSQL server at TEST_DATABASE_URL (ARGS=)
	@if $(PY) bin/postgresql_answers "$(TEST_DATABASE_URL)"; then \
		echo "Testing on PostgreSQL"; \
		DATABASE_URL="$(TEST_DATABASE_URL)" $(PYTEST) -m "not browser" $(ARGS); \
	elif [ -n "$(REQUIRE_POSTGRESQL)" ]; then \
		echo "REQUIRE_POSTGRESQL is set, so this is a failure."; exit 1; \
	else \
		echo "PostgreSQL is not reachable: those tests were skipped."; \
	fi

browser: venv-dev ## Click through the back office in Chromium (ARGS=)
	@DATABASE_URL=sqlite:///test.sqlite3 $(PYTEST) loyalty/tests/browser $(ARGS)

pictures: venv-dev ## Take the documents' pictures of the demo shop anew (needs Chromium)
	@REQUIRE_BROWSER=1 DATABASE_URL=sqlite:///test.sqlite3 \
		$(PY) -m pytest -q loyalty/tests/browser/pictures.py

# Settings as in production, for the deployment check.
PRODUCTION = ENV_FILE= DEBUG=false ALLOWED_HOSTS=points.example.com DATABASE_URL=sqlite:// \
	SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(50))')

lint: venv-dev ## Check style, types, layers, migrations and the deployment settings
	@echo "Style"
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@echo "Types"
	@ENV_FILE= DEBUG=true $(PY) -m mypy .
	@echo "Layers"
	@.venv/bin/lint-imports --no-cache
	@echo "Migrations and deployment settings"
	@$(PRODUCTION) $(MANAGE) makemigrations --check --dry-run
	@$(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING

openapi: venv ## Write openapi.yaml, the document of the API, anew
	@ENV_FILE= DEBUG=true $(MANAGE) spectacular --validate --fail-on-warn --file openapi.yaml

fuzz: venv-dev ## Send the API what its document allows and what it does not (ARGS=)
	@$(PY) -m loyalty.tests.fuzz $(ARGS)

bench: venv .env ## Measure (ARGS=)
	@$(PY) -m benchmarks $(ARGS)

messages: venv ## Gather the texts that staff read for translators, and compile (needs gettext)
	@ENV_FILE= DEBUG=true $(MANAGE) makemessages --all --no-obsolete --add-location file \
		--ignore .venv --ignore benchmarks
	@ENV_FILE= DEBUG=true $(MANAGE) compilemessages --verbosity 0 --ignore .venv

lock: venv-dev ## Write requirements*.txt anew from requirements*.in
	@for name in requirements requirements-dev; do \
		.venv/bin/uv pip compile --quiet --universal --generate-hashes \
			--python-version 3.11 $$name.in -o $$name.txt; \
	done

clean: ## Remove what was made: caches and .venv, but neither .env nor a database
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis \
		.coverage htmlcov staticfiles
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv:
	@bin/bootstrap requirements.txt

venv-dev:
	@bin/bootstrap requirements.txt requirements-dev.txt

.env: | venv
	@echo "Writing .env"
	@umask 077; key=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(50))'); \
		sed "s/^SECRET_KEY=.*/SECRET_KEY=$$key/" .env.example > .env.new && mv .env.new .env
