"""From training light curves to views, from these to models of unfinished light curves, and what those are worth.

Required inputs: shards/train/*, objects/train.parquet, features/{family}/train.parquet, training.parquet,
folds.parquet, weights of the submitted blend
Outputs: views/*; for the target `early` early/*
"""


rule compute_views:
    """Draw views of the training light curves, and compute their features."""
    input:
        shards=shard_files("train"),
        objects="<results>/objects/train.parquet",
        compiled="results/compiled/all_families",
        library=library("compute_views", *family_modules(PLAN.view_families)),
    output:
        views="<results>/views/views.parquet",
        features=expand(
            "<results>/views/features/{family}.parquet", family=PLAN.view_families
        ),
    log:
        "<logs>/compute_views.log",
    benchmark:
        "<benchmarks>/compute_views.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 4
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        views=lookup("views", within=config),
        families=PLAN.options(PLAN.view_families),
    script:
        "../scripts/compute_views.py"


rule learn_views:
    """Fit models of unfinished light curves, and learn when they are believed rather than those of whole ones."""
    input:
        views="<results>/views/views.parquet",
        features=expand(
            "<results>/views/features/{family}.parquet", family=PLAN.view_families
        ),
        train=expand(
            "<results>/features/{family}/train.parquet", family=PLAN.view_families
        ),
        weights="<submitted>/weights.json",
        training="<results>/training.parquet",
        folds="<results>/folds.parquet",
        library=library("learn_views", *map(PLAN.estimator_module, PLAN.bundled_models)),
    output:
        fitted=directory("<results>/views/fitted"),
        fold_fits=directory("<results>/views/folds"),
        handover="<results>/views/handover.json",
        held_out="<results>/views/held_out.parquet",
    log:
        "<logs>/learn_views.log",
    benchmark:
        "<benchmarks>/learn_views.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 4
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        models={name: PLAN.fitted_block(name) for name in PLAN.members(SUBMITTED)},
        early_models={name: PLAN.fitted_block(name) for name in PLAN.early_models},
        early_weights=PLAN.early and config["blends"][PLAN.early]["weights"],
        families=PLAN.view_families,
        kind=lookup("early/folds", within=config),
    script:
        "../scripts/learn_views.py"


rule measure_early:
    """Measure what P(TDE) is worth while an event goes on, by models of whole and of unfinished light curves."""
    input:
        shards=shard_files("train"),
        objects="<results>/objects/train.parquet",
        curves=expand(
            "<results>/curves/{family}/train/{batch}.parquet",
            family=PLAN.peak_family,
            batch=BATCHES,
        ),
        training="<results>/training.parquet",
        folds="<results>/folds.parquet",
        fold_fits="<results>/views/folds",
        handover="<results>/views/handover.json",
        held_out="<results>/views/held_out.parquet",
        compiled=ancient("results/compiled/all_families"),
        library=blend_library("measure_early"),
    output:
        table="<results>/early/early.csv",
        data="<results>/early/early.json",
        by_stratum="<results>/early/strata.csv",
        text="<results>/early/early.md",
        page="<results>/early/early.html",
        figure="<results>/early/early.png",
        probabilities="<results>/early/probabilities.parquet",
    log:
        "<logs>/measure_early.log",
    benchmark:
        "<benchmarks>/measure_early.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 4
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        families=PLAN.options(PLAN.view_families),
        kind=lookup("early/folds", within=config),
        n_redshifts=lookup("predict/n_redshifts", within=config),
    script:
        "../scripts/measure_early.py"


rule replay_training:
    """Replay the training set night by night: which TDEs spectra of the list find, and when."""
    input:
        shards=shard_files("train"),
        objects="<results>/objects/train.parquet",
        training="<results>/training.parquet",
        folds="<results>/folds.parquet",
        fold_fits="<results>/views/folds",
        handover="<results>/views/handover.json",
        held_out="<results>/views/held_out.parquet",
        compiled=ancient("results/compiled/all_families"),
        library=blend_library("replay_training"),
    output:
        table="<results>/early/replay.csv",
        text="<results>/early/replay.md",
        said="<results>/early/replay.parquet",
    log:
        "<logs>/replay_training.log",
    benchmark:
        "<benchmarks>/replay_training.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 4
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        families=PLAN.options(PLAN.view_families),
        kind=lookup("early/folds", within=config),
        n_redshifts=lookup("predict/n_redshifts", within=config),
        cut=lookup("nights/first_cut", within=config),
    script:
        "../scripts/replay_training.py"
