# Everything here makes its own .venv first, from the lock files; it needs Python 3.11 or newer and nothing else.
# Another interpreter: make PYTHON=python3.12 …      Arguments for a tool: make test ARGS="-k crisis"

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS ?=

# The build backend is locked too, so that installing the project itself needs no network of its own.
LOCK_WITH := hatchling>=1.27 editables>=0.5
LOCK_DEV_WITH := $(LOCK_WITH) pyright[nodejs]

# Compiled modules are kept, whatever the shell says: the tests start hundreds of processes, each of them sooner so.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo up test test-fast lives check traceability bench lock clean

help:
	@echo "make demo          one complaint from beginning to end, time skipped        演示：一件投诉从受理到归档"
	@echo "make up            the whole stack, until Ctrl-C                             启动整套环境，Ctrl-C 停止"
	@echo "make test-fast     the tests that need no server and no database             运行不需要服务器和数据库的测试"
	@echo "make test          all tests                                                 运行全部测试"
	@echo "make lives         random lives of cases: 2,200 in memory, 100 on a server    随机走完的案件：内存中 2200 件，服务器上 100 件"
	@echo "make check         formatting, types, layers, then all tests                 格式、类型与分层检查，再运行全部测试"
	@echo "make traceability  which rule is kept by what                                规程条款的追溯表"
	@echo "make bench         how fast it is                                            性能测量"
	@echo "make lock          the lock files again, after a change of dependencies      重新生成依赖锁定文件"
	@echo "make clean         remove .venv and caches (never data)                      清理（不动数据）"

demo: $(VENV)/.installed
	@$(BIN)/duly demo $(ARGS)

up: $(VENV)/.installed
	@$(BIN)/duly up $(ARGS)

# The server comes before the tests, because building it the first time takes minutes and should be seen.
test: $(VENV)/.installed-dev
	@$(BIN)/python -m devstack --get-only --no-ui
	$(BIN)/pytest $(PARALLEL) $(ARGS)

# Which tests these are is found out by the fixtures that they use: tests/fast.py.
test-fast: $(VENV)/.installed-dev
	$(BIN)/pytest --fast $(PARALLEL) -n $(CORES) $(ARGS)

# `make test` has some of them, other ones every day.
lives: $(VENV)/.installed-dev
	@$(BIN)/python -m devstack --get-only --no-ui
	DULY_LIVES=100 DULY_MEMORY_LIVES=2000 $(BIN)/pytest $(PARALLEL) tests/property $(ARGS)

# More than twice as many processes as there are cores, because those that kill workers wait for the server's time-outs,
# and many others for the server. At the end the ten slowest are named.
CORES = $(shell $(PYTHON) -c "import os; print(min(os.cpu_count() or 1, 4))")
PROCESSES = $(shell $(PYTHON) -c "print(2 * $(CORES) + 1)")
PARALLEL = -n $(PROCESSES) --dist worksteal --durations 10 --durations-min 1

# The cheap checks come first; the first that fails ends it.
check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

traceability: $(VENV)/.installed-dev
	@$(BIN)/python tests/traceability.py $(ARGS)

bench: $(VENV)/.installed-dev
	@$(BIN)/python -m bench $(ARGS)

lock: $(BIN)/python
	@$(BIN)/python -c "import uv" 2>/dev/null || $(PIP) install uv
	printf '%s\n' $(foreach name,$(LOCK_WITH),'$(name)') | \
		$(COMPILE) --extra worker --extra web --extra print -o requirements.lock pyproject.toml -
	printf '%s\n' $(foreach name,$(LOCK_WITH),'$(name)') | \
		$(COMPILE) --extra dev -c requirements.lock -o requirements-stack.lock pyproject.toml -
	printf '%s\n' $(foreach name,$(LOCK_DEV_WITH),'$(name)') | \
		$(COMPILE) --extra dev --group dev -c requirements-stack.lock -o requirements-dev.lock pyproject.toml -

# requirements.lock is for production, requirements-stack.lock has the development stack too, requirements-dev.lock
# also the tools for tests. They serve every platform and Python from 3.11 on, and say nothing about where packages
# are fetched from.
COMPILE = $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" $(ARGS)

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Duly needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || echo missing). Name another: make PYTHON=python3.12 …" >&2; \
		echo "Duly 需要 Python 3.11 或以上版本；可指定：make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "The venv module does not work (on Debian: apt install python3-venv). 缺少 venv 模块（Debian：apt install python3-venv）。" >&2; exit 1; }

$(VENV)/.installed: requirements-stack.lock pyproject.toml devstack/pyproject.toml | $(BIN)/python
	@echo "installing the locked packages (only once) 安装依赖（仅首次）…" >&2
	@$(PIP) install --require-hashes -r requirements-stack.lock
	@$(PIP) install --no-deps --no-build-isolation --editable . --editable devstack
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
