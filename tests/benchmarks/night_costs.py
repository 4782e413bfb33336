"""What a night costs before anything is classified: reading alerts, and joining them with states of several sizes.

python tests/benchmarks/night_costs.py [alerts.avro ...]: the alerts of each file are written over and over under other
names, as a night of many, and read; then nights of some thousand objects are joined with states of up to a million.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from tde.nights.night_pieces import REPORT, piece_paths, put_together
from tde.nights.night_reading import read_night
from tde.nights.night_state import OBJECTS, ROWS, part_of, read_state, write_state
from tde.nights.touched_objects import touched_objects
from tde.tables import write_json
from tde.workflow.configuration.predict_settings import Predict

ALERTS, OBJECTS_OF_NIGHT, A_FILE = 50_000, 30_000, 1000
"""Alerts of a night, the objects they are of, and how many alerts a file has."""

JOBS = 2
SIZES = (10_000, 100_000, 1_000_000)
TOUCHED, EPOCHS, PARTS = 3000, 100, 16
NIGHT = "2026-11-27"


def main(files: list[str]) -> None:
    """Print Markdown."""
    print(
        "| alerts | MB | rows | fastavro alone | alerts/s and core | rows/s and core | two jobs | MB at most |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|"
    )
    for file in files:
        with tempfile.TemporaryDirectory() as folder:
            reading(Path(file), Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        joining(Path(folder))


def reading(sample: Path, folder: Path) -> None:
    """A night of alerts: what the library needs to read them, and what two jobs need to put them into the state."""
    n_files = ALERTS // A_FILE if "ztf" in sample.name else ALERTS // A_FILE // 25
    incoming = write_alerts(sample, folder / "incoming", n_files)
    alone = time_of_library(incoming[0]) / A_FILE
    megabytes = sum(file.stat().st_size for file in incoming) / 1e6
    with ProcessPoolExecutor(JOBS, mp_context=get_context("spawn")) as pool:
        list(pool.map(ready, [folder] * JOBS))
        start = time.perf_counter()
        halves = [(folder / f"piece_{k}", incoming[k::JOBS]) for k in range(JOBS)]
        jobs = list(pool.map(read_group, *zip(*halves, strict=True)))
        state = [[str(folder / f"{kind}_{part}.parquet") for part in range(PARTS)] for kind in ("rows", "objects")]
        counts = put_together([str(piece) for piece, _ in halves], *state)
        wall = time.perf_counter() - start
    n, cpu, rows = n_files * A_FILE, sum(job.seconds for job in jobs), counts["rows read"]
    print(
        f"| {n:,} of {counts['objects']:,} objects, {sample.name} | {megabytes:,.0f} | {rows:,} | {1 / alone:,.0f}"
        f" alerts/s | {n / cpu:,.0f} | {rows / cpu:,.0f} | {wall:.0f} s | {max(job.megabytes for job in jobs):,.0f} |",
        flush=True,
    )


def write_alerts(sample: Path, folder: Path, n_files: int) -> list[Path]:
    """The records of a sample over and over, each with the name of another object."""
    import fastavro

    folder.mkdir()
    with sample.open("rb") as file:
        records = fastavro.reader(file)
        codec, schema = records.codec, fastavro.parse_schema(json.loads(records.metadata["avro.schema"]))
        kept = [each for each in records if each.get("objectId") or each["diaObject"]["diaObjectId"]]
    paths = [folder / f"part-{k}.avro" for k in range(n_files)]
    for k, path in enumerate(paths):
        alerts = (renamed(kept[n % len(kept)], n % OBJECTS_OF_NIGHT) for n in range(k * A_FILE, (k + 1) * A_FILE))
        with path.open("wb") as file:
            fastavro.writer(file, schema, alerts, codec=codec)
    return paths


def renamed(record: dict[str, Any], number: int) -> dict[str, Any]:
    """The same alert of another object."""
    if "objectId" in record:
        return record | {"objectId": f"ZTF26{number:07d}"}
    return record | {"diaObject": record["diaObject"] | {"diaObjectId": 1_000_000 + number}}


def time_of_library(path: Path) -> float:
    """Seconds in which the library reads a file, record by record."""
    import fastavro

    start = time.process_time()
    with path.open("rb") as file:
        for _ in fastavro.reader(file):
            pass
    return time.process_time() - start


class Job(NamedTuple):
    """What reading some files took of a processor, and its memory at most."""

    seconds: float
    megabytes: float


def ready(folder: Path) -> None:
    """Load, and if need be compile, what jobs find compiled."""
    file = next((folder / "incoming").iterdir())
    aside = folder / f"ready_{os.getpid()}"
    with file.open("rb") as first, aside.with_suffix(".avro").open("wb") as few:
        few.write(first.read())
    read_group(aside, [aside.with_suffix(".avro")])


def read_group(piece: Path, files: list[Path]) -> Job:
    """One job of a night that several read."""
    start = time.process_time()
    piece.mkdir()
    counts = read_night(Predict(lightcurves=str(piece)), files, NIGHT, *piece_paths(piece, PARTS))
    write_json(piece / REPORT, counts)
    return Job(time.process_time() - start, most_memory())


def most_memory() -> float:
    """Memory of this process at most, in MB; ru_maxrss would be that of the process which started it, if larger."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1e3


