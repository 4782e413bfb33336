"""From results to tables and figures for people; `snakemake --report` binds them into one file.

Required inputs: objects, shards, curves, features, models/{model}/metrics.json, blends/*, threshold.json
Outputs: report/*.png, report/*.html, report/*.csv
"""

REPORT = [f"<results>/report/{name}" for name in PLAN.figures]


rule plot_classes:
    """Draw the class balance of the training set."""
    input:
        training="<results>/training.parquet",
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
    script:
        "../scripts/plot_classes.py"


rule plot_light_curves:
    """Draw example light curves of every class with the fitted Matern-3/2 and damped-random-walk bands."""
    input:
        shard=f"<results>/shards/train/{SHARDS[0]}.parquet",
        objects="<results>/objects/train.parquet",
        training="<results>/training.parquet",
        compiled=ancient(compiled_fits()),
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
    params:
        shard=SHARDS[0],
    script:
        "../scripts/plot_light_curves.py"


rule plot_scores:
    """Draw how the blend's out-of-fold probabilities separate the classes."""
    input:
        oof="<submitted>/oof.parquet",
        training="<results>/training.parquet",
        threshold="<results>/threshold.json",
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
    script:
        "../scripts/plot_scores.py"


rule plot_precision_recall:
    """Draw precision against recall of every model and the blend, for both kinds of folds."""
    input:
        models=expand(
            "<results>/models/{model}/oof.parquet", model=PLAN.reported_models
        ),
        blend="<submitted>/oof.parquet",
        training="<results>/training.parquet",
        metrics="<submitted>/metrics.json",
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
    params:
        names=PLAN.reported_models,
    script:
        "../scripts/plot_precision_recall.py"


rule plot_calibration:
    """Draw the reliability diagram of the blend, and tabulate how many TDEs it promises."""
    input:
        oof="<submitted>/oof.parquet",
        training="<results>/training.parquet",
    output:
        figure=report(
            "<results>/report/calibration.png",
            category="Results",
            caption="captions/calibration.rst",
        ),
        table="<results>/report/calibration.csv",
    log:
        "<logs>/plot_calibration.log",
    benchmark:
        "<benchmarks>/plot_calibration.tsv"
    conda:
        "../envs/tde.yaml"
    script:
        "../scripts/plot_calibration.py"


rule tabulate_strata:
    """Tabulate the blend's scores by number of points, time span, redshift, signal to noise and type."""
    input:
        oof="<submitted>/oof.parquet",
        training="<results>/training.parquet",
        objects="<results>/objects/train.parquet",
        shards=shard_files("train"),
    output:
        strata="<results>/report/strata.csv",
        types="<results>/report/types.csv",
        strata_data="<results>/report/strata.json",
        strata_page=report(
            "<results>/report/strata.html",
            category="Results",
            caption="captions/strata.rst",
        ),
        types_data="<results>/report/types.json",
        types_page=report(
            "<results>/report/types.html",
            category="Results",
            caption="captions/types.rst",
        ),
    log:
        "<logs>/tabulate_strata.log",
    benchmark:
        "<benchmarks>/tabulate_strata.tsv"
    conda:
        "../envs/tde.yaml"
    script:
        "../scripts/tabulate_strata.py"


rule plot_mistakes:
    """Draw the light curves of the blend's most confident mistakes, and list them."""
    input:
        oof="<submitted>/oof.parquet",
        training="<results>/training.parquet",
        objects="<results>/objects/train.parquet",
        shards=shard_files("train"),
        features=expand(
            "<results>/features/{family}/train.parquet", family=PLAN.looked_at
        ),
    output:
        figure=report(
            "<results>/report/mistakes.png",
            category="Results",
            caption="captions/mistakes.rst",
        ),
        table="<results>/report/mistakes.csv",
    log:
        "<logs>/plot_mistakes.log",
    benchmark:
        "<benchmarks>/plot_mistakes.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        families=PLAN.looked_at,
    script:
        "../scripts/plot_mistakes.py"


