"""How the workflow's cost grows from 20,000 to 10^6 light curves, and what 10^7 alerts a night would take.

Run from the project's root; it takes about ten minutes of one core and 10 GB of disk::

    python tests/benchmarks/scaling.py --markdown docs/scaling.md

Every data set has the lists of all its objects, and the planning of its run is measured on them. The light
curves of two splits are there, which make one batch, and it goes through all stages; the files of the other
splits have their size but no content. What learns from the labelled objects has learnt from those of that split.
Every step is a process of its own: its CPU time and peak memory.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

import numpy as np
import pyarrow as pa
import yaml
from night_plan import night_section
from night_rules import night_costs
from scaling_page import page
from step_costs import Cost, measured, script, snakemake

from tde.features.registry import curves_read, fits_curves, learns
from tde.ingest.sharding import shard_names, split_of
from tde.tables import read_parquet, write_parquet

SPLIT_OBJECTS = 10_000
BATCH_SPLITS = 2
"""Splits that the default batch_rows puts together."""
SIZES = (20_000, 100_000, 1_000_000)
SEED = 42
PARTS = ("train", "test")
GATHERED = "rank1"
"""The widest family of those that fit curves: its table is gathered, and a model predicts from it."""
MODEL = "all_lgbm"
"""The model that predicts, from the gathered family alone."""


class Step(NamedTuple):
    """One measured step of a data set of one size.

    Attributes
    ----------
    name : str
    n_objects : int
        Objects that the step works on.
    cost : Cost
    """

    name: str
    n_objects: int
    cost: Cost


def make_data(first: Path, folder: Path, n_splits: int) -> None:
    """Lists of ``n_splits`` times the objects of the first split; light curves of the first batch only."""
    for name in ("train_log.csv", "test_log.csv", "sample_submission.csv"):
        with (first / name).open(newline="") as source, (folder / name).open("w", newline="") as target:
            reader, writer = csv.reader(source), csv.writer(target, lineterminator="\n")
            writer.writerow(header := next(reader))
            rows = list(reader)
            for k in range(1, n_splits + 1):
                for row in rows:
                    renamed = [row[0] if k == 1 else f"{row[0]}_{k}", *row[1:]]
                    if "split" in header:
                        renamed[header.index("split")] = f"split_{k:02d}"
                    writer.writerow(renamed)
    for k in range(1, n_splits + 1):
        split = folder / f"split_{k:02d}"
        split.mkdir()
        for part in PARTS:
            real = first / f"split_01/{part}_full_lightcurves.csv"
            name = split / real.name
            if k == 1:
                name.symlink_to(real)
            elif k <= BATCH_SPLITS:
                header, *lines = real.read_text().splitlines(keepends=True)
                renamed = (line.replace(",", f"_{k},", 1) for line in lines)
                name.write_text("".join([header, *renamed]))
            else:
                name.touch()
                os.truncate(name, real.stat().st_size)


def plan(folder: Path, data: Path) -> tuple[Cost, dict[str, int]]:
    """Cost of ``snakemake -n``, and the numbers of jobs and files of the run."""
    cost, words = snakemake(folder, "-n", "--config", f"dataset={data}")
    outputs = sum(line.count(",") + 1 for line in re.findall(r"^ +output: (.*)$", words, re.MULTILINE))
    jobs = int(re.search(r"^total +(\d+)", words, re.MULTILINE)[1])
    shards = len(set(re.findall(r"shards/train/(split[\d_-]+)\.parquet", words)))
    return cost, {"jobs": jobs, "output files": outputs, "shards": shards}


def learn(folder: Path, data: Path) -> dict[str, Path]:
    """Run what has to be learnt from labelled objects on one split: their features, parents, colour surfaces."""
    results = Path("results") / data.name
    wanted = {
        "features": results / f"features/{GATHERED}/train.parquet",
        "training": results / "training.parquet",
        "surfaces": results / "learnt/surfaces.npz",
    }
    snakemake(folder, "--cores", "1", *wanted.values(), "--config", f"dataset={data}")
    return {name: folder / path for name, path in wanted.items()}


def compile_family(folder: Path, families: dict) -> Cost:
    """Compile all families, those whose curves others read first."""
    costs = []
    for family in sorted(families, key=lambda name: not fits_curves(name)):
        needed = [f"compiled/{name}" for name in curves_read(family) if name != family]
        arguments = {"family": family, "options": families[family], "needed": needed, "folder": f"compiled/{family}"}
        arguments |= {"reads": curves_read(family), "learns": learns(family)}
        costs.append(script("compile_family", arguments, folder))
    return Cost(sum(cost.seconds for cost in costs), max(cost.megabytes for cost in costs))


def first_batch(n_shards: dict[str, int]) -> list[str]:
    """Names of the shards that go through all stages."""
    splits = list(n_shards)[:BATCH_SPLITS]
    return [name for split in splits for name in shard_names(split, n_shards[split])]


def run_batch(
    folder: Path, data: Path, families: dict, n_shards: dict[str, int], learnt: dict[str, Path]
) -> list[Step]:
    """Send the first batch of the test set through ingest and all families."""
    steps = []
    names = first_batch(n_shards)
    objects, shards = "objects.parquet", [f"{name}.parquet" for name in names]
    arguments: dict[str, Any] = {
        "object_list": str(data / "test_log.csv"),
        "n_shards": n_shards,
        "labelled": False,
        "objects": objects,
        "report": "objects.json",
    }
    cost = script("read_object_list", arguments, folder)
    steps.append(Step("read_object_list", read_parquet(folder / objects, ["object_id"]).num_rows, cost))
    costs = [make_shard(folder, data, name) for name in names]
    n = sum(len(read_parquet(folder / shard, ["object_id"])["object_id"].unique()) for shard in shards)
    steps.append(Step("make_shard", n, Cost(sum(c.seconds for c in costs), max(c.megabytes for c in costs))))
    plain = [family for family in families if not learns(family)]
    for family in sorted(plain, key=lambda name: not fits_curves(name)):
        arguments = family_arguments(family, families) | {"shards": {"test": shards}, "objects": {"test": objects}}
        arguments["features"] = {"test": f"{family}.parquet"}
        if fits_curves(family):
            cost = script("fit_curves", arguments | {"curves": {"test": f"{family}_curves.parquet"}}, folder)
        else:
            read = {other: [f"{other}_curves.parquet"] for other in curves_read(family)}
            cost = script("compute_features", arguments | {"curves": {"test": read}}, folder)
        steps.append(Step(family, n, cost))
    arguments = family_arguments("surfaces", families) | {"shards": shards, "objects": objects}
    arguments |= {"curves": {"rank1": ["rank1_curves.parquet"]}, "learnt": str(learnt["surfaces"])}
    steps.append(Step("surfaces", n, script("apply_learnt", arguments | {"features": "surfaces.parquet"}, folder)))
    return steps


def make_shard(folder: Path, data: Path, name: str) -> Cost:
    """Validate one shard of the test set."""
    arguments = {
        "lightcurves": {"test": str(data / split_of(name) / "test_full_lightcurves.csv")},
        "objects": {"test": "objects.parquet"},
        "name": name,
        "shards": {"test": f"{name}.parquet"},
        "reports": {"test": f"{name}.json"},
    }
    return script("make_shard", arguments, folder)


def family_arguments(family: str, families: dict) -> dict[str, Any]:
    """What every job of a family gets."""
    return {"family": family, "options": families[family], "compiled": f"compiled/{family}"}


def gather(folder: Path, n_splits: int) -> Step:
    """Gather the table of one family, whose shards repeat the values of the batch that was computed."""
    objects = read_parquet(folder / "objects.parquet", ["object_id", "shard"])
    values = read_parquet(folder / f"{GATHERED}.parquet")
    tables = []
    shard = objects["shard"].to_numpy(zero_copy_only=False)
    for name in sorted(set(shard)):
        mine = objects["object_id"].filter(pa.array(shard == name)).combine_chunks()
        table = values.take(pa.array(np.arange(len(mine)) % values.num_rows))
        tables.append(f"gather/{name}.parquet")
        write_parquet(folder / tables[-1], table.set_column(0, values.schema.field(0), mine))
    arguments = {
        "tables": {"test": tables},
        "objects": {"test": "objects.parquet"},
        "features": {"test": f"{GATHERED}_all.parquet"},
    }
    cost = script("gather_features", arguments, folder)
    return Step("gather_features", objects.num_rows, cost)


def predict(folder: Path, learnt: dict[str, Path], model: dict) -> Step:
    """Fit a model to one split's labelled objects and predict the whole test set, from the gathered family."""
    block = model | {"features": [GATHERED]}
    table = f"{GATHERED}_all.parquet"
    arguments = {
        "features_train": [str(learnt["features"])],
        "features_test": [table],
        "families": [GATHERED],
        "training_objects": str(learnt["training"]),
        "weights": [],
        "tuned": [],
        "model": block,
        "name": MODEL,
        "threads": 1,
        "output_models": "models",
        "output_test": "test.parquet",
        "output_importance": "importance.parquet",
    }
    cost = script("fit_model", arguments, folder)
    return Step("fit_model", read_parquet(folder / "test.parquet", ["object_id"]).num_rows, cost)


