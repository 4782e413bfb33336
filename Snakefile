"""mallorn-tde: find tidal disruption events in LSST light curves.

The parts are in the order of the data:

    raw files -> objects, shards -> feature tables -> models -> blend -> submission, report

All results lie under results/{dataset}/, those of new light curves under results/predict/ and
results/nights/; logs/{dataset}/ and benchmarks/{dataset}/ mirror them by rule.
"""

from snakemake.utils import min_version

min_version("9.18")


configfile: "config.yaml"


include: "rules/common.smk"
include: "rules/inputs.smk"
include: "rules/night_inputs.smk"
include: "rules/display.smk"


pathvars:
    results=f"results/{DATASET}",
    submitted=f"results/{DATASET}/blends/{SUBMITTED}",
    logs=f"logs/{DATASET}",
    benchmarks=f"benchmarks/{DATASET}",


report: "rules/captions/workflow.rst"


if COLLECTION:

    include: "rules/collection.smk"

else:

    include: "rules/data.smk"


include: "rules/features.smk"
include: "rules/folds.smk"
include: "rules/learning.smk"
include: "rules/models.smk"
include: "rules/blend.smk"
include: "rules/views.smk"
include: "rules/predict.smk"
include: "rules/candidates.smk"
include: "rules/nights.smk"
include: "rules/report.smk"
include: "rules/simulation.smk"
include: "rules/leaderboard.smk"
include: "rules/submit.smk"
include: "rules/targets.smk"


rule all:
    """Everything: the submission, and the report's tables and figures."""
    default_target: True
    input:
        [] if COLLECTION else rules.submission.input,
        rules.models.input,
        rules.features.input,
        rules.candidates.input,
        rules.report.input,


# A rule whose script loads no plug-in has the library files that the script imports as inputs.
for step in workflow.rules:
    if step.script and "library" not in step.input.keys():
        # None for a rule without `input:`, which set_input does not expect
        step.input_modifier = step.input_modifier or workflow.modifier.path_modifier
        step.set_input(library=library(Path(step.script).stem))


onstart:
    date_back("results")


onsuccess:
    asked = workflow.dag_settings.targets
    if asked and set(asked) <= {"inspect", "predict"}:
        summary = new_summary(Path("results"), config["predict"]["name"], asked)
    elif asked and set(asked) <= {"nights", "replay"}:
        summary = night_summary(Path("results"), config["nights"]["name"], asked)
    else:
        summary = run_summary(Path("results", DATASET), SUBMITTED)
    print("\n".join(summary))
