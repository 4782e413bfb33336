"""From training light curves to views, from these to models of unfinished light curves, and what those are worth.

Required inputs: shards/train/*, objects/train.parquet, features/{family}/train.parquet, training.parquet,
folds.parquet, weights of the submitted blend
Outputs: views/*; for the target `early` early/*
"""

VIEWS = {
    "views": "<results>/views/views.parquet",
    "features": expand(
        "<results>/views/features/{family}.parquet", family=PLAN.view_families
    ),
    "train": expand(
        "<results>/features/{family}/train.parquet", family=PLAN.view_families
    ),
    "training": "<results>/training.parquet",
}
TRAINING = {
    "shards": shard_files("train"),
    "objects": "<results>/objects/train.parquet",
    "training": "<results>/training.parquet",
    "folds": "<results>/folds.parquet",
    "compiled": ancient("results/compiled/all_families"),
}
ASKED = {
    "families": PLAN.options(PLAN.view_families),
    "n_redshifts": config["predict"]["n_redshifts"],
}
HAND_OVER = f"<results>/views/{PLAN.early_repeats[0]}"
REPEATS = PLAN.early_repeats


wildcard_constraints:
    kind="random|parent",
    repeat=r"\d+",


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
        views=setting("views"),
        families=PLAN.options(PLAN.view_families),
    script:
        "../scripts/compute_views.py"


rule fit_views:
    """Fit models of unfinished light curves on all training objects, for the bundle."""
    input:
        **VIEWS,
        library=library("fit_views", *map(PLAN.estimator_module, PLAN.early_models)),
    output:
        fitted=directory("<results>/views/fitted"),
    log:
        "<logs>/fit_views.log",
    benchmark:
        "<benchmarks>/fit_views.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 4
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        models={name: PLAN.fitted_block(name) for name in PLAN.early_models},
        families=PLAN.view_families,
    script:
        "../scripts/fit_views.py"


rule learn_views:
    """Learn from views fold by fold, and when these models are believed rather than those of whole light curves."""
    input:
        **VIEWS,
        weights="<submitted>/weights.json",
        folds="<results>/folds.parquet",
        library=library("learn_views", *map(PLAN.estimator_module, PLAN.bundled_models)),
    output:
        fits=directory("<results>/views/{kind}_{repeat}/fits"),
        handover="<results>/views/{kind}_{repeat}/handover.json",
        held_out="<results>/views/{kind}_{repeat}/held_out.parquet",
    log:
        "<logs>/learn_views/{kind}_{repeat}.log",
    benchmark:
        "<benchmarks>/learn_views/{kind}_{repeat}.tsv"
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
    script:
        "../scripts/learn_views.py"


rule measure_early:
    """Measure what P(TDE) is worth while an event goes on, by models of whole and of unfinished light curves."""
    input:
        **TRAINING,
        curves=expand(
            "<results>/curves/{family}/train/{batch}.parquet",
            family=PLAN.peak_family,
            batch=BATCHES,
        ),
        fits=expand("<results>/views/{repeat}/fits", repeat=REPEATS),
        handover=expand("<results>/views/{repeat}/handover.json", repeat=REPEATS),
        held_out=expand("<results>/views/{repeat}/held_out.parquet", repeat=REPEATS),
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
        asked=ASKED,
        repeats=REPEATS,
        kind=setting("early/folds"),
    script:
        "../scripts/measure_early.py"


rule replay_training:
    """Replay the training set night by night: which TDEs spectra of the list find, and when."""
    input:
        **TRAINING,
        fits=f"{HAND_OVER}/fits",
        handover=f"{HAND_OVER}/handover.json",
        held_out=f"{HAND_OVER}/held_out.parquet",
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
        asked=ASKED,
        kind=setting("early/folds"),
        cut=setting("nights/first_cut"),
    script:
        "../scripts/replay_training.py"
