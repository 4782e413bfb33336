"""What a night costs before anything is classified: reading alerts, and joining them with states of several sizes.

python tests/benchmarks/night_costs.py [alerts.avro ...]: the files are read as one night, so many times over that it
takes a while; then nights of some thousand objects are joined with states of up to a million of them.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from tde.nights.night_reading import read_night
from tde.nights.night_state import OBJECTS, ROWS, part_of, read_state, write_state
from tde.nights.touched_objects import touched_objects
from tde.sources.parsing.avro_records import read_records
from tde.workflow.configuration.predict_settings import Predict

COPIES = 200
SIZES = (10_000, 100_000, 1_000_000)
TOUCHED, EPOCHS, PARTS = 3000, 100, 16
NIGHT = "2026-11-27"


def main(files: list[str]) -> None:
    """Print Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            reading(Path(file), Path(folder))
        joining(Path(folder))


def reading(file: Path, folder: Path) -> None:
    """Alerts and rows a second."""
    n_alerts = COPIES * sum(1 for _ in read_records(file))
    paths = [[str(folder / NIGHT / f"{kind}.parquet")] for kind in ("rows", "objects")]
    start = time.process_time()
    counts = read_night(Predict(lightcurves=str(folder)), [file] * COPIES, NIGHT, *paths)
    took = time.process_time() - start
    rows = counts["rows read"]
    print(
        f"{file.name}: {n_alerts} alerts with {rows / n_alerts:.0f} rows each in {took:.1f} s of one core:"
        f" {n_alerts / took:,.0f} alerts/s, {rows / took:,.0f} rows/s"
    )


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
    # ru_maxrss would be that of the process which started this one, if it was larger
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return time.process_time() - start, int(status["VmHWM"].split()[0]) / 1e3


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
