"""The page of a morning: what is new, what rose and fell, what is near the decision, and what is followed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa

from tde.nights.card_figures import RECENT
from tde.nights.followed_objects import DROP, FOLLOW
from tde.nights.observability import observable
from tde.pages import templating
from tde.photometry import BANDS
from tde.workflow.configuration.nights_settings import Nights

TEMPLATES = Path(__file__).resolve().parent / "templates"

SECTIONS = {
    "New": ("new", "again"),
    "Risen": ("rose",),
    "Fallen": ("lost", "fell"),
    "Near the decision": ("near",),
}
"""Parts of the page, and the kinds of change that they show; those who are followed come last, whatever they did."""

COLUMNS = {
    "object_id": ("", "object"),
    "section": ("", "part of the page"),
    "kind": ("", "what the night changed"),
    "status": ("", "follow, or nothing"),
    "rank": ("", "rank by P(TDE) among this night's objects of the list"),
    "p_TDE": ("", "probability of a tidal disruption event"),
    "p_TDE_low": ("", "lower end of the central 68 % interval of p_TDE"),
    "p_TDE_high": ("", "upper end of the central 68 % interval of p_TDE"),
    "p_before": ("", "p_TDE the last time"),
    "night_before": ("", "night of the last time"),
    "first_called": ("", "night on which it was first called a TDE"),
    "is_TDE": ("", "p_TDE is above the threshold, or among the most probable if there is a budget"),
    "threshold": ("", "threshold of p_TDE for this object"),
    "night": ("", "night of these numbers"),
    "days_since_trigger": ("d", "days from the trigger to the last observation"),
    "z": ("", "redshift"),
    "ra": ("deg", "right ascension"),
    "dec": ("deg", "declination"),
    "highest_altitude": ("deg", "altitude at culmination"),
    "sun_distance": ("deg", "distance from the Sun at the next local midnight"),
    "observable": ("", "both are above the limits of the site"),
}
"""Unit and meaning of the columns of the morning's table."""


def morning_table(
    predictions: pa.Table,
    changes: pa.Table,
    standing: pa.Table,
    status: Mapping[str, str],
    settings: Nights,
    night: str,
) -> pa.Table:
    """What the page shows, part by part, objects by P(TDE).

    Parameters
    ----------
    predictions : pyarrow.Table
        Of this night.
    changes, standing : pyarrow.Table
        As `tde.nights.morning_list.morning_list` makes them.
    status : mapping of str to str
        As `tde.nights.followed_objects.read_following` gives it.
    settings : Nights
    night : str
    """
    of_night = {row["object_id"]: row for row in predictions.to_pylist()}
    latest = {row["object_id"]: row for row in standing.to_pylist()}  # rows are in order of time: the last one stays
    section_of = {kind: section for section, kinds in SECTIONS.items() for kind in kinds}
    rows: list[dict[str, Any]] = []
    shown: dict[str, int] = {}
    followed = [name for name, word in status.items() if word == FOLLOW]
    changed = {row["object_id"]: row for row in changes.to_pylist()}
    for name, change in changed.items():
        section = "Followed" if name in followed else section_of.get(change["kind"], "")
        if not section or status.get(name) == DROP or shown.get(section, 0) >= settings.morning.most:
            continue
        shown[section] = shown.get(section, 0) + 1
        rows.append({**of_night[name], **change, "section": section, "night": night})
    for name in followed:
        if name not in changed:
            rows.append({**latest.get(name, {}), **of_night.get(name, {}), "object_id": name, "section": "Followed"})
    order = [*SECTIONS, "Followed"]
    rows.sort(key=lambda row: (order.index(row["section"]), -(row.get("p_TDE") or 0.0), row["object_id"]))
    return _table(rows, status, settings, night)


def _table(rows: list[dict[str, Any]], status: Mapping[str, str], settings: Nights, night: str) -> pa.Table:
    ra, dec = (
        np.array([np.nan if row.get(key) is None else row[key] for row in rows], dtype=np.float64)
        for key in ("ra", "dec")
    )
    seen = observable(ra, dec, settings.site, night)
    for k, row in enumerate(rows):
        row["status"] = status.get(row["object_id"], "")
        if not np.isnan(ra[k] + dec[k]):
            row["highest_altitude"] = round(float(seen.highest[k]), 2)
            row["sun_distance"] = round(float(seen.sun_distance[k]), 2)
            row["observable"] = bool(seen.possible[k])
    return pa.Table.from_pylist([{name: row.get(name) for name in COLUMNS} for row in rows], schema=SCHEMA)


KINDS_OF_COLUMNS = {
    **dict.fromkeys(("rank",), pa.int64()),
    **dict.fromkeys(("is_TDE", "observable"), pa.bool_()),
    **dict.fromkeys(("object_id", "section", "kind", "status", "night_before", "first_called", "night"), pa.string()),
}

SCHEMA = pa.schema([pa.field(name, KINDS_OF_COLUMNS.get(name, pa.float64())) for name in COLUMNS])


def write_json_lines(table: pa.Table) -> str:
    """A line of JSON for each object, without what is not known, as target managers read them."""
    rows = ({key: value for key, value in row.items() if value is not None} for row in table.to_pylist())
    return "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)


def links_of(row: Mapping[str, Any], templates: Mapping[str, str]) -> list[dict[str, str]]:
    """Links out of the page for one object; none by position for an object without one.

    Parameters
    ----------
    row : mapping
        Of the morning's table.
    templates : mapping of str to str
        Addresses with places for object_id, ra and dec.
    """
    known = {key: quote(str(row[key]), safe="") for key in ("object_id", "ra", "dec") if row[key] is not None}
    found = []
    for name, template in templates.items():
        try:
            found.append({"name": name, "address": template.format(**known)})
        except KeyError:
            continue
    return found


def write_morning(
    path: Path | str,
    table: pa.Table,
    figures: Mapping[str, dict[str, Any]],
    status: Mapping[str, str],
    context: dict[str, Any],
) -> None:
    """Write the page: one file that needs nothing from outside.

    Parameters
    ----------
    path : path
    table : pyarrow.Table
        As `morning_table` makes it.
    figures : mapping of str to dict
        ``history`` and ``light_curve`` of each object that has them, as `tde.nights.card_figures` draws them.
    status : mapping of str to str
        All decisions so far, for the download.
    context : dict
        ``night``, ``summary``, ``site``, ``notice``, ``dataset``, ``links`` (templates), ``kinds``.
    """
    rows = [
        {**row, **figures.get(row["object_id"], {}), "links": links_of(row, context["links"])}
        for row in table.to_pylist()
    ]
    sections = [(name, [row for row in rows if row["section"] == name]) for name in (*SECTIONS, "Followed")]
    positions = any(row["highest_altitude"] is not None for row in rows)
    shown = {
        "sections": sections,
        "positions": positions,
        "status": dict(status),
        "bands": list(BANDS),
        "recent": f"{RECENT:.0f}",
    }
    templating.write_page(path, TEMPLATES, "morning.html.j2", context | shown)
