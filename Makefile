# Set-up, runs, checks and locks; `make` alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || echo python3)
VENV := .venv
BIN := $(VENV)/bin

# A changed lock, package definition, set of packages or place of the clone
# makes the set-up stale; nothing else does.
LOCKS := $(wildcard requirements/*.txt)
SET_UP_KEY := $(shell { pwd; echo */__init__.py; cat setup.py $(LOCKS); } \
  | sha256sum | cut -c1-16)
STAMP := $(VENV)/.set-up-$(SET_UP_KEY)

##@ Use
.PHONY: run
run: $(STAMP) ## Run: PRESET= DATA= ROOT= SEED= SET="classifier.epochs=12"
	@$(BIN)/cifar10 run \
	  $(if $(PRESET),--preset '$(PRESET)') $(if $(DATA),--data '$(DATA)') \
	  $(if $(ROOT),--root '$(ROOT)') $(if $(SEED),--seed '$(SEED)') \
	  $(foreach cap,$(CAPS),--cap '$(cap)') \
	  $(foreach set,$(SET),--set '$(set)')

.PHONY: tune
tune: $(STAMP) ## Run with a search: also MODEL= BUDGET= TRIALS= SHARE= SAVE=1
	@$(BIN)/cifar10 tune \
	  $(if $(PRESET),--preset '$(PRESET)') $(if $(DATA),--data '$(DATA)') \
	  $(if $(ROOT),--root '$(ROOT)') $(if $(SEED),--seed '$(SEED)') \
	  $(foreach cap,$(CAPS),--cap '$(cap)') \
	  $(foreach set,$(SET),--set '$(set)') \
	  $(if $(MODEL),--model '$(MODEL)') $(if $(BUDGET),--budget '$(BUDGET)') \
	  $(if $(TRIALS),--trials '$(TRIALS)') \
	  $(if $(STRATEGY),--strategy '$(STRATEGY)') \
	  $(if $(SHARE),--schedule-share '$(SHARE)') $(if $(SAVE),--save)

.PHONY: kubeflow
kubeflow: $(STAMP) ## Compile for Kubeflow: PRESET= DATA= SEED= IMAGE= OUTPUT=
	@$(BIN)/cifar10 kubeflow compile \
	  $(if $(PRESET),--preset '$(PRESET)') $(if $(DATA),--data '$(DATA)') \
	  $(if $(SEED),--seed '$(SEED)') $(if $(IMAGE),--image '$(IMAGE)') \
	  $(if $(OUTPUT),--output '$(OUTPUT)') \
	  $(foreach cap,$(CAPS),--cap '$(cap)') \
	  $(foreach set,$(SET),--set '$(set)')

.PHONY: image
image: $(STAMP) ## Build the image of Kubeflow's steps: IMAGE= ACCELERATOR=gpu
	@$(BIN)/python -m kubeflow.image.build '$(IMAGE)' '$(ACCELERATOR)'

.PHONY: serve
serve: $(STAMP) ## TF Serving on the pushed models, by Docker Compose: ROOT=
	@$(BIN)/python -m serving.up '$(or $(ROOT),runs)'

.PHONY: set-up
set-up: $(STAMP) ## Install everything into .venv; the others do it unasked

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^##@/ {print "\n" substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

##@ Check
.PHONY: test
test: $(STAMP) ## All tests, or some: TESTS="tests/pipeline -x"
	@$(BIN)/python -m pytest $(TESTS)

.PHONY: real-data
real-data: $(STAMP) ## A shortened run on real images, with an accuracy floor
	@$(BIN)/python -m pytest -m real_data tests/real_data

.PHONY: fuzz
fuzz: $(STAMP) ## Fuzz the readers of images and archives: FUZZ_SECONDS= FUZZ_SEED=
	@$(BIN)/python -m tests.fuzz --seconds '$(or $(FUZZ_SECONDS),60)' \
	  $(if $(FUZZ_SEED),--seed '$(FUZZ_SEED)')

.PHONY: lint
lint: $(STAMP) ## Style and formatting, changing nothing
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/hadolint kubeflow/image/Dockerfile

.PHONY: types
types: $(STAMP) ## The type check
	@$(BIN)/mypy

##@ Change
.PHONY: format
format: $(STAMP) ## Format the code, and mend what the linter can
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

.PHONY: protos
protos: $(STAMP) ## Generate serving/predict_pb2.py from predict.proto
	@$(BIN)/python -m grpc_tools.protoc --proto_path=. --python_out=. \
	  --pyi_out=. serving/predict.proto

COMPILE = $(BIN)/uv pip compile --quiet --no-config --python-version 3.11 \
  --generate-hashes --custom-compile-command 'make lock' $(LOCK_FLAGS)

.PHONY: lock
lock: $(BIN)/uv ## Resolve requirements/*.in; all anew: LOCK_FLAGS=--upgrade
	$(COMPILE) requirements/build.in --output-file requirements/build.txt
	$(COMPILE) requirements/base.in --output-file requirements/glibc239.txt \
	  --constraints requirements/build.txt \
	  --python-platform x86_64-manylinux_2_39
	$(COMPILE) requirements/base.in --output-file requirements/glibc236.txt \
	  --constraints requirements/build.txt \
	  --overrides requirements/glibc236-overrides.txt \
	  --python-platform x86_64-manylinux_2_36
	$(COMPILE) requirements/gpu.in --output-file requirements/gpu.txt \
	  --constraints requirements/glibc239.txt \
	  --python-platform x86_64-manylinux_2_39
	$(COMPILE) requirements/dev.in --output-file requirements/dev.txt \
	  --constraints requirements/glibc239.txt \
	  --constraints requirements/glibc236.txt

.PHONY: clean
clean: ## Remove .venv, caches and build outputs, but no runs
	rm -rf $(VENV) build dist *.egg-info .*_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The set-up itself.
$(BIN)/uv:
	@$(PYTHON) requirements/choose_lock.py >/dev/null
	@echo 'set-up: creating $(VENV)'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes --requirement requirements/build.txt

$(STAMP): $(BIN)/uv
	@lock=$$($(PYTHON) requirements/choose_lock.py); \
	echo "set-up: installing $$lock into $(VENV)"; \
	$(BIN)/uv pip sync --python $(BIN)/python --require-hashes \
	  $$([ -t 2 ] || echo --quiet) \
	  --build-constraints requirements/build.txt \
	  requirements/build.txt requirements/dev.txt $$lock
	@$(BIN)/uv pip install --python $(BIN)/python --quiet \
	  --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.set-up-*
	@touch $@
