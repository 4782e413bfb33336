"""Real, labelled events through the bundle that comes with the repository: docs/sky.md.

Run from the project's root, with a folder of two tables: ``lightcurves.parquet`` (object_id, mjd, flux and flux_err in
micro-Jansky, band, kind) and ``objects.parquet`` (object_id, z, ebv, label, event)::

    python tests/benchmarks/real_sky.py /path/to/tables --markdown docs/sky.md --pictures docs

Then, to see what models say that have learnt from real events alone, ``--write results/real_sky`` puts the light
curves there as a collection with its settings, and ``--own`` names where its out-of-fold predictions lie.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests/benchmarks")]

from tde.compiled.cache import use_compiled

COMPILED = "results/compiled/all_families"
ZTF = ("ztfg", "ztfr", "ztfi")
FEWEST = 10
"""Points in ZTF's bands that an object of the comparison has."""

SIGNIFICANT, FEWEST_DETECTIONS = 5.0, 8
WINDOW, MOST = 60.0, 20
"""Days from the first detection, and points, of the light curves that are all made alike."""

AGES = (5.0, 10.0, 20.0, 30.0, 50.0, 80.0, 120.0, 200.0)
"""Days since the trigger."""

N_RESAMPLES = 20
"""Draws of half the nights behind the intervals of two surveys of one event."""

SEED = 3

KINDS = {
    "as they are": "all that the services give",
    "detections": f"fluxes of at least {SIGNIFICANT:g} sigma alone, at least {FEWEST_DETECTIONS} of them",
    "made alike": f"of these, the first {WINDOW:g} d and at most {MOST} points, drawn at random",
}


class Said(NamedTuple):
    """What the bundle says of some objects.

    Attributes
    ----------
    objects : DataFrame
        object_id, label, event, z; and ``p_TDE`` by models of ``both`` kinds, ``whole`` and ``views``, ``called``;
        ends of the interval of ``both``, ``low`` and ``high``, where nights were drawn.
    grown : dict of float to ndarray
        P(TDE) by days since the trigger; NaN for objects without one.
    """

    objects: pd.DataFrame
    grown: dict[float, np.ndarray]


def of_ztf(light_curves: pd.DataFrame, objects: pd.DataFrame) -> pd.DataFrame:
    """Objects with enough points in ZTF's bands."""
    n = light_curves[light_curves["band"].isin(ZTF)].groupby("object_id", observed=True).size()
    return objects[objects["object_id"].map(n).fillna(0) >= FEWEST]


def both_surveys(light_curves: pd.DataFrame, objects: pd.DataFrame) -> pd.DataFrame:
    """Light curves of the objects that ZTF and ATLAS have observed `FEWEST` times each."""
    survey = light_curves["band"].astype(str).str.extract(r"^(ztf|atlas)", expand=False)
    n = light_curves.groupby(["object_id", survey], observed=True).size().unstack(fill_value=0)
    seen = n.index[(n["ztf"] >= FEWEST) & (n["atlas"] >= FEWEST)]
    return light_curves[light_curves["object_id"].isin(seen)]