rule tabulate_metrics:
    """Put the scores of all models and the blend side by side."""
    input:
        models=expand(
            "<results>/models/{model}/metrics.json", model=PLAN.reported_models
        ),
        blends=expand(
            "<results>/blends/{blend}/metrics.json", blend=PLAN.reported_blends
        ),
    output:
        table="<results>/report/metrics.csv",
        text="<results>/report/metrics.md",
        data="<results>/report/metrics.json",
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
    params:
        names=[*PLAN.reported_blends, *PLAN.reported_models],
    script:
        "../scripts/tabulate_metrics.py"


rule tabulate_missing:
    """Say how many feature values are missing, and which objects are odd."""
    input:
        features=expand(
            "<results>/features/{family}/{set}.parquet",
            family=PLAN.families,
            set=SETS,
        ),
        objects=expand("<results>/objects/{set}.parquet", set=SETS),
        shards=expand("<results>/shards/{set}/{shard}.parquet", set=SETS, shard=SHARDS),
    output:
        rates="<results>/report/missing.csv",
        odd="<results>/report/odd_objects.csv",
        columns="<results>/report/missing_columns.csv",
        data="<results>/report/missing.json",
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
    params:
        families=PLAN.families,
        sets=SETS,
    script:
        "../scripts/tabulate_missing.py"


rule rank_features:
    """Rank the features of each family by what they say on their own about TDEs against the rest."""
    input:
        features=expand(
            "<results>/features/{family}/train.parquet", family=PLAN.families
        ),
        training="<results>/training.parquet",
        library=library(
            "rank_features",
            *family_modules(PLAN.families),
        ),
    output:
        table="<results>/report/features.csv",
        data="<results>/report/features.json",
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
    params:
        families=PLAN.options(PLAN.families),
    script:
        "../scripts/rank_features.py"


rule plot_fits:
    """Draw objects of the training set with the curves that one family fitted to all bands."""
    input:
        shards=shard_files("train"),
        curves=expand(
            "<results>/curves/{{family}}/train/{batch}.parquet", batch=BATCHES
        ),
        objects="<results>/objects/train.parquet",
        training="<results>/training.parquet",
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
        family="|".join(PLAN.curve_families),
    conda:
        "../envs/tde.yaml"
    script:
        "../scripts/plot_fits.py"


rule summarise_benchmarks:
    """Say how long each rule and each feature family took and how much memory."""
    input:
        # Last of all: the benchmark files of the other rules are there by then.
        [] if COLLECTION else rules.write_submission.output,
        rules.write_catalogue.output,
        REPORT,
    output:
        table="<results>/report/benchmarks.csv",
        data="<results>/report/benchmarks.json",
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
    params:
        directory=f"benchmarks/{DATASET}",
        families=PLAN.families,
    script:
        "../scripts/summarise_benchmarks.py"


rule write_versions:
    """Write down what the run was made with: library versions and the configuration."""
    input:
        requirements=local(
            os.path.relpath(Path(workflow.basedir, "envs/requirements.txt"))
        ),
    output:
        data="<results>/report/versions.json",
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
    params:
        config=PLAN.run_configuration,
    script:
        "../scripts/write_versions.py"


rule write_report:
    """Put figures and tables on one page that tells the story from the data to the decision."""
    input:
        parts=[
            # tables as data, not their pages
            path.replace(".html", ".json")
            for path in [
                *REPORT,
                "<results>/report/benchmarks.html",
                "<results>/report/versions.html",
            ]
        ],
        threshold="<results>/threshold.json",
        metrics="<submitted>/metrics.json",
        training="<results>/training.parquet",
        ingest="<results>/ingest.csv",
        candidates="<results>/candidates/candidates.parquet",
        captions=repository_files("rules/captions"),
    output:
        page="<results>/report/report.html",
    log:
        "<logs>/write_report.log",
    benchmark:
        "<benchmarks>/write_report.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        candidates_page="../candidates/candidates.html",
        dataset=DATASET,
        sought=SOUGHT,
    script:
        "../scripts/write_report.py"
