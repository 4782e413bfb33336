"""What models say of real events that have learnt from MALLORN and from other real events: a row of docs/sky.md.

    python tests/benchmarks/two_sets.py /path/to/tables results/mallorn

needs a finished run with models of views. These learn once more, from all that they had and from the real events as
they are, cut to detections and made alike, held out in folds by event. Either set weighs the same in all, and the rows
of an event share its weight. Probabilities go to ``results/real_sky/two_sets``, where `real_sky.py` finds them.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests/benchmarks")]

from real_sky import COMPILED, KINDS, of_ztf, reduced

from tde.compiled.cache import use_compiled

N_FOLDS, SEED = 5, 6
ALWAYS = N_FOLDS
"""In place of a fold: learnt from by all fits."""


def folds_by_event(objects: pd.DataFrame) -> dict[str, int]:
    """A fold for each event, the classes spread evenly."""
    events = objects.drop_duplicates("event").sample(frac=1.0, random_state=SEED).sort_values("label", kind="stable")
    return dict(zip(events["event"], np.arange(len(events)) % N_FOLDS, strict=True))


def real_rows(light_curves: pd.DataFrame, objects: pd.DataFrame, bundle, families: dict) -> tuple[pd.DataFrame, dict]:
    """The real events in all kinds: which they are, and their features."""
    from real_sky import read

    from tde.predict.matrix import feature_tables

    about, tables = [], []
    for kind in KINDS:
        curves, _ = read(reduced(light_curves, kind), objects, bundle)
        curves = curves.select(np.flatnonzero(np.diff(curves.offsets) > 0))
        rows = objects.set_index("object_id").loc[curves.object_id].reset_index()
        about.append(rows.assign(kind=kind))
        tables.append(feature_tables(curves, families).tables)
    together = {name: pa.concat_tables([table[name] for table in tables]) for name in families}
    return pd.concat(about, ignore_index=True), together


def joined_files(results: Path, of_real: dict[str, pa.Table], folder: Path):
    """Features of MALLORN's whole light curves, of their views, and of the real events, by family."""
    from tde.views.feature_files import FeatureFiles

    files = {}
    for name, real in of_real.items():
        own = str(folder / f"{name}.parquet")
        pq.write_table(real, own)
        files[name] = [str(results / f"features/{name}/train.parquet"), str(results / f"views/features/{name}.parquet")]
        files[name].append(own)
    return FeatureFiles(files)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("results", type=Path, help="a finished run on MALLORN")
    parser.add_argument("--own", type=Path, default=Path("results/real_sky"), help="where the probabilities go")
    parser.add_argument("--compiled", default=COMPILED)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    use_compiled(arguments.compiled)
    from real_sky_page import CLASSES

    from tde.evaluation.classes import CLASSES as NAMES
    from tde.evaluation.objects import read_training_objects
    from tde.models.block import parse_block
    from tde.models.training import Learner
    from tde.predict.bundle import read_bundle
    from tde.predict.matrix import matrix
    from tde.views.learners import Lesson, fit_folds, p_tde

    results = arguments.results
    light_curves = pd.read_parquet(arguments.folder / "lightcurves.parquet")
    objects = of_ztf(light_curves, pd.read_parquet(arguments.folder / "objects.parquet"))
    objects = objects[objects["label"].isin(CLASSES)]
    bundle = read_bundle(results / "bundle")
    members = bundle.unfinished.members
    # those that learn would have learnt from all training objects
    families = {name: given for name, given in bundle.families.items() if name not in bundle.learnt}
    mine = light_curves[light_curves["object_id"].isin(objects["object_id"])]
    about, of_real = real_rows(mine, objects, results / "bundle", families)

    training = read_training_objects(str(results / "training.parquet"))
    place = {name: i for i, name in enumerate(training.object_id.tolist())}
    rows = pq.read_table(results / "views/views.parquet")["object_id"].to_pylist()
    owner, event = np.array([place[name] for name in rows]), pd.factorize(about["event"])[0]
    n, n_events = len(place), event.max() + 1
    weight = np.concatenate(
        [1.0 / np.bincount(owner, minlength=n)[owner] / n, 1.0 / np.bincount(event)[event] / n_events]
    )
    held = about["event"].map(folds_by_event(objects)).to_numpy()
    codes = np.array([NAMES.index(CLASSES[label]) for label in about["label"]])
    folder = arguments.own / "two_sets"
    (folder / "features").mkdir(parents=True, exist_ok=True)
    lesson = Lesson(
        joined_files(results, of_real, folder / "features"),
        np.concatenate([training.codes[owner], codes]),
        np.concatenate([training.parents[owner], training.parents.max() + 1 + event]),
        np.concatenate([np.full(len(owner), ALWAYS), held]),
        weight * (len(weight) / weight.sum()),
    )
    blocks = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["models"]
    learners = [Learner(parse_block(one.name, blocks[one.name], None), one.features) for one in members]
    models = fit_folds(learners, [one.weight for one in members], lesson, range(N_FOLDS), arguments.threads)
    about["p_TDE"] = p_tde(models, partial(matrix, of_real), held)
    for kind, said in about.groupby("kind", sort=False):
        said[["object_id", "p_TDE"]].to_parquet(folder / f"{kind.replace(' ', '_')}.parquet")
        print(f"{kind}: {len(said)} objects")


if __name__ == "__main__":
    main()
