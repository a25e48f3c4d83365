# Set-up, runs, checks and locks; `make` alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Of the user's shell, what would put other packages before the locked ones.
unexport PYTHONPATH PYTHONHOME

VENV := .venv
BIN := $(VENV)/bin

# A changed lock, package definition, set of packages, place of the clone or C
# library makes the set-up stale; nothing else does.
LOCKS := $(wildcard requirements/*.txt)
SET_UP_KEY := $(shell { pwd; getconf GNU_LIBC_VERSION || :; echo */__init__.py; \
  cat setup.py $(LOCKS); } 2>/dev/null | sha256sum | cut -c1-16)
STAMP := $(VENV)/.set-up-$(SET_UP_KEY)

# Where Beam runs: RUNNER= BEAM_ARGS="--a=b --c"
RUN_ON = $(if $(RUNNER),--runner '$(RUNNER)') \
  $(foreach arg,$(BEAM_ARGS),--beam-arg='$(arg)')

##@ Use
.PHONY: run
run: $(STAMP) ## Run: PRESET= DATA= DATASET= ROOT= SEED= SET= ACCEPT_DATA=1
	@$(BIN)/cifar10 run \
	  $(if $(PRESET),--preset '$(PRESET)') $(if $(DATA),--data '$(DATA)') \
	  $(if $(DATASET),--dataset '$(DATASET)') \
	  $(if $(ROOT),--root '$(ROOT)') $(if $(SEED),--seed '$(SEED)') \
	  $(foreach cap,$(CAPS),--cap '$(cap)') \
	  $(foreach set,$(SET),--set '$(set)') \
	  $(if $(ACCEPT_DATA),--accept-data) $(RUN_ON)

.PHONY: tune
tune: $(STAMP) ## Run with a search: also MODEL= BUDGET= TRIALS= SHARE= SAVE=1
	@$(BIN)/cifar10 tune \
	  $(if $(PRESET),--preset '$(PRESET)') $(if $(DATA),--data '$(DATA)') \
	  $(if $(DATASET),--dataset '$(DATASET)') \
	  $(if $(ROOT),--root '$(ROOT)') $(if $(SEED),--seed '$(SEED)') \
	  $(foreach cap,$(CAPS),--cap '$(cap)') \
	  $(foreach set,$(SET),--set '$(set)') \
	  $(if $(MODEL),--model '$(MODEL)') $(if $(BUDGET),--budget '$(BUDGET)') \
	  $(if $(TRIALS),--trials '$(TRIALS)') \
	  $(if $(STRATEGY),--strategy '$(STRATEGY)') \
	  $(if $(SHARE),--schedule-share '$(SHARE)') $(if $(SAVE),--save) \
	  $(if $(ACCEPT_DATA),--accept-data) $(RUN_ON)

.PHONY: kubeflow
kubeflow: $(STAMP) ## Compile for Kubeflow: PRESET= DATA= SEED= IMAGE= OUTPUT=
	@$(BIN)/cifar10 kubeflow compile \
	  $(if $(PRESET),--preset '$(PRESET)') $(if $(DATA),--data '$(DATA)') \
	  $(if $(DATASET),--dataset '$(DATASET)') \
	  $(if $(SEED),--seed '$(SEED)') $(if $(IMAGE),--image '$(IMAGE)') \
	  $(if $(OUTPUT),--output '$(OUTPUT)') \
	  $(foreach cap,$(CAPS),--cap '$(cap)') \
	  $(foreach set,$(SET),--set '$(set)') \
	  $(if $(ACCEPT_DATA),--accept-data) $(RUN_ON)

.PHONY: image
image: $(STAMP) ## Build Kubeflow's image: IMAGE= ACCELERATOR=gpu RELEASE=1
	@$(BIN)/python -m kubeflow.image.build '$(IMAGE)' '$(ACCELERATOR)' \
	  '$(RELEASE)'

.PHONY: serve
serve: $(STAMP) ## TF Serving on the pushed models, by Docker Compose: ROOT=
	@$(BIN)/python -m serving.up '$(or $(ROOT),runs)'

.PHONY: tensorboard
tensorboard: $(STAMP) ## TensorBoard on all runs of a root: ROOT= PORT=
	@$(BIN)/tensorboard --logdir '$(or $(ROOT),runs)/tensorboard' \
	  $(if $(PORT),--port '$(PORT)')

.PHONY: set-up
set-up: $(STAMP) ## Install everything into .venv; other targets do so as needed

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^##@/ {print "\n" substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

# Two processes take 6 GB; chosen tests, which may be few, start faster in one.
JOBS ?= $(if $(TESTS),1,2)
PYTEST = $(BIN)/python -m pytest $(if $(filter-out 1,$(JOBS)), \
  --numprocesses '$(JOBS)' --dist loadfile --no-loadscope-reorder)

##@ Check
.PHONY: test
test: $(STAMP) ## All tests, in JOBS=2 processes, or TESTS="tests/cli -x"
	@$(PYTEST) $(TESTS)

