"""Who is who among the training objects, and the folds that all models share.

Required inputs: objects/train.parquet, shards/train/*.parquet
Outputs: training.parquet, folds.parquet
"""


rule recover_parents:
    """Give each training object its class and the real event it stems from, for grouping folds only."""
    input:
        shards=expand("<results>/shards/train/{split}.parquet", split=SPLITS),
        objects="<results>/objects/train.parquet",
        library=library("recover_parents"),
    output:
        training="<results>/training.parquet",
    log:
        "<logs>/recover_parents.log",
    benchmark:
        "<benchmarks>/recover_parents.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    script:
        "../scripts/recover_parents.py"


rule make_folds:
    """Draw the folds that all models share, at random and by parent."""
    input:
        training="<results>/training.parquet",
        library=library("make_folds"),
    output:
        folds="<results>/folds.parquet",
    log:
        "<logs>/make_folds.log",
    benchmark:
        "<benchmarks>/make_folds.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        n_splits=lookup("folds/n_splits", within=config),
        n_repeats=lookup("folds/n_repeats", within=config),
        seed=lookup("folds/seed", within=config),
    script:
        "../scripts/make_folds.py"
