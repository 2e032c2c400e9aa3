# The commands of this repository. Each makes the environment that it needs on its first run.
#
#   make demo         put the flights of New York 2013 into MongoDB and get them back
#   make test         the test suite, under pandas 3
#   make check        linters, type checkers, layer contracts
#   make docs         the documentation, in build/site
#   make compat       what depends on pandas, under pandas 2.3
#   make test-slow    scale tests          make test-faults   kills processes and servers
#   make clean        remove environments, builds and caches (not your data)
#
# PYTHON names the interpreter (3.11 or later), ARGS goes to pytest: make test ARGS="-k frames -x"

PYTHON ?= python3
ARGS ?=
VENV := .venv
VENV2 := .venv-pandas2
PYTEST := -m pytest -n 2 --dist worksteal
SITE := 'import site; print(site.getsitepackages()[0])'
COMPAT := tests/unit tests/backends tests/test_readme.py tests/test_demo.py

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test test-slow test-faults check docs compat clean

demo: $(VENV)/.demo
	$(VENV)/bin/python examples/flights.py

test: $(VENV)/.test
	$(VENV)/bin/python $(PYTEST) $(ARGS)

test-slow: $(VENV)/.test
	$(VENV)/bin/python -m pytest -m slow $(ARGS)

test-faults: $(VENV)/.test
	$(VENV)/bin/python -m pytest -m faults $(ARGS)

check: $(VENV)/.test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/pyright --pythonpath $(VENV)/bin/python
	$(VENV)/bin/lint-imports

docs: $(VENV)/.test
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/python -m mkdocs build

compat: $(VENV2)/.test
	$(VENV2)/bin/python $(PYTEST) $(COMPAT) $(ARGS)

# A stamp is newer than setup.cfg when the environment has what setup.cfg asks for.
$(VENV)/.demo: $(VENV)/.made setup.cfg
	$(VENV)/bin/python -m pip install --quiet --editable '.[embedded,demo]'
	@touch $@

$(VENV)/.test: $(VENV)/.made setup.cfg
	$(VENV)/bin/python -m pip install --quiet --editable '.[embedded,demo,test,dev,docs]'
	@touch $@

# The packages of the first environment stand behind its own, which is pandas 2.3 alone.
$(VENV2)/.test: $(VENV)/.test $(VENV2)/.made
	echo "import site; site.addsitedir('$$($(VENV)/bin/python -c $(SITE))')" > "$$($(VENV2)/bin/python -c $(SITE))/behind.pth"
	$(VENV2)/bin/python -m pip install --quiet 'pandas>=2.3,<3'
	@touch $@

%/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "omegastore needs Python 3.11 or later, not this $(PYTHON); name one: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; \
	    exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' || { \
	    echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; \
	    exit 1; }
	$(PYTHON) -m venv --clear $*
	@touch $@

clean:
	rm -rf $(VENV) $(VENV2) build dist *.egg-info .coverage
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
