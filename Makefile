# One recipe for the desk and for CI. `make demo` and `make test` set up all they need.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CONFIG ?= camera_config.yaml
RUNS ?= 2000
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help install demo run test check format contract drill faults bench pages clean

help:  ## these targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

install: $(VENV)/.runs  ## what `weisu run` needs: under 1 GB
demo: install  ## a township that runs by itself: cameras, cleaners, broker, orders
	$(BIN)/weisu demo
run: install  ## watch the township of CONFIG=camera_config.yaml
	$(BIN)/weisu run --config $(CONFIG)
test: $(VENV)/.tests  ## the whole suite
	$(BIN)/python -m pytest
check: $(VENV)/.tests  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
format: $(VENV)/.tests
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
contract: $(VENV)/.runs  ## docs/asyncapi.yaml and docs/openapi.yaml, from the types of MQTT payloads and of the REST API
	$(BIN)/python service.py broker contract > docs/asyncapi.yaml
	$(BIN)/python service.py console openapi > docs/openapi.yaml
drill: install  ## back up the database of CONFIG, restore it aside, and see whether the service could go on from it
	$(BIN)/weisu drill --config $(CONFIG)
faults: $(VENV)/.runs  ## RUNS=2000 seeded runs of the order half under kills, bad wires, a full disk and clock jumps
	$(BIN)/python -m simulator.faults --runs $(RUNS) --json bench/out/faults.json
pages: $(VENV)/.tests  ## pictures of the console's pages at the sizes of a phone, a desk and a wall, in bench/out/pages
	$(BIN)/python -m bench.screenshots
bench: $(VENV)/.tests  ## speed and memory beside a peer, as tables and JSON in bench/out
	$(BIN)/python -m bench.accuracy
	$(BIN)/python -m bench.car_park
	$(BIN)/python -m bench.fitness
	$(BIN)/python -m bench.look_cost
	$(BIN)/python -m bench.still_look
	$(BIN)/python -m bench.looks_a_second
	$(BIN)/python -m bench.thousand_cameras
	$(BIN)/python -m bench.rule_step
	$(BIN)/python -m bench.outbox
	$(BIN)/python -m bench.delivery
	$(BIN)/python -m bench.many_orders
	$(BIN)/python -m bench.reasons_size
	$(BIN)/python -m bench.appearance
	$(BIN)/python -m bench.incidents
	$(BIN)/python -m bench.cadence
	$(BIN)/python -m bench.console
	$(BIN)/python -m bench.backtest
clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "weisu needs Python 3.11 or later: make PYTHON=/path/to/python3.11 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runs: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) --editable .
	@$(BIN)/python -c 'import cv2' || { echo "OpenCV lacks a system library. On Debian or Ubuntu: apt-get install libgl1 libglib2.0-0"; exit 1; }
	@touch $@

$(VENV)/.tests: $(VENV)/.runs
	@echo "installing torch, ultralytics and the tools of the tests: several GB, a few minutes"
	$(PIP) --editable '.[dev,train]'
	@touch $@
