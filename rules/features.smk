"""From shards to one table per feature family and set.

Sets are train, test, and photoz: the training objects once more, with redshifts as uncertain
as those of the test set. Families that learn from training objects are in templates.smk.

Required inputs: objects/{set}.parquet, shards/{set}/{split}.parquet
Outputs: curves/{family}/{set}/{split}.parquet, features/{family}/{set}.parquet, features/catalogue.md
"""


rule compile_family:
    """Compile a family's code once for all its jobs on this machine."""
    input:
        needed=needed_compiled,
        library=family_library("compile_family"),
    output:
        compiled=directory("results/compiled/{family}"),
    log:
        "<logs>/compile_family/{family}.log",
    benchmark:
        "<benchmarks>/compile_family/{family}.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(15),
    params:
        options=lookup("features/{family}", within=config),
    script:
        "../scripts/compile_family.py"


rule fit_curves:
    """Fit one curve to all bands of each object of a split, keep it, and compute the family's features."""
    input:
        shards=expand("<results>/shards/{set}/{{split}}.parquet", set=SETS),
        objects=expand("<results>/objects/{set}.parquet", set=SETS),
        ingest=ancient("<results>/ingest.csv"),  # as in compute_features
        compiled="results/compiled/{family}",
        library=family_library("fit_curves"),
    output:
        curves=expand("<results>/curves/{{family}}/{set}/{{split}}.parquet", set=SETS),
        features=expand(
            "<results>/features/{{family}}/{set}/{{split}}.parquet", set=SETS
        ),
    log:
        "<logs>/fit_curves/{family}/{split}.log",
    benchmark:
        "<benchmarks>/fit_curves/{family}/{split}.tsv"
    wildcard_constraints:
        family="|".join(CURVE_FAMILIES),
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(30),
    params:
        options=lookup("features/{family}", within=config),
    script:
        "../scripts/fit_curves.py"


rule compute_features:
    """Compute one feature family for the light curves of one split, both sets in one job."""
    input:
        shards=expand("<results>/shards/{set}/{{split}}.parquet", set=SETS),
        objects=expand("<results>/objects/{set}.parquet", set=SETS),
        # Every file must have passed its checks, but a change in one file
        # must not send the others through their fits again.
        ingest=ancient("<results>/ingest.csv"),
        curves=needed_curves,
        compiled="results/compiled/{family}",
        library=family_library("compute_features"),
    output:
        features=expand(
            "<results>/features/{{family}}/{set}/{{split}}.parquet", set=SETS
        ),
    log:
        "<logs>/compute_features/{family}/{split}.log",
    benchmark:
        "<benchmarks>/compute_features/{family}/{split}.tsv"
    wildcard_constraints:
        family="|".join(PLAIN_FAMILIES),
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(20),
    params:
        options=lookup("features/{family}", within=config),
    script:
        "../scripts/compute_features.py"


rule perturb_redshifts:
    """Give the training objects redshifts as uncertain as those of the test set."""
    input:
        objects="<results>/objects/train.parquet",
        library=library("perturb_redshifts"),
    output:
        objects="<results>/objects/photoz.parquet",
    log:
        "<logs>/perturb_redshifts.log",
    benchmark:
        "<benchmarks>/perturb_redshifts.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        sigma=lookup("photometric_redshifts/sigma", within=config),
        seed=lookup("photometric_redshifts/seed", within=config),
    script:
        "../scripts/perturb_redshifts.py"


use rule fit_curves as fit_photoz_curves with:
    input:
        shards=expand("<results>/shards/train/{split}.parquet", split=SPLITS),
        objects=["<results>/objects/photoz.parquet"] * len(SPLITS),
        ingest=ancient("<results>/ingest.csv"),
        compiled="results/compiled/{family}",
        library=family_library("fit_curves"),
    output:
        curves=expand(
            "<results>/curves/{{family}}/photoz/{split}.parquet", split=SPLITS
        ),
        features=expand(
            "<results>/features/{{family}}/photoz/{split}.parquet", split=SPLITS
        ),
    log:
        "<logs>/fit_photoz_curves/{family}.log",
    benchmark:
        "<benchmarks>/fit_photoz_curves/{family}.tsv"


use rule compute_features as compute_photoz_features with:
    input:
        shards=expand("<results>/shards/train/{split}.parquet", split=SPLITS),
        objects=["<results>/objects/photoz.parquet"] * len(SPLITS),
        ingest=ancient("<results>/ingest.csv"),
        curves=needed_photoz_curves,
        compiled="results/compiled/{family}",
        library=family_library("compute_features"),
    output:
        features=expand(
            "<results>/features/{{family}}/photoz/{split}.parquet", split=SPLITS
        ),
    log:
        "<logs>/compute_photoz_features/{family}.log",
    benchmark:
        "<benchmarks>/compute_photoz_features/{family}.tsv"


rule gather_features:
    """Put the splits of one family together: one row per object, in the order of the log."""
    input:
        tables=expand(
            "<results>/features/{{family}}/{{set}}/{split}.parquet", split=SPLITS
        ),
        objects="<results>/objects/{set}.parquet",
        library=library("gather_features"),
    output:
        features="<results>/features/{family}/{set}.parquet",
    log:
        "<logs>/gather_features/{family}/{set}.log",
    benchmark:
        "<benchmarks>/gather_features/{family}/{set}.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    script:
        "../scripts/gather_features.py"


rule write_catalogue:
    """Write the catalogue of all features: name, unit, meaning, label, source."""
    input:
        library=library(
            "write_catalogue",
            *(f"tde.features.{family}" for family in config["features"]),
        ),
    output:
        catalogue="<results>/features/catalogue.md",
    log:
        "<logs>/write_catalogue.log",
    benchmark:
        "<benchmarks>/write_catalogue.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        families=lookup("features", within=config),
    script:
        "../scripts/write_catalogue.py"
