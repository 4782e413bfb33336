"""From feature tables to out-of-fold and test predictions of every model.

Required inputs: features/{family}/{set}.parquet, objects/train.parquet, shards/train/*.parquet
Outputs: training.parquet, folds.parquet, models/{model}/{oof,test,importance}.parquet, metrics.json, fitted/
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


rule cross_validate:
    """Fit one model on the folds of one repeat and predict the objects left out."""
    input:
        features=model_features("train"),
        training="<results>/training.parquet",
        folds="<results>/folds.parquet",
        library=model_library("cross_validate"),
    output:
        predictions="<results>/models/{model}/oof/{kind}_{repeat}.parquet",
    log:
        "<logs>/cross_validate/{model}/{kind}_{repeat}.log",
    benchmark:
        "<benchmarks>/cross_validate/{model}/{kind}_{repeat}.tsv"
    conda:
        "../envs/tde.yaml"
    # One thread: repeats run side by side, and sums do not depend on the number of cores.
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        model=lookup("models/{model}", within=config),
        families=lookup("models/{model}/features", within=config),
    script:
        "../scripts/cross_validate.py"


rule score_model:
    """Gather a model's out-of-fold predictions and measure them by the protocol."""
    input:
        predictions=expand(
            "<results>/models/{{model}}/oof/{kind}_{repeat}.parquet",
            kind=FOLD_KINDS,
            repeat=range(config["folds"]["n_repeats"]),
        ),
        training="<results>/training.parquet",
        library=library("score_model"),
    output:
        oof="<results>/models/{model}/oof.parquet",
        metrics="<results>/models/{model}/metrics.json",
    log:
        "<logs>/score_model/{model}.log",
    benchmark:
        "<benchmarks>/score_model/{model}.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(15),
    params:
        n_resamples=lookup("threshold/n_resamples", within=config),
    script:
        "../scripts/score_model.py"


rule fit_model:
    """Fit one model on all training objects and predict the test set."""
    input:
        features_train=model_features("train"),
        features_test=model_features("test"),
        training="<results>/training.parquet",
        library=model_library("fit_model"),
    output:
        test="<results>/models/{model}/test.parquet",
        importance="<results>/models/{model}/importance.parquet",
        models=directory("<results>/models/{model}/fitted"),
    log:
        "<logs>/fit_model/{model}.log",
    benchmark:
        "<benchmarks>/fit_model/{model}.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        model=lookup("models/{model}", within=config),
        families=lookup("models/{model}/features", within=config),
    script:
        "../scripts/fit_model.py"
