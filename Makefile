# The few commands of a checkout. All they need is Python 3.11 or later with venv, git and make;
# all they install goes into .venv.

VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check
KVMSEARCH := $(VENV)/bin/kvmsearch
# PYTHON=... names another Python than the first that will do.
PYTHON ?=
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11

# What `make eval` and `make bench` measure: a repository, files of questions, where indexes are kept
# (a folder for each of the two), more options. Where bench writes its page; else in WORK.
REPO ?=
QUESTIONS ?=
WORK ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kvmsearch-$@
EVAL ?=
BENCH ?=
XAPIAN := /usr/lib/python3/dist-packages/xapian
WRITE ?=

# Linux's virt/kvm, and two branches of U-Boot.
FEEDS := $(addprefix tests/data/feeds/,kvm-virt.atom cgit-u-boot-next.atom cgit-u-boot-2023.07.y.atom)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test eval bench peers lock clean git

help:
	@echo 'make demo   index three bundled feeds into index/ and search them'
	@echo 'make test   run every check: lint, format, types, tests'
	@echo 'make eval   measure the ranking: REPO=git.git QUESTIONS="topics.jsonl" (bench/README.md)'
	@echo 'make bench  measure speed, memory and size: REPO=git.git (bench/README.md)'
	@echo 'make lock   renew requirements/dev.txt, what the checks run with (needs uv)'
	@echo 'make clean  remove .venv and all caches; index/ stays'

demo: git $(VENV)/installed
	@echo '$$ kvmsearch index --index index $(FEEDS)'
	@$(KVMSEARCH) index --index index $(FEEDS)
	@echo
	@echo '$$ kvmsearch "ABBA deadlock"'
	@$(KVMSEARCH) search --index index "ABBA deadlock"
	@echo
	@echo 'Next, after  . $(VENV)/bin/activate :'
	@echo '  kvmsearch author:bonzini mmu notifier          who wrote it, and words'
	@echo '  kvmsearch --branch next bootd                  on one branch'
	@echo '  kvmsearch index ../linux --branch master       a repository, or the URL of a feed'
	@echo '  kvmsearch --help                               all the rest'

test: git $(VENV)/locked
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy
	$(RUN) -m coverage erase
	$(RUN) -m coverage run -m pytest
	$(RUN) -m coverage combine --quiet
	$(RUN) -m coverage report

eval: peers
	@test "$(REPO)" && test "$(QUESTIONS)" || { echo 'say what to measure: make eval REPO=git.git' \
		'QUESTIONS="topics.jsonl cites.jsonl" (bench/README.md)' >&2; exit 1; }
	$(RUN) -m bench.quality --repo $(REPO) --work $(WORK) $(EVAL) $(QUESTIONS)

bench: peers
	@test "$(REPO)" || { echo 'say what to measure: make bench REPO=git.git (bench/README.md)' >&2; exit 1; }
	$(RUN) -m bench.speed --repo $(REPO) --work $(WORK) $(if $(WRITE),--write $(WRITE)) \
		$(addprefix --questions ,$(QUESTIONS)) $(BENCH)

# Xapian comes with the distribution, for its Python: it will do where ours is of the same version.
peers: git $(VENV)/installed
	@$(PIP) --editable '.[bench]' || echo 'Peers cannot be installed; going on without' >&2
	@$(RUN) -c 'import xapian' 2>/dev/null || \
		{ PYTHONPATH=$(dir $(XAPIAN)) $(RUN) -S -c 'import xapian' 2>/dev/null && \
		ln -s $(XAPIAN) $(VENV)/lib/python3*/site-packages/; } || true

# Names no index, so that it installs from any; universal, so that it does on every Python we support.
lock:
	@command -v uv >/dev/null || { echo 'uv is missing: install the package uv (pipx install uv)' >&2; exit 1; }
	uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-emit-index-url --no-header --extra dev pyproject.toml -o requirements/dev.txt

clean:
	rm -rf $(VENV) build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find bench kvmsearch tests -name __pycache__ -prune -exec rm -rf {} +

git:
	@command -v git >/dev/null || { echo 'git is missing: install the package git' >&2; exit 1; }

# What a user gets: the newest versions within the bounds. A checked environment has them already.
$(VENV)/installed: pyproject.toml $(RUN)
	@echo 'Installing kvmsearch into $(VENV), once' >&2
	@$(PIP) --editable .
	@touch $@

# What the checks run with: the versions of the lock and no others, the build backend's included.
$(VENV)/locked: requirements/dev.txt pyproject.toml $(RUN)
	@echo 'Installing the locked tools into $(VENV), once' >&2
	@$(PIP) --require-hashes --requirement requirements/dev.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/installed

# The first Python that is new enough and complete; Debian's lacks ensurepip until python3-venv is there.
$(RUN):
	@found=; for python in $(PYTHONS); do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		found=$$python; \
		$$python -c 'import ensurepip, venv' 2>/dev/null || continue; \
		exec $$python -m venv --clear $(VENV); \
	done; \
	if [ "$$found" ]; then echo "$$found has no venv: install the package $${found##*/}-venv"; \
	else echo 'Python 3.11 or later is missing: install the packages python3 and python3-venv'; fi >&2; \
	exit 1