def joining(folder: Path) -> None:
    """One part of a night joined with the same part of a state."""
    print(
        "\n| objects of the state | observations | MB on disk | s of a core a part | MB at most |\n"
        "|---:|---:|---:|---:|---:|"
    )
    for n_objects in SIZES:
        paths = [str(folder / f"{kind}_{n_objects}.parquet") for kind in ("rows", "objects")]
        names, n_rows = one_part(n_objects, *paths)
        size = PARTS * sum(Path(path).stat().st_size for path in paths) / 1e6
        wanted = names[:: max(1, len(names) * PARTS // TOUCHED)]
        # in a process of its own, since that which writes the state needs more
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            took, memory = pool.submit(cost_of_join, paths, wanted).result()
        print(f"| {n_objects:,} | {PARTS * n_rows:,} | {size:,.0f} | {took:.2f} | {memory:,.0f} |", flush=True)


def cost_of_join(paths: list[str], wanted: list[str]) -> tuple[float, float]:
    """Seconds of a join, imports left out, and the process's memory at most in MB."""
    settings = Predict(lightcurves="x")
    touched_objects(read_state(paths[:1], paths[1:], wanted[:1]), settings, "x", 0.05)
    start = time.process_time()
    touched_objects(read_state(paths[:1], paths[1:], wanted), settings, "x", 0.05)
    return time.process_time() - start, most_memory()


def one_part(n_objects: int, rows_path: str, objects_path: str) -> tuple[list[str], int]:
    """Write one part of a state of random observations."""
    every = [f"1700{k:014d}" for k in range(n_objects)]
    names = [name for name, part in zip(every, part_of(every, PARTS), strict=True) if part == 0]
    rng = np.random.default_rng(1)
    n = len(names) * EPOCHS
    owner = pa.array(np.repeat(np.arange(len(names)), EPOCHS))
    rows = pa.table(
        {
            "object_id": pa.array(names).take(owner),
            "band": pa.array([f"lsst:{band}" for band in "ugrizy"]).take(pa.array(rng.integers(0, 6, n))),
            "mjd": 61000.0 + 300.0 * rng.random(n),
            "flux": rng.normal(1.0, 1.0, n),
            "flux_err": np.full(n, 0.2),
            "kind": np.zeros(n, np.int8),
            "reference": pa.nulls(n, pa.string()),
            "score": pa.nulls(n, pa.float32()),
        },
        schema=ROWS,
    )
    known = {"object_id": pa.array(names), "night": pa.repeat(NIGHT, len(names)), "flags": pa.repeat("", len(names))}
    objects = pa.table(
        {field.name: known.get(field.name, pa.nulls(len(names), field.type)) for field in OBJECTS}, schema=OBJECTS
    )
    write_state(rows, objects, rows_path, objects_path)
    return names, n


if __name__ == "__main__":
    main(sys.argv[1:])
