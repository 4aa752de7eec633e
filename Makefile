# `make run` and `make test` do all their own set-up. Every target is a command that a person could type.
HELPDESK = .venv/bin/helpdesk
PYTHON = .venv/bin/python

# Without compiled modules every process compiles its sources anew, which takes longer than most of them run.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test setup check train measure bench bench-full soak screenshots format lint accessibility

run: setup
	@$(HELPDESK) up

test: setup
	@$(PYTHON) -m pytest -n 3 --dist loadfile --no-loadscope-reorder

setup:
	@tools/setup.sh

check: lint
	@$(HELPDESK) check
	@RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 $(PYTHON) -m rasa data validate --fail-on-warnings

lint: setup
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

train measure: setup
	@$(HELPDESK) $@

bench: setup
	@$(PYTHON) benchmarks/compare.py --epochs 2 --long 1 --starts 1 --rounds 1 --swaps 1
	@$(PYTHON) benchmarks/layers.py
	@$(PYTHON) benchmarks/growth.py --topics 50 150
	@$(PYTHON) benchmarks/widget.py
	@$(PYTHON) benchmarks/desk.py
	@$(PYTHON) benchmarks/conflicts.py
	@$(PYTHON) benchmarks/authoring.py
	@$(PYTHON) benchmarks/publish.py

bench-full: setup
	@$(PYTHON) benchmarks/compare.py
	@$(PYTHON) benchmarks/layers.py
	@$(PYTHON) benchmarks/growth.py
	@$(PYTHON) benchmarks/authoring.py --stock 100

soak: setup
	@$(PYTHON) benchmarks/soak_widget.py
	@$(PYTHON) benchmarks/soak_desk.py
	@$(PYTHON) benchmarks/soak_publish.py
	@$(PYTHON) benchmarks/soak_replicas.py
	@$(PYTHON) benchmarks/soak_fuzz.py
	@$(PYTHON) benchmarks/soak_machine.py
	@$(PYTHON) benchmarks/load.py

screenshots: setup
	@$(PYTHON) tools/screenshots.py

accessibility: setup
	@$(PYTHON) tools/accessibility.py

format: setup
	@$(PYTHON) -m ruff check --fix --select I .
	@$(PYTHON) -m ruff format .
