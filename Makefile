# Every target sets up what it needs on a fresh Debian 12 machine, as root or with sudo, and then runs.
# Stamp files in .venv make the set-up instant the second time and redo it when its inputs change.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run demo test lint format bench bench-tui fuzz screenshots clean
# Keep going on one core's worth of work per job; the tests share the machine with live captures.
JOBS ?= 2
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
BUILD_APT := gcc libc6-dev libpcap-dev
PICTURE_APT := librsvg2-bin fonts-dejavu-core
TEST_APT := tcpreplay iproute2 tcpdump dnsmasq-base curl openssl nmap dsniff dns2tcp iputils-ping
METER := $(wildcard netscope/engine/parse/*.pyx netscope/engine/parse/*.pxi netscope/engine/parse/*.pxd)
# COMPILE=0 leaves the engine's own Python as it is: no wait after an edit, half the speed. What setup.py compiles is
# compiled again when one of its sources changed.
COMPILE ?= 1
INSTALLED := $(VENV)/.installed-$(COMPILE)
ENGINE := $(if $(filter 0,$(COMPILE)),,$(shell find netscope/model netscope/query netscope/engine -name '*.py'))

# $(call apt_install,packages): those not yet there, quietly; the lists are fetched only when a package is unknown.
define apt_install
missing=$$(for p in $(1); do dpkg-query -W -f='$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || echo $$p; done); \
if [ -n "$$missing" ]; then \
	echo "installing" $$missing; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get install --simulate -qq $$missing >/dev/null 2>&1 || $(SUDO) apt-get update -qq >/dev/null; \
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null; \
fi
endef

# A Python the project supports that can make environments and build extensions; empty when there is none. The
# distribution's own comes first: it is built with profile-guided optimisation, worth a quarter of the run time.
define find_python
for p in /usr/bin/python3.11 /usr/bin/python3.12 /usr/bin/python3.13 python3.11 python3.12 python3.13 python3; do \
	if $$p -c 'import ensurepip, os, sys, sysconfig, venv; sys.exit(not ((3, 11) <= sys.version_info < (3, 14) and os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h"))))' 2>/dev/null; then \
		command -v $$p; break; \
	fi; \
done
endef

help:
	@echo "make run          the monitor on the default interface (asks sudo for the right to capture; ARGS='-i eth0')"
	@echo "make demo         a built-in home network, no rights needed"
	@echo "make test         all tests (JOBS=$(JOBS) at once; ARGS='tests/engine -k dns' for some)"
	@echo "make lint         ruff, mypy, import-linter"
	@echo "make format       let ruff lay out the code"
	@echo "make bench        packets per second and memory, beside nfstream, argus and ndpiReader"
	@echo "make fuzz         hostile input for minutes (FUZZ_SECONDS=$(FUZZ_SECONDS)), guided by coverage, under sanitizers"
	@echo "make bench-tui    key to paint and the screen's share of a core, with 50,000 flows"
	@echo "make screenshots  draw the pictures in screenshots/ again"
	@echo "                  COMPILE=0 with any of them: the engine interpreted, for editing it"
	@echo "make clean        remove the environment and everything built"

run: $(INSTALLED)
	@$(SUDO) $(BIN)/netscope $(ARGS)

demo: $(INSTALLED)
	@$(BIN)/netscope demo $(ARGS)

test: $(INSTALLED) $(VENV)/.test-tools
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS) </dev/null

lint: $(VENV)/.packages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.packages
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(INSTALLED)
	@$(BIN)/python -m tools.bench $(ARGS)

FUZZ_SECONDS ?= 900

fuzz: $(INSTALLED)
	@$(call apt_install,gcc binutils libc6-dev)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input 'atheris>=3.0' 'Cython>=3.1'
	@$(BIN)/python -m tests.fuzz.campaign $(FUZZ_SECONDS)

# Without the packages the SVG files are still made, only not their PNG copies.
bench-tui: $(INSTALLED)
	@$(BIN)/python tools/bench_tui.py $(ARGS)

screenshots: $(INSTALLED)
	@{ $(call apt_install,$(PICTURE_APT)); } || echo "librsvg2-bin could not be installed: only SVG files are made" >&2
	@PYTHONPATH=. $(BIN)/python tools/screenshots.py $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info netscope/engine/parse/*.c netscope__mypyc*.so; find netscope -name '*.so' -delete

$(VENV)/.created:
	@$(call apt_install,$(BUILD_APT)); \
	python=$$($(find_python)); \
	if [ -z "$$python" ]; then \
		$(call apt_install,python3 python3-venv python3-dev); \
		python=$$($(find_python)); \
	fi; \
	if [ -z "$$python" ]; then echo "NetScope needs Python 3.11, 3.12 or 3.13 with its headers; none was found" >&2; exit 2; fi; \
	echo "making $(VENV) with $$python"; \
	$$python -m venv $(VENV)
	@touch $@

$(INSTALLED): $(VENV)/.created pyproject.toml setup.py netscope/__init__.py $(METER) $(ENGINE)
	@echo "building and installing netscope into $(VENV)$(if $(ENGINE),: compiling the engine takes a minute or two)"
	@rm -f netscope__mypyc*.so $(VENV)/.installed-*; find netscope -name '*.so' -delete
	@NETSCOPE_COMPILE=$(COMPILE) $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --use-pep517 --editable '.[demo,dev]'
	@touch $@

# What the project asks for, without building it: the sources are all that the checks read.
$(VENV)/.packages: $(VENV)/.created pyproject.toml
	@$(BIN)/python -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
		print(*project["dependencies"], *project["optional-dependencies"]["dev"], sep="\n")' >$@.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --use-pep517 --requirement $@.txt
	@touch $@

# Tests that need a missing tool are skipped by name, so a machine without a package mirror can still run the rest.
$(VENV)/.test-tools: $(VENV)/.created
	@{ $(call apt_install,$(TEST_APT)); } && touch $@ || echo "some test tools could not be installed: the tests that use them are skipped" >&2
