# Everything a person types here. Each target makes the environment it needs.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# Many small matrix products on several BLAS threads crawl as soon as another process wants the
# processor; one thread is as fast on an idle machine of two cores.
export OPENBLAS_NUM_THREADS ?= 1

# Tests start hundreds of processes; each would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help release demo demo-full quick test proof browser postgresql screenshots docs lint nbval nbval-full calibrate bench bench-grading audit steady sanitize clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

release: $(VENV)/autograder ## write assignment/ from daseCV/ and source_notebooks/
	$(BIN)/dasecv release

demo: $(VENV)/autograder ## grade a simulated class of six, on a quick profile
	DASECV_PROFILE=quick $(BIN)/dasecv demo demo

demo-full: $(VENV)/autograder ## the same with the course's own numbers
	DASECV_PROFILE=course $(BIN)/dasecv demo demo

# What waits, for a sandbox or a browser, leaves the processor to another file of tests.
# nbval takes seconds to load, in each process, and has nothing to do without a notebook.
PYTEST := $(BIN)/pytest -p no:nbval -n 4 --dist loadfile --no-loadscope-reorder

# What pytest is to report, such as --durations=20.
REPORT ?=

quick: lint ## in a minute: lint, and the tests without sandbox, browser, database or training
	$(BIN)/pytest -p no:nbval -n 2 --dist worksteal -m quick $(REPORT)

# Types take one processor, and notebooks leave one at their end.
test: $(VENV)/dev browser postgresql ## in 16 minutes, from a fresh clone: everything that CI runs
	$(MAKE) --jobs 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync) lint nbval
	$(PYTEST) $(REPORT)

proof: lint nbval-full browser postgresql ## overnight: every tier, every mutant, the course's numbers
	$(PYTEST) --proof $(REPORT)
	$(BIN)/python -m tools.audit --output docs/grading-audit.md
	$(BIN)/python benchmarks/steadiness.py
	$(BIN)/python benchmarks/fleet_proof.py --count 2000 --jobs 2
	DASECV_PROFILE=course $(BIN)/dasecv demo demo

# A system package, not Python's; without it the browser tests are skipped.
browser: ## Chromium and a Chinese font for the browser tests, where this user may install them
	@command -v chromium chromium-browser google-chrome >/dev/null \
	  || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	       && apt-get update -q && apt-get install -y -q --no-install-recommends chromium fonts-noto-cjk; } \
	  || echo "No Chromium, so no browser tests: on Debian, as root, apt install chromium fonts-noto-cjk"

postgresql: ## PostgreSQL for the tests of the gradebook, where this user may install it
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null \
	  || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	       && apt-get update -q && apt-get install -y -q --no-install-recommends postgresql; } \
	  || echo "No PostgreSQL, so its tests are skipped: on Debian, as root, apt install postgresql"

screenshots: $(VENV)/dev browser ## take the pictures of docs/student.md anew
	DASECV_SCREENSHOTS=docs/figures $(BIN)/pytest tests/browser

docs: $(VENV)/docs ## the documentation site, in site/; every warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

lint: $(VENV)/dev ## style, types, import contracts, release in sync
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/dasecv release --check

nbval: $(VENV)/dev ## run the source notebooks on the tiny profile
	DASECV_PROFILE=tiny $(BIN)/pytest -n 2 --dist loadfile --nbval-lax --nbval-cell-timeout=1800 source_notebooks

nbval-full: $(VENV)/dev ## run the source notebooks with the course's own numbers
	DASECV_PROFILE=course $(BIN)/pytest --nbval-lax --nbval-cell-timeout=7200 source_notebooks

calibrate: $(VENV)/dev ## what a linear classifier and the network reach on the synthetic images
	$(BIN)/python benchmarks/synthetic_calibration.py --linear

# PyTorch is what we compare with, never what we need. On Linux its ordinary wheel brings CUDA along;
# TORCH='torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu' does not.
TORCH ?= torch==2.13.0

bench: $(VENV)/dev ## the fast layers and a training step beside PyTorch; writes docs/benchmarks.md
	$(BIN)/pip install --quiet $(TORCH)
	$(BIN)/python benchmarks/report.py

bench-grading: $(VENV)/dev ## what grading costs, beside nbgrader alone; writes docs/grading_cost.md
	$(BIN)/python benchmarks/grading.py

audit: $(VENV)/dev ## mutants of the reference, graded; writes docs/grading-audit.md
	$(BIN)/python -m tools.audit --output docs/grading-audit.md

steady: $(VENV)/autograder ## one submission graded thirty times, alone and on a busy machine
	$(BIN)/python benchmarks/steadiness.py

# The kernels alone on random sizes at every vector width, then their tests through Python.
SANITIZE := -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
sanitize: $(VENV)/dev ## the kernels under AddressSanitizer and UndefinedBehaviourSanitizer
	mkdir -p build/sanitize
	$(CC) $(SANITIZE) -IdaseCV tests/daseCV/kernels_random.c daseCV/kernels.c -o build/sanitize/random
	for level in avx512 avx2 base; do build/sanitize/random $$level || exit 1; done
	rm -rf build/sanitize/daseCV && cp -r daseCV build/sanitize/ && rm -f build/sanitize/daseCV/*.so
	CFLAGS="$(SANITIZE)" LDFLAGS="-fsanitize=address,undefined" \
	  $(BIN)/python build/sanitize/daseCV/setup.py --quiet build_ext --inplace
	cd build/sanitize && LD_PRELOAD=$$($(CC) -print-file-name=libasan.so) \
	  ASAN_OPTIONS=detect_leaks=0 PYTHONPATH=. $(abspath $(BIN))/pytest --rootdir $(CURDIR) \
	  $(CURDIR)/tests/daseCV/test_fast_layers*.py $(CURDIR)/tests/daseCV/test_kernels.py

clean: ## remove the environment, builds and the demo course
	rm -rf $(VENV) build demo daseCV.egg-info daseCV/*.so

# One stamp for each set of extras; the kernels are built by the install. Python compiles a module
# when it is first imported; to compile all of JupyterLab takes half a minute.
$(VENV)/%: pyproject.toml setup.py daseCV/setup.py daseCV/im2col_cython.pyx $(wildcard daseCV/kernels*)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	  || { echo "Python 3.10 or newer is needed, $(PYTHON) is $$($(PYTHON) -V)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "no venv: on Debian or Ubuntu, apt install python3-venv"; rm -rf $(VENV); exit 1; }
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --no-compile -e '.[$*,student]'
	@touch $@
