"""Stages that can be asked for by name: `snakemake --cores 2 features`."""


rule shards:
    """Validated light curves of all shards."""
    input:
        rules.summarise_ingest.output,


rule features:
    """The table of every feature family, for both sets, and their catalogue."""
    input:
        expand(
            "<results>/features/{family}/{set}.parquet",
            family=PLAN.families,
            set=SETS,
        ),
        rules.write_catalogue.output,


rule models:
    """Scores and test predictions of the models in the reported blends."""
    input:
        expand(
            "<results>/models/{model}/{file}",
            model=PLAN.reported_models,
            file=["metrics.json", "test.parquet"],
        ),


rule submission:
    """The submission, its probabilities and its threshold; a collection of one's own has none."""
    input:
        rules.write_submission.output,


rule report:
    """Tables and figures of the report, without the submission's side files."""
    input:
        REPORT,
        expand(
            "<results>/report/{name}.html", name=["benchmarks", "versions", "report"]
        ),


rule leaderboard:
    """All models and blends of config.yaml, the published ones among them, side by side."""
    input:
        rules.tabulate_leaderboard.output,


rule ablation:
    """What each feature family is worth to one model."""
    input:
        rules.tabulate_ablation.output,


rule bundle:
    """The trained blend in one folder, to classify new light curves with."""
    input:
        rules.save_bundle.output,


rule packed:
    """The bundle in one file, to be handed on."""
    input:
        rules.pack_bundle.output,


rule inspect:
    """What is in files of light curves, before anything is computed."""
    input:
        rules.inspect_lightcurves.output,


rule predict:
    """Probabilities, intervals, decisions and flags of new light curves, without training."""
    input:
        rules.gather_predictions.output,
        f"{PREDICT}/candidates.html",


rule nights:
    """Predictions, changes and the list after each night, and the page of the last morning."""
    input:
        after_all_nights,


rule replay:
    """Nights made from the data set: when its TDEs are found, and the page of the last morning."""
    input:
        (
            rules.measure_replay.output
            if REPLAYED
            else lambda wildcards: stop(
                "replay: takes no files; leave nights.files empty"
            )
        ),
        after_all_nights,


rule classified:
    """The objects of the nights whose spectroscopic class has come back, as a collection to train on."""
    input:
        rules.collect_classified.output,


rule early:
    """What P(TDE) is worth while an event goes on, with fewer bands, without redshift, and on a list each night. Takes a while; never part of all."""
    input:
        rules.measure_early.output,
        rules.replay_training.output,


rule candidates:
    """The most probable TDEs of the test set: tables, and a page with light curves and reasons."""
    input:
        "<results>/candidates/candidates.html",


rule submit:
    """Hand the submission in at Kaggle; needs submit.confirm, and is never part of another target."""
    input:
        rules.submit_predictions.output,
