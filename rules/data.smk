"""From raw files to validated shards.

Required inputs: train_log.csv, test_log.csv and split_NN/{train,test}_full_lightcurves.csv
Outputs: objects/{set}.parquet, shards/{set}/{split}.parquet, ingest.csv

A split with more rows than shards.rows is divided: there, {split} is split_01-1 and so on.
"""

if config["dataset"] == "simulated":

    rule simulate:
        """Make a data set in MALLORN's layout, with the truth beside it."""
        input:
            library=library("simulate"),
        output:
            train_log="<results>/raw/train_log.csv",
            test_log="<results>/raw/test_log.csv",
            sample_submission="<results>/raw/sample_submission.csv",
            truth="<results>/raw/truth.csv",
            lightcurves=expand(
                "<results>/raw/{split}/{set}_full_lightcurves.csv",
                split=N_SHARDS,
                set=SETS,
            ),
        log:
            "<logs>/simulate.log",
        benchmark:
            "<benchmarks>/simulate.tsv"
        conda:
            "../envs/tde.yaml"
        threads: 1
        resources:
            mem_mb=growing(2000),
            runtime=growing(30),
        params:
            n_objects=lookup("simulated/n_objects", within=config),
            n_splits=lookup("simulated/n_splits", within=config),
            seed=lookup("simulated/seed", within=config),
        script:
            "../scripts/simulate.py"


if config["dataset"] == "mallorn" and given_directory() is None:

    rule download:
        """Fetch the MALLORN files with the user's own Kaggle token."""
        output:
            train_log="<results>/raw/train_log.csv",
            test_log="<results>/raw/test_log.csv",
            sample_submission="<results>/raw/sample_submission.csv",
            lightcurves=expand(
                "<results>/raw/{split}/{set}_full_lightcurves.csv",
                split=N_SHARDS,
                set=SETS,
            ),
        log:
            "<logs>/download.log",
        benchmark:
            "<benchmarks>/download.tsv"
        conda:
            "../envs/tde.yaml"
        threads: 1
        resources:
            mem_mb=growing(1000),
            runtime=growing(60),
        script:
            "../scripts/download.py"


rule read_log:
    """Validate the list of objects: ids, redshifts, extinction, labels, splits."""
    input:
        log=raw("{set}_log.csv"),
        library=library("read_log"),
    output:
        objects="<results>/objects/{set}.parquet",
        report="<results>/objects/{set}.json",
    log:
        "<logs>/read_log/{set}.log",
    benchmark:
        "<benchmarks>/read_log/{set}.tsv"
    wildcard_constraints:
        set="|".join(SETS),
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        n_shards=N_SHARDS,
    script:
        "../scripts/read_log.py"


rule make_shard:
    """Validate, de-redden and sort the observations of one shard: a split, or a part of it if it has many rows."""
    input:
        lightcurves=raw_light_curves,
        objects="<results>/objects/{set}.parquet",
        library=library("make_shard"),
    output:
        shard="<results>/shards/{set}/{split}.parquet",
        report="<results>/shards/{set}/{split}.json",
    log:
        "<logs>/make_shard/{set}/{split}.log",
    benchmark:
        "<benchmarks>/make_shard/{set}/{split}.tsv"
    wildcard_constraints:
        set="|".join(SETS),
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    script:
        "../scripts/make_shard.py"


rule summarise_ingest:
    """List rows read, kept and dropped per file: the gate that all files must pass before any fit."""
    input:
        logs=expand("<results>/objects/{set}.json", set=SETS),
        shards=expand("<results>/shards/{set}/{split}.json", set=SETS, split=SPLITS),
        library=library("summarise_ingest"),
    output:
        table="<results>/ingest.csv",
    log:
        "<logs>/summarise_ingest.log",
    benchmark:
        "<benchmarks>/summarise_ingest.tsv"
    localrule: True  # a second's work, not worth its place in a cluster's queue
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(10),
    script:
        "../scripts/summarise_ingest.py"
