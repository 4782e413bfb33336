"""From predictions to understanding: what the probabilities mean, and where they fail.

Required inputs: blend/oof.parquet, training.parquet
Outputs: report/calibration.{png,csv}
"""


rule plot_calibration:
    """Draw how far the blend's probabilities mean what they say, and tabulate expected numbers."""
    input:
        oof="<results>/blend/oof.parquet",
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
        mem_mb=1000,
        runtime=10,
    script:
        "../scripts/plot_calibration.py"
