"""Features of the families that learn from training objects: inside each fold, and from all of them.

Required inputs: shards, objects and curves of all sets, training.parquet, folds.parquet
Outputs: features/{family}/folds/{kind}_{repeat}_{fold}_{set}.parquet; from all training objects:
learnt/{family}.npz, features/{family}/{train,test}.parquet
"""

LEARNING = "|".join(row.name for row in REGISTERED if row.learns)


rule learn_in_folds:
    """Let a family learn from the training part of each fold; compute its features for all training objects."""
    input:
        unpack(curves_by_set(SCORED_SETS)),
        shards=shard_files("train"),
        objects=expand("<results>/objects/{set}.parquet", set=SCORED_SETS),
        training="<results>/training.parquet",
        folds="<results>/folds.parquet",
        compiled="results/compiled/{family}",
        library=family_library("learn_in_folds"),
    output:
        features=expand(
            "<results>/features/{{family}}/folds/{{kind}}_{repeat}_{fold}_{set}.parquet",
            repeat=range(config["folds"]["n_repeats"]),
            fold=range(config["folds"]["n_folds"]),
            set=SCORED_SETS,
        ),
    log:
        "<logs>/learn_in_folds/{family}/{kind}.log",
    benchmark:
        "<benchmarks>/learn_in_folds/{family}/{kind}.tsv"
    wildcard_constraints:
        family=LEARNING,
    conda:
        "../envs/tde.yaml"
    params:
        sets=SCORED_SETS,
        n_folds=setting("folds/n_folds"),
        reads=lambda wildcards: curves_read(wildcards.family),
        options=setting("features/{family}"),
    script:
        "../scripts/learn_in_folds.py"


rule learn_from_all:
    """Let a family learn from all training objects; compute these objects' features."""
    input:
        unpack(curves_by_set(["train"])),
        shards=shard_files("train"),
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
        options=setting("features/{family}"),
    script:
        "../scripts/learn_from_all.py"


rule apply_learnt:
    """Compute the features of the test objects of one batch with what a family has learnt."""
    input:
        unpack(curves_by_set(["test"])),
        shards=lambda wildcards: shard_files("test", wildcards.batch),
        objects="<results>/objects/test.parquet",
        learnt="<results>/learnt/{family}.npz",
        compiled="results/compiled/{family}",
        library=family_library("apply_learnt"),
    output:
        features="<results>/features/{family}/test/{batch}.parquet",
    log:
        "<logs>/apply_learnt/{family}/{batch}.log",
    benchmark:
        "<benchmarks>/apply_learnt/{family}/{batch}.tsv"
    wildcard_constraints:
        family=LEARNING,
    conda:
        "../envs/tde.yaml"
    params:
        reads=lambda wildcards: curves_read(wildcards.family),
        options=setting("features/{family}"),
    script:
        "../scripts/apply_learnt.py"


# The training objects' features come with what is learnt; those of the test set are gathered like any others.
use rule gather_features as gather_learnt_features with:
    input:
        test=expand("<results>/features/{{family}}/test/{batch}.parquet", batch=BATCHES),
        objects=["<results>/objects/test.parquet"],
    output:
        features=["<results>/features/{family}/test.parquet"],
    log:
        "<logs>/gather_learnt_features/{family}.log",
    benchmark:
        "<benchmarks>/gather_learnt_features/{family}.tsv"
    wildcard_constraints:
        family=LEARNING,
    params:
        sets=["test"],
