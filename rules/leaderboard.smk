"""All models and blends of config.yaml against each other, and what each feature family is worth.

Required inputs: models/*, blends/*, features, training.parquet, folds.parquet
Outputs: report/leaderboard.*, comparison.csv, agreement.csv, ablation.*
"""


rule tabulate_leaderboard:
    """Put all models and blends side by side: scores, paired differences, agreement, published figures."""
    input:
        oof=compared_files("oof.parquet"),
        metrics=compared_files("metrics.json"),
        training="<results>/training.parquet",
    output:
        table="<results>/report/leaderboard.csv",
        comparison="<results>/report/comparison.csv",
        agreement="<results>/report/agreement.csv",
        text="<results>/report/leaderboard.md",
    log:
        "<logs>/tabulate_leaderboard.log",
    benchmark:
        "<benchmarks>/tabulate_leaderboard.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        names=PLAN.compared_names,
        reference=SUBMITTED,
        reported=PLAN.reported_figures,
    script:
        "../scripts/tabulate_leaderboard.py"


rule ablate_family:
    """Cross-validate one model without one family of features, or on that family alone."""
    input:
        **fold_features(PLAN.ablated, config["ablation"]["n_repeats"], ["train"]),
        features=expand(
            "<results>/features/{family}/train.parquet",
            family=PLAN.fixed_families(PLAN.ablated),
        ),
        training="<results>/training.parquet",
        folds="<results>/folds.parquet",
        library=library("ablate_family", PLAN.estimator_module(PLAN.ablated)),
    output:
        metrics="<results>/ablation/{how}_{family}.json",
    log:
        "<logs>/ablate_family/{how}_{family}.log",
    benchmark:
        "<benchmarks>/ablate_family/{how}_{family}.tsv"
    wildcard_constraints:
        how="full|without|only",
        family="|".join(["all", *config["features"]]),
    conda:
        "../envs/tde.yaml"
    threads: 4
    params:
        model=PLAN.fitted_block(PLAN.ablated),
        name=setting("ablation/model"),
        n_repeats=setting("ablation/n_repeats"),
        n_resamples=setting("threshold/n_resamples"),
        families=PLAN.fixed_families(PLAN.ablated),
        fold_families=PLAN.fold_families(PLAN.ablated),
    script:
        "../scripts/ablate_family.py"


rule tabulate_ablation:
    """Tabulate what each family of features is worth to a model."""
    input:
        metrics=[
            "<results>/ablation/full_all.json",
            *expand(
                "<results>/ablation/{how}_{family}.json",
                how=["without", "only"],
                family=PLAN.model_families(PLAN.ablated),
            ),
        ],
    output:
        table="<results>/report/ablation.csv",
        text="<results>/report/ablation.md",
        data="<results>/report/ablation.json",
        page=report(
            "<results>/report/ablation.html",
            category="Models",
            caption="captions/ablation.rst",
        ),
    log:
        "<logs>/tabulate_ablation.log",
    benchmark:
        "<benchmarks>/tabulate_ablation.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        model=setting("ablation/model"),
    script:
        "../scripts/tabulate_ablation.py"
