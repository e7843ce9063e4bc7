# The two commands: `make serve` and `make test`. Everything happens in .venv, made on first use.
PORT ?= 8000
export PORT

VENV := .venv
TRANSLATIONS := searchapp/web/translations
BIN := $(VENV)/bin
# Three modules at once on two processors: in a browser, or with a disk, a test waits for a good part of its time. All
# of a module in one process: it makes a site, or starts a browser, once. Where Python is told to keep nothing that it
# compiles, each of these processes would compile the tests anew.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The first interpreter that is new enough and can make a venv, one compiled without optimisation, as by pyenv, after the
# others: it takes an eighth longer for a page, and a third to start. Set PYTHON to choose another.
PYTHONS := python3 /usr/bin/python3 python3.14 python3.13 python3.12 python3.11
FIT := import ensurepip, sys, venv; assert sys.version_info >= (3, 11)
QUICK := import sysconfig as c; assert sys.base_prefix == "/usr" or "enable-optimizations" in str(c.get_config_var("CONFIG_ARGS"))
PYTHON ?= $(shell for check in '$(FIT); $(QUICK)' '$(FIT)'; do for python in $(PYTHONS); do \
	$$python -c "$$check" 2>/dev/null && echo $$python && exit; done; done)

.PHONY: serve test quick coverage lint style types format bench relevance torture audit translation clean

# A reindex of an unchanged corpus does nothing; of one with problems, or that fails, it says so, and what can be
# served is served.
serve: $(VENV)/serve
	@$(BIN)/searchapp reindex || true
	@exec $(BIN)/searchapp serve

# The whole suite. The other gates are those of `make lint`; CI runs both.
test: $(VENV)/test
	$(PYTEST)

# All that is written for a case: for between two changes.
quick: $(VENV)/test
	$(PYTEST) -m 'not long and not browser'

# Which branches those meet; on their own, because to look on makes a test half as slow again.
coverage: $(VENV)/test
	@$(BIN)/coverage erase
	$(PYTEST) -m 'not long and not browser' --cov --cov-report=term

lint: style types

style: $(VENV)/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo

types: $(VENV)/test
	$(BIN)/mypy

format: $(VENV)/test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/bench
	$(BIN)/python -m bench

# IR is a folder of judged collections; bench/relevance/README.md says what they hold.
relevance: $(VENV)/bench
	@test -n "$(IR)" || { echo 'make relevance IR=path: the folder with the judged collections' >&2; exit 1; }
	$(BIN)/python -m bench.relevance "$(IR)"

# Long: tries to break the program, and prints what it measured. RUN chooses, as in make torture RUN='kills --share 0.1'.
torture: $(VENV)/test
	$(BIN)/python -m torture $(RUN)

# Known vulnerabilities in the pinned versions; without a network it says that it could not ask, and ends well.
audit: $(VENV)/test
	.ci/audit

# LOCALE is a language, such as fr or pt_BR: its catalogue is begun, or gets what is new, and is compiled.
translation: $(VENV)/test
	@test -n "$(LOCALE)" || { echo 'make translation LOCALE=fr: the language to translate into' >&2; exit 1; }
	@mkdir -p build
	$(BIN)/pybabel extract --mapping pyproject.toml --project searchapp --sort-by-file --output build/messages.pot .
	$(BIN)/pybabel update --init-missing --no-fuzzy-matching --ignore-pot-creation-date --input-file build/messages.pot \
		--output-dir $(TRANSLATIONS) --locale $(LOCALE)
	$(BIN)/pybabel compile --statistics --directory $(TRANSLATIONS) --locale $(LOCALE)

# Stamps: installing is skipped until what it depends on changes.
$(VENV)/serve: pyproject.toml constraints.txt | $(BIN)/pip
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/test: pyproject.toml constraints.txt | $(BIN)/pip
	$(PIP) install --constraint constraints.txt --editable '.[test]'
	@touch $@ $(VENV)/serve

$(VENV)/bench: pyproject.toml constraints.txt | $(BIN)/pip
	$(PIP) install --constraint constraints.txt --editable '.[test,bench]'
	@touch $@ $(VENV)/serve $(VENV)/test

# pip, not python: what was begun without it is completed the next time. A new one, where it can be had, takes
# three fifths of the time of Python 3.11's to install what the program needs.
$(BIN)/pip:
	@test -n "$(PYTHON)" || { echo 'searchapp needs Python 3.11 or later that can make a venv; found none' \
		'(install it, on Debian python3-venv too, or set PYTHON to its path)' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --constraint constraints.txt --upgrade pip || true

clean:
	rm -rf $(VENV) build dist .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis index/gen-* index/tmp-* index/CURRENT
