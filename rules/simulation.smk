"""Simulated light curves, and what the workflow makes of their known truth.

Required inputs: none; for the comparisons submission.csv, features/{family}/{set}.parquet
Outputs: raw/*, report/{truth,recovery,feature_recovery,simulation}.*
"""

if config["dataset"] == "simulated":

    rule simulate:
        """Make a data set in MALLORN's layout, with the truth beside it."""
        output:
            train_log="<results>/raw/train_log.csv",
            test_log="<results>/raw/test_log.csv",
            sample_submission="<results>/raw/sample_submission.csv",
            truth="<results>/raw/truth.csv",
            lightcurves=expand(
                "<results>/raw/{split}/{set}_full_lightcurves.csv",
                split=DATA.n_shards,
                set=SETS,
            ),
        log:
            "<logs>/simulate.log",
        benchmark:
            "<benchmarks>/simulate.tsv"
        conda:
            "../envs/tde.yaml"
        params:
            n_objects=setting("simulated/n_objects"),
            n_splits=setting("simulated/n_splits"),
            seed=setting("simulated/seed"),
        script:
            "../scripts/simulate.py"

    rule check_truth:
        """Compare the score the protocol promised with the score on the test set's true labels."""
        input:
            truth="<results>/raw/truth.csv",
            submission="<results>/submission.csv",
            probabilities="<results>/submission_probabilities.csv",
            metrics="<submitted>/metrics.json",
        output:
            table="<results>/report/truth.csv",
            data="<results>/report/truth.json",
            page=report(
                "<results>/report/truth.html",
                category="Simulation",
                caption="captions/truth.rst",
            ),
        log:
            "<logs>/check_truth.log",
        benchmark:
            "<benchmarks>/check_truth.tsv"
        conda:
            "../envs/tde.yaml"
        script:
            "../scripts/check_truth.py"

    rule plot_recovery:
        """Fit series of known damped random walks and Matern-3/2 processes and draw what comes back."""
        input:
            compiled=ancient(compiled_fits()),
        output:
            table="<results>/report/recovery.csv",
            figure=report(
                "<results>/report/recovery.png",
                category="Simulation",
                caption="captions/recovery.rst",
            ),
        log:
            "<logs>/plot_recovery.log",
        benchmark:
            "<benchmarks>/plot_recovery.tsv"
        conda:
            "../envs/tde.yaml"
        params:
            seed=setting("simulated/seed"),
        script:
            "../scripts/plot_recovery.py"

    rule plot_feature_recovery:
        """Draw what features measure of simulated objects against the truth."""
        input:
            truth="<results>/raw/truth.csv",
            features=expand(
                "<results>/features/{family}/{set}.parquet",
                family=PLAN.recovered_families,
                set=SETS,
            ),
        output:
            table="<results>/report/feature_recovery.csv",
            figure=report(
                "<results>/report/feature_recovery.png",
                category="Simulation",
                caption="captions/feature_recovery.rst",
            ),
        log:
            "<logs>/plot_feature_recovery.log",
        benchmark:
            "<benchmarks>/plot_feature_recovery.tsv"
        conda:
            "../envs/tde.yaml"
        params:
            families=[name for name in PLAN.recovered_families for _ in SETS],
        script:
            "../scripts/plot_feature_recovery.py"

    rule compare_simulation:
        """Put the simulated data set beside the real one, where that is at hand."""
        input:
            train_log="<results>/raw/train_log.csv",
            test_log="<results>/raw/test_log.csv",
            lightcurves=expand(
                "<results>/raw/{split}/{set}_full_lightcurves.csv",
                split=DATA.n_shards,
                set=SETS,
            ),
        output:
            table="<results>/report/simulation.csv",
            figure=report(
                "<results>/report/simulation.png",
                category="Simulation",
                caption="captions/simulation.rst",
            ),
            examples=report(
                "<results>/report/simulation_examples.png",
                category="Simulation",
                caption="captions/examples.rst",
            ),
        log:
            "<logs>/compare_simulation.log",
        benchmark:
            "<benchmarks>/compare_simulation.tsv"
        conda:
            "../envs/tde.yaml"
        params:
            real_dir=config["mallorn_dir"] or os.environ.get("MALLORN_DATA", ""),
        script:
            "../scripts/compare_simulation.py"
