"""From a trained run to a bundle, and from a bundle and new light curves to probabilities.

Required inputs: models/{model}/fitted, blends/{blend}/*, threshold.json, features/{family}/train.parquet; the user's files
Outputs: bundle/, bundle.tar.xz, inspect/{name}/*, predict/{name}/predictions.*, and history.* if it is asked for
"""

VIEWS_LEARNT = only_if(
    PLAN.early,
    views_fitted="<results>/views/fitted",
    views_handover=f"{HAND_OVER}/handover.json",
    views_held_out=f"{HAND_OVER}/held_out.parquet",
    views_about="<results>/views/views.parquet",
    views_features=expand(
        "<results>/views/features/{family}.parquet", family=PLAN.view_families
    ),
)
BUNDLE = PLAN.bundle
HOW = {
    key: config["predict"][key]
    for key in (
        "learnt_from",
        "choose",
        "n_redshifts",
        "n_resamples",
        "resample_above",
    )
}


rule save_bundle:
    """Save the trained blend and all that its use needs in one folder, with checksums."""
    input:
        **VIEWS_LEARNT,
        fitted=expand(
            "<results>/models/{model}/fitted",
            model=PLAN.members(SUBMITTED),
        ),
        importance=expand(
            "<results>/models/{model}/importance.parquet",
            model=PLAN.members(SUBMITTED),
        ),
        weights="<submitted>/weights.json",
        metrics="<submitted>/metrics.json",
        threshold="<results>/threshold.json",
        features=expand(
            "<results>/features/{family}/train.parquet", family=PLAN.blend_families
        ),
        learnt=expand(
            "<results>/learnt/{family}.npz",
            family=filter(learns, PLAN.blend_families),
        ),
        shards=shard_files("train"),
        objects="<results>/objects/train.parquet",
        training="<results>/training.parquet",
        compiled=ancient("results/compiled/all_families"),
        library=blend_library("save_bundle"),
    output:
        bundle=directory("<results>/bundle"),
    log:
        "<logs>/save_bundle.log",
    benchmark:
        "<benchmarks>/save_bundle.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        models=PLAN.members(SUBMITTED),
        families=PLAN.options(PLAN.blend_families),
        dataset=DATASET,
        views=[name.removeprefix("views_") for name in VIEWS_LEARNT],
    script:
        "../scripts/save_bundle.py"


rule pack_bundle:
    """Put the bundle into one file of a few megabytes, to be handed on."""
    input:
        bundle="<results>/bundle",
    output:
        packed="<results>/bundle.tar.xz",
    log:
        "<logs>/pack_bundle.log",
    benchmark:
        "<benchmarks>/pack_bundle.tsv"
    conda:
        "../envs/tde.yaml"
    script:
        "../scripts/pack_bundle.py"


rule unpack_bundle:
    """Unfold a packed bundle: that of the repository, or one that somebody handed on."""
    input:
        packed=packed_bundle,
    output:
        bundle=directory("results/bundles/{packed}"),
    log:
        "<logs>/unpack_bundle/{packed}.log",
    benchmark:
        "<benchmarks>/unpack_bundle/{packed}.tsv"
    conda:
        "../envs/tde.yaml"
    script:
        "../scripts/unpack_bundle.py"


rule merge_compiled:
    """Put the compiled code of the blend's families into one folder, for jobs that use them all."""
    input:
        compiled=expand("results/compiled/{family}", family=PLAN.blend_families),
        library=blend_library("merge_compiled"),
    output:
        compiled=directory("results/compiled/all_families"),
    log:
        "<logs>/merge_compiled.log",
    benchmark:
        "<benchmarks>/merge_compiled.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        families=PLAN.options(PLAN.blend_families),
    script:
        "../scripts/merge_compiled.py"


rule inspect_lightcurves:
    """Say what is in the user's files, before anything is computed: a table, a picture, and counts."""
    input:
        lightcurves=new_files("lightcurves"),
        objects=new_files("objects"),
        dust_map=maps_and_catalogue(config["predict"]),
        library=reader_library("inspect_lightcurves"),
    output:
        summary=f"{INSPECT}/summary.md",
        table=f"{INSPECT}/objects.csv",
        report=f"{INSPECT}/reading.json",
        picture=f"{INSPECT}/light_curves.png",
    log:
        "<logs>/inspect_lightcurves.log",
    benchmark:
        "<benchmarks>/inspect_lightcurves.tsv"
    conda:
        "../envs/tde.yaml"
    resources:
        runtime=growing(60),
    params:
        block=PLAN.reading_settings,
    script:
        "../scripts/inspect_lightcurves.py"


checkpoint read_lightcurves:
    """Read light curves in the user's own form, check them, and write them in chunks of objects."""
    input:
        lightcurves=new_files("lightcurves"),
        objects=new_files("objects"),
        dust_map=maps_and_catalogue(config["predict"]),
        bundle=BUNDLE,
        # while compiled code is being made, Snakemake would forget the jobs that need it when it learns of the chunks
        compiled=ancient("results/compiled/all_families"),
        library=reader_library("read_lightcurves"),
    output:
        chunks=directory(f"{PREDICT}/chunks"),
        report=f"{PREDICT}/reading.json",
    log:
        "<logs>/read_lightcurves.log",
    benchmark:
        "<benchmarks>/read_lightcurves.tsv"
    conda:
        "../envs/tde.yaml"
    resources:
        runtime=growing(60),
    params:
        block=PLAN.reading_settings,
    script:
        "../scripts/read_lightcurves.py"


rule classify_chunk:
    """Compute the features of one chunk of objects and classify them with the bundle."""
    input:
        chunks=f"{PREDICT}/chunks",
        bundle=BUNDLE,
        compiled=ancient("results/compiled/all_families"),
        library=blend_library("classify_chunk"),
    output:
        **only_if(HISTORY, history=f"{PREDICT}/history_parts/{{chunk}}.parquet"),
        predictions=f"{PREDICT}/parts/{{chunk}}.parquet",
    log:
        "<logs>/classify_chunk/{chunk}.log",
    benchmark:
        "<benchmarks>/classify_chunk/{chunk}.tsv"
    conda:
        "../envs/tde.yaml"
    resources:
        **only_if(HISTORY, runtime=growing(600)),
    params:
        how=HOW,
        history=setting("predict/history"),
        history_above=setting("predict/history_above"),
    script:
        "../scripts/classify_chunk.py"


rule gather_predictions:
    """Put the chunks together: probabilities, intervals, decisions, flags, and scores where the truth is known."""
    input:
        **only_if(HISTORY, histories=parts_of_chunks("history_parts")),
        parts=parts_of_chunks("parts"),
        bundle=BUNDLE,
        reading=f"{PREDICT}/reading.json",
    output:
        **only_if(
            HISTORY,
            history=f"{PREDICT}/history.parquet",
            history_text=f"{PREDICT}/history.csv",
        ),
        table=f"{PREDICT}/predictions.parquet",
        text=f"{PREDICT}/predictions.csv",
        summary=f"{PREDICT}/summary.json",
        scores=f"{PREDICT}/scores.csv",
    log:
        "<logs>/gather_predictions.log",
    benchmark:
        "<benchmarks>/gather_predictions.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        choose=setting("predict/choose"),
        prior=setting("predict/prior"),
    script:
        "../scripts/gather_predictions.py"
