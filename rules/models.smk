"""From feature tables to out-of-fold and test predictions of every model.

Required inputs: features/{family}/{set}.parquet, features/{family}/folds/*, training.parquet, folds.parquet
Outputs: models/{model}/{oof,test,importance}.parquet, metrics.json, fitted/
"""


rule weigh_objects:
    """Weigh training objects by how much their features look like the test set's, for models that ask for it."""
    input:
        train=feature_tables(PLAN.fixed_families, "train"),
        test=feature_tables(PLAN.fixed_families, "test"),
    output:
        weights="<results>/models/{model}/weights.parquet",
        report="<results>/models/{model}/weights.json",
    log:
        "<logs>/weigh_objects/{model}.log",
    benchmark:
        "<benchmarks>/weigh_objects/{model}.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        model=lambda wildcards: PLAN.fitted_block(wildcards.model),
        families=lambda wildcards: PLAN.fixed_families(wildcards.model),
    script:
        "../scripts/weigh_objects.py"


rule tune_model:
    """Search for a model's parameters, for models that ask for it; a search that was cut short goes on."""
    input:
        features=feature_tables(PLAN.fixed_families, "train"),
        training="<results>/training.parquet",
        library=model_library("tune_model"),
    output:
        parameters="<results>/models/{model}/tuned.json",
        trials="<results>/models/{model}/trials.csv",
    log:
        "<logs>/tune_model/{model}.log",
    benchmark:
        "<benchmarks>/tune_model/{model}.tsv"
    conda:
        "../envs/tde.yaml"
    resources:
        runtime=growing(60),
    params:
        model=setting("models/{model}"),
        families=lambda wildcards: PLAN.fixed_families(wildcards.model),
        n_folds=setting("folds/n_folds"),
        # no output: it must outlive a killed job
        journal=f"results/{DATASET}/tuning/{{model}}.journal",
    script:
        "../scripts/tune_model.py"


rule cross_validate:
    """Fit one model on all folds of all repeats, several at a time, and predict the objects left out."""
    input:
        unpack(
            lambda wildcards: fold_features(
                wildcards.model, config["folds"]["n_repeats"], SCORED_SETS
            )
        ),
        train=feature_tables(PLAN.fixed_families, "train"),
        photoz=feature_tables(PLAN.fixed_families, "photoz"),
        training="<results>/training.parquet",
        folds="<results>/folds.parquet",
        weights=weights_of,
        tuned=tuned_parameters,
        library=model_library("cross_validate"),
    output:
        oof="<results>/models/{model}/oof.parquet",
    log:
        "<logs>/cross_validate/{model}.log",
    benchmark:
        "<benchmarks>/cross_validate/{model}.tsv"
    conda:
        "../envs/tde.yaml"
    # So many fits at a time, one thread each: sums do not depend on the number of cores.
    threads: 4
    params:
        model=lambda wildcards: PLAN.fitted_block(wildcards.model),
        families=lambda wildcards: PLAN.fixed_families(wildcards.model),
        fold_families=lambda wildcards: PLAN.fold_families(wildcards.model),
    script:
        "../scripts/cross_validate.py"


rule score_model:
    """Measure a model's out-of-fold predictions by the protocol."""
    input:
        oof="<results>/models/{model}/oof.parquet",
        training="<results>/training.parquet",
    output:
        metrics="<results>/models/{model}/metrics.json",
    log:
        "<logs>/score_model/{model}.log",
    benchmark:
        "<benchmarks>/score_model/{model}.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        n_resamples=setting("threshold/n_resamples"),
    script:
        "../scripts/score_model.py"


rule fit_model:
    """Fit one model on all training objects and predict the test set."""
    input:
        features_train=feature_tables(PLAN.model_families, "train"),
        features_test=feature_tables(PLAN.model_families, "test"),
        training="<results>/training.parquet",
        weights=weights_of,
        tuned=tuned_parameters,
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
    threads: 4
    params:
        model=lambda wildcards: PLAN.fitted_block(wildcards.model),
        families=setting("models/{model}/features"),
    script:
        "../scripts/fit_model.py"
