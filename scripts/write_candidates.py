"""Rank objects by P(TDE), explain the first of them, and write tables and a page of candidates."""

from pathlib import Path

from tde.compiled.cache import use_compiled
from tde.compiled.shared_code import share_compiled
from tde.runlog import run_log
from tde.sources.refusals import refusal_words
from tde.tables import read_json, read_parquet


def main(
    *,
    predictions: str,
    objects: str,
    shards: list[str],
    reading: str | None,
    summary: str | None,
    bundle: str,
    compiled: str,
    history: str | None,
    title: str,
    dataset: str,
    choose: str | dict[str, float],
    n_candidates: int,
    table: str,
    parquet: str,
    votable: str,
    page: str,
) -> None:
    use_compiled(compiled)
    share_compiled()
    # what uses numba is imported once it knows where compiled code lies
    from tde.candidates.candidate_tables import write_tables
    from tde.candidates.candidates_page import write_page
    from tde.candidates.choice import choice_words
    from tde.candidates.nights import nights_of
    from tde.candidates.records import describe, rank
    from tde.predict.bundle import read_bundle
    from tde.predict.chosen import read_chosen
    from tde.predict.expected_words import expected_words

    loaded = read_bundle(bundle)
    everything = read_parquet(predictions)
    ranked = rank(everything, n_candidates)
    lightcurves = read_chosen(shards, read_parquet(objects), ranked["object_id"].to_pylist())
    candidates = describe(loaded, lightcurves, ranked)
    write_tables(candidates.table, table, parquet, votable)
    if history is not None:
        drawn = nights_of(read_parquet(history), ranked["object_id"].to_pylist())
        for record, nights in zip(candidates.records, drawn, strict=True):
            record["history"] = nights
    scores = loaded.manifest["scores"]
    promised = scores["random" if "random" in scores else next(iter(scores))]["mean"]
    notices = [refusal_words(read_json(reading))] if reading else []
    notices += [] if everything.num_rows else ["There is nothing to classify: all objects have a label"]
    context = {
        "title": title,
        "dataset": dataset,
        "trained_on": loaded.manifest["dataset"],
        "n_objects": everything.num_rows,
        "chosen": choice_words(everything, choose, promised, expected_words(read_json(summary)) if summary else ""),
        "classes": loaded.classes[::-1],
        "explained": candidates.share,
        "notice": "; ".join(filter(None, notices)),
    }
    write_page(page, candidates.table, candidates.records, context)
    print(f"{page}: {candidates.table.num_rows} candidates, {Path(page).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            predictions=snakemake.input.predictions,
            objects=snakemake.input.objects,
            shards=snakemake.input.shards,
            reading=snakemake.input.get("reading"),
            summary=snakemake.input.get("summary"),
            bundle=snakemake.input.bundle,
            compiled=snakemake.input.compiled,
            history=snakemake.input.get("history"),
            title=snakemake.params.title,
            dataset=snakemake.params.dataset,
            choose=snakemake.params.choose,
            n_candidates=snakemake.params.n_candidates,
            table=snakemake.output.table,
            parquet=snakemake.output.parquet,
            votable=snakemake.output.votable,
            page=snakemake.output.page,
        )
