# make run | test | test-long | chat | train | eval FILE=… | lint | lock | bench | bench-load | attack     (README.md says what each does)
PYTHON ?= python3.11
PORT ?= 8000
URL ?= http://127.0.0.1:$(PORT)
FILE ?= bench/questions/open
# Processes that share out the tests, each with a server of its own: one more than two cores, since much of a scene with
# a messenger, a browser or a program that starts is waiting.
WORKERS ?= 3
VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
PIP := $(BIN)/pip install --disable-pip-version-check --no-deps --ignore-requires-python --progress-bar off
# A lock file, with a line now and then that says how far it is.
INSTALL = $(PIP) -r $(1) 2>$(VENV)/install.log \
  | awk '/^Collecting/ {n++; if (n % 20 == 0) {print "      已取得 " n " 个包 …"; fflush()}} /^Installing/ {print "      正在写入 …"; fflush()}'

export RASA_TELEMETRY_ENABLED = false
export PYTHONWARNINGS = ignore

.PHONY: run test test-long chat train eval lock lint bench bench-load attack clean

run: $(VENV)/ready
	@$(BIN)/python -m bot serve --port $(PORT)

chat: $(VENV)/ready
	@$(BIN)/python -m bot chat

train: $(VENV)/ready
	@$(BIN)/python -m nlu train

eval: $(VENV)/ready
	@$(BIN)/python -m bench.evaluate --url $(URL) $(FILE)

bench: $(VENV)/ready
	@PYTHON=$(PYTHON) $(BIN)/python -m bench

bench-load: $(VENV)/ready
	@PYTHON=$(PYTHON) $(BIN)/python -W ignore -m bench.load

attack: $(VENV)/ready
	@$(BIN)/python -W ignore -m bench.attack $(ATTACK)

test: $(VENV)/ready-dev
	@sh tests/prepare_machine.sh
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder tests

# What `make test` runs in a shorter form, whole.
test-long: $(VENV)/ready-dev
	@sh tests/prepare_machine.sh
	@TEST_LONG=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m long tests

# torch stays locked by the digest of its CPU build (docs/decisions.md): its lines are carried over, not looked up.
lock: $(VENV)/ready-dev
	@mkdir -p var && cp requirements.lock var/requirements.lock
	$(BIN)/uv pip compile requirements.in --override requirements-overrides.txt --generate-hashes \
	  --python-version 3.11.7 --no-annotate --no-header --quiet $(if $(UPGRADE),--upgrade-package $(UPGRADE)) -o var/requirements.lock
	@{ sed '/^[^#]/,$$d' requirements.lock; cat var/requirements.lock; \
	   awk '/^torch==/ {found = 1} found {print} found && !/\\$$/ {exit}' requirements.lock; } > var/new.lock
	@mv var/new.lock requirements.lock

lint: $(VENV)/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf var .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/ready: requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "需要 CPython 3.11：请安装 python3.11，或 make run PYTHON=/路径/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "需要 CPython 3.11，$(PYTHON) 不是。"; exit 1; }
	@echo "[1/2] 建立 Python 环境 $(VENV) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "[2/2] 安装依赖（约 2 GB，通常 2 分钟）…"
	@$(call INSTALL,requirements.lock) \
	  || { grep -q '^ *torch==' $(VENV)/install.log && echo "      软件源没有 torch 的 CPU 版，改用通用版（另需约 5 GB 磁盘）…" \
	       && $(call INSTALL,requirements-torch.lock) && $(call INSTALL,requirements.lock); } \
	  || { tail -20 $(VENV)/install.log; echo "依赖没有装好，请检查网络后重新运行。"; exit 1; }
	@$(BIN)/python -c "import torch, faiss, sentence_transformers, fastapi" || { echo "依赖没有装好，请重新运行。"; exit 1; }
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready requirements-dev.lock
	@echo "安装测试工具 …"
	@$(PIP) -q -r requirements-dev.lock 2>>$(VENV)/install.log || { tail -20 $(VENV)/install.log; exit 1; }
	@touch $@
