"""What a night of alerts costs: one full part goes through the rules, and larger nights are so many parts.

`scaling.py` puts this into its page; alone it prints it: ``python tests/benchmarks/night_rules.py alerts.avro ...``.
The Avro files are read as nights of their own, many times over. Everything runs through Snakemake on one core; the
cost of a rule is what a run of it takes more than a run that has nothing to do.
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv
import yaml
from step_costs import ROOT, Cost, measured, script, snakemake

sys.path.insert(0, str(ROOT / "scripts"))

from tde.sources.parsing.avro_records import read_records
from tde.tables import read_json, read_parquet, write_parquet
from tde.workflow.configuration.nights_settings import MorningList

COPIES, PIECES = 200, 4
TOUCHED, KNOWN = 6000, 60_000
"""Objects of a part that a night touches, and that the state knows."""

EPOCHS = 100
"""Observations of an object that is not touched."""

TILES = 100
"""Parts that the list of a larger night is put together from."""

NIGHTS = ("2036-06-10", "2036-06-11")
"""After all observations of the simulation: the first makes the state, the second is measured."""

NO_CUT = {"oldest": 1e5, "faded": 1e5}
"""What the first cut lets pass is counted by what it costs: all that was detected twice."""


MADE_BY = {
    "read_night": "state/{}/reading.json",
    "join_night": "{}/touched/counts_000.json",
    "classify_night": "{}/parts/000.parquet",
    "compare_nights": "{}/summary.json",
    "write_morning": "{}/morning.html",
}
"""A file of each rule, in the order of the rules, for a night."""


class Reading(NamedTuple):
    """Alerts of one file, read so many times over.

    Attributes
    ----------
    name : str
    n_alerts, n_rows, n_bytes : int
    cost : Cost
        Of one job.
    in_pieces : Cost
        Of `PIECES` jobs and one that puts together what they have read.
    """

    name: str
    n_alerts: int
    n_rows: int
    n_bytes: int
    cost: Cost
    in_pieces: Cost


class NightCosts(NamedTuple):
    """What was measured.

    Attributes
    ----------
    readings : list of Reading
    steps : dict of str to Cost
        Rules on one part, by name.
    larger_list : Cost
        `compare_nights` on `TILES` parts.
    n_classified : int
        Objects of the part that passed the first cut.
    state_rows, state_bytes : int
        Of the part, both nights.
    """

    readings: list[Reading]
    steps: dict[str, Cost]
    larger_list: Cost
    n_classified: int
    state_rows: int
    state_bytes: int


def night_costs(folder: Path, first: Path, alerts: list[Path]) -> NightCosts:
    """Measure everything in a folder.

    Parameters
    ----------
    folder : path
    first : path
        Simulated data set with `TOUCHED` test objects or more.
    alerts : list of path
        Avro files.
    """
    snakemake(folder, "--cores", "1", "results/compiled/all_families", "results/bundles/mallorn")
    readings = [reading(folder, file) for file in alerts]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:  # a process that needs much, for once
        pool.submit(make_nights, folder, first).result()
    (folder / "incoming").mkdir()
    run = Stream(folder, "part", {"format": "long_table", "objects": "objects.parquet", "files": "incoming"})
    come_in(folder, NIGHTS[0])
    run.until("write_morning")
    come_in(folder, NIGHTS[1])
    spent = {rule: run.until(rule) for rule in MADE_BY}
    idle = run.until("write_morning")
    steps = {rule: Cost(cost.seconds - idle.seconds, cost.megabytes) for rule, cost in spent.items()}
    rows = sorted(run.results.glob("state/*/rows_*.parquet"))
    return NightCosts(
        readings,
        steps,
        larger_list(folder, run.results),
        read_parquet(run.results / NIGHTS[1] / "predictions.parquet", ["object_id"]).num_rows,
        sum(read_parquet(path, ["mjd"]).num_rows for path in rows),
        sum(path.stat().st_size for path in rows),
    )


class Stream:
    """A stream of files in a folder of the workflow, run rule by rule."""

    def __init__(self, folder: Path, name: str, settings: dict[str, Any]) -> None:
        self.folder, self.name = folder, name
        self.results = folder / "results/nights" / name
        nights = settings | {"name": name, "first_cut": NO_CUT}
        self.settings = folder / f"{name}.yaml"
        self.settings.write_text(yaml.safe_dump({"nights": nights}))

    def until(self, rule: str) -> Cost:
        """Cost of a run that ends with a rule; which nights there are is found out before."""
        ask = ("--cores", "1", "--configfile", self.settings, "--")
        target = self.results.relative_to(self.folder)
        snakemake(self.folder, *ask, target / "listing.json")
        last = max(read_json(self.results / "listing.json")["nights"])
        return snakemake(self.folder, *ask, target / MADE_BY[rule].format(last))[0]


def reading(folder: Path, file: Path) -> Reading:
    """Cost of one alert of a file."""
    incoming = folder / f"alerts_{file.stem}"
    (incoming / NIGHTS[1]).mkdir(parents=True)
    for k in range(COPIES):
        (incoming / NIGHTS[1] / f"{k:04d}_{file.name}").symlink_to(file.resolve())
    n_bytes = COPIES * file.stat().st_size
    runs = [
        Stream(folder, f"{file.stem}_{n}", {"files": str(incoming), "megabytes": 1.01 * n_bytes / 1e6 / n})
        for n in (1, PIECES)
    ]
    costs = []
    for run in runs:
        cost, idle = run.until("read_night"), run.until("read_night")
        costs.append(Cost(cost.seconds - idle.seconds, cost.megabytes))
    n_rows = read_json(runs[0].results / "state" / NIGHTS[1] / "reading.json")["rows read"]
    n_alerts = COPIES * sum(1 for _ in read_records(file))
    return Reading(file.stem, n_alerts, n_rows, n_bytes, *costs)


def come_in(folder: Path, night: str) -> None:
    """Let the file of a night come in."""
    (folder / "incoming" / night).mkdir()
    (folder / "made" / f"{night}.parquet").rename(folder / "incoming" / night / "alerts.parquet")


def make_nights(folder: Path, first: Path) -> None:
    """Make two nights: the first tells of all objects but nothing detected, the second of some in full."""
    table = pa.csv.read_csv(first / "split_01/test_full_lightcurves.csv").to_pandas()
    table.columns = ["object_id", "mjd", "flux", "flux_err", "band"]
    names = table["object_id"].unique()[:TOUCHED]
    told = table[table["object_id"].isin(names)]
    detected = told["flux"] >= 5.0 * told["flux_err"]
    before = told[~detected.groupby(told["object_id"]).cummax()]
    short = told[told.groupby("object_id").cumcount() < EPOCHS]
    rng = np.random.default_rng(1)
    nights: dict[str, list] = {NIGHTS[0]: [before], NIGHTS[1]: [told]}
    for k in range(1, KNOWN // TOUCHED):
        noise = short["flux_err"] * rng.normal(size=len(short)).clip(-3.0, 3.0)
        nights[NIGHTS[0]].append(short.assign(object_id=short["object_id"] + f"_{k}", flux=noise))
    for night, parts in nights.items():
        tables = [pa.Table.from_pandas(part, preserve_index=False) for part in parts]
        write_parquet(folder / f"made/{night}.parquet", pa.concat_tables(tables))
    log = pa.csv.read_csv(first / "test_log.csv").to_pandas()
    known = {"object_id": pa.array(log["object_id"]), "z": log["Z"].to_numpy(), "ebv": log["EBV"].to_numpy()}
    write_parquet(folder / "objects.parquet", pa.table(known))


def larger_list(folder: Path, results: Path) -> Cost:
    """Cost of the list of a night of `TILES` parts, each a copy of the one that was classified."""
    predictions = read_parquet(results / NIGHTS[1] / "parts/000.parquet")
    names = predictions["object_id"].to_pylist()
    parts = []
    for k in range(TILES):
        renamed = pa.array([f"{name}_{k}" for name in names], predictions.schema.field("object_id").type)
        parts.append(f"tiles/{k:03d}.parquet")
        write_parquet(folder / parts[-1], predictions.set_column(0, predictions.schema.field(0), renamed))
    outputs = {key: f"list/{key}" for key in ("table", "text", "changes", "changes_text", "standing", "summary")}
    arguments = {
        "parts": parts,
        "cuts": [str(results / NIGHTS[1] / "touched/counts_000.json")] * TILES,
        "before": [],
        "reading": str(results / "state" / NIGHTS[1] / "reading.json"),
        "bundle": "results/bundles/mallorn",
        "night": NIGHTS[1],
        "choose": "f1",
        "prior": "training",
        "limits": MorningList().model_dump(),
    }
    return script("compare_nights", arguments | outputs, folder)


def main(files: list[str]) -> None:
    """Print Markdown."""
    from night_plan import night_section

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        code = (
            f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r}); from tde.simulation.data_set import simulate"
        )
        measured([sys.executable, "-c", f"{code}; simulate({str(folder / 'first')!r}, 10000, 1, 42)"], folder)
        (folder / "work").mkdir()
        print(night_section(night_costs(folder / "work", folder / "first", [Path(file) for file in files])))


if __name__ == "__main__":
    main(sys.argv[1:])
