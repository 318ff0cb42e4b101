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
CODE := core api worker delivery scaling local cli deploy tools benchmarks tests

export PYTHONPATH := core:cli:.
# .sam first: sam build needs a python3.13 with pip.
export PATH := $(CURDIR)/.sam/bin:$(CURDIR)/$(BIN):$(PATH):$(CURDIR)/.uv/bin
export SAM_CLI_TELEMETRY := 0

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

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

# The other workers that bench-worker measures, and what they need.
.bench/ready: benchmarks/worker/requirements.txt tools/python.sh | $(UV)
	$(UV) venv --quiet --allow-existing --python "$$(tools/python.sh $(UV))" .bench
	$(UV) pip sync --quiet --require-hashes --compile-bytecode --python .bench/bin/python $<
	@touch $@

# What else loads a gigabyte, for bench-load: 5 GB, most of it the torch that one of them needs.
.bench-load/ready: benchmarks/model_load/requirements.txt tools/python.sh | $(UV)
	$(UV) venv --quiet --allow-existing --python "$$(tools/python.sh $(UV))" .bench-load
	$(UV) pip sync --quiet --require-hashes --compile-bytecode --python .bench-load/bin/python $<
	@touch $@

# The proxy that the drill puts before AWS.
.drill/ready: tests/drill/requirements.txt tools/python.sh | $(UV)
	$(UV) venv --quiet --allow-existing --python "$$(tools/python.sh $(UV))" .drill
	$(UV) pip sync --quiet --require-hashes --compile-bytecode --python .drill/bin/python $<
	@touch $@

lock: | $(UV) ## Resolve the dependencies anew and write the lock files.
	$(UV) lock --upgrade
	$(UV) pip compile --quiet --upgrade --generate-hashes --no-header --python-version 3.13 tools/sam/requirements.in -o tools/sam/requirements.txt
	$(UV) pip compile --quiet --upgrade --generate-hashes --no-header --python-version 3.13 benchmarks/worker/requirements.in -o benchmarks/worker/requirements.txt
	$(UV) pip compile --quiet --upgrade --generate-hashes --no-header --python-version 3.13 benchmarks/model_load/requirements.in -o benchmarks/model_load/requirements.txt
	$(UV) pip compile --quiet --upgrade --generate-hashes --no-header --python-version 3.13 tests/drill/requirements.in -o tests/drill/requirements.txt
	$(UV) export --quiet --locked --no-dev --extra worker --no-emit-project -o worker/requirements.txt

# --- run ------------------------------------------------------------------------------------------

model: .venv/ready ## Build the demo model's folder, .model/default, as it will lie in S3.
	$(PYTHON) -m tools.model

run: setup $(if $(MODEL),,model) ## Run the whole system on this machine: TASKS=1 workers stand ready, KEEP=1 keeps its state, PORT=4566, MODEL=folder, CONTAINERS=1, PARAMETERS="…".
	$(PYTHON) -m local run

stop: .venv/ready ## Stop what `make run` started.
	$(PYTHON) -m local stop

invoke: setup ## Send an event to its function in Lambda's image, the running system behind it: EVENT=events/enqueue/minimal.json.
	@$(PYTHON) -m local invoke $(EVENT)

start-api: setup ## Serve the API by `sam local start-api`, the running system behind it: API_PORT=3000.
	@$(PYTHON) -m local start-api --api-port $(or $(API_PORT),3000)

bridge: setup ## Let containers reach the running system, for `sam local` commands of your own.
	@$(PYTHON) -m local bridge

# make hands PROBE and PARAMETERS on as environment variables: they may hold any quote.
describe: .venv/ready ## Write the manifest of your own model: MODEL=folder ENTRYPOINT=module:Class PROBE='{"text": "hi"}'.
	@$(if $(MODEL),,$(error say which folder: make describe MODEL=folder))
	$(PYTHON) -m tools.model describe "$(MODEL)" --runtime $(or $(RUNTIME),python) $(if $(ENTRYPOINT),--entrypoint "$(ENTRYPOINT)") --probe "$${PROBE:-null}"

# What the running system announces; the command finds it by itself.
RUNNING = $(wildcard $(or $(LOCAL_DIR),.local)/endpoint.json)

tenant: .venv/ready ## Make an API key for a tenant of a deployed stack, STACK=spillway, or of the running system: NAME=acme.
	@$(if $(NAME),,$(error say which tenant: make tenant NAME=acme))
	$(PYTHON) -m spillway_cli tenants create "$(NAME)" $(if $(STACK),--stack "$(STACK)",$(if $(RUNNING),,--stack spillway))

# --- check ----------------------------------------------------------------------------------------

test: setup model lint ## Check the code, then run every test; those that need a container engine say so.
	$(BIN)/pytest

unit: .venv/ready ## Run the unit tests alone: no emulator, a few seconds.
	$(BIN)/pytest tests/unit

simulate-worker: .venv/ready ## Simulate workers under every kind of fault, on virtual time: SEEDS=1000; SEED=7 makes one run again and tells it.
	@$(PYTHON) -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),1000)) $(ARGS)

drill: setup .drill/ready ## Kill, freeze and starve a system of its own, then check that nothing was lost: JOBS=3000 SEED=1.
	@$(PYTHON) -m tests.drill --jobs $(or $(JOBS),3000) --seed $(or $(SEED),1) $(ARGS)

containers: setup model ## Run the tests that need a container engine: the worker's image, sam local.
	$(BIN)/pytest -s tests/acceptance/containers

