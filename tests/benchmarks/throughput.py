"""How many light curves a trained bundle classifies in a second, features and prediction together.

Run from the project's root after ``snakemake bundle`` on a data set; it takes a minute or two::

    python tests/benchmarks/throughput.py results/mallorn --processes 2 --markdown docs/throughput.md

Each process loads the bundle and the compiled code once, then classifies every n-th shard of the test set, in chunks
of about as many objects as jobs of `predict` have.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests/benchmarks")]

from performance_page import machine

if TYPE_CHECKING:
    from tde.lightcurves import LightCurves

CHUNK = 4000
"""Objects of a chunk, as predict.chunk_size in config.yaml."""

DRAWS = (0, 5)
"""Draws of the noise behind the interval of each promising object: none, and as in config.yaml."""


HISTORIES = -1
"""In place of the draws: a history of every object that triggers."""

NIGHTS_BEFORE, NIGHTS = 5, 20
"""Nights before the trigger's in such a history, and in all."""


class Pace(NamedTuple):
    """What one process needed."""

    n_objects: int
    wall: float
    cpu: float
    megabytes: float
    start: float


def about_the_trigger(lightcurves: LightCurves) -> LightCurves:
    """Light curves of `NIGHTS` nights, as an alert stream has them some weeks after the trigger."""
    import numpy as np

    from tde.predict.prefixes import by_night
    from tde.trigger import trigger_mjd
    from tde.views.cut import keep_rows

    lightcurves = lightcurves.select(np.flatnonzero(np.isfinite(trigger_mjd(lightcurves))))
    trigger, nights, kept = trigger_mjd(lightcurves), by_night(lightcurves), []
    for k, rows in enumerate(lightcurves):
        ends = nights.mjd[nights.owner == k]
        first = max(0, np.searchsorted(ends, trigger[k]) - NIGHTS_BEFORE)
        begin, end = (ends[first - 1] if first else -np.inf), ends[first : first + NIGHTS][-1]
        kept.append((lightcurves.mjd[rows] > begin) & (lightcurves.mjd[rows] <= end))
    return keep_rows(lightcurves, np.concatenate(kept))


def classify_shards(results: Path, shards: list[str], draws: int, barrier: multiprocessing.Barrier) -> Pace:
    """Classify some shards of the test set, once all processes are ready."""
    begun = time.perf_counter()
    from tde.compiled.cache import use_compiled

    use_compiled(results.parent / "compiled/all_families")
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from tde.lightcurves import read_shards
    from tde.predict.bundle import read_bundle
    from tde.predict.classify import How, classify
    from tde.predict.histories import history
    from tde.tables import read_parquet

    bundle, everything = read_bundle(results / "bundle"), read_parquet(results / "objects/test.parquet")

    def classify_chunk(names: list[str], n: int | None = None) -> int:
        objects = everything.filter(pc.is_in(everything["shard"], value_set=pa.array(names))).combine_chunks()
        lightcurves = read_shards([str(results / f"shards/test/{name}.parquet") for name in names], objects)
        if n is not None:
            objects, lightcurves = objects.slice(0, n), lightcurves.select(np.arange(n))
        if draws == HISTORIES:
            lightcurves = about_the_trigger(lightcurves)
            history(bundle, lightcurves)
        else:
            classify(bundle, lightcurves, objects, How(n_resamples=draws))
        return len(lightcurves)

    of_chunk = max(1, CHUNK * len(pc.unique(everything["shard"])) // everything.num_rows)
    classify_chunk(shards[:1], 20)
    start = time.perf_counter() - begun
    barrier.wait()
    wall, cpu = time.perf_counter(), time.process_time()
    n_objects = sum(classify_chunk(shards[k : k + of_chunk]) for k in range(0, len(shards), of_chunk))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Pace(n_objects, wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0, start)


def measure(results: Path, n_processes: int, draws: int) -> list[Pace]:
    """Share the shards out among processes of their own and let them run side by side."""
    shards = sorted(path.stem for path in (results / "shards/test").glob("*.parquet"))
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(n_processes) as pool:
        barrier = manager.Barrier(n_processes)
        tasks = [(results, shards[k::n_processes], draws, barrier) for k in range(n_processes)]
        return pool.starmap(classify_shards, tasks, chunksize=1)


def page(results: Path, measured: dict[int, list[Pace]]) -> str:
    """The measurements as Markdown."""
    n_processes = len(measured[DRAWS[0]])
    lines = [
        "# Classifying new light curves: how fast",
        "",
        f"`python tests/benchmarks/throughput.py {results} --processes {n_processes} --markdown docs/throughput.md` on"
        f" {machine().replace(', one core', '')}.",
        "",
        f"{n_processes} processes side by side classify the test set of {sum(p.n_objects for p in measured[0]):,} light"
        " curves in chunks, all features and all models of the blend, once bundle and compiled code are loaded.",
        "",
        "| interval of P(TDE) from | objects a second | CPU ms an object | memory of a process | start of a process |",
        "|---|---:|---:|---:|---:|",
    ]
    for draws, paces in measured.items():
        n = sum(pace.n_objects for pace in paces)
        what = f"the models, and {draws} draws of half the nights where P(TDE) >= 0.2" if draws else "the models"
        if draws == HISTORIES:
            what = f"the models, for each of {NIGHTS} nights about the trigger"
        lines.append(
            f"| {what} | {n / max(pace.wall for pace in paces):.0f} | {1e3 * sum(pace.cpu for pace in paces) / n:.2f}"
            f" | {max(pace.megabytes for pace in paces):.0f} MB | {max(pace.start for pace in paces):.1f} s |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="results of a data set with a bundle: results/mallorn")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--markdown", type=Path, help="also write the page there")
    arguments = parser.parse_args()
    measured = {draws: measure(arguments.results, arguments.processes, draws) for draws in (*DRAWS, HISTORIES)}
    text = page(arguments.results, measured)
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
