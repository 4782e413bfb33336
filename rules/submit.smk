"""From the submission to Kaggle: never part of a run, and only with a yes in config.yaml.

Required inputs: submission.csv, sample_submission.csv
Outputs: submitted.txt
"""


rule submit_predictions:
    """Check the submission's form and hand it in with the user's own token."""
    input:
        submission="<results>/submission.csv",
        sample=raw("sample_submission.csv"),
    output:
        receipt="<results>/submitted.txt",
    log:
        "<logs>/submit_predictions.log",
    benchmark:
        "<benchmarks>/submit_predictions.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        confirm=setting("submit/confirm"),
        message=setting("submit/message"),
    script:
        "../scripts/submit_predictions.py"
