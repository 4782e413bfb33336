"""mallorn-tde: find tidal disruption events in LSST light curves.

The parts are in the order of the data:

    raw files -> objects, shards -> feature tables -> models -> blend -> submission, report

All results lie under results/{dataset}/; logs/{dataset}/ and benchmarks/{dataset}/ mirror
them by rule.
"""

from snakemake.utils import min_version

min_version("9.18")


configfile: "config.yaml"


include: "rules/common.smk"


pathvars:
    results=f"results/{DATASET}",
    submitted=f"results/{DATASET}/blends/{SUBMITTED}",
    logs=f"logs/{DATASET}",
    benchmarks=f"benchmarks/{DATASET}",


report: "rules/captions/workflow.rst"


include: "rules/data.smk"
include: "rules/features.smk"
include: "rules/folds.smk"
include: "rules/templates.smk"
include: "rules/models.smk"
include: "rules/blend.smk"
include: "rules/analysis.smk"
include: "rules/predict.smk"
include: "rules/candidates.smk"
include: "rules/report.smk"
include: "rules/leaderboard.smk"
include: "rules/submit.smk"
include: "rules/targets.smk"


rule all:
    """Everything: the submission, and the report's tables and figures."""
    default_target: True
    input:
        rules.submission.input,
        rules.models.input,
        rules.features.input,
        rules.candidates.input,
        rules.report.input,


onsuccess:
    print(summary())
