"""From predictions to understanding: what the probabilities mean, and where they fail.

Required inputs: blends/{blend}/oof.parquet, training.parquet, objects/train.parquet, shards/train/*.parquet
Outputs: report/calibration.*, strata.*, types.*, mistakes.*
"""


rule plot_calibration:
    """Draw how far the blend's probabilities mean what they say, and tabulate expected numbers."""
    input:
        oof="<submitted>/oof.parquet",
        training="<results>/training.parquet",
        library=library("plot_calibration"),
    output:
        figure=report(
            "<results>/report/calibration.png",
            category="Results",
            caption="captions/calibration.rst",
        ),
        table="<results>/report/calibration.csv",
    log:
        "<logs>/plot_calibration.log",
    benchmark:
        "<benchmarks>/plot_calibration.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    script:
        "../scripts/plot_calibration.py"


rule tabulate_strata:
    """Tabulate the blend's scores by number of points, time span, redshift, signal to noise and type."""
    input:
        oof="<submitted>/oof.parquet",
        training="<results>/training.parquet",
        objects="<results>/objects/train.parquet",
        shards=expand("<results>/shards/train/{split}.parquet", split=SPLITS),
        library=library("tabulate_strata"),
    output:
        strata="<results>/report/strata.csv",
        types="<results>/report/types.csv",
        strata_page=report(
            "<results>/report/strata.html",
            category="Results",
            caption="captions/strata.rst",
        ),
        types_page=report(
            "<results>/report/types.html",
            category="Results",
            caption="captions/types.rst",
        ),
    log:
        "<logs>/tabulate_strata.log",
    benchmark:
        "<benchmarks>/tabulate_strata.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    script:
        "../scripts/tabulate_strata.py"


rule plot_mistakes:
    """Draw the light curves of the blend's most confident mistakes, and list them."""
    input:
        oof="<submitted>/oof.parquet",
        training="<results>/training.parquet",
        objects="<results>/objects/train.parquet",
        shards=expand("<results>/shards/train/{split}.parquet", split=SPLITS),
        library=library("plot_mistakes"),
    output:
        figure=report(
            "<results>/report/mistakes.png",
            category="Results",
            caption="captions/mistakes.rst",
        ),
        table="<results>/report/mistakes.csv",
    log:
        "<logs>/plot_mistakes.log",
    benchmark:
        "<benchmarks>/plot_mistakes.tsv"
    conda:
        "../envs/tde.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    script:
        "../scripts/plot_mistakes.py"
