# `make demo` on a bare machine separates the bundled clip; `make test` runs everything. Both set up .venv themselves.
#
#   PYTHON=python3.13   the interpreter to build .venv with (3.11 or newer)
#   TORCH_INDEX=URL     where pip finds torch for the tests and training; on Linux without an NVIDIA GPU
#                       https://download.pytorch.org/whl/cpu saves some gigabytes
#   GPU=1               as flowsep-plugin-gpu[cuda], for an NVIDIA card on Linux: in a .venv that has the other
#                       distribution, after `rm -f .venv/.demo .venv/.test`
#   OFFLINE=1           for `make release`: go on where known vulnerabilities cannot be looked up
#   UPGRADE=NAMES       for `make lock`: distributions to take newer versions of, or "all"
#   PARITY_REFERENCE=D  for `make parity`: a folder with flowsep/parity/*.npz and audiosep/parity/*.npz
#   PARITY_SALT=S       the salt that those arrays were made under
#   RERUNS=N            for `make test`: how often a test that fails is tried again; those that then pass are listed
#   CASES=N SEED=S      for `make fuzz`: how many damaged files, and which; READER=R,… only these readers,
#                       CASE=C READER=R one case, KEEP=D the folder for inputs that fail

VENV := .venv
BIN := $(VENV)/bin
TOOLS := .venv-tools
PYTHON ?=
TORCH_INDEX ?=
GPU ?=
UPGRADE ?=
OFFLINE ?=
DEMO_CLIP := examples/clips/courtyard.flac
DEMO_OUT := demo-out
CODE := .
PARITY_REFERENCE ?=
PARITY_SALT ?= A
CASES ?= 10000
SEED ?= 1
KILLS ?= 1000
RERUNS ?=
READER ?=
CASE ?=
KEEP ?= fuzz-failures

export PYTHON TORCH_INDEX

.PHONY: help demo test check format venv docs bench fuzz soak parity lock release clean
.DELETE_ON_ERROR:

help:
	@echo "make demo    separate the bundled clip into $(DEMO_OUT)/"
	@echo "make test    check everything: format, lint, types, imports, language, tests"
	@echo "make check   the same without the tests"
	@echo "make format  put the code into its format"
	@echo "make venv    set up $(VENV) for development"
	@echo "make docs    build the documentation site into build/site"
	@echo "make bench   print the tables of time and memory"
	@echo "make fuzz    read CASES=10000 damaged files with every reader, and print what fails"
	@echo "make soak    kill worker and engine KILLS=1000 times under jobs, fill disks, make the clock jump"
	@echo "make parity  compare the published networks at full size with PARITY_REFERENCE"
	@echo "make lock    refresh locks/ and say what changed"
	@echo "make release build, describe, audit and try what is published, into dist/"
	@echo "make clean   remove what these made"

# Runs the default model; where a build has none it says so and shows the path with the weightless echo engine.
demo: $(VENV)/.demo
	@model=""; \
	if ! $(BIN)/flowsep models info default >/dev/null 2>&1; then \
	  echo "No default model is in this build: the demo runs the echo engine, whose stems are the clip itself."; \
	  model="--model echo"; \
	fi; \
	rm -f "$(DEMO_OUT)/$(basename $(notdir $(DEMO_CLIP))) ["*; \
	set -x; \
	$(BIN)/flowsep separate $(DEMO_CLIP) -q "a dog barking" --out $(DEMO_OUT) --plot $(DEMO_OUT)/demo.png $$model
	@$(BIN)/python scripts/null_depth.py $(DEMO_CLIP) $(DEMO_OUT)

test: check
	$(BIN)/pytest $(if $(RERUNS),--reruns $(RERUNS) -rR)

check: $(VENV)/.test
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy --strict flowsep_plugin
	$(BIN)/lint-imports
# Its stderr holds remarks on `nosec` that are none; findings are on stdout.
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive flowsep_plugin ui export training 2>/dev/null
	$(BIN)/python -m scripts.language check

format: $(VENV)/.test
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

venv: $(VENV)/.test

# While writing: NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve
docs: $(VENV)/.test
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(VENV)/.test
	@for table in benchmarks/*.py; do \
	  case $$table in */_*) continue;; esac; \
	  echo "== $$table"; $(BIN)/python $$table || exit 1; \
	done

fuzz: $(VENV)/.test
	PYTHONPATH=tests/fuzz $(BIN)/python -m fuzzing --cases $(CASES) --seed $(SEED) --keep "$(KEEP)" \
	  $(if $(READER),--reader "$(READER)") $(if $(CASE),--case $(CASE))

soak: $(VENV)/.test
	env -u PYTHONDONTWRITEBYTECODE FLOWSEP_SOAK_KILLS=$(KILLS) FLOWSEP_SOAK_SEED=$(SEED) $(BIN)/pytest -rs tests/soak

# Full size, all stages, torch and ONNX Runtime and the engines: 10 CPU minutes, 6 GB of memory, 3 GB of scratch disk.
parity: $(VENV)/.test
	@if [ ! -d "$(PARITY_REFERENCE)/flowsep/parity" ] || [ ! -d "$(PARITY_REFERENCE)/audiosep/parity" ]; then \
	  echo "make parity needs PARITY_REFERENCE=DIR with flowsep/parity/*.npz and audiosep/parity/*.npz: outputs of the"; \
	  echo "official classes under weights made from a rule. They are not in this repository; docs/export.md says what"; \
	  echo "they hold and how to make them."; \
	  exit 2; \
	fi
	$(BIN)/flowsep-export parity audiosep --rule-salt "$(PARITY_SALT)" --reference "$(PARITY_REFERENCE)/audiosep/parity"
	$(BIN)/flowsep-export parity flowsep --rule-salt "$(PARITY_SALT)" --reference "$(PARITY_REFERENCE)/flowsep/parity"

# Run time only: no torch, no test tools.
$(VENV)/.demo: pyproject.toml locks/build.txt locks/run.txt scripts/install.sh | $(BIN)/python
	@bash scripts/system.sh run
	bash scripts/install.sh $(BIN)/python run $(if $(GPU),gpu)
	@touch $@

$(VENV)/.test: pyproject.toml $(patsubst %,locks/%.txt,build test torch torch-cpu cuda gpu) scripts/install.sh | $(BIN)/python
	@bash scripts/system.sh test
	bash scripts/install.sh $(BIN)/python test $(if $(GPU),gpu)
	@touch $@ $(VENV)/.demo

$(BIN)/python:
	@bash scripts/venv.sh $(VENV)

$(TOOLS)/.ready: locks/tools.txt scripts/install.sh
	@bash scripts/venv.sh $(TOOLS)
	bash scripts/install.sh $(TOOLS)/bin/python tools
	@touch $@

lock: $(TOOLS)/.ready
	@$(TOOLS)/bin/python -m scripts.lock $(addprefix --upgrade ,$(UPGRADE)) $(if $(TORCH_INDEX),--torch-index $(TORCH_INDEX))

# OFFLINE=1 goes on where known vulnerabilities cannot be looked up.
release: $(TOOLS)/.ready
	@$(TOOLS)/bin/python -m scripts.release $(if $(OFFLINE),--offline)

clean:
	rm -rf $(VENV) $(TOOLS) $(DEMO_OUT) $(KEEP) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
