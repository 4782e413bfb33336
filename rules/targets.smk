"""Stages that can be asked for by name: `snakemake --cores 2 features`."""


rule shards:
    """Validated light curves of all splits."""
    input:
        rules.summarise_ingest.output,


rule features:
    """The table of every feature family, for both sets, and their catalogue."""
    input:
        expand(
            "<results>/features/{family}/{set}.parquet",
            family=FAMILIES,
            set=SETS,
        ),
        rules.write_catalogue.output,


rule models:
    """Scores and test predictions of the models in the reported blends."""
    input:
        expand(
            "<results>/models/{model}/{file}",
            model=REPORTED_MODELS,
            file=["metrics.json", "test.parquet"],
        ),


rule submission:
    """The submission, its probabilities and its threshold."""
    input:
        rules.write_submission.output,


rule report:
    """Tables and figures of the report, without the submission's side files."""
    input:
        report_files(),


rule leaderboard:
    """All models and blends of config.yaml, the published ones among them, side by side."""
    input:
        rules.tabulate_leaderboard.output,


rule ablation:
    """What each feature family is worth to one model."""
    input:
        rules.tabulate_ablation.output,
