# Three commands are all it takes:
#   make install  set up .venv, to classify light curves of one's own
#   make run      the same (once), and run the workflow on simulated data
#   make test     the same, and run all tests
# The rest is for those who work on the repository itself.

PYTHON ?= python3
CORES ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)
BIN := .venv/bin

.PHONY: install run announce nights test lint format house bundle benchmark scaling throughput sky docs lock check-system picture

install: .venv/.run

run: announce .venv/.run
	@$(BIN)/snakemake --cores $(CORES)

announce: | check-system
	@$(PYTHON) scripts/announce_run.py $(CORES)

# Thirty nights of alerts made from simulated light curves, the page of the last morning, and when TDEs were found.
nights: .venv/.run
	$(BIN)/snakemake --cores $(CORES) replay

# Two processes more than cores: the tests on SLURM mostly wait, and so do starts of Snakemake. Each calculates on one
# thread, as a job does: threads of linear algebra that wait for a core turn in circles.
test: .venv/.test
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n $$(( $(CORES) + 2 )) --dist loadfile --no-loadscope-reorder

lint: .venv/.test
	$(BIN)/ruff check scripts tests
	$(BIN)/ruff format --check scripts tests
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint
	$(BIN)/mypy scripts

format: .venv/.test
	$(BIN)/ruff check --fix scripts tests
	$(BIN)/ruff format scripts tests
	$(BIN)/snakefmt Snakefile rules

# Sizes of the packages, and where the code breaks a limit on its size and order.
house: | check-system
	@$(PYTHON) tests/house.py

# The bundle that comes with the repository, from the MALLORN files: anew when features change their meaning.
bundle: .venv/.run
	$(BIN)/snakemake --cores $(CORES) packed --config dataset=mallorn
	cp results/mallorn/bundle.tar.xz resources/bundles/mallorn.tar.xz

# Speed of the fits against reference implementations, as ratios (needs the MALLORN files).
benchmark: .venv/.test
	$(BIN)/python tests/benchmarks/benchmark_fits.py --markdown docs/performance.md

# Time, memory and files from ten thousand to a million light curves, and of a night of alerts (real ones from $FORMATS_DATA).
scaling: .venv/.test
	$(BIN)/python tests/benchmarks/scaling.py --markdown docs/scaling.md --alerts \
	    $(FORMATS_DATA)/lsst_alert_avro/fink_lsst_a.avro $(FORMATS_DATA)/fink_ztf_avro/fink_ztf_a.avro

# New light curves classified in a second; needs `snakemake bundle` on the MALLORN files.
throughput: .venv/.test
	$(BIN)/python tests/benchmarks/throughput.py results/mallorn --processes $(CORES) --markdown docs/throughput.md

# A picture of the terminal of a run that makes everything anew, when 60 % of its jobs are done.
picture: .venv/.run
	$(BIN)/python tests/picture_of_run.py docs/run.svg 0.6 $(BIN)/snakemake --cores $(CORES) --forceall

# Real, labelled events through the bundle that comes with the repository, and what learns from them alone, or from MALLORN
# and them (with results/mallorn, as `make bundle` leaves it); needs the tables in $REAL_SKY_DATA.
sky: .venv/.test
	$(BIN)/python tests/benchmarks/real_sky.py $(REAL_SKY_DATA) --write
	for settings in results/real_sky/*.yaml; do $(BIN)/snakemake --cores $(CORES) --configfile $$settings -- \
	    results/$$(basename $$settings .yaml)/blends/blend/oof.parquet || exit 1; done
	test ! -d results/mallorn/bundle || $(BIN)/python tests/benchmarks/two_sets.py $(REAL_SKY_DATA) results/mallorn
	$(BIN)/python tests/benchmarks/real_sky.py $(REAL_SKY_DATA) --markdown docs/sky.md --pictures docs

SEQUENCES := --configfile profiles/models/rocket.yaml profiles/models/networks.yaml --config dataset=mallorn \
    'folds={n_repeats: 2}' 'leaderboard={only: [no_rocket_lgbm, rocket_ridge, rocket_lgbm, rocket_domain_lgbm, \
    rocket_domain_optuna, gp_drw_v1, gp_drw_v2, v1_v2, stacker, rocket_posterior_ridge, rocket_posterior_lgbm, \
    minirocket_ridge, multirocket_ridge, cnn, cnn_without_gaps, transformer]}'

# Everything in the repository that is generated; the results need the MALLORN files in $MALLORN_DATA, and PyTorch.
docs: .venv/.test
	$(BIN)/python scripts/document_config.py docs/configuration.md docs/config.schema.json
	$(BIN)/python scripts/document_formats.py docs/formats.md docs/parts/examples
	$(BIN)/snakemake submission --forceall --rulegraph 2>/dev/null | dot -Tsvg > docs/rulegraph.svg
	$(BIN)/snakemake --cores $(CORES) all
	cp results/simulated/features/catalogue.md docs/features.md
	cp results/simulated/report/simulation.png results/simulated/report/simulation.csv docs/
	cp results/simulated/report/recovery.png results/simulated/report/feature_recovery.png docs/
	$(BIN)/snakemake --cores $(CORES) leaderboard $(SEQUENCES)
	{ cat docs/parts/sequence_models.md; echo; sed 's/^## /### /' results/mallorn/report/leaderboard.md; printf '\n### Time\n\n'; \
	    $(BIN)/python tests/benchmarks/model_times.py benchmarks/mallorn; } > results/mallorn/sequence_models.md
	$(BIN)/snakemake --cores $(CORES) all leaderboard ablation early --config dataset=mallorn \
	    'early={repeats: {parent: 5, random: 2}}'
	{ printf '# While it still shines\n\n'; \
	    echo "Made by \`snakemake --cores N early --config dataset=mallorn 'early={repeats: {parent: 5, random: 2}}'\`."; \
	    tail -n +2 results/mallorn/early/early.md; printf '\n![Curves of growth](early.png)\n\n'; \
	    cat results/mallorn/early/replay.md; } > docs/early.md
	cp results/mallorn/early/early.png docs/
	$(BIN)/python tests/screenshot_candidates.py results/mallorn/candidates/candidates.html docs
	$(BIN)/snakemake --cores $(CORES) replay
	$(BIN)/python tests/screenshot_morning.py results/nights/stream/????-??-??/morning.html docs/morning.png
	{ printf '# Results on MALLORN\n\nMade by `make docs`: `snakemake --cores N leaderboard ablation --config dataset=mallorn`.\n\n'; \
	    cat results/mallorn/report/leaderboard.md; echo; cat results/mallorn/report/ablation.md; echo; \
	    cat results/mallorn/sequence_models.md; } > docs/results.md

# Pin exact versions with hashes for every supported Python.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --quiet envs/requirements.txt -o envs/requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --quiet envs/requirements-dev.txt -o envs/requirements-dev.lock

check-system:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	    { echo "Missing: Python 3.11 or newer as '$(PYTHON)'. Install it, or name another: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "Missing: Python's venv module. On Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@command -v git >/dev/null || { echo "Missing: git. On Debian and Ubuntu: sudo apt-get install git"; exit 1; }

.venv/.run: envs/requirements.lock | check-system
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@$(BIN)/python -c 'import lightgbm' 2>/dev/null || \
	    { echo "Missing: the OpenMP runtime of LightGBM. On Debian and Ubuntu: sudo apt-get install libgomp1"; exit 1; }
	touch $@

.venv/.test: envs/requirements-dev.lock | .venv/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@
