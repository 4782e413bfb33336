"""Who is who among the training objects, and the folds that all models share.

Required inputs: objects/train.parquet, shards/train/*.parquet
Outputs: training.parquet, folds.parquet
"""

if not COLLECTION:

    rule recover_parents:
        """Give each training object its class and the real event it stems from, for grouping folds only."""
        input:
            shards=shard_files("train"),
            objects="<results>/objects/train.parquet",
        output:
            training="<results>/training.parquet",
        log:
            "<logs>/recover_parents.log",
        benchmark:
            "<benchmarks>/recover_parents.tsv"
        conda:
            "../envs/tde.yaml"
        script:
            "../scripts/recover_parents.py"


rule make_folds:
    """Draw the folds that all models share, at random and by parent."""
    input:
        training="<results>/training.parquet",
    output:
        folds="<results>/folds.parquet",
    log:
        "<logs>/make_folds.log",
    benchmark:
        "<benchmarks>/make_folds.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        n_folds=setting("folds/n_folds"),
        n_repeats=setting("folds/n_repeats"),
        seed=setting("folds/seed"),
    script:
        "../scripts/make_folds.py"
