"""Colour surfaces of the classes: features that learn from training objects, inside each fold.

Required inputs: shards, objects and curves/rank1 of all sets, training.parquet, folds.parquet
Outputs: features/templates/folds/{kind}_{repeat}_{fold}.parquet; learnt from all training objects:
templates/surfaces.npz, features/templates/train.parquet, features/templates/test/{split}.parquet
"""


rule fit_templates:
    """Learn the colours of each class from the training part of one fold; compare all training objects with them."""
    input:
        shards=expand("<results>/shards/train/{split}.parquet", split=SPLITS),
        objects=expand("<results>/objects/{set}.parquet", set=SCORED_SETS),
        curves=expand(
            "<results>/curves/rank1/{set}/{split}.parquet",
            set=SCORED_SETS,
            split=SPLITS,
        ),
        training="<results>/training.parquet",
        folds="<results>/folds.parquet",
        compiled="results/compiled/templates",
        library=library("fit_templates"),
    output:
        features=expand(
            "<results>/features/templates/folds/{{kind}}_{{repeat}}_{{fold}}_{set}.parquet",
            set=SCORED_SETS,
        ),
    log:
        "<logs>/fit_templates/{kind}_{repeat}_{fold}.log",
    benchmark:
        "<benchmarks>/fit_templates/{kind}_{repeat}_{fold}.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(20),
    script:
        "../scripts/fit_templates.py"


rule fit_final_templates:
    """Learn the colours of each class from all training objects; compare these objects with them."""
    input:
        shards=expand("<results>/shards/train/{split}.parquet", split=SPLITS),
        objects="<results>/objects/train.parquet",
        curves=expand("<results>/curves/rank1/train/{split}.parquet", split=SPLITS),
        training="<results>/training.parquet",
        compiled="results/compiled/templates",
        library=library("fit_final_templates"),
    output:
        features="<results>/features/templates/train.parquet",
        surfaces="<results>/templates/surfaces.npz",
    log:
        "<logs>/fit_final_templates.log",
    benchmark:
        "<benchmarks>/fit_final_templates.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(20),
    script:
        "../scripts/fit_final_templates.py"


rule compare_with_templates:
    """Compare the test objects of one split with the colours of each class."""
    input:
        shard="<results>/shards/test/{split}.parquet",
        objects="<results>/objects/test.parquet",
        curves="<results>/curves/rank1/test/{split}.parquet",
        surfaces="<results>/templates/surfaces.npz",
        compiled="results/compiled/templates",
        library=library("compare_with_templates"),
    output:
        features="<results>/features/templates/test/{split}.parquet",
    log:
        "<logs>/compare_with_templates/{split}.log",
    benchmark:
        "<benchmarks>/compare_with_templates/{split}.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    script:
        "../scripts/compare_with_templates.py"


# The training objects' features come with the surfaces; those of the test set are gathered like any others.
ruleorder: fit_final_templates > gather_features
