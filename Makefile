# Thin: makes the virtual environment and calls Python. `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
export PORT
# what Python compiled is kept, whatever the environment says: the tests start hundreds of processes, and each would compile us anew
export PYTHONDONTWRITEBYTECODE :=
AS_IN_PRODUCTION := RECOURSE_ENV=production ALLOWED_HOSTS=recourse.example BROKER_URL=amqp://broker.example \
	SECRET_KEY=$$(head -c 60 /dev/urandom | base64 | tr -d '\n') DATABASE_URL=postgresql://app@db.example/recourse \
	DATABASE_OWNER_URL=postgresql://owner@db.example/recourse DATABASE_SEQUENCER_URL=postgresql://sequencer@db.example/recourse

# each process would import all tests, only to leave most of them out
marked = $$(grep -rl --include='test_*.py' 'mark\.$(1)' tests)

.DEFAULT_GOAL := help
.PHONY: help demo smoke bench chaos simulate fuzz test fast system browser lint types checks install install-all

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: install ## start everything with a demo world on 127.0.0.1 (PORT=8000), Ctrl-C stops it
	@$(BIN)/python manage.py demo

smoke: install ## start everything on a free port, send one event, read its page, stop
	@$(BIN)/python manage.py smoke

test: install-all ## everything a change must pass, two jobs side by side; each prints when it is done
	@$(MAKE) --no-print-directory -j2 $(filter --output-sync,$(.FEATURES:%=--%)) types system lint checks fast browser

fast: install-all ## tests without real servers or a browser
	$(BIN)/python -m pytest -n 2 -m "not system and not browser and not benchmark"

simulate: install-all ## the statistics on a world whose truth is known: pass marks, and docs/simulation.md
	$(BIN)/python -m tests.benchmarks.simulate --write docs/simulation.md

chaos: install-all ## the campaign of 200 faults: 160 kills, 20 crashes of PostgreSQL, the broker emptied 20 times (CHAOS_EVENTS, CHAOS_KILLS)
	CHAOS_EVENTS=$(or $(CHAOS_EVENTS),2000) CHAOS_KILLS=$(or $(CHAOS_KILLS),160) $(BIN)/python -m pytest tests/reliability/test_chaos.py

fuzz: install-all ## made-up input for longer: MINUTES=10, SCALE=5 times the examples, after 100,000 at the event door and 100,000 flipped bits of bundles
	$(BIN)/python -m tests.fuzz --door --minutes $(or $(MINUTES),10) --scale $(or $(SCALE),5)

bench: install-all ## measure speed as ratios and write docs/benchmarks.md (SIZE=full for an hour)
	$(BIN)/python -m tests.benchmarks --size $(or $(SIZE),small)

system: install-all ## tests on real servers, workers and kills
	$(BIN)/python -m pytest -n 3 --dist loadfile -m "system and not browser" $(call marked,system)

browser: install-all ## tests in a real browser
	$(BIN)/python -m tests.browser
	$(BIN)/python -m pytest -n 2 --dist loadfile -m browser $(call marked,browser)

lint: install-all ## ruff: rules and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: install-all ## mypy
	$(BIN)/mypy

# makemigrations warns that no database runs; it needs none
checks: install-all ## Django's own checks, no missing migration, a valid OpenAPI document
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@echo 'manage.py check --deploy --fail-level WARNING, as in production'
	@$(AS_IN_PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

install: .venv/run.stamp

install-all: .venv/all.stamp

.venv/run.stamp: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Recourse needs Python 3.11 or later. Name one: make PYTHON=python3.12'; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo 'This Python lacks venv or pip. On Debian and Ubuntu: apt-get install -y python3-venv python3-pip'; exit 1; }
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@echo 'Installing the pinned requirements into .venv'
	@grep -v '^-r' requirements.txt | $(BIN)/python -m pip install --quiet --disable-pip-version-check -r /dev/stdin # tests have their own list
	@touch $@

.venv/all.stamp: .venv/run.stamp requirements-dev.txt requirements-judges.txt
	@echo 'Installing what tests and checks need into .venv'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -r requirements-dev.txt # most of it is never imported
	@touch $@
