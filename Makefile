# The two commands: `make serve` and `make test`. Everything happens in .venv, made on first use.
PORT ?= 8000
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
export PORT

.PHONY: serve test lint bench clean

serve: $(VENV)/serve
	@$(BIN)/searchapp check --quiet 2>/dev/null || $(BIN)/searchapp reindex
	@$(BIN)/searchapp serve

test: $(VENV)/test lint
	@$(BIN)/coverage erase
	$(BIN)/pytest --cov --cov-report=term

lint: $(VENV)/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/bench
	$(BIN)/python -m bench

# A stamp a set of packages: installing is skipped until what it depends on changes.
$(VENV)/serve: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/test: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt --editable '.[test]'
	@touch $@ $(VENV)/serve

$(VENV)/bench: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt --editable '.[test,bench]'
	@touch $@ $(VENV)/serve $(VENV)/test

clean:
	rm -rf $(VENV) build dist index/gen-* index/tmp-* index/CURRENT