def reduced(light_curves: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Light curves with less in them, so that nobody is praised for telling one service from another."""
    if kind == "as they are":
        return light_curves
    found = light_curves[light_curves["flux"] >= SIGNIFICANT * light_curves["flux_err"]]
    found = found[found.groupby("object_id", observed=True)["mjd"].transform("size") >= FEWEST_DETECTIONS]
    if kind == "detections":
        return found
    since = found["mjd"] - found.groupby("object_id", observed=True)["mjd"].transform("min")
    early = found[since <= WINDOW].sample(frac=1.0, random_state=SEED)
    kept = early[early.groupby("object_id", observed=True).cumcount() < MOST]
    return kept[kept.groupby("object_id", observed=True)["mjd"].transform("size") >= FEWEST_DETECTIONS]


def read(light_curves: pd.DataFrame, objects: pd.DataFrame, bundle: Path):
    """Light curves on the road that every file goes, and their table of objects."""
    import read_lightcurves
    from tde.lightcurves import joined, read_shard
    from tde.tables import read_parquet

    with tempfile.TemporaryDirectory() as place:
        paths = [str(Path(place) / name) for name in ("lightcurves.parquet", "objects.csv", "chunks", "reading.json")]
        light_curves[["object_id", "mjd", "flux", "flux_err", "band"]].to_parquet(paths[0])
        objects[["object_id", "z", "ebv"]].to_csv(paths[1], index=False)
        read_lightcurves.main(
            lightcurves=paths[:1], objects=paths[1:2], bundle=str(bundle), block={"survey": "ztf"},
            chunks=paths[2], report=paths[3],
        )  # fmt: skip
        table = read_parquet(Path(paths[2]) / "objects.parquet")
        shards = sorted(Path(paths[2]).glob("chunk_*.parquet"))
        parts = [read_shard(shard, table.filter(pa.compute.equal(table["shard"], shard.stem))) for shard in shards]
    return joined(parts), table


def classified(
    light_curves: pd.DataFrame, objects: pd.DataFrame, bundle, ages: tuple[float, ...] = (), n_resamples: int = 0
) -> Said:
    """What the bundle says of all objects that are left, whole and at some ages."""
    from tde.predict.classify import How, classify
    from tde.trigger import trigger_mjd
    from tde.views.cut import until

    objects = objects[objects["object_id"].isin(light_curves["object_id"])]
    curves, table = read(light_curves, objects, bundle.folder)
    seen = np.flatnonzero(np.diff(curves.offsets) > 0)
    curves, table = curves.select(seen), table.take(pa.array(seen))
    found = objects.set_index("object_id").reindex(curves.object_id).reset_index()
    for learnt_from in ("both", "whole", "views"):
        drawn = n_resamples if learnt_from == "both" else 0
        said = classify(bundle, curves, table, How(learnt_from=learnt_from, n_resamples=drawn, resample_above=0.0))
        found[learnt_from] = said["p_TDE"].to_numpy()
        if learnt_from == "both":
            found["low"], found["high"] = said["p_TDE_low"].to_numpy(), said["p_TDE_high"].to_numpy()
            found["called"] = said["is_TDE"].to_numpy(zero_copy_only=False)
    trigger = trigger_mjd(curves)
    grown = {}
    for age in ages:
        young = classify(bundle, until(curves, trigger + age), table, How(n_resamples=0))["p_TDE"]
        grown[age] = np.where(np.isnan(trigger), np.nan, young.to_numpy(zero_copy_only=False))
    return Said(found, grown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bundle", type=Path, default=ROOT / "resources/bundles/mallorn.tar.xz")
    parser.add_argument("--own", type=Path, default=Path("results/real_sky"), help="runs of real events alone")
    parser.add_argument("--write", action="store_true", help="write these runs' light curves and settings, and end")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--pictures", type=Path, default=Path("docs"))
    arguments = parser.parse_args()
    use_compiled(COMPILED)
    # what uses numba is imported once it knows where compiled code lies
    import real_sky_page

    from tde.predict.bundle import read_bundle
    from tde.predict.packed import unpack

    light_curves = pd.read_parquet(arguments.folder / "lightcurves.parquet")
    objects = pd.read_parquet(arguments.folder / "objects.parquet")
    chosen = of_ztf(light_curves, objects)
    mine = light_curves[light_curves["object_id"].isin(chosen["object_id"])]
    if arguments.write:
        for kind in KINDS:
            real_sky_page.write_collection(arguments.own, kind, reduced(mine, kind), chosen)
        return
    with tempfile.TemporaryDirectory() as place:
        unpack(arguments.bundle, Path(place) / "bundle")
        bundle = read_bundle(Path(place) / "bundle")
        said = {
            kind: classified(reduced(mine, kind), chosen, bundle, AGES if kind != "made alike" else ())
            for kind in KINDS
        }
        together = both_surveys(light_curves, objects)
        parts = {
            name: classified(together[together["band"].str.startswith(bands)], objects, bundle, n_resamples=N_RESAMPLES)
            for name, bands in {"ZTF": "ztf", "ATLAS": "atlas", "both": ("ztf", "atlas")}.items()
        }
        gaia = objects[objects["survey"] == "gaia"]
        alone = classified(light_curves[light_curves["object_id"].isin(gaia["object_id"])], gaia, bundle)
        worst = real_sky_page.worst_of(said["as they are"], mine)
        text = real_sky_page.page(said, parts, alone, worst, bundle, arguments.own, arguments.pictures)
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