def disk(folder: Path, data: Path, families: dict, shards: list[str], n: int) -> dict[str, float]:
    """Bytes per object of each kind of file."""
    size = lambda *names: sum((folder / name).stat().st_size for name in names)  # noqa: E731, one line
    n_split = sum(1 for line in (data / "test_log.csv").open() if ",split_01" in line)
    return {
        "raw": (data / "split_01/test_full_lightcurves.csv").stat().st_size / n_split,
        "shards": size(*(f"{name}.parquet" for name in shards)) / n,
        "curves": size(*(f"{name}_curves.parquet" for name in families if fits_curves(name))) / n,
        "features": 2 * size(*(f"{name}.parquet" for name in families)) / n,  # by batch, and gathered
    }


def default_families(config: dict) -> list[str]:
    """Families that the models of the reported blends read."""
    blends = [config["submission"]["blend"], *config["report"]["blends"]]
    models = {model for blend in blends for model in config["blends"][blend]["models"]}
    read = {family for model in models for family in config["models"][model]["features"]}
    return [family for family in config["features"] if family in read]


def main() -> None:
    """Measure all sizes and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of objects")
    parser.add_argument("--alerts", type=Path, nargs="+", required=True, help="Avro files of alerts, without images")
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    parser.add_argument("--markdown", type=Path, help="also write the tables to this file")
    arguments = parser.parse_args()
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        text = experiment(Path(name), arguments.sizes, config)
        (Path(name) / "night").mkdir()
        text += "\n" + night_section(night_costs(Path(name) / "night", Path(name) / "first", arguments.alerts))
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text, encoding="utf-8")


def experiment(base: Path, sizes: list[int], config: dict) -> str:
    """All measurements, as a page."""
    first, families = base / "first", {name: config["features"][name] for name in default_families(config)}
    code = f"from tde.simulation.data_set import simulate; simulate({str(first)!r}, {SPLIT_OBJECTS}, 1, {SEED})"
    path = f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r}); "
    simulated = Step("simulate", SPLIT_OBJECTS, measured([sys.executable, "-c", path + code], base)[0])
    compiled = compile_family(base, families)
    (base / "learnt").mkdir()
    learnt = learn(base / "learnt", first)
    results = {}
    for size in sizes:
        n_splits = min(99, max(1, size // SPLIT_OBJECTS))
        data, work = base / f"data_{size}", base / f"work_{size}"
        data.mkdir()
        work.mkdir()
        make_data(first, data, n_splits)
        planned, counts = plan(work, data)
        per_split = counts["shards"] // n_splits
        (work / "compiled").symlink_to(base / "compiled")
        n_shards = {f"split_{k:02d}": per_split for k in range(1, n_splits + 1)}
        steps = [Step("plan", size, planned), *run_batch(work, data, families, n_shards, learnt)]
        steps += [gather(work, n_splits), predict(work, learnt, config["models"][MODEL])]
        n = next(step.n_objects for step in steps if step.name == "make_shard")
        sizes_on_disk = disk(work, data, families, first_batch(n_shards), n)
        results[n_splits * SPLIT_OBJECTS] = (steps, counts, sizes_on_disk)
        print(f"{size} objects: {counts}, plan {planned}", flush=True)
    return page(
        "python tests/benchmarks/scaling.py --markdown docs/scaling.md",
        simulated,
        compiled,
        results,
        config["shards"],
    )


if __name__ == "__main__":
    main()