lint: setup ## Check style, types and templates.
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/cfn-lint template.yaml stacks/*.yaml

format: .venv/ready ## Format the code.
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

# --- measure --------------------------------------------------------------------------------------

bench-enqueue: build ## Measure the enqueue function beside a plain boto3 handler: ARGS="--rounds 15 --latency-ms 0".
	$(PYTHON) -m benchmarks.enqueue $(ARGS)

bench-worker: .venv/ready .bench/ready ## Measure the worker beside Celery, dramatiq, taskiq and a plain boto3 loop: ARGS="--work none --rounds 3".
	$(PYTHON) -m benchmarks.worker $(ARGS)

bench-load: .venv/ready .bench-load/ready ## Measure how fast a gigabyte comes from S3, beside boto3, s5cmd and a model streamer: ARGS="--over http --rounds 3".
	$(PYTHON) -m benchmarks.model_load $(ARGS)

bench-flood: .venv/ready ## Send the running system more than one key may: REQUESTS=1000 CALLERS=8 RATE=40 a second.
	$(PYTHON) -m benchmarks.flood --requests $(or $(REQUESTS),1000) --callers $(or $(CALLERS),8) --rate $(or $(RATE),40)

demo-burst: setup ## Wake a sleeping model with JOBS=500 at once on a system of its own, until all are done and no task is left, and draw it; ARGS="--to docs/burst.png" for the picture in docs.
	@$(PYTHON) -m benchmarks.burst --jobs="$(or $(JOBS),500)" $(ARGS)

demo-deliveries: setup ## Tell JOBS=1000 jobs to a receiver each, of which three in ten fail, on a system of its own: what became of each, and what it cost the worker.
	@$(PYTHON) -m benchmarks.deliveries --jobs="$(or $(JOBS),1000)" $(ARGS)

bench-wake: setup model ## Wake a sleeping model many times, on a system of its own, and say where the time goes: ROUNDS=20.
	$(PYTHON) -m benchmarks.wake --rounds $(or $(ROUNDS),20)

bench-scaler: .venv/ready ## Let the scaler tick for hundreds of models before a stand-in for AWS: ARGS="--models 300 --latency-ms 20".
	$(PYTHON) -m benchmarks.scaler $(ARGS)

bench-policies: .venv/ready ## Let a flood meet the template's scaling policies, and others in their place, on virtual time: ARGS="--jobs 500".
	$(PYTHON) -m benchmarks.policies $(ARGS)

dashboard: .venv/ready ## Load the running system for a quarter of an hour and draw its dashboard, docs/dashboard.svg.
	$(PYTHON) -m tools.dashboard $(ARGS)

# --- deploy ---------------------------------------------------------------------------------------

build: setup ## Build the functions and layers as they will be deployed: ENV=default, dev or prod.
	sam build --config-env $(STAGE)

# A script's variable that is not set gives an empty word, and that is not "all of it".
SAID = $(foreach word,NAME STACK ENV,$(if $(or $($(word)),$(filter undefined,$(origin $(word)))),,$(error $(word) is empty: say which, or leave $(word) out)))
# Which core stack, and what of it, as `python -m deploy` takes them; what is not said is left out.
WHERE = $(SAID) --env $(STAGE) $(if $(STACK),--stack "$(STACK)")
WHAT = $(if $(MODEL),--model "$(MODEL)") $(if $(DIGEST),--digest "$(DIGEST)") $(if $(IMAGE),--image "$(IMAGE)") \
	$(if $(PARAMETERS),--parameters "$$PARAMETERS")
ENGINE = $(if $(DOCKER),--docker "$(DOCKER)") $(if $(BASE),--base "$(BASE)")

deploy: setup $(if $(MODEL)$(DIGEST),,model) ## Deploy the core and its default model to AWS: ENV=dev, PARAMETERS="…", MODEL=folder, IMAGE=uri, STACK=name.
	$(PYTHON) -m deploy core $(strip $(WHERE) $(WHAT) $(ENGINE))

deploy-model: setup ## Deploy a further model: NAME=shout MODEL=folder, PARAMETERS="MaxTasks=20", IMAGE=uri, DIGEST=version to go back.
	@$(if $(NAME),,$(error say which model: make deploy-model NAME=shout MODEL=folder))
	$(PYTHON) -m deploy model "$(NAME)" $(strip $(WHERE) $(WHAT))

delete: setup ## Delete the core with all models, or with NAME=shout that model alone; asks first. MODELS=1 takes the models' files too.
	$(PYTHON) -m deploy delete $(strip $(if $(NAME),"$(NAME)") $(WHERE) $(if $(YES),--yes) $(if $(MODELS),--models))

# amd64, as the task definition has it, whatever this machine is.
image: ## Build the worker's image: IMAGE=spillway-worker.
	$(or $(DOCKER),docker) build --platform linux/amd64 -f worker/Dockerfile -t $(or $(IMAGE),spillway-worker) .

clean: ## Remove everything that was built or installed below this folder.
	rm -rf .venv .sam .uv .bench .bench-load .drill .aws-sam .local .model .mypy_cache .pytest_cache .ruff_cache

.PHONY: bench-enqueue bench-load bench-worker bench-wake bench-scaler bench-policies demo-burst demo-deliveries simulate-worker drill help setup lock model run stop invoke start-api bridge describe tenant test unit containers bench-flood dashboard lint format build deploy deploy-model delete image clean
