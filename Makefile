# The one list of commands: `make help`.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# uv brings Python 3.13 and every package in uv.lock. Where it is missing, pip brings uv.
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .uv/bin/uv)
BIN := .venv/bin
PYTHON := $(BIN)/python
SAM := .sam/bin/sam
# The part of samconfig.toml that sam reads.
STAGE := $(or $(ENV),default)
CODE := core api worker local cli tools tests

export PYTHONPATH := core:cli:.
# .sam first: sam build needs a python3.13 with pip.
export PATH := $(CURDIR)/.sam/bin:$(CURDIR)/$(BIN):$(PATH):$(CURDIR)/.uv/bin
export SAM_CLI_TELEMETRY := 0

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# --- set up ---------------------------------------------------------------------------------------

setup: .venv/ready .sam/ready ## Install Python 3.13, the locked packages and sam-cli, all below this folder.

# From nothing each time: what an interrupted try left must not be the Python that tries again.
.uv/bin/uv:
	rm -rf .uv
	python3 tools/bring_uv.py .uv

# sam-cli and MiniStack pin different versions of the same packages: each has its own environment.
.venv/ready: pyproject.toml uv.lock tools/python.sh | $(UV)
	$(UV) venv --quiet --allow-existing --python "$$(tools/python.sh $(UV))" .venv
	$(UV) sync --quiet --locked --all-extras --python $(PYTHON)
	@touch $@

.sam/ready: tools/sam/requirements.txt tools/python.sh | $(UV)
	$(UV) venv --quiet --allow-existing --python "$$(tools/python.sh $(UV))" .sam
	$(UV) pip sync --quiet --require-hashes --compile-bytecode --python .sam/bin/python $<
	@touch $@

lock: | $(UV) ## Resolve the dependencies anew and write the lock files.
	$(UV) lock --upgrade
	$(UV) pip compile --quiet --upgrade --generate-hashes --no-header --python-version 3.13 tools/sam/requirements.in -o tools/sam/requirements.txt
	$(UV) export --quiet --locked --no-dev --extra worker --no-emit-project -o worker/requirements.txt

# --- run ------------------------------------------------------------------------------------------

model: .venv/ready ## Build the demo model's folder, .model/default, as it will lie in S3.
	$(PYTHON) -m tools.model

run: setup $(if $(MODEL),,model) ## Run the whole system on this machine: TASKS=1 workers, KEEP=1 keeps its state, PORT=4566, MODEL=folder.
	$(PYTHON) -m local run

stop: .venv/ready ## Stop what `make run` started.
	$(PYTHON) -m local stop

describe: .venv/ready ## Write the manifest of your own model: MODEL=folder ENTRYPOINT=module:Class PROBE='{"text": "hi"}'.
	$(PYTHON) -m tools.model describe "$(MODEL)" --runtime $(or $(RUNTIME),python) $(if $(ENTRYPOINT),--entrypoint "$(ENTRYPOINT)") --probe '$(or $(PROBE),null)'

tenant: .venv/ready ## Make an API key for a tenant of a deployed stack: NAME=acme STACK=spillway.
	@$(if $(NAME),,$(error say which tenant: make tenant NAME=acme))
	$(PYTHON) -m spillway_cli.tenants create "$(NAME)" --stack $(or $(STACK),spillway)

# --- check ----------------------------------------------------------------------------------------

test: setup model lint ## Check the code, then run every test; those that need a container engine say so.
	$(BIN)/pytest

unit: .venv/ready ## Run the unit tests alone: no emulator, a few seconds.
	$(BIN)/pytest tests/unit

lint: setup ## Check style, types and templates.
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/cfn-lint template.yaml stacks/*.yaml

format: .venv/ready ## Format the code.
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

# --- deploy ---------------------------------------------------------------------------------------

build: setup ## Build the functions and layers as they will be deployed: ENV=default, dev or prod.
	sam build --config-env $(STAGE)

# What stands on the command line takes the place of samconfig.toml's list, so that list is said again before it.
deploy: build ## Deploy the core stack and its default model to AWS: ENV=dev, PARAMETERS="ModelMinTasks=1".
ifdef PARAMETERS
	listed=$$($(PYTHON) -c 'import sys, tomllib; print(*tomllib.load(sys.stdin.buffer)["$(STAGE)"]["deploy"]["parameters"].get("parameter_overrides", []))' < samconfig.toml); \
	sam deploy --config-env $(STAGE) --parameter-overrides $$listed $(PARAMETERS)
else
	sam deploy --config-env $(STAGE)
endif

# amd64, as the task definition has it, whatever this machine is.
image: ## Build the worker's image: IMAGE=spillway-worker.
	docker build --platform linux/amd64 -f worker/Dockerfile -t $(or $(IMAGE),spillway-worker) .

clean: ## Remove everything that was built or installed below this folder.
	rm -rf .venv .sam .uv .aws-sam .local .model .mypy_cache .pytest_cache .ruff_cache

.PHONY: help setup lock model run stop describe tenant test unit lint format build deploy image clean