.PHONY: unit
unit: $(STAMP) ## The tests that start no runs and no servers
	@$(PYTEST) tests/requirements tests/clean_roots \
	  tests/modules tests/components tests/pipeline

.PHONY: real-data
real-data: $(STAMP) ## A shortened run on real images, with an accuracy floor
	@$(BIN)/python -m pytest -m real_data tests/real_data

.PHONY: flink-test
flink-test: $(STAMP) ## The pipeline on a real Flink; needs Java and Maven
	@$(BIN)/python -m pytest -s -m flink tests/flink

.PHONY: clean-roots
clean-roots: ## As root: the README on bare distributions: CLEAN_ROOTS=-h
	@$(ANY_PYTHON) -B -m tests.clean_roots $(CLEAN_ROOTS)

.PHONY: fuzz
fuzz: $(STAMP) ## Fuzz the image and archive readers: FUZZ_SECONDS= FUZZ_SEED=
	@$(BIN)/python -m tests.fuzz --seconds '$(or $(FUZZ_SECONDS),60)' \
	  $(if $(FUZZ_SEED),--seed '$(FUZZ_SEED)')

.PHONY: audit
audit: $(STAMP) ## Known vulnerabilities of all locked packages: ADVISORIES=
	@$(BIN)/python -m requirements.audit \
	  $(if $(ADVISORIES),--advisories '$(ADVISORIES)')

.PHONY: sbom
sbom: $(STAMP) ## A CycloneDX SBOM of each lock, in build/sbom: SBOM=
	@$(BIN)/python -m requirements.sbom '$(or $(SBOM),build/sbom)'

.PHONY: lint
lint: $(STAMP) ## Style, formatting and imports, changing nothing
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports --no-logo --no-cache
	@$(BIN)/hadolint kubeflow/image/Dockerfile
	@$(BIN)/shellcheck .ci/run

.PHONY: types
types: $(STAMP) ## The type check
	@$(BIN)/mypy

##@ Change
.PHONY: format
format: $(STAMP) ## Format the code and apply the linter's automatic fixes
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

.PHONY: protos
protos: $(STAMP) ## Generate serving/predict_pb2.py from predict.proto
	@$(BIN)/python -m grpc_tools.protoc --proto_path=. --python_out=. \
	  --pyi_out=. serving/predict.proto

.PHONY: pin-images
pin-images: $(STAMP) ## Write the digests of all base images into their files
	@$(BIN)/python -m kubeflow.image.pins

COMPILE = $(BIN)/uv pip compile --quiet --no-config --python-version 3.11 \
  --generate-hashes --custom-compile-command 'make lock' $(LOCK_FLAGS)
UNIVERSAL = $(COMPILE) --universal --fork-strategy fewest

.PHONY: lock
lock: $(BIN)/uv ## Resolve requirements/*.in; all anew: LOCK_FLAGS=--upgrade
	$(UNIVERSAL) requirements/build.in --output-file requirements/build.txt
	$(UNIVERSAL) requirements/base.in --output-file requirements/glibc239.txt \
	  --constraints requirements/build.txt \
	  --overrides requirements/overrides.txt
	$(COMPILE) requirements/base.in --output-file requirements/glibc236.txt \
	  --constraints requirements/build.txt \
	  --overrides requirements/overrides.txt \
	  --overrides requirements/glibc236-overrides.txt \
	  --python-platform x86_64-manylinux_2_36
	$(UNIVERSAL) requirements/gpu.in --output-file requirements/gpu.txt \
	  --constraints requirements/glibc239.txt
	$(UNIVERSAL) requirements/dev.in --output-file requirements/dev.txt \
	  --constraints requirements/glibc239.txt \
	  --constraints requirements/glibc236.txt

.PHONY: clean
clean: ## Remove .venv, caches and build outputs, but no runs
	rm -rf $(VENV) build dist *.egg-info .*_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The set-up itself, run by any Python; it chooses the one for .venv.
ANY_PYTHON = $(shell for python in python3 python3.{13,12,11} '$(PYTHON)'; do \
  "$$python" -c '' 2>/dev/null && echo "$$python" && break; done)
# What the distribution installs the prerequisites with, where it is known.
INSTALL = $$(. /etc/os-release 2>/dev/null; for id in $$ID $${ID_LIKE:-}; do \
  sed -n "s/^$$id: /: /p" requirements/prerequisites.txt; done | head -n 1)
define SET_UP
@test -n "$(ANY_PYTHON)" || { \
  echo "error: found no python3; install it$(INSTALL)" >&2; exit 1; }
@'$(ANY_PYTHON)' -BEs -m requirements.set_up $(if $(PYTHON),--python '$(PYTHON)')
endef

$(BIN)/uv:
	$(SET_UP)

# With PYTHON= it is looked at each time whether .venv has that one.
$(STAMP): $(if $(PYTHON),FORCE)
	$(SET_UP) --stamp $@

.PHONY: FORCE
FORCE:
