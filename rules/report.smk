"""From results to tables and figures for people; `snakemake --report` binds them into one file.

Required inputs: objects, shards, curves, features, models/{model}/metrics.json, blends/*, threshold.json
Outputs: report/*.png, report/*.html, report/*.csv
"""


rule plot_classes:
    """Draw the class balance of the training set."""
    input:
        objects="<results>/objects/train.parquet",
        library=library("plot_classes"),
    output:
        figure=report(
            "<results>/report/classes.png",
            category="Data",
            caption="captions/classes.rst",
        ),
    log:
        "<logs>/plot_classes.log",
    benchmark:
        "<benchmarks>/plot_classes.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    script:
        "../scripts/plot_classes.py"


rule plot_light_curves:
    """Draw example light curves of every class with the fitted Matern-3/2 and damped-random-walk bands."""
    input:
        shard=f"<results>/shards/train/{SPLITS[0]}.parquet",
        objects="<results>/objects/train.parquet",
        compiled=compiled_fits(),
        library=library("plot_light_curves"),
    output:
        figure=report(
            "<results>/report/light_curves.png",
            category="Data",
            caption="captions/light_curves.rst",
        ),
    log:
        "<logs>/plot_light_curves.log",
    benchmark:
        "<benchmarks>/plot_light_curves.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        split=SPLITS[0],
    script:
        "../scripts/plot_light_curves.py"


rule plot_scores:
    """Draw how the blend's out-of-fold probabilities separate the classes."""
    input:
        oof="<submitted>/oof.parquet",
        training="<results>/training.parquet",
        threshold="<results>/threshold.json",
        library=library("plot_scores"),
    output:
        figure=report(
            "<results>/report/scores.png",
            category="Results",
            caption="captions/scores.rst",
        ),
    log:
        "<logs>/plot_scores.log",
    benchmark:
        "<benchmarks>/plot_scores.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    script:
        "../scripts/plot_scores.py"


rule plot_precision_recall:
    """Draw precision against recall of every model and the blend, for both kinds of folds."""
    input:
        models=expand("<results>/models/{model}/oof.parquet", model=REPORTED_MODELS),
        blend="<submitted>/oof.parquet",
        training="<results>/training.parquet",
        metrics="<submitted>/metrics.json",
        library=library("plot_precision_recall"),
    output:
        figure=report(
            "<results>/report/precision_recall.png",
            category="Results",
            caption="captions/precision_recall.rst",
        ),
    log:
        "<logs>/plot_precision_recall.log",
    benchmark:
        "<benchmarks>/plot_precision_recall.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        names=REPORTED_MODELS,
    script:
        "../scripts/plot_precision_recall.py"


rule tabulate_metrics:
    """Put the scores of all models and the blend side by side."""
    input:
        models=expand("<results>/models/{model}/metrics.json", model=REPORTED_MODELS),
        blends=expand("<results>/blends/{blend}/metrics.json", blend=REPORTED_BLENDS),
        library=library("tabulate_metrics"),
    output:
        table="<results>/report/metrics.csv",
        text="<results>/report/metrics.md",
        page=report(
            "<results>/report/metrics.html",
            category="Results",
            caption="captions/metrics.rst",
        ),
    log:
        "<logs>/tabulate_metrics.log",
    benchmark:
        "<benchmarks>/tabulate_metrics.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        names=[*REPORTED_BLENDS, *REPORTED_MODELS],
    script:
        "../scripts/tabulate_metrics.py"


rule tabulate_missing:
    """Say how many feature values are missing, and which objects are odd."""
    input:
        features=expand(
            "<results>/features/{family}/{set}.parquet",
            family=FAMILIES,
            set=SETS,
        ),
        objects=expand("<results>/objects/{set}.parquet", set=SETS),
        shards=expand("<results>/shards/{set}/{split}.parquet", set=SETS, split=SPLITS),
        library=library("tabulate_missing"),
    output:
        rates="<results>/report/missing.csv",
        odd="<results>/report/odd_objects.csv",
        columns="<results>/report/missing_columns.csv",
        page=report(
            "<results>/report/missing.html",
            category="Features",
            caption="captions/missing.rst",
        ),
    log:
        "<logs>/tabulate_missing.log",
    benchmark:
        "<benchmarks>/tabulate_missing.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        families=FAMILIES,
        sets=SETS,
        splits=SPLITS,
    script:
        "../scripts/tabulate_missing.py"


rule rank_features:
    """Rank the features of each family by what they say on their own about TDEs against the rest."""
    input:
        features=expand("<results>/features/{family}/train.parquet", family=FAMILIES),
        training="<results>/training.parquet",
        library=library(
            "rank_features",
            *(f"tde.features.{family}" for family in FAMILIES),
        ),
    output:
        table="<results>/report/features.csv",
        page=report(
            "<results>/report/features.html",
            category="Features",
            caption="captions/features.rst",
        ),
    log:
        "<logs>/rank_features.log",
    benchmark:
        "<benchmarks>/rank_features.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        families={name: config["features"][name] for name in FAMILIES},
    script:
        "../scripts/rank_features.py"


