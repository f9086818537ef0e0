# Everything a contributor types. Each target sets up what it needs, in .venv of this checkout.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

# Steps, runners and adapters are processes of their own, thousands in the tests: each would compile every module it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test fuzz test-whole kills coverage mutants histories dist images check fmt bench cluster cluster-down test-cluster test-forge test-argo-events test-agents lock lock-images clean
.DEFAULT_GOAL := help

help:  ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(READY)  ## A virtual environment with everything, from the hashed lock

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $(PYTHON) is older than 3.11; name another one: make PYTHON=python3.12"; exit 1; }
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --allow-existing --python $(PYTHON) .venv && \
	  uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .; \
	else \
	  $(PYTHON) -m venv .venv && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	fi
	@touch $@

demo: $(READY)  ## Eight beads become merged commits, in front of your eyes
	@$(BIN)/gastown demo --directory .demo

test: $(READY)  ## Everything that needs no cluster
	$(BIN)/pytest -q -n 6 --maxschedchunk 1 $(TESTS)  # three a core, as most tests wait for processes; what is slow starts first

histories: $(READY)  ## A thousand random histories of the merge queue, judged from git alone
	$(BIN)/python tests/refinery/histories.py --count 1000

fuzz: $(READY)  ## A hundred thousand mutated webhooks: no 5xx, no traceback, memory flat
	$(BIN)/python tests/events/fuzz.py --count 100000

test-whole: $(READY)  ## What `make test` takes a sample of: every real bead, fifty kills, a kill at every call of git, 300 MB of output
	GASTOWN_TEST_WHOLE=1 $(BIN)/pytest -q -n 3 tests/local/test_real_beads.py tests/local/test_surviving_kill_9.py tests/steps/test_kills_lose_nothing.py tests/steps/test_claims_hold_in_any_order.py tests/refinery/test_kills_merge_once.py tests/transcript/test_output_of_any_kind_is_read.py $(TESTS)

kills: $(READY)  ## Two hundred kills over convoys of thirty beads, judged from git alone; GASTOWN_TEST_KILLS=50 for fewer
	GASTOWN_TEST_KILLS=$${GASTOWN_TEST_KILLS:-200} $(BIN)/pytest -q -s -n 0 --timeout 1800 tests/local/test_many_kills.py

coverage: $(READY)  ## Lines and branches of the adapter that its tests without a cluster reach; red below 85 %
	$(BIN)/pytest -q -n 2 --cov --cov-report=term tests/adapter tests/packaging/test_chart_is_current.py

mutants: $(READY)  ## Break the adapter on purpose, and see its tests go red
	$(BIN)/python tests/adapter/mutants.py

dist: $(READY)  ## What a release consists of, in dist/: the same bytes each time; TAG=v1.2.3 ADDRESS=https://… where it is to be published
	$(BIN)/python -m release $(if $(TAG),--tag $(TAG)) $(if $(ADDRESS),--address $(ADDRESS))

images: $(READY)  ## The images as OCI archives in dist/images/, without a container engine; the same bytes each time
	$(BIN)/python -m images

check: $(READY)  ## Lint, types, imports, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MYPYPATH=. $(BIN)/mypy --package release --package images
	MYPYPATH=tests/cluster $(BIN)/mypy --explicit-package-bases tests/cluster/harness
	MYPYPATH=tests/apiserver $(BIN)/mypy --explicit-package-bases tests/apiserver
	$(BIN)/lint-imports
	$(BIN)/gastown-crds --check
	$(BIN)/python -m adapter.chart --check
	$(BIN)/python -m kubectl_gt.reference --check
	$(BIN)/python -m events.outbox.reference --check
	PYTHONPATH=tests/programs $(BIN)/python -m trial.ends --check

fmt: $(READY)  ## Format, and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/gastown-crds
	$(BIN)/python -m adapter.chart
	$(BIN)/python -m kubectl_gt.reference
	$(BIN)/python -m events.outbox.reference
	PYTHONPATH=tests/programs $(BIN)/python -m trial.ends

bench: $(READY)  ## Figures, each beside a baseline of the same run
	@for each in bench/*.py; do echo "== $$each"; $(BIN)/python $$each || exit 1; done

cluster: $(READY)  ## Build and boot a real Kubernetes with a real Argo on this machine (Linux, root)
	@PYTHONPATH=tests/cluster $(BIN)/python -m harness up

cluster-down: $(READY)  ## End it, and leave nothing behind
	@PYTHONPATH=tests/cluster $(BIN)/python -m harness down

test-cluster: $(READY)  ## The tests that need it; GASTOWN_TEST_KUBECONFIG names another cluster
	@[ -n "$$GASTOWN_TEST_KUBECONFIG" ] || PYTHONPATH=tests/cluster $(BIN)/python -m harness build || [ -z "$$CI" ]
	@PYTHONPATH=tests/cluster $(BIN)/python -m harness test

test-forge: $(READY)  ## The tests that need a real Gitea; the first run builds it, with Go and gcc
	@PYTHONPATH=tests/cluster $(BIN)/python -m harness forge || [ -z "$$CI" ]
	$(BIN)/pytest -q -n 2 tests/forge $(TESTS)

test-argo-events: $(READY)  ## The examples for Argo Events on its own controller, sources and sensors (Linux, root); the first run builds it
	@PYTHONPATH=tests/cluster $(BIN)/python -m harness argo-events
	$(BIN)/pytest -q tests/cluster/test_argo_events_sling.py $(TESTS)

test-agents: $(READY)  ## Real agents (npm, PyPI) against a stand-in for their models; skipped with the reason where they can't be had
	@PYTHONPATH=tests/programs $(BIN)/python -m trial.install
	$(BIN)/pytest -q tests/programs -n 4 --timeout 600 --maxschedchunk 1

lock: $(READY)  ## Resolve the dependencies anew
	uv pip compile pyproject.toml --group dev --generate-hashes --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --upgrade -o requirements/dev.txt
	uv pip compile pyproject.toml --generate-hashes --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --upgrade -o requirements/runtime.txt

lock-images: $(READY)  ## Resolve the Debian packages of the images anew, against the index that Debian signed
	$(BIN)/python -m images.debian

clean:  ## Remove what was made here
	rm -rf .venv .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage dist
