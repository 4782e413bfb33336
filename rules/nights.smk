"""Files that come in night by night: the state, the predictions and the list after each night, and the morning page.

Required inputs: nights.files, or objects/{set}.parquet, shards; a bundle
Outputs: nights/{name}/listing.json, nights/{name}/state/*, nights/{name}/{night}/*, nights/{name}/replay.*
"""

from tde.nights.night_state import VERSION as STATE_VERSION


wildcard_constraints:
    night=r"\d{4}-\d\d-\d\d",
    month=r"\d{4}-\d\d",
    part=r"\d{3}",
    group=r"\d{4}",


if REPLAYED:

    rule make_replay:
        """Make nights of incoming files from the light curves of the data set itself."""
        input:
            shards=shard_files(config["nights"]["replay"]["set"]),
            objects=f"<results>/objects/{config['nights']['replay']['set']}.parquet",
            truth=["<results>/raw/truth.csv"] if DATASET == "simulated" else [],
        output:
            made=directory(MADE),
        log:
            "<logs>/make_replay.log",
        benchmark:
            "<benchmarks>/make_replay.tsv"
        conda:
            "../envs/tde.yaml"
        params:
            block=setting("nights/replay"),
        script:
            "../scripts/make_replay.py"

    rule measure_replay:
        """When the true TDEs of a replay were found, and how many spectra that took."""
        input:
            made=MADE,
            listing=f"{NIGHTS}/listing.json",
            predictions=of_all_nights("predictions.parquet"),
            cuts=of_all_nights(*(f"touched/counts_{part}.json" for part in NIGHT_PARTS)),
        output:
            found=f"{NIGHTS}/replay.csv",
            budgets=f"{NIGHTS}/budgets.csv",
            page=f"{NIGHTS}/replay.md",
        log:
            "<logs>/measure_replay.log",
        benchmark:
            "<benchmarks>/measure_replay.tsv"
        conda:
            "../envs/tde.yaml"
        params:
            nights=lambda wildcards: list(nights_found()),
        script:
            "../scripts/measure_replay.py"


checkpoint list_nights:
    """Put the files that have come in into nights."""
    input:
        files=incoming,
        # as for read_lightcurves: compiled code must be there before Snakemake learns of the nights
        compiled=ancient("results/compiled/all_families"),
        library=reader_library("list_nights"),
    output:
        listing=f"{NIGHTS}/listing.json",
    log:
        "<logs>/list_nights.log",
    benchmark:
        "<benchmarks>/list_nights.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        block=PLAN.night_reading,
        replay=MADE,
    script:
        "../scripts/list_nights.py"


rule read_files:
    """Read some of the files of a night, where these are too large for one job."""
    input:
        files=files_of_group,
        library=reader_library("read_files"),
    output:
        piece=temp(directory(f"{NIGHTS}/state/{{night}}/piece_{{group}}")),
    log:
        "<logs>/read_files/{night}_{group}.log",
    benchmark:
        "<benchmarks>/read_files/{night}_{group}.tsv"
    conda:
        "../envs/tde.yaml"
    resources:
        runtime=growing(60),
    params:
        block=PLAN.night_reading,
        replay=MADE,
        n_parts=len(NIGHT_PARTS),
        version=STATE_VERSION,
    script:
        "../scripts/read_files.py"


rule read_night:
    """Read the files of one night, or take what other jobs have read of them, and put it into the parts of the state."""
    input:
        files=files_of_night,
        pieces=pieces_of_night,
        library=reader_library("read_night"),
    output:
        rows=expand(
            f"{NIGHTS}/state/{{{{night}}}}/rows_{{part}}.parquet", part=NIGHT_PARTS
        ),
        objects=expand(
            f"{NIGHTS}/state/{{{{night}}}}/objects_{{part}}.parquet", part=NIGHT_PARTS
        ),
        report=f"{NIGHTS}/state/{{night}}/reading.json",
    log:
        "<logs>/read_night/{night}.log",
    benchmark:
        "<benchmarks>/read_night/{night}.tsv"
    conda:
        "../envs/tde.yaml"
    resources:
        runtime=growing(60),
    params:
        block=PLAN.night_reading,
        replay=MADE,
        version=STATE_VERSION,
    script:
        "../scripts/read_night.py"


rule compact_month:
    """Put one part of the nights of a month together: each observation once, in one file."""
    input:
        rows=nights_of_month("rows"),
        objects=nights_of_month("objects"),
    output:
        rows=f"{NIGHTS}/state/{{month}}/rows_{{part}}.parquet",
        objects=f"{NIGHTS}/state/{{month}}/objects_{{part}}.parquet",
    log:
        "<logs>/compact_month/{month}_{part}.log",
    benchmark:
        "<benchmarks>/compact_month/{month}_{part}.tsv"
    conda:
        "../envs/tde.yaml"
    script:
        "../scripts/compact_month.py"


rule join_night:
    """Put together what all nights say of the objects that a night touches, and keep those that pass the first cut."""
    input:
        touched=f"{NIGHTS}/state/{{night}}/objects_{{part}}.parquet",
        rows=state_until("rows"),
        objects=state_until("objects"),
        known=known_objects,
        dust_map=maps_and_catalogue(config["nights"]),
        bundle=BUNDLE,
    output:
        lightcurves=f"{NIGHTS}/{{night}}/touched/part_{{part}}.parquet",
        objects=f"{NIGHTS}/{{night}}/touched/objects_{{part}}.parquet",
        counts=f"{NIGHTS}/{{night}}/touched/counts_{{part}}.json",
    log:
        "<logs>/join_night/{night}_{part}.log",
    benchmark:
        "<benchmarks>/join_night/{night}_{part}.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        block=PLAN.night_reading,
        cut=setting("nights/first_cut"),
        replay=MADE,
    script:
        "../scripts/join_night.py"


