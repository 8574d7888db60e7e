# `make demo` on a bare machine separates the bundled clip; `make test` runs everything. Both set up .venv themselves.
#
#   PYTHON=python3.13   the interpreter to build .venv with (3.11 or newer)
#   TORCH_INDEX=URL     where pip finds torch for the tests and training; on Linux without an NVIDIA GPU
#                       https://download.pytorch.org/whl/cpu saves some gigabytes
#   PARITY_REFERENCE=D  for `make parity`: a folder with flowsep/parity/*.npz and audiosep/parity/*.npz
#   PARITY_SALT=S       the salt that those arrays were made under

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTHON ?=
TORCH_INDEX ?=
TORCH := torch==2.13.0
TEST_EXTRAS := dev,train,export,midi,cluster
DEMO_CLIP := examples/clips/courtyard.flac
DEMO_OUT := demo-out
CODE := .
PARITY_REFERENCE ?=
PARITY_SALT ?= A

export PYTHON

.PHONY: help demo test check format venv bench parity lock clean
.DELETE_ON_ERROR:

help:
	@echo "make demo    separate the bundled clip into $(DEMO_OUT)/"
	@echo "make test    check everything: format, lint, types, imports, language, tests"
	@echo "make check   the same without the tests"
	@echo "make format  put the code into its format"
	@echo "make venv    set up $(VENV) for development"
	@echo "make bench   print the tables of time and memory"
	@echo "make parity  compare the published networks at full size with PARITY_REFERENCE"
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
	$(BIN)/pytest

check: $(VENV)/.test
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy --strict flowsep_plugin
	$(BIN)/lint-imports
	$(BIN)/python -m scripts.language check

format: $(VENV)/.test
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

venv: $(VENV)/.test

bench: $(VENV)/.test
	@for table in benchmarks/*.py; do \
	  case $$table in */_*) continue;; esac; \
	  echo "== $$table"; $(BIN)/python $$table || exit 1; \
	done

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
$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	@bash scripts/system.sh run
	$(PIP) install --quiet -c constraints.txt -e ".[plot,tokenizers]"
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(BIN)/python
	@bash scripts/system.sh test
	$(if $(TORCH_INDEX),$(PIP) install --quiet --index-url $(TORCH_INDEX) $(TORCH))
	$(PIP) install --quiet -c constraints.txt $(TORCH) -e ".[$(TEST_EXTRAS)]"
	@touch $@ $(VENV)/.demo

$(BIN)/python:
	@bash scripts/venv.sh $(VENV)

lock: $(VENV)/.test
	@$(BIN)/python scripts/lock.py > constraints.new && mv constraints.new constraints.txt

clean:
	rm -rf $(VENV) $(DEMO_OUT) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
