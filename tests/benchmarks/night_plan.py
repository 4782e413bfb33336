"""Nights of several sizes, planned from what `night_rules.py` has measured: a section of docs/scaling.md."""

from __future__ import annotations

import math
from typing import NamedTuple

from night_rules import COPIES, EPOCHS, KNOWN, PIECES, TILES, TOUCHED, NightCosts

from tde.workflow.configuration.nights_settings import Nights

ALERTS = (10_000, 1_000_000, 10_000_000)
PER_OBJECT = 5 / 3
"""Alerts of an object in a night: 50,000 of 30,000 objects."""

MEGABYTES = Nights().megabytes
"""Of alerts that a job reads."""

CORES = 100


class Plan(NamedTuple):
    """One night. Times are CPU hours, by stage; sizes are GB."""

    parts: int
    jobs: int
    reading: float
    together: float
    hours: dict[str, float]
    largest_list: float
    told: float
    known: float


def planned(costs: NightCosts, alerts: int) -> Plan:
    """A night of so many alerts, each part of it like the one that was measured."""
    parts = max(1, math.ceil(alerts / PER_OBJECT / TOUCHED))
    slowest = max(costs.readings, key=lambda each: each.cost.seconds / each.n_alerts)
    readers = math.ceil(alerts * slowest.n_bytes / slowest.n_alerts / MEGABYTES / 1e6)
    together = max(slowest.in_pieces.seconds - slowest.cost.seconds, 0.0) if readers > 1 else 0.0
    load = min(1.0, alerts / PER_OBJECT / TOUCHED / parts)
    per_part = {rule: load * parts * costs.steps[rule].seconds / 3600 for rule in ("join_night", "classify_night")}
    # the list of one part is the job's start, that of many tells what an object takes
    one, many = costs.steps["compare_nights"], costs.larger_list
    growth = [(many[k] - one[k]) / (TILES - 1) for k in range(2)]
    seconds = one.seconds + max(growth[0], 0.0) * (parts - 1) + costs.steps["write_morning"].seconds
    row = costs.state_bytes / costs.state_rows
    return Plan(
        parts,
        (readers if readers > 1 else 0) + 2 * parts + 3,
        alerts * slowest.cost.seconds / slowest.n_alerts / 3600,
        alerts * together / slowest.n_alerts / 3600,
        per_part | {"list": seconds / 3600},
        max(one.megabytes, one.megabytes + growth[1] * (parts - 1)) / 1e3,
        alerts * slowest.n_rows / slowest.n_alerts * row / 1e9,
        load * parts * costs.state_bytes / 1e9,
    )


def night_section(costs: NightCosts) -> str:
    """The section."""
    return "\n".join([_words(costs), _measured(costs), _nights(costs)])


def _words(costs: NightCosts) -> str:
    return (
        "## A night of alerts\n\n"
        f"One part of a night went through the rules: a state of {KNOWN:,} simulated objects with {EPOCHS} observations"
        f" or more each ({costs.state_rows / 1e6:.1f} million rows, {costs.state_bytes / 1e6:.0f} MB), of which the"
        f" night touches {TOUCHED:,}; the first cut lets {costs.n_classified:,} pass, all that was detected twice."
        f" Alerts are real ones without images, read {COPIES} times over. What Snakemake takes to find nothing"
        " to do is subtracted; starting Python and loading the bundle is not.\n"
    )


def _measured(costs: NightCosts) -> str:
    lines = ["| job | of what | CPU | memory |", "|---|---|---:|---:|"]
    for each in costs.readings:
        rate = each.n_alerts / each.cost.seconds
        lines.append(
            f"| `read_night` | {each.n_alerts:,} alerts of {each.name}, {each.n_rows / each.n_alerts:.0f} rows each"
            f" | {each.cost.seconds:.1f} s: {rate:,.0f} alerts/s | {each.cost.megabytes:.0f} MB |"
        )
        pieces = each.in_pieces
        lines.append(
            f"| `read_files`, `read_night` | the same in {PIECES} pieces | {pieces.seconds:.1f} s"
            f" | {pieces.megabytes:.0f} MB |"
        )
    for rule in ("join_night", "classify_night", "compare_nights", "write_morning"):
        cost = costs.steps[rule]
        lines.append(f"| `{rule}` | one part | {cost.seconds:.1f} s | {cost.megabytes:.0f} MB |")
    many = costs.larger_list
    lines.append(f"| `compare_nights` | {TILES} parts | {many.seconds:.1f} s | {many.megabytes:.0f} MB |")
    return "\n".join(lines) + "\n"


def _nights(costs: NightCosts) -> str:
    plans = {alerts: planned(costs, alerts) for alerts in ALERTS}
    head = " | ".join(f"{alerts:,} alerts" for alerts in plans)
    rows = {
        "parts (`nights.parts`)": [f"{plan.parts:,}" for plan in plans.values()],
        "jobs": [f"{plan.jobs:,}" for plan in plans.values()],
        "reading: CPU hours": [f"{plan.reading:.2f}" for plan in plans.values()],
        "putting together what was read, one job": [f"{plan.together:.2f}" for plan in plans.values()],
        "joining": [f"{plan.hours['join_night']:.2f}" for plan in plans.values()],
        "classifying": [f"{plan.hours['classify_night']:.2f}" for plan in plans.values()],
        "list and page, one job after the other": [f"{plan.hours['list']:.3f}" for plan in plans.values()],
        "all: CPU hours": [f"{plan.reading + plan.together + sum(plan.hours.values()):.1f}" for plan in plans.values()],
        f"hours on {CORES} cores": [_elapsed(plan) for plan in plans.values()],
        "memory of the list, the largest job: GB": [f"{plan.largest_list:.1f}" for plan in plans.values()],
        "state of the night until its month is over: GB": [f"{plan.told:.1f}" for plan in plans.values()],
        f"state of {KNOWN // TOUCHED} times as many objects, each observation once: GB": [
            f"{plan.known:.1f}" for plan in plans.values()
        ],
    }
    lines = [f"| | {head} |", f"|---|{'---:|' * len(plans)}"]
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()]
    return "\n".join(lines) + (
        f"\n\nAn object has {PER_OBJECT:.2f} alerts a night. Reading counts as that of the alerts which take longest,"
        f" {MEGABYTES:,.0f} MB of them a job. At full load, without waiting for disks and queues; Snakemake plans some"
        " milliseconds a job (first table).\n"
    )


def _elapsed(plan: Plan) -> str:
    """Readers share the cores, and so do the parts; what puts their results together comes after them."""
    parts = plan.hours["join_night"] + plan.hours["classify_night"]
    readers = min(CORES, max(plan.jobs - 2 * plan.parts - 3, 1))
    return f"{plan.reading / readers + plan.together + parts / min(CORES, plan.parts) + plan.hours['list']:.2f}"
