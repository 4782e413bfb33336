"""From shards to one table per feature family and set.

Sets are train, test, and photoz: the training objects once more, with redshifts as uncertain
as those of the test set. Families that learn from training objects are in learning.smk.

Required inputs: objects/{train,test}.parquet, shards/{train,test}/{shard}.parquet
Outputs: objects/photoz.parquet, curves/{family}/{set}/{batch}.parquet, features/{family}/{set}.parquet,
features/catalogue.md
"""


rule compile_family:
    """Compile a family's code once for all its jobs on this machine."""
    input:
        needed=compiled_before,
        library=family_library("compile_family"),
    output:
        compiled=directory("results/compiled/{family}"),
    log:
        "<logs>/compile_family/{family}.log",
    benchmark:
        "<benchmarks>/compile_family/{family}.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        reads=lambda wildcards: curves_read(wildcards.family),
        learns=lambda wildcards: learns(wildcards.family),
        options=setting("features/{family}"),
    script:
        "../scripts/compile_family.py"


rule fit_curves:
    """Fit one curve to all bands of each object of a batch, keep it, and compute the family's features."""
    input:
        unpack(shards_by_set),
        objects=expand("<results>/objects/{set}.parquet", set=FEATURE_SETS),
        ingest=ancient("<results>/ingest.csv"),  # as in compute_features
        compiled="results/compiled/{family}",
        library=family_library("fit_curves"),
    output:
        curves=expand(
            "<results>/curves/{{family}}/{set}/{{batch}}.parquet", set=FEATURE_SETS
        ),
        features=expand(
            "<results>/features/{{family}}/{set}/{{batch}}.parquet", set=FEATURE_SETS
        ),
    log:
        "<logs>/fit_curves/{family}/{batch}.log",
    benchmark:
        "<benchmarks>/fit_curves/{family}/{batch}.tsv"
    wildcard_constraints:
        family="|".join(row.name for row in REGISTERED if row.curves),
    conda:
        "../envs/tde.yaml"
    params:
        sets=FEATURE_SETS,
        options=setting("features/{family}"),
    script:
        "../scripts/fit_curves.py"


rule compute_features:
    """Compute one feature family for the light curves of a batch, all sets in one job."""
    input:
        unpack(shards_by_set),
        unpack(curves_by_set(FEATURE_SETS)),
        objects=expand("<results>/objects/{set}.parquet", set=FEATURE_SETS),
        # Every file must have passed its checks, but a change in one file
        # must not send the others through their fits again.
        ingest=ancient("<results>/ingest.csv"),
        compiled="results/compiled/{family}",
        library=family_library("compute_features"),
    output:
        features=expand(
            "<results>/features/{{family}}/{set}/{{batch}}.parquet", set=FEATURE_SETS
        ),
    log:
        "<logs>/compute_features/{family}/{batch}.log",
    benchmark:
        "<benchmarks>/compute_features/{family}/{batch}.tsv"
    wildcard_constraints:
        family="|".join(PLAN.plain_families),
    conda:
        "../envs/tde.yaml"
    params:
        sets=FEATURE_SETS,
        reads=lambda wildcards: curves_read(wildcards.family),
        options=setting("features/{family}"),
    script:
        "../scripts/compute_features.py"


rule perturb_redshifts:
    """Give the training objects redshifts as uncertain as those of the test set."""
    input:
        objects="<results>/objects/train.parquet",
    output:
        objects="<results>/objects/photoz.parquet",
    log:
        "<logs>/perturb_redshifts.log",
    benchmark:
        "<benchmarks>/perturb_redshifts.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        sigma=setting("photometric_redshifts/sigma"),
        seed=setting("photometric_redshifts/seed"),
    script:
        "../scripts/perturb_redshifts.py"


rule gather_features:
    """Put the batches of one family together: one row per object, in the order of the object lists."""
    input:
        **{
            name: expand(
                f"<results>/features/{{{{family}}}}/{name}/{{batch}}.parquet",
                batch=BATCHES,
            )
            for name in FEATURE_SETS
        },
        objects=expand("<results>/objects/{set}.parquet", set=FEATURE_SETS),
    output:
        features=expand("<results>/features/{{family}}/{set}.parquet", set=FEATURE_SETS),
    log:
        "<logs>/gather_features/{family}.log",
    benchmark:
        "<benchmarks>/gather_features/{family}.tsv"
    wildcard_constraints:
        family="|".join(row.name for row in REGISTERED if not row.learns),
    conda:
        "../envs/tde.yaml"
    params:
        sets=FEATURE_SETS,
    script:
        "../scripts/gather_features.py"


rule write_catalogue:
    """Write the catalogue of all features: name, unit, meaning, label, source."""
    input:
        library=library("write_catalogue", *family_modules(config["features"])),
    output:
        catalogue="<results>/features/catalogue.md",
    log:
        "<logs>/write_catalogue.log",
    benchmark:
        "<benchmarks>/write_catalogue.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        families=setting("features"),
    script:
        "../scripts/write_catalogue.py"
