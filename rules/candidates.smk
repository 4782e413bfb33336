"""From predictions to a ranked list of candidates, with light curves and reasons.

Required inputs: bundle/, features/{family}/test.parquet, shards; for new light curves predict/{name}/*
Outputs: candidates/*, predict/{name}/candidates.*
"""

CANDIDATES = f"{DATASET}/candidates"
PREDICTED = f"predict/{config['predict']['name']}"


rule classify_test:
    """Give the test set what new light curves get: class probabilities, intervals, decisions, flags."""
    input:
        bundle="<results>/bundle",
        features=expand(
            "<results>/features/{family}/test.parquet", family=PLAN.blend_families
        ),
        shards=shard_files("test"),
        objects="<results>/objects/test.parquet",
        curves=expand(
            "<results>/curves/{family}/test/{batch}.parquet",
            family=PLAN.peak_family,
            batch=BATCHES,
        ),
        library=blend_library("classify_test"),
    output:
        predictions="<results>/candidates/predictions.parquet",
    log:
        "<logs>/classify_test.log",
    benchmark:
        "<benchmarks>/classify_test.tsv"
    conda:
        "../envs/tde.yaml"
    resources:
        mem_mb=growing(3000),
    params:
        families=PLAN.blend_families,
    script:
        "../scripts/classify_test.py"


rule write_candidates:
    """Rank the most probable TDEs, explain them, and write tables and a page that works offline."""
    input:
        unpack(candidate_inputs),
        predictions="results/{place}/predictions.parquet",
        compiled=ancient("results/compiled/all_families"),
        library=blend_library("write_candidates"),
    output:
        table="results/{place}/candidates.csv",
        parquet="results/{place}/candidates.parquet",
        votable="results/{place}/candidates.vot",
        page=report(
            "results/{place}/candidates.html",
            category="Candidates",
            caption="captions/candidates.rst",
        ),
    log:
        "<logs>/write_candidates/{place}.log",
    benchmark:
        "<benchmarks>/write_candidates/{place}.tsv"
    wildcard_constraints:
        place="|".join(map(re.escape, [CANDIDATES, PREDICTED])),
    conda:
        "../envs/tde.yaml"
    resources:
        mem_mb=growing(3000),
    params:
        title="Candidate tidal disruption events",
        dataset=lambda wildcards: (
            f"{DATASET}, {SOUGHT if COLLECTION else 'test set'}"
            if wildcards.place == CANDIDATES
            else config["predict"]["name"]
        ),
        choose=lambda wildcards: (
            "f1" if wildcards.place == CANDIDATES else config["predict"]["choose"]
        ),
        n_candidates=setting("candidates/n"),
    script:
        "../scripts/write_candidates.py"
