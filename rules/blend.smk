"""From the models' predictions to the submission.

Required inputs: models/{model}/{oof,test}.parquet, training.parquet, sample_submission.csv
Outputs: blend/*, threshold.json, submission.csv, submission_probabilities.csv
"""


rule blend_models:
    """Average the models' probabilities; sweep the weights for comparison."""
    input:
        oof=expand(
            "<results>/models/{model}/oof.parquet", model=config["blend"]["models"]
        ),
        test=expand(
            "<results>/models/{model}/test.parquet", model=config["blend"]["models"]
        ),
        training="<results>/training.parquet",
        library=library("blend_models"),
    output:
        oof="<results>/blend/oof.parquet",
        test="<results>/blend/test.parquet",
        weights="<results>/blend/weights.json",
        sweep="<results>/blend/weight_sweep.csv",
        metrics="<results>/blend/metrics.json",
    log:
        "<logs>/blend_models.log",
    benchmark:
        "<benchmarks>/blend_models.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(20),
    params:
        models=lookup("blend/models", within=config),
        weights=lookup("blend/weights", within=config),
        n_resamples=lookup("threshold/n_resamples", within=config),
    script:
        "../scripts/blend_models.py"


rule choose_threshold:
    """Choose the probability above which an object is called a TDE."""
    input:
        oof="<results>/blend/oof.parquet",
        test="<results>/blend/test.parquet",
        metrics="<results>/blend/metrics.json",
        training="<results>/training.parquet",
        library=library("choose_threshold"),
    output:
        threshold="<results>/threshold.json",
    log:
        "<logs>/choose_threshold.log",
    benchmark:
        "<benchmarks>/choose_threshold.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        n_resamples=lookup("threshold/n_resamples", within=config),
    script:
        "../scripts/choose_threshold.py"


rule write_submission:
    """Write the submission in the form of the sample, and the predictions behind it."""
    input:
        sample=raw("sample_submission.csv"),
        oof="<results>/blend/oof.parquet",
        test="<results>/blend/test.parquet",
        metrics="<results>/blend/metrics.json",
        threshold="<results>/threshold.json",
        training="<results>/training.parquet",
        library=library("write_submission"),
    output:
        submission="<results>/submission.csv",
        probabilities="<results>/submission_probabilities.csv",
        cv_summary="<results>/cv_summary.yaml",
        oof_npz="<results>/oof_predictions.npz",
        test_npz="<results>/test_predictions.npz",
    log:
        "<logs>/write_submission.log",
    benchmark:
        "<benchmarks>/write_submission.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    script:
        "../scripts/write_submission.py"
