"""All models and blends of config.yaml against each other, and what each feature family is worth.

Required inputs: models/*, blends/*, features, training.parquet, folds.parquet
Outputs: report/leaderboard.*, comparison.csv, agreement.csv, ablation.*
"""


rule tabulate_leaderboard:
    """Put all models and blends side by side: scores, paired differences, agreement, published figures."""
    input:
        oof=leaderboard_files("oof.parquet"),
        metrics=leaderboard_files("metrics.json"),
        training="<results>/training.parquet",
        library=library("tabulate_leaderboard"),
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
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        names=[*compared(config["blends"]), *compared(config["models"])],
        reference=SUBMITTED,
        reported=reported_figures(),
    script:
        "../scripts/tabulate_leaderboard.py"


rule ablate_family:
    """Cross-validate one model without one family of features, or on that family alone."""
    input:
        features=ablation_features(),
        fold_features=ablation_fold_features(),
        training="<results>/training.parquet",
        folds="<results>/folds.parquet",
        library=ablation_library(),
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
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        model=ablated_block(),
        name=lookup("ablation/model", within=config),
        n_repeats=lookup("ablation/n_repeats", within=config),
        n_resamples=lookup("threshold/n_resamples", within=config),
        families=[f for f in ablated_families() if f not in FOLD_FAMILIES],
        fold_keys=ablation_fold_keys(),
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
                family=ablated_families(),
            ),
        ],
        library=library("tabulate_ablation"),
    output:
        table="<results>/report/ablation.csv",
        text="<results>/report/ablation.md",
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
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(10),
    params:
        model=lookup("ablation/model", within=config),
    script:
        "../scripts/tabulate_ablation.py"
