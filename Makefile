# Member-loyalty warehouse: what to type. `make help` lists the commands.
#
#   make build [RAW=<dir>] [DB=<file>] [VARS='{"rfm_window_days": 180}'] [FULL=1]
#
# RAW is a folder with the raw tables (docs/bring_your_own_data.md); without it a demo is built from the CDNOW
# purchases and simulated companions. DB is the DuckDB file. VARS overrides vars of dbt_project.yml
# (JSON). FULL=1 rebuilds incremental models from nothing.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
SPARK_BIN := .venv-spark/bin
# The Spark that spark-build uses: local[<cores>] or spark://<host>:<port>.
MASTER ?= local[2]
# `make test SPARK=required` fails where Java 17 is missing, rather than leave Spark out.
SPARK ?=
DEMO := build/demo_raw
RAW ?= $(DEMO)
# The demo that nobody has named does not take the place of other raw tables in DB.
LOAD_RAW = scripts/load_raw.py "$$RAW" --db "$$DB" $(if $(filter file,$(origin RAW)),--keep-others)
DB ?= $(or $(MEMBER_LOYALTY_DB),warehouse.duckdb)
VARS ?= {}
FULL ?=
# Unit tests prove the code, not the data: `make test` runs them, a build need not.
BUILD_FLAGS ?= --exclude-resource-type unit_test
WORLDS ?= 50
LINTED := models tests analyses
QUIET_SQLFLUFF := $(if $(CI),--disable-progress-bar)
# sqlfluff's workers leave a semaphore behind, of which Python warns at the end.
QUIET_PYTHON := PYTHONWARNINGS=ignore::UserWarning:multiprocessing.resource_tracker
# Handed to the recipes by the environment, so that quotes and blanks in them survive.
AUDIENCE ?=
FORMAT ?= csv
SINCE ?=
IDS ?=
OUT ?= exports
PUBLISHED ?=
DRY ?=
MEMBER ?=
DATE ?=
INPUTS ?=
PORT ?= 8350
# The environment's LANG is a locale: only `make … LANG=zh` counts.
WORDS_LANG := $(if $(filter command line,$(origin LANG)),$(LANG),en)
# The folder for BI, `serving` beside DB when empty; PUBLISH= leaves publishing out of a build.
SERVING ?=
PUBLISH ?= 1
TO_SERVING = $(if $(SERVING),--to "$$SERVING")
export RAW DB VARS AUDIENCE OUT PUBLISHED SERVING MEMBER DATE
export MEMBER_LOYALTY_DB := $(DB)
export DBT_PROFILES_DIR := $(CURDIR)
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DBT_USE_COLORS := $(if $(MAKE_TERMOUT),true,false)

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.venv/ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null \
		|| { echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.12 …" >&2; exit 1; }
	@echo "Setting up .venv from requirements.lock (once, about a minute) …"
	@test ! -L .venv || { echo ".venv is a link to another folder: remove the link" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@touch $@

.PHONY: setup
setup: .venv/ready ## install the pinned tools into .venv

.PHONY: lock
lock: ## resolve the tools of pyproject.toml anew into requirements.lock
	@rm -rf build/lock && $(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip install --quiet --upgrade pip
	@build/lock/bin/python -m pip install --quiet --group pyproject.toml:dev
	@{ echo "# Made by 'make lock' from pyproject.toml."; build/lock/bin/python -m pip freeze; } \
		> requirements.lock
	@rm -rf build/lock
	@echo "requirements.lock: $$(grep -c == requirements.lock) packages"

build/demo_raw.ready: scripts/simulate.py | .venv/ready
	@echo "Simulating the demo data in $(DEMO) …"
	@mkdir -p $(DEMO)
	@$(BIN)/python scripts/simulate.py --real examples/cdnow/raw --out $(DEMO) --seed 1
	@touch $@

.PHONY: build
build: .venv/ready $(if $(filter $(DEMO),$(RAW)),build/demo_raw.ready) ## load RAW into DB, run dbt build, publish, sum up
	@mkdir -p "$$(dirname "$$DB")"
	@$(BIN)/python scripts/check_seeds.py
	@$(BIN)/python $(LOAD_RAW)
	@$(BIN)/dbt build --vars "$$VARS" $(BUILD_FLAGS) $(if $(FULL),--full-refresh)
	@$(BIN)/python scripts/fit_value.py "$$DB"
	@$(if $(PUBLISH),$(BIN)/python scripts/publish.py "$$DB" $(TO_SERVING))
	@$(BIN)/python scripts/summary.py "$$DB"

.PHONY: publish
publish: .venv/ready ## copy the marts of DB for BI tools into SERVING (default: serving beside DB)
	@test -e target/manifest.json || $(BIN)/dbt parse --quiet
	@$(BIN)/python scripts/publish.py "$$DB" $(TO_SERVING)

.PHONY: export
export: .venv/ready ## hand out AUDIENCE as a file: FORMAT=csv|parquet|xlsx, SINCE=last, IDS=raw, OUT=<dir>
	@$(BIN)/python scripts/export_audience.py "$$AUDIENCE" --db "$$DB" --format $(FORMAT) --out "$$OUT" \
		$(if $(SINCE),--since $(SINCE)) $(if $(IDS),--ids $(IDS))

.PHONY: erase
erase: .venv/ready ## forget for good whom raw.erasures names, in all we hold; DRY=1 only says what, PUBLISHED=<dir>
	@$(BIN)/python scripts/erase.py forget --db "$$DB" --exports "$$OUT" \
		$(if $(PUBLISHED),--published "$$PUBLISHED") $(if $(DRY),--dry-run)
	@$(if $(DRY),:,$(BIN)/dbt build --vars "$$VARS" $(BUILD_FLAGS))
	@$(if $(DRY),:,$(BIN)/python scripts/fit_value.py "$$DB")
	@$(if $(DRY),:,$(BIN)/python scripts/publish.py "$$DB" --again $(TO_SERVING))
	@$(if $(DRY),:,$(BIN)/python scripts/erase.py finish --db "$$DB" $(if $(SERVING),--serving "$$SERVING"))

.PHONY: plan
plan: .venv/ready $(if $(filter $(DEMO),$(RAW)),build/demo_raw.ready) ## say what a build of RAW would restate; marts stay
	@$(BIN)/python scripts/check_seeds.py
	@$(BIN)/python $(LOAD_RAW)
	@$(BIN)/dbt build --quiet --vars "$$VARS" --select +int_restatement_causes \
		--exclude-resource-type test --exclude-resource-type unit_test
	@$(BIN)/python scripts/summary.py "$$DB" --plan

HAS_JAVA := { java -version 2>&1 || true; } | grep -Eq 'version "17[."]'

.venv-spark/ready: requirements.lock requirements-spark.lock
	@$(HAS_JAVA) || { echo "Spark needs Java 17: no command java of that version was found" >&2; exit 1; }
	@echo "Setting up .venv-spark from requirements-spark.lock (once, about two minutes) …"
	@test ! -L .venv-spark || { echo ".venv-spark is a link to another folder: remove the link" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv-spark
	@$(SPARK_BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-spark.lock
	@$(SPARK_BIN)/python scripts/spark_jar.py
	@touch $@

.PHONY: spark-setup
spark-setup: .venv-spark/ready ## install Spark, Iceberg and dbt-spark into .venv-spark; needs Java 17

.PHONY: spark-build
spark-build: export SPARK_CONF_DIR := $(CURDIR)/spark/conf
spark-build: export PYSPARK_SUBMIT_ARGS = --master $(MASTER) pyspark-shell
spark-build: export SPARK_LOCAL_IP ?= 127.0.0.1
spark-build: .venv-spark/ready $(if $(filter $(DEMO),$(RAW)),build/demo_raw.ready) ## as build, in Spark: RAW, VARS, FULL, MASTER=local[2]
	@$(SPARK_BIN)/python scripts/spark_load.py "$$RAW"
	@$(SPARK_BIN)/dbt build --target spark --vars "$$VARS" --exclude-resource-type unit_test \
		$(if $(FULL),--full-refresh)

.PHONY: spark-parity
spark-parity: .venv-spark/ready ## build a random retailer and a change of it in Spark, compare with DuckDB
	@$(SPARK_BIN)/python -m pytest tests/harness/test_spark.py

.PHONY: spark-test
spark-test: .venv-spark/ready build/demo_raw.ready ## the same with many more, the demo and a cluster: hours
	@$(SPARK_BIN)/python -m pytest tests/harness/test_spark.py --spark=full
	@$(SPARK_BIN)/python -m pytest tests/harness/test_spark.py --spark=cluster

.PHONY: value
value: .venv/ready ## expect anew what the members of DB will still buy (make build does, too)
	@$(BIN)/python scripts/fit_value.py "$$DB"

.PHONY: explain
explain: .venv/ready ## tell why MEMBER has each label: DATE=<snapshot>, LANG=zh, INPUTS=1
	@test -n "$$MEMBER" || { echo "Name a member: make explain MEMBER=<member_id>" >&2; exit 1; }
	@$(BIN)/python scripts/explain.py --db "$$DB" --date "$$DATE" --lang "$(WORDS_LANG)" \
		$(if $(INPUTS),--inputs) -- "$$MEMBER"

.PHONY: backtest
backtest: .venv/ready ## judge the scores in DB by what members did later, for a grid of weights
	@$(BIN)/dbt build --vars "$$VARS" --select int_backtest_origins int_backtest_members \
		--exclude-resource-type unit_test
	@$(BIN)/python scripts/backtest.py expect "$$DB"
	@$(BIN)/dbt build --vars "$$VARS" --select tag:backtest --exclude-resource-type unit_test \
		--exclude int_backtest_origins int_backtest_members
	@$(BIN)/python scripts/backtest.py curves "$$DB"
	@echo "Look at marts.agg_weight_backtest, agg_backtest_deciles and agg_weight_curves, or run:"
	@echo "make weights-propose"

.PHONY: weights-propose
weights-propose: .venv/ready ## say which weights the backtest asks for, and why; change nothing
	@mkdir -p build
	@$(BIN)/python scripts/backtest.py propose "$$DB" --out build/loyalty_weights_proposed.csv

.PHONY: dashboards
dashboards: .venv/ready ## write the dashboards of what is published into build/dashboards: LANG=zh, MEMBER=<id>
	@$(BIN)/python scripts/dashboards.py render "$$DB" $(TO_SERVING) --labels "$(WORDS_LANG)" \
		$(if $(MEMBER),--member "$$MEMBER")

.PHONY: serve
serve: .venv/ready ## show the dashboards of any member, anew from what is published, on 127.0.0.1: PORT=8350
	@$(BIN)/python scripts/dashboards.py serve "$$DB" $(TO_SERVING) --labels "$(WORDS_LANG)" --port $(PORT)

.PHONY: test
test: lint ## verify everything: lint, demo build with all data and unit tests, pytest, Spark where Java 17 is
	@$(MAKE) build DB=build/test/warehouse.duckdb RAW=$(DEMO) VARS='{}' FULL=1 BUILD_FLAGS='--selector audited'
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal --worlds=$(WORLDS)
	@if $(HAS_JAVA); then $(MAKE) spark-parity; \
		elif [ "$(SPARK)" = required ]; then echo "Spark cannot be tested without Java 17" >&2; exit 1; \
		else echo "Left out: the marts on Spark (make spark-parity), for want of Java 17"; fi

.PHONY: lint
lint: .venv/ready ## check the style of SQL and Python
	@$(BIN)/ruff check --quiet && $(BIN)/ruff format --quiet --check
	@echo "Linting the SQL …"
	@mkdir -p build
	@MEMBER_LOYALTY_DB=build/lint.duckdb $(QUIET_PYTHON) $(BIN)/sqlfluff lint $(QUIET_SQLFLUFF) $(LINTED)

.PHONY: format
format: .venv/ready ## rewrite SQL and Python in the project's style
	@$(BIN)/ruff check --fix --quiet; $(BIN)/ruff format --quiet
	@mkdir -p build
	@MEMBER_LOYALTY_DB=build/lint.duckdb $(QUIET_PYTHON) $(BIN)/sqlfluff fix $(QUIET_SQLFLUFF) $(LINTED)

.PHONY: docs
docs: .venv/ready ## write a page of all models and columns, and one of where the marts' columns come from
	@$(BIN)/dbt docs generate --static
	@echo "Open target/static_index.html"
	@$(BIN)/dbt compile --quiet --full-refresh --select resource_type:model
	@$(BIN)/python scripts/lineage.py

.PHONY: clean
clean: ## remove what was built, serving/ too, but no warehouse outside build/
	@rm -rf build serving target logs dbt_packages .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