rule plot_fits:
    """Draw objects of the training set with the curves that one family fitted to all bands."""
    input:
        shards=expand("<results>/shards/train/{split}.parquet", split=SPLITS),
        curves=expand("<results>/curves/{{family}}/train/{split}.parquet", split=SPLITS),
        objects="<results>/objects/train.parquet",
        library=library("plot_fits"),
    output:
        figure=report(
            "<results>/report/fits_{family}.png",
            category="Features",
            caption="captions/fits.rst",
        ),
    log:
        "<logs>/plot_fits/{family}.log",
    benchmark:
        "<benchmarks>/plot_fits/{family}.tsv"
    wildcard_constraints:
        family="|".join(CURVE_FAMILIES),
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        splits=SPLITS,
    script:
        "../scripts/plot_fits.py"


rule summarise_benchmarks:
    """Say how long each rule and each feature family took and how much memory."""
    input:
        # Last of all: the benchmark files of the other rules are there by then.
        rules.write_submission.output,
        rules.write_catalogue.output,
        figures(),
        library=library("summarise_benchmarks"),
    output:
        table="<results>/report/benchmarks.csv",
        page=report(
            "<results>/report/benchmarks.html",
            category="Run",
            caption="captions/benchmarks.rst",
        ),
    log:
        "<logs>/summarise_benchmarks.log",
    benchmark:
        "<benchmarks>/summarise_benchmarks.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(10),
    params:
        directory=f"benchmarks/{DATASET}",
        families=FAMILIES,
    script:
        "../scripts/summarise_benchmarks.py"


rule write_versions:
    """Write down what the run was made with: library versions and the configuration."""
    input:
        requirements=local(
            os.path.relpath(Path(workflow.basedir, "envs/requirements.txt"))
        ),
        library=library("write_versions"),
    output:
        page=report(
            "<results>/report/versions.html",
            category="Run",
            caption="captions/versions.rst",
        ),
    log:
        "<logs>/write_versions.log",
    benchmark:
        "<benchmarks>/write_versions.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(10),
    params:
        config={
            key: value
            for key, value in config.items()
            if key not in ("predict", "candidates", "submit")
        },
    script:
        "../scripts/write_versions.py"


rule write_report:
    """Put figures and tables on one page that tells the story from the data to the decision."""
    input:
        parts=[
            *figures(),
            "<results>/report/benchmarks.html",
            "<results>/report/versions.html",
        ],
        threshold="<results>/threshold.json",
        metrics="<submitted>/metrics.json",
        training="<results>/training.parquet",
        ingest="<results>/ingest.csv",
        candidates="<results>/candidates/candidates.parquet",
        template=local_files(
            [os.path.relpath(SCRIPTS / "tde/report/templates/report.html.j2")]
        ),
        captions=local_files(
            os.path.relpath(path)
            for path in sorted(Path(workflow.basedir, "rules/captions").iterdir())
        ),
        library=library("write_report"),
    output:
        page="<results>/report/report.html",
    log:
        "<logs>/write_report.log",
    benchmark:
        "<benchmarks>/write_report.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        candidates_page="../candidates/candidates.html",
        dataset=DATASET,
    script:
        "../scripts/write_report.py"


if config["dataset"] == "simulated":

    rule check_truth:
        """Compare the score the protocol promised with the score on the test set's true labels."""
        input:
            truth="<results>/raw/truth.csv",
            submission="<results>/submission.csv",
            probabilities="<results>/submission_probabilities.csv",
            metrics="<submitted>/metrics.json",
            library=library("check_truth"),
        output:
            table="<results>/report/truth.csv",
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
        threads: 1
        resources:
            mem_mb=growing(1000),
            runtime=growing(10),
        script:
            "../scripts/check_truth.py"

    rule plot_recovery:
        """Fit series of known damped random walks and Matern-3/2 processes and draw what comes back."""
        input:
            compiled=compiled_fits(),
            library=library("plot_recovery"),
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
        threads: 1
        resources:
            mem_mb=growing(1500),
            runtime=growing(10),
        params:
            seed=lookup("simulated/seed", within=config),
        script:
            "../scripts/plot_recovery.py"

    rule plot_feature_recovery:
        """Draw what features measure of simulated objects against the truth."""
        input:
            truth="<results>/raw/truth.csv",
            features=expand(
                "<results>/features/{family}/{set}.parquet",
                family=recovered_families(),
                set=SETS,
            ),
            library=library("plot_feature_recovery"),
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
        threads: 1
        resources:
            mem_mb=growing(1500),
            runtime=growing(10),
        params:
            families=[name for name in recovered_families() for _ in SETS],
        script:
            "../scripts/plot_feature_recovery.py"

    rule compare_simulation:
        """Put the simulated data set beside the real one, where that is at hand."""
        input:
            train_log="<results>/raw/train_log.csv",
            test_log="<results>/raw/test_log.csv",
            lightcurves=expand(
                "<results>/raw/{split}/{set}_full_lightcurves.csv",
                split=N_SHARDS,
                set=SETS,
            ),
            library=library("compare_simulation"),
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
        threads: 1
        resources:
            mem_mb=growing(2000),
            runtime=growing(20),
        params:
            real_dir=real_directory(),
        script:
            "../scripts/compare_simulation.py"
