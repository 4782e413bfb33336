"""Put together what all nights say of the objects that a night touches, and keep those that pass the first cut."""

from typing import Any

import numpy as np

from tde.lightcurves import write_shard
from tde.nights.first_cut import Alerts, first_cut
from tde.nights.night_names import end_of
from tde.nights.night_state import best_scores, read_state
from tde.nights.touched_objects import touched_objects
from tde.predict.bundle import read_manifest
from tde.runlog import run_log
from tde.sources.batch import EVIDENCE
from tde.tables import read_parquet, write_json, write_parquet
from tde.workflow.configuration.nights_settings import FirstCut, Nights
from tde.workflow.configuration.problems import read_block


def main(
    *,
    touched: str,
    rows: list[str],
    objects: list[str],
    bundle: str,
    night: str,
    part: str,
    block: dict[str, Any],
    cut: dict[str, Any],
    replay: str,
    lightcurves: str,
    table: str,
    counts: str,
) -> None:
    settings = read_block(Nights, block, "nights").as_predict(replay)
    names = read_parquet(touched, ["object_id"])["object_id"].to_pylist()
    state = read_state(rows, objects, names)
    ebv = read_manifest(bundle)["training"]["ebv_median"]
    found = touched_objects(state, settings, f"part_{part}", ebv)
    alerts = Alerts(
        best_scores(state.rows, found.objects["object_id"]),
        *(found.objects[name].fill_null(np.nan).to_numpy() for name in EVIDENCE),
    )
    chosen = first_cut(found.lightcurves, alerts, end_of(night), read_block(FirstCut, cut, "nights.first_cut"))
    kept = np.flatnonzero(chosen.kept)
    write_shard(lightcurves, found.lightcurves.select(kept))
    write_parquet(table, found.objects.take(kept))
    reasons = dict(zip(found.objects["object_id"].to_pylist(), chosen.reason.tolist(), strict=True))
    left_out = {name: reason for name, reason in reasons.items() if reason}
    write_json(counts, {"touched": len(names), "left out": chosen.counts, **found.counts, "objects left out": left_out})
    print(f"{lightcurves}: {len(kept)} of {len(names)} objects pass the first cut; {chosen.counts}")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            touched=snakemake.input.touched,
            rows=snakemake.input.rows,
            objects=snakemake.input.objects,
            bundle=snakemake.input.bundle,
            night=snakemake.wildcards.night,
            part=snakemake.wildcards.part,
            block=snakemake.params.block,
            cut=snakemake.params.cut,
            replay=snakemake.params.replay,
            lightcurves=snakemake.output.lightcurves,
            table=snakemake.output.objects,
            counts=snakemake.output.counts,
        )
