# Two commands on a fresh machine with python3 (3.11+), pip and make:
#   make demo    everything, running, on 127.0.0.1      make demo CHECK=1   the same, looked at and ended
#   make test    everything, tested
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/.stamps
WORKERS ?= 2

.PHONY: help demo test lint unit databases screenshots messages bench fuzz chaos clean

help:
	@sed -n 's/^# \{0,1\}//p; /^PYTHON/q' Makefile
	@echo "  make lint | unit | databases | bench | chaos | fuzz | screenshots | messages | clean"

$(STAMPS)/venv:
	$(PYTHON) -c 'import sys; sys.exit("django_alisms needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	mkdir -p $(STAMPS) && touch $@

$(STAMPS)/app: $(STAMPS)/venv pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(STAMPS)/test: $(STAMPS)/app
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test]" $(if $(DJANGO),"$(DJANGO)",)
	$(BIN)/python -m project.optional_mysql
	touch $@

demo: $(STAMPS)/app
	$(BIN)/python -m project.demo $(if $(CHECK),--check,)

test: $(STAMPS)/test
	$(MAKE) --no-print-directory lint
	$(MAKE) --no-print-directory unit
	$(MAKE) --no-print-directory databases

lint: $(STAMPS)/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	SECRET_KEY=x $(BIN)/python manage.py makemigrations --check --dry-run
	SECRET_KEY=x $(BIN)/python manage.py check

unit: $(STAMPS)/test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

# What the database decides, on the servers that answer on this machine; without one, a reason is printed.
databases: $(STAMPS)/test
	$(BIN)/python -m tests.databases

screenshots: $(STAMPS)/test
	$(BIN)/python -m pytest -m browser --screenshots

# Side by side in one run, as ratios, against the goals, half an hour; SMOKE=1: small, to see that it runs; ONLY=sending,cpu: parts of it.
bench: $(STAMPS)/test
	$(BIN)/python -m benchmarks

# Lists damaged at random (200 of them in `make test`); what does harm is kept in var/fuzz with the words to make it again.
MUTATIONS ?= 5000
SEED ?= 1
fuzz: $(STAMPS)/test
	$(BIN)/python -m tests.spreadsheets.fuzz --mutations $(MUTATIONS) --seed $(SEED) --keep var/fuzz

messages: $(STAMPS)/test
	cd django_alisms && ../$(BIN)/python ../manage.py makemessages -l zh_Hans --no-location --no-wrap
	$(BIN)/python -m tests.catalogue --compile

# The long form of tests/reliability: KILLS kills a database, every failpoint three times, all ten seeded bugs. The figures
# at its end belong in docs/reliability.md. SEED makes chance repeatable.
SEED  ?= 20261123
KILLS ?= 100
chaos: $(STAMPS)/test
	ALISMS_CHAOS=1 ALISMS_CHAOS_SEED=$(SEED) ALISMS_CHAOS_KILLS=$(KILLS) $(BIN)/python -m pytest tests/reliability

clean:
	rm -rf $(VENV) var build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .make
