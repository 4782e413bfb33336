"""Colour surfaces of the classes: features that learn from training objects, inside each fold.

Required inputs: shards, objects and curves/rank1 of all sets, training.parquet, folds.parquet
Outputs: features/templates/folds/{kind}_{repeat}_{fold}.parquet and, of all training objects,
features/templates/{set}.parquet and templates/surfaces.npz
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
        kernels="results/kernels/templates",
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
    """Learn the colours of each class from all training objects; compare the objects of every set with them."""
    input:
        shards=expand("<results>/shards/{set}/{split}.parquet", set=SETS, split=SPLITS),
        objects=expand("<results>/objects/{set}.parquet", set=SETS),
        curves=expand(
            "<results>/curves/rank1/{set}/{split}.parquet", set=SETS, split=SPLITS
        ),
        training="<results>/training.parquet",
        kernels="results/kernels/templates",
        library=library("fit_final_templates"),
    output:
        features=expand("<results>/features/templates/{set}.parquet", set=SETS),
        surfaces="<results>/templates/surfaces.npz",
    log:
        "<logs>/fit_final_templates.log",
    benchmark:
        "<benchmarks>/fit_final_templates.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    script:
        "../scripts/fit_final_templates.py"
