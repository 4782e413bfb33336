"""From the models' predictions to blends, and from one of them to the submission.

Required inputs: models/{model}/{oof,test}.parquet, training.parquet, sample_submission.csv
Outputs: blends/{blend}/*, threshold.json, submission.csv, submission_probabilities.csv
"""


rule blend_models:
    """Average the probabilities of a blend's models; sweep the weights for comparison."""
    input:
        oof=member_files("oof.parquet"),
        test=member_files("test.parquet"),
        training="<results>/training.parquet",
    output:
        oof="<results>/blends/{blend}/oof.parquet",
        test="<results>/blends/{blend}/test.parquet",
        weights="<results>/blends/{blend}/weights.json",
        sweep="<results>/blends/{blend}/weight_sweep.csv",
        metrics="<results>/blends/{blend}/metrics.json",
    log:
        "<logs>/blend_models/{blend}.log",
    benchmark:
        "<benchmarks>/blend_models/{blend}.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        models=setting("blends/{blend}/models"),
        weights=setting("blends/{blend}/weights"),
        n_resamples=setting("threshold/n_resamples"),
    script:
        "../scripts/blend_models.py"


rule choose_threshold:
    """Choose the probability above which an object is called a TDE."""
    input:
        oof="<submitted>/oof.parquet",
        test="<submitted>/test.parquet",
        metrics="<submitted>/metrics.json",
        training="<results>/training.parquet",
    output:
        threshold="<results>/threshold.json",
    log:
        "<logs>/choose_threshold.log",
    benchmark:
        "<benchmarks>/choose_threshold.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        n_resamples=setting("threshold/n_resamples"),
    script:
        "../scripts/choose_threshold.py"


rule write_submission:
    """Write the submission in the form of the sample, and the predictions behind it."""
    input:
        sample=raw("sample_submission.csv"),
        oof="<submitted>/oof.parquet",
        test="<submitted>/test.parquet",
        metrics="<submitted>/metrics.json",
        threshold="<results>/threshold.json",
        training="<results>/training.parquet",
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
    script:
        "../scripts/write_submission.py"
