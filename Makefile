# One way in: people and CI run the same targets. Needs python3 (>= 3.11) with venv, git and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
comma  := ,
UV     := $(shell command -v uv 2>/dev/null)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Scanners live in environments of their own; in a checkout they stay inside it.
export KAWAL_ALAT_DIR ?= $(CURDIR)/$(VENV)/alat
export KAWAL_SEMGREP ?= $(wildcard $(KAWAL_ALAT_DIR)/semgrep/bin/semgrep)
export KAWAL_ZIZMOR ?= $(wildcard $(KAWAL_ALAT_DIR)/zizmor/bin/zizmor)
export KAWAL_GCL ?= $(wildcard $(KAWAL_ALAT_DIR)/gcl/node_modules/.bin/gitlab-ci-local)
export KAWAL_WAPITI ?= $(wildcard $(KAWAL_ALAT_DIR)/wapiti/bin/wapiti)

.PHONY: demo test lint format types imports bench bypass malam survei cakupan mutan clean siap siap-demo

ifeq ($(UV),)
install = $(BIN)/python -m pip install --quiet --editable '.[$(1)]'
else
install = VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --editable '.[$(1)]'
endif

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "kawal needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml | $(BIN)/python
	@echo "Installing kawal and the tools of the demo into $(VENV) (once) ..."
	@$(call install,all)
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "Installing kawal, its tools and the test tools into $(VENV) (once) ..."
	@$(call install,all$(comma)dev)
	@touch $@ $(VENV)/.demo

siap-demo: $(VENV)/.demo
siap: $(VENV)/.dev

demo: siap-demo
	@$(BIN)/kawal demo

# Tools that need an environment of their own. Tests that want one skip, and say so, where it is missing.
alat: siap
	@$(BIN)/python -c 'import os; from pathlib import Path; from kawal.demo.scanner import Scanner; Scanner(Path(os.environ["KAWAL_ALAT_DIR"]), os.environ).bin()'
	@test -x $(KAWAL_ALAT_DIR)/semgrep/bin/semgrep || { $(PYTHON) -m venv $(KAWAL_ALAT_DIR)/semgrep && $(KAWAL_ALAT_DIR)/semgrep/bin/pip install -q semgrep==1.182.0; }
	@test -x $(KAWAL_ALAT_DIR)/zizmor/bin/zizmor || { $(PYTHON) -m venv $(KAWAL_ALAT_DIR)/zizmor && $(KAWAL_ALAT_DIR)/zizmor/bin/pip install -q zizmor==1.32.0; }
	@test -x $(KAWAL_ALAT_DIR)/gcl/node_modules/.bin/gitlab-ci-local || npm install --prefix $(KAWAL_ALAT_DIR)/gcl --no-audit --no-fund --silent gitlab-ci-local@4.73.0 || echo 'gitlab-ci-local could not be installed: its tests will skip and say so'
	@test -x $(KAWAL_ALAT_DIR)/gitbeaker/node_modules/.bin/gitbeaker || npm install --prefix $(KAWAL_ALAT_DIR)/gitbeaker --no-audit --no-fund --silent @gitbeaker/cli@43.8.0 || echo 'gitbeaker could not be installed: its test will skip and say so'

test: siap
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: siap
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy automation checks load tests
	$(BIN)/lint-imports

format: siap
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Ratios within one run, printed; they claim nothing and no test rests on them.
bench: siap
	@for file in tests/bench/bench_*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

# Every variant of the bypass suite; docs/bypass.md is written by this command only.
bypass: siap
	$(BIN)/python tests/bypass/bypass_jalankan.py --tulis

# The exhaustive suites, whole; docs/malam.json holds commit, seeds and counts.
malam: siap
	$(BIN)/python tests/malam.py

# Every branch of the rooms that decide, record, seal, issue and install, subprocesses included; fails below 100.
# One test compares the modules that are loaded, which coverage changes.
cakupan: siap
	rm -f .coverage.*
	KAWAL_ORAKEL=12000 $(BIN)/python -m pytest -q -n 2 --dist loadgroup --cov --cov-config=tests/cakupan.ini --cov-report=term-missing:skip-covered \
	  --deselect tests/issuer/test_issuer.py::test_no_parser_of_yaml_xml_or_pdf_is_loaded tests/seal tests/ledger tests/policy tests/issuer tests/target tests/crash/test_restore.py

# Mutants of those rooms; survivors that docs/dev/mutan.md does not explain fail it. Long: a row of make malam.
mutan: siap
	$(BIN)/python tests/mutan.py

# The Semgrep rules over DokuWiki as Debian packs it, against the findings that were judged one by one; needs apt-get, keeps no code.
survei: siap
	$(BIN)/python tests/survei.py

# The picture of each profile, drawn from its YAML; a test holds them current.
gambar: siap
	$(BIN)/kawal profil gambar --semua docs/gambar/profil

clean:
	rm -rf $(VENV) demo .coverage htmlcov .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
