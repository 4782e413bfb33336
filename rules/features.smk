"""From shards to one table per feature family and set.

Required inputs: objects/{set}.parquet, shards/{set}/{split}.parquet
Outputs: curves/{family}/{set}/{split}.parquet, features/{family}/{set}.parquet, features/catalogue.md
"""


rule compile_kernels:
    """Compile a family's numerical kernels once for all its jobs on this machine."""
    input:
        needed=needed_kernels,
        library=family_library("compile_kernels"),
    output:
        kernels=directory("results/kernels/{family}"),
    log:
        "<logs>/compile_kernels/{family}.log",
    benchmark:
        "<benchmarks>/compile_kernels/{family}.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(15),
    params:
        options=lookup("features/{family}", within=config),
    script:
        "../scripts/compile_kernels.py"


rule fit_curves:
    """Fit one curve to all bands of each object of a split, keep it, and compute the family's features."""
    input:
        shards=expand("<results>/shards/{set}/{{split}}.parquet", set=SETS),
        objects=expand("<results>/objects/{set}.parquet", set=SETS),
        ingest=ancient("<results>/ingest.csv"),  # as in compute_features
        kernels="results/kernels/{family}",
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
        kernels="results/kernels/{family}",
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
        family=f"(?!({'|'.join(CURVE_FAMILIES)})/)[a-z0-9_]+",
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
