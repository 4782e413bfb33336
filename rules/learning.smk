"""Features of the families that learn from training objects: inside each fold, and from all of them.

Required inputs: shards, objects and curves of all sets, training.parquet, folds.parquet
Outputs: features/{family}/folds/{kind}_{repeat}_{fold}_{set}.parquet; from all training objects:
learnt/{family}.npz, features/{family}/train.parquet, features/{family}/test/{shard}.parquet
"""

LEARNING = "|".join(row.name for row in REGISTERED if row.learns)


rule learn_in_fold:
    """Let a family learn from the training part of one fold; compute its features for all training objects."""
    input:
        unpack(curves_by_set),
        shards=expand("<results>/shards/train/{shard}.parquet", shard=SHARDS),
        objects=expand("<results>/objects/{set}.parquet", set=SCORED_SETS),
        training="<results>/training.parquet",
        folds="<results>/folds.parquet",
        compiled="results/compiled/{family}",
        library=family_library("learn_in_fold"),
    output:
        features=expand(
            "<results>/features/{{family}}/folds/{{kind}}_{{repeat}}_{{fold}}_{set}.parquet",
            set=SCORED_SETS,
        ),
    log:
        "<logs>/learn_in_fold/{family}/{kind}_{repeat}_{fold}.log",
    benchmark:
        "<benchmarks>/learn_in_fold/{family}/{kind}_{repeat}_{fold}.tsv"
    wildcard_constraints:
        family=LEARNING,
    conda:
        "../envs/tde.yaml"
    params:
        sets=SCORED_SETS,
        reads=lambda wildcards: curves_read(wildcards.family),
        options=lookup("features/{family}", within=config),
    script:
        "../scripts/learn_in_fold.py"


rule learn_from_all:
    """Let a family learn from all training objects; compute these objects' features."""
    input:
        fitted_curves("train"),
        shards=expand("<results>/shards/train/{shard}.parquet", shard=SHARDS),
        objects="<results>/objects/train.parquet",
        training="<results>/training.parquet",
        compiled="results/compiled/{family}",
        library=family_library("learn_from_all"),
    output:
        features="<results>/features/{family}/train.parquet",
        learnt="<results>/learnt/{family}.npz",
    log:
        "<logs>/learn_from_all/{family}.log",
    benchmark:
        "<benchmarks>/learn_from_all/{family}.tsv"
    wildcard_constraints:
        family=LEARNING,
    conda:
        "../envs/tde.yaml"
    params:
        reads=lambda wildcards: curves_read(wildcards.family),
        options=lookup("features/{family}", within=config),
    script:
        "../scripts/learn_from_all.py"


rule apply_learnt:
    """Compute the features of the test objects of one shard with what a family has learnt."""
    input:
        fitted_curves("test"),
        shard="<results>/shards/test/{shard}.parquet",
        objects="<results>/objects/test.parquet",
        learnt="<results>/learnt/{family}.npz",
        compiled="results/compiled/{family}",
        library=family_library("apply_learnt"),
    output:
        features="<results>/features/{family}/test/{shard}.parquet",
    log:
        "<logs>/apply_learnt/{family}/{shard}.log",
    benchmark:
        "<benchmarks>/apply_learnt/{family}/{shard}.tsv"
    wildcard_constraints:
        family=LEARNING,
    conda:
        "../envs/tde.yaml"
    params:
        reads=lambda wildcards: curves_read(wildcards.family),
        options=lookup("features/{family}", within=config),
    script:
        "../scripts/apply_learnt.py"


# The training objects' features come with what is learnt; those of the test set are gathered like any others.
ruleorder: learn_from_all > gather_features