rule classify_night:
    """Classify the objects of one part that passed the first cut of a night."""
    input:
        lightcurves=f"{NIGHTS}/{{night}}/touched/part_{{part}}.parquet",
        objects=f"{NIGHTS}/{{night}}/touched/objects_{{part}}.parquet",
        bundle=BUNDLE,
        compiled=ancient("results/compiled/all_families"),
        library=blend_library("classify_night"),
    output:
        predictions=f"{NIGHTS}/{{night}}/parts/{{part}}.parquet",
    log:
        "<logs>/classify_night/{night}_{part}.log",
    benchmark:
        "<benchmarks>/classify_night/{night}_{part}.tsv"
    conda:
        "../envs/tde.yaml"
    resources:
        runtime=growing(120),
    params:
        how=HOW,
        at_once=setting("predict/chunk_size"),
    script:
        "../scripts/classify_night.py"


rule compare_nights:
    """Put a night's predictions together, carry the list on, and say what changed."""
    input:
        parts=of_parts("parts", "{part}.parquet"),
        cuts=of_parts("touched", "counts_{part}.json"),
        before=list_before,
        reading=f"{NIGHTS}/state/{{night}}/reading.json",
        bundle=BUNDLE,
    output:
        table=f"{NIGHTS}/{{night}}/predictions.parquet",
        text=f"{NIGHTS}/{{night}}/predictions.csv",
        changes=f"{NIGHTS}/{{night}}/changes.parquet",
        changes_text=f"{NIGHTS}/{{night}}/changes.csv",
        standing=f"{NIGHTS}/{{night}}/standing.parquet",
        summary=f"{NIGHTS}/{{night}}/summary.json",
    log:
        "<logs>/compare_nights/{night}.log",
    benchmark:
        "<benchmarks>/compare_nights/{night}.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        choose=setting("predict/choose"),
        prior=setting("predict/prior"),
        limits=setting("nights/morning"),
    script:
        "../scripts/compare_nights.py"


rule write_morning:
    """Write the page of a morning, its tables, and the page with the reasons for and against its objects."""
    input:
        predictions=f"{NIGHTS}/{{night}}/predictions.parquet",
        changes=f"{NIGHTS}/{{night}}/changes.parquet",
        standing=f"{NIGHTS}/{{night}}/standing.parquet",
        summary=f"{NIGHTS}/{{night}}/summary.json",
        shards=of_parts("touched", "part_{part}.parquet"),
        objects=of_parts("touched", "objects_{part}.parquet"),
        following=following_file,
        bundle=BUNDLE,
        compiled=ancient("results/compiled/all_families"),
        library=blend_library("write_morning"),
    output:
        csv=f"{NIGHTS}/{{night}}/morning.csv",
        parquet=f"{NIGHTS}/{{night}}/morning.parquet",
        vot=f"{NIGHTS}/{{night}}/morning.vot",
        jsonl=f"{NIGHTS}/{{night}}/morning.jsonl",
        page=f"{NIGHTS}/{{night}}/morning.html",
        reasons=f"{NIGHTS}/{{night}}/candidates.html",
    log:
        "<logs>/write_morning/{night}.log",
    benchmark:
        "<benchmarks>/write_morning/{night}.tsv"
    conda:
        "../envs/tde.yaml"
    resources:
        mem_mb=growing(3000),
    params:
        block=PLAN.page_of_nights,
        dataset=config["nights"]["name"],
    script:
        "../scripts/write_morning.py"


rule score_nights:
    """What the list of each night was worth, by the spectroscopic classes that have come back."""
    input:
        classes=returned_classes,
        listing=f"{NIGHTS}/listing.json",
        predictions=of_all_nights("predictions.parquet"),
        cuts=of_all_nights(*(f"touched/counts_{part}.json" for part in NIGHT_PARTS)),
    output:
        scores=f"{NIGHTS}/scores.csv",
    log:
        "<logs>/score_nights.log",
    benchmark:
        "<benchmarks>/score_nights.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        nights=lambda wildcards: list(nights_found()),
    script:
        "../scripts/score_nights.py"


rule collect_classified:
    """Make a collection to train on of the objects whose spectroscopic class has come back."""
    input:
        classes=returned_classes,
        listing=f"{NIGHTS}/listing.json",
        rows=whole_state("rows"),
        objects=whole_state("objects"),
        known=known_objects,
        dust_map=maps_and_catalogue(config["nights"]),
    output:
        lightcurves=f"{NIGHTS}/classified/light_curves.parquet",
        objects=f"{NIGHTS}/classified/objects.csv",
        settings=f"{NIGHTS}/classified/settings.yaml",
    log:
        "<logs>/collect_classified.log",
    benchmark:
        "<benchmarks>/collect_classified.tsv"
    conda:
        "../envs/tde.yaml"
    params:
        block=PLAN.night_reading,
        replay=MADE,
        name=f"{config['nights']['name']}_classified",
        n_parts=len(NIGHT_PARTS),
    script:
        "../scripts/collect_classified.py"
