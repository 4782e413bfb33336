"""From raw files to validated shards.

Required inputs: train_log.csv, test_log.csv and split_NN/{train,test}_full_lightcurves.csv
Outputs: objects/{set}.parquet, shards/{set}/{shard}.parquet, ingest.csv

A split with more rows than shards.rows is divided: there, {shard} is split_01-1 and so on.
"""

if config["dataset"] == "mallorn" and DATA.directory is None:

    rule download:
        """Fetch the MALLORN files with the user's own Kaggle token."""
        output:
            train_log="<results>/raw/train_log.csv",
            test_log="<results>/raw/test_log.csv",
            sample_submission="<results>/raw/sample_submission.csv",
            lightcurves=expand(
                "<results>/raw/{split}/{set}_full_lightcurves.csv",
                split=DATA.n_shards,
                set=SETS,
            ),
        log:
            "<logs>/download.log",
        benchmark:
            "<benchmarks>/download.tsv"
        conda:
            "../envs/tde.yaml"
        resources:
            runtime=growing(60),
        script:
            "../scripts/download.py"


rule read_object_list:
    """Validate the list of objects: ids, redshifts, extinction, labels, splits."""
    input:
        object_list=raw("{set}_log.csv"),
    output:
        objects="<results>/objects/{set}.parquet",
        report="<results>/objects/{set}.json",
    log:
        "<logs>/read_object_list/{set}.log",
    benchmark:
        "<benchmarks>/read_object_list/{set}.tsv"
    wildcard_constraints:
        set="|".join(SETS),
    conda:
        "../envs/tde.yaml"
    params:
        n_shards=DATA.n_shards,
    script:
        "../scripts/read_object_list.py"


rule make_shard:
    """Validate, de-redden and sort the observations of one shard of both sets: a split, or a part of it."""
    input:
        lightcurves=raw_light_curves,
        objects=expand("<results>/objects/{set}.parquet", set=SETS),
    output:
        shards=expand("<results>/shards/{set}/{{shard}}.parquet", set=SETS),
        reports=expand("<results>/shards/{set}/{{shard}}.json", set=SETS),
    log:
        "<logs>/make_shard/{shard}.log",
    benchmark:
        "<benchmarks>/make_shard/{shard}.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        sets=SETS,
    script:
        "../scripts/make_shard.py"


rule summarise_ingest:
    """List rows read, kept and dropped per file: the gate that all files must pass before any fit."""
    input:
        objects=expand("<results>/objects/{set}.json", set=SETS),
        shards=expand("<results>/shards/{set}/{shard}.json", set=SETS, shard=SHARDS),
    output:
        table="<results>/ingest.csv",
    log:
        "<logs>/summarise_ingest.log",
    benchmark:
        "<benchmarks>/summarise_ingest.tsv"
    localrule: True  # a second's work, not worth its place in a cluster's queue
    conda:
        "../envs/tde.yaml"
    script:
        "../scripts/summarise_ingest.py"
