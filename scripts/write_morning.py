"""Write the page of a morning, its tables, and the page with the reasons for and against its objects."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tde.compiled.cache import use_compiled
from tde.compiled.shared_code import share_compiled
from tde.lightcurves import LightCurves
from tde.runlog import run_log
from tde.sources.refusals import refusal_words
from tde.tables import read_json, read_parquet, write_text
from tde.workflow.configuration.nights_settings import Nights
from tde.workflow.configuration.problems import read_block


def main(
    *,
    predictions: str,
    changes: str,
    standing: str,
    summary: str,
    shards: list[str],
    objects: list[str],
    following: list[str],
    bundle: str,
    compiled: str,
    night: str,
    dataset: str,
    block: dict[str, Any],
    exports: dict[str, str],
    page: str,
    reasons: str,
) -> None:
    use_compiled(compiled)
    share_compiled()
    # what uses numba is imported once it knows where compiled code lies
    from tde.candidates.candidate_tables import write_tables
    from tde.candidates.candidates_page import write_page
    from tde.candidates.nights import nights_of
    from tde.candidates.records import describe
    from tde.nights.followed_objects import read_following
    from tde.nights.morning_list import KINDS
    from tde.nights.morning_page import COLUMNS, morning_table, write_json_lines, write_morning
    from tde.predict.bundle import read_bundle
    from tde.predict.chosen import read_chosen

    settings = read_block(Nights, block, "nights")
    status = read_following(following[0] if following else None)
    told, list_now, of_night = read_json(summary), read_parquet(standing), read_parquet(predictions)
    table = morning_table(of_night, read_parquet(changes), list_now, status, settings, night)
    write_tables(table, exports["csv"], exports["parquet"], exports["vot"], COLUMNS)
    write_text(exports["jsonl"], write_json_lines(table))
    ranked = ranked_of(of_night, table)
    names = ranked["object_id"].to_pylist()
    lightcurves = read_chosen(shards, pa.concat_tables([read_parquet(path) for path in objects]), names)
    loaded = read_bundle(bundle)
    explained = describe(loaded, lightcurves, ranked)
    shown = table["object_id"].to_pylist()
    histories = dict(zip(shown, nights_of(list_now, shown), strict=True))
    for name, record in zip(names, explained.records, strict=True):
        record["history"] = histories[name]
    notice = refusal_words(told["reading"])
    of_reasons = {"title": f"Night of {night}: reasons", "chosen": f"They are those of the morning page of {night}."}
    of_blend = {"classes": loaded.classes[::-1], "explained": explained.share, "n_objects": of_night.num_rows}
    common = {"dataset": dataset, "notice": notice, "trained_on": loaded.manifest["dataset"]}
    write_page(reasons, explained.table, explained.records, of_reasons | of_blend | common)
    context = {"night": night, "summary": told, "site": settings.site, "links": settings.links, "kinds": KINDS} | common
    write_morning(page, table, figures(lightcurves, histories, night), status, context)
    print(f"{page}: {table.num_rows} objects, {Path(page).stat().st_size / 1e6:.1f} MB")


def ranked_of(predictions: pa.Table, shown: pa.Table) -> pa.Table:
    """Rank the objects that are shown among themselves."""
    from tde.candidates.records import rank

    mine = predictions.filter(pc.is_in(predictions["object_id"], shown["object_id"].combine_chunks()))
    return rank(mine, mine.num_rows)


def figures(
    lightcurves: LightCurves, histories: dict[str, dict[str, Any] | None], night: str
) -> dict[str, dict[str, Any]]:
    """The small figures of each object, as far as it has them."""
    from tde.nights.card_figures import history_figure, light_curve_figure
    from tde.nights.night_names import end_of

    end = end_of(night)
    found: dict[str, dict[str, Any]] = {
        name: {"history": history_figure(said, end)} for name, said in histories.items()
    }
    for k, name in enumerate(lightcurves.object_id):
        found[name]["light_curve"] = light_curve_figure(lightcurves, k, end)
    return found


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            predictions=snakemake.input.predictions,
            changes=snakemake.input.changes,
            standing=snakemake.input.standing,
            summary=snakemake.input.summary,
            shards=snakemake.input.shards,
            objects=snakemake.input.objects,
            following=snakemake.input.following,
            bundle=snakemake.input.bundle,
            compiled=snakemake.input.compiled,
            night=snakemake.wildcards.night,
            dataset=snakemake.params.dataset,
            block=snakemake.params.block,
            exports={key: snakemake.output[key] for key in ("csv", "parquet", "vot", "jsonl")},
            page=snakemake.output.page,
            reasons=snakemake.output.reasons,
        )
