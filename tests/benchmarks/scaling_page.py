"""Write docs/scaling.md from the measurements of `scaling.py`."""

from __future__ import annotations

import os
from typing import Any

NIGHT_HOURS = 8.0
ALERTS = 10_000_000

REMAINDERS = """## What is not there yet

- Training holds the columns it uses of all labelled objects at once; so do the fits of colour surfaces with the
  light curves of all labelled objects (the test set is predicted a block at a time).
- The tables and figures of the report about missing values, strata and mistakes (`tabulate_missing`,
  `tabulate_strata`, `plot_mistakes`) read all features or all training light curves at once.
- `simulate` draws the light curves of one split after the other in one job.
- Snakemake looks at every file when it plans: a shard is one job, a batch some fourteen; `shards` sets their number.
"""


def page(command: str, simulated: Any, compiled: Any, results: dict[int, Any], shards: dict[str, int]) -> str:
    """The whole page.

    Parameters
    ----------
    command : str
        How the page is made.
    simulated, compiled : Step, Cost
        Simulation of one split and compilation of all families.
    results : dict
        By number of objects: steps, counts of jobs and files, bytes per object.
    shards : dict of str to int
        The settings under shards.
    """
    largest = max(results)
    parts = [
        f"# From twenty thousand light curves to a million\n\n`{command}` on {_processor()}, one core.\n",
        "CPU time and peak memory of single processes, each of which does what a job does. A data set's lists name"
        f" all of its objects; the light curves of two splits of 10,000 are there. With `shards.rows`"
        f" {shards['rows']:,} a split is divided into shards, with `batch_rows` {shards['batch_rows']:,} two splits"
        " make a batch; one batch of the test set went through ingest and all families of the default models."
        " `fit_model` is one LightGBM, fitted to the labelled objects of one split; it predicts the test set from"
        " one family.\n",
        "## Measured\n\n" + _measured(results),
        _flat(results),
        f"Once for all jobs: simulation {simulated.cost.seconds / simulated.n_objects * 1e3:.1f} ms an object"
        f" ({simulated.cost.megabytes:.0f} MB for one split), compiling all families {compiled.seconds:.0f} s.\n",
        "## Jobs, files, disk\n\n" + _files(results),
        "## Extrapolated\n\n" + _extrapolated(results[largest][0], simulated, largest),
        REMAINDERS,
    ]
    return "\n".join(parts)


def _measured(results: dict[int, Any]) -> str:
    sizes = list(results)
    head = "| step | objects in it | " + " | ".join(f"{n:,}: CPU, memory" for n in sizes) + " |\n"
    lines = [head, "|---|---:|" + "---:|" * len(sizes) + "\n"]
    for k, step in enumerate(results[sizes[0]][0]):
        same = [results[n][0][k] for n in sizes]
        objects = f"{step.n_objects:,}" if len({s.n_objects for s in same}) == 1 else "all of the set"
        cells = " | ".join(f"{s.cost.seconds:.1f} s, {s.cost.megabytes:.0f} MB" for s in same)
        lines.append(f"| {_name(step.name)} | {objects} | {cells} |\n")
    return "".join(lines)


def _name(step: str) -> str:
    return "`snakemake -n`" if step == "plan" else f"`{step}`"


def _flat(results: dict[int, Any]) -> str:
    """Peak memory of the jobs on one shard or batch, by size of the data set."""
    peaks = {n: max(s.cost.megabytes for s in steps if _on_part(s)) for n, (steps, _, _) in results.items()}
    words = ", ".join(f"{peak:.0f} MB of {n:,}" for n, peak in peaks.items())
    spread = max(peaks.values()) / min(peaks.values()) - 1.0
    return (
        f"The most memory that a job on one shard or batch takes: {words} objects; the largest is {spread:.0%} above"
        " the least.\n"
    )


def _on_part(step: Any) -> bool:
    return step.name not in ("plan", "read_object_list", "gather_features", "fit_model")


def _files(results: dict[int, Any]) -> str:
    lines = [
        "| objects | shards | jobs | output files | raw | shards | curves | features |\n",
        "|" + "---:|" * 8 + "\n",
    ]
    for n, (_, counts, bytes_per_object) in results.items():
        disk = " | ".join(
            f"{bytes_per_object[kind] * n / 1e9:.2f} GB" for kind in ("raw", "shards", "curves", "features")
        )
        lines.append(f"| {n:,} | {counts['shards']:,} | {counts['jobs']:,} | {counts['output files']:,} | {disk} |\n")
    return "".join(lines) + "\nEach job adds a log and a benchmark file, each output file a record of Snakemake's.\n"


def _extrapolated(steps: list[Any], simulated: Any, largest: int) -> str:
    """Core hours of each stage, and the cores that a night's alerts need."""
    cost = {s.name: s.cost.seconds / s.n_objects for s in steps if s.name != "plan"}
    families = [name for name in cost if name not in ("read_object_list", "make_shard", "gather_features", "fit_model")]
    stages = {
        "simulate": simulated.cost.seconds / simulated.n_objects,
        "ingest (read_object_list, make_shard)": cost["read_object_list"] + cost["make_shard"],
        "curves and features of all families": sum(cost[name] for name in families),
        "gather (all families, as the widest)": cost["gather_features"] * len(families),
        "predict (one model)": cost["fit_model"],
    }
    columns = ("stage", "CPU ms an object", "10^6 objects: core hours", "10^7 alerts: core hours")
    head = f"| {' | '.join(columns)} | cores for {NIGHT_HOURS:.0f} hours |\n"
    lines = [head, "|---|---:|---:|---:|---:|\n"]
    stages["**all but the simulation**"] = sum(list(stages.values())[1:])
    for name, seconds in stages.items():
        night = seconds * ALERTS / 3600
        cells = f"{seconds * 1e3:.2f} | {seconds * 1e6 / 3600:.2f} | {night:.1f} | {night / NIGHT_HOURS:.1f}"
        lines.append(f"| {name} | {cells} |\n")
    return "".join(lines) + (
        f"\nFrom the times per object at {largest:,} objects, at full load and without waiting for disks and queues."
        " Every alert is counted as a whole light curve of some 160 observations, all features computed anew.\n"
    )


def _processor() -> str:
    with open("/proc/cpuinfo") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return f"{names[0] if names else 'an unknown processor'} ({os.cpu_count()} cores)"
