# Works with GNU Make 3.81. README.md gives the same steps without make.

# The first of these that is 3.11 to 3.14 and can make environments is taken; `make PYTHON=…` names another.
PYTHON =
CANDIDATES = $(PYTHON) python3.14 python3.13 python3.12 python3.11 python3
SUITABLE = import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))

.PHONY: help venv demo serve test test-pretix soak bench check lock

help:
	@echo "make demo    the whole path on embedded services, then what was imported"
	@echo "make serve   the hook, the page and the workers, until Ctrl-C"
	@echo "make test    the tests; ARGS='-k postgres' passes options to pytest"
	@echo "make test-pretix  what a real pretix beside us sells is followed here (two minutes the first time)"
	@echo "make soak    imports while the partner, the workers and the servers fail: five minutes, or MINUTES=…"
	@echo "make bench   what an import costs, as ratios against peers in the same run"
	@echo "make check   linters, types, the layers"
	@echo "make venv    only the environment in .venv, which the others make when needed"
	@echo "make lock    requirements.lock anew from pyproject.toml (needs uv)"

venv: .venv/ready

demo: .venv/ready
	.venv/bin/passerelle demo

serve: .venv/ready
	.venv/bin/passerelle serve

test: .venv/ready
	.venv/bin/python -m pytest -n auto --dist worksteal $(ARGS)

# Its environment and its migrated database stay in .passerelle/peers; make test runs the same tests then.
test-pretix: .venv/ready
	.venv/bin/python -m tests.peers.pretix.install
	.venv/bin/python -m pytest tests/peers/pretix $(ARGS)

# The seed it prints plays the same partner again: make soak SEED=…
MINUTES = 5
soak: .venv/ready
	.venv/bin/python -m tests.soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(ARGS)

bench: .venv/ready
	.venv/bin/python -m bench.agenda
	.venv/bin/python -m bench.ical
	.venv/bin/python -m bench.onix
	.venv/bin/python -m bench.onix_import
	.venv/bin/python -m bench.opds
	.venv/bin/python -m bench.hook
	.venv/bin/python -m bench.manual
	.venv/bin/python -m bench.tick
	.venv/bin/python -m bench.freshness
	.venv/bin/python -m bench.stocks 50000
	.venv/bin/python -m bench.stocks 500000
	.venv/bin/python -m bench.stocks 1000000 1 ours
	.venv/bin/python -m bench.growth
	.venv/bin/python -m bench.two_workers

check: .venv/ready
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

lock:
	python3 .ci/lock

# Made from nothing when the lock changes: what is no longer locked goes too.
.venv/ready: requirements.lock pyproject.toml
	@rm -rf .venv; found=; \
	for candidate in $(CANDIDATES); do \
	  "$$candidate" -c "$(SUITABLE)" 2>/dev/null || continue; \
	  found=$$candidate; \
	  if "$$candidate" -c "import venv, ensurepip" 2>/dev/null; then \
	    echo "$$candidate -m venv .venv"; \
	    "$$candidate" -m venv .venv && exit 0; \
	    exit 1; \
	  fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Passerelle needs Python 3.11 to 3.14: install one (Debian: apt install python3 python3-venv; macOS: brew install python@3.13)." >&2; \
	else \
	  echo "$$found cannot make environments: install its venv module (Debian: apt install python3-venv)." >&2; \
	fi; exit 1
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
