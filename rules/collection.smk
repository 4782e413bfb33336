"""From the files of a collection of labelled light curves to validated shards: in place of data.smk.

Required inputs: datasets.{name}.files, datasets.{name}.objects
Outputs: objects/{set}.parquet, shards/{set}/{shard}.parquet, reading.json, training.parquet, ingest.csv

Objects with a label are the set train, the others the set test. Shards are as many as the files are large.
"""

from tde.collection.listing import listing_digest

LABELLED = PLAN.collection


def labelled_files(wildcards):
    """Input function: the light curves of the collection; its table may lie among them and is no reason to read them."""
    files = or_stop(files_of, LABELLED["files"], f"datasets.{DATASET}.files")
    return local_files(without_table(files, LABELLED["objects"]))


rule read_collection:
    """Read light curves in any format, check them, and divide them: with a label to train, without one to test."""
    input:
        lightcurves=labelled_files,
        # labels are read by label_objects; what else the table says is in the parameters
        objects=[ancient(path) for path in object_tables(LABELLED)],
        dust_map=maps_and_catalogue(LABELLED),
        library=reader_library("read_collection"),
    output:
        objects=expand("<results>/objects/{set}.parquet", set=SETS),
        counts=expand("<results>/objects/{set}.json", set=SETS),
        shards=expand("<results>/shards/{set}/{shard}.parquet", set=SETS, shard=SHARDS),
        reading="<results>/reading.json",
        totals="<results>/light_curves.json",
    log:
        "<logs>/read_collection.log",
    benchmark:
        "<benchmarks>/read_collection.tsv"
    conda:
        "../envs/tde.yaml"
    resources:
        runtime=growing(60),
    params:
        sets=SETS,
        name=DATASET,
        block=PLAN.collection_reading,
        listed=lambda wildcards: listing_digest(LABELLED, DATASET),
    script:
        "../scripts/read_collection.py"


rule label_objects:
    """Give each training object its class and its event, for grouping folds."""
    input:
        objects="<results>/objects/train.parquet",
        table=object_tables(LABELLED),
    output:
        training="<results>/training.parquet",
    log:
        "<logs>/label_objects.log",
    benchmark:
        "<benchmarks>/label_objects.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        block=LABELLED,
        name=DATASET,
        n_folds=setting("folds/n_folds"),
    script:
        "../scripts/label_objects.py"


rule summarise_ingest:
    """List what was read, used and left out: the gate before any fit, which classes and events must pass too."""
    input:
        objects=[
            *expand("<results>/objects/{set}.json", set=SETS),
            "<results>/light_curves.json",
        ],
        shards=[],
        training="<results>/training.parquet",
    output:
        table="<results>/ingest.csv",
    log:
        "<logs>/summarise_ingest.log",
    benchmark:
        "<benchmarks>/summarise_ingest.tsv"
    localrule: True  # a second's work, not worth its place in a cluster's queue
    conda:
        "../envs/tde.yaml"
    script:
        "../scripts/summarise_ingest.py"
