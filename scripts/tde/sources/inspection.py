"""What is in some files of light curves, in words and numbers, before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tde.lightcurves import LightCurves
from tde.sources.chunk_files import bands_used
from tde.sources.flags import FLAGS, calibration_note, count_flags, flag_mask
from tde.sources.refusals import refusal_words

MOST_LISTED = 20
"""Objects and files that are listed one by one."""

OBJECT_COLUMNS = (
    "object_id", "points", "bands", "first_mjd", "last_mjd", "brightest_uJy", "best_snr", "z", "ebv", "calibration",
    "flags",
)  # fmt: skip


def object_rows(lightcurves: LightCurves, objects: pa.Table) -> Iterator[list[Any]]:
    """What there is of each object, in the order of `OBJECT_COLUMNS`; None where there is nothing.

    Parameters
    ----------
    lightcurves : LightCurves
    objects : pyarrow.Table
        The same objects in the same order, with ``flags``.
    """
    n_bands, flags = bands_used(lightcurves), objects["flags"].to_pylist()
    for k, rows in enumerate(lightcurves):
        mjd, flux, flux_err = (values[rows] for values in (lightcurves.mjd, lightcurves.flux, lightcurves.flux_err))
        numbers: list[float | None] = [None] * 4
        if len(mjd):
            brightest = int(np.argmax(flux))
            numbers = [
                round(float(mjd[0]), 3),
                round(float(mjd[-1]), 3),
                round(float(flux[brightest]), 3),
                round(float(np.max(flux / flux_err)), 1),
            ]
        z = None if np.isnan(lightcurves.z[k]) else round(float(lightcurves.z[k]), 5)
        yield [
            str(lightcurves.object_id[k]), len(mjd), int(n_bands[k]), *numbers, z, round(float(lightcurves.ebv[k]), 4),
            calibration_note(flag_mask(flags[k])), flags[k],
        ]  # fmt: skip


def report_lines(report: Mapping[str, Any], objects: Sequence[Sequence[Any]], flags: Sequence[str]) -> Iterator[str]:
    """The report as lines of Markdown that also read well in a terminal.

    Parameters
    ----------
    report : mapping
        As `tde.sources.chunks.write_chunks` gives it.
    objects : sequence of sequence
        The first objects, as `object_rows` gives them.
    flags : sequence of str
        Flags of all objects.
    """
    yield "# What is in the files"
    yield ""
    yield from _refused(report)
    yield from _table(("format", "files"), report["formats"].items())
    used = sum(report["rows by band"].values())
    yield f"{report['objects']} objects; {report['rows read']} rows read, {used} used"
    if report["first_mjd"] is not None:
        yield f"MJD {report['first_mjd']:.3f} to {report['last_mjd']:.3f}"
    yield ""
    bands = [
        (
            row["band"],
            f"{row['wavelength']:.0f}",
            row["nearest"],
            f"{row['shift']:+.1%}",
            report["rows by band"][row["band"]],
        )
        for row in report["bands"]
    ]
    yield from _table(("band", "Angstrom", "nearest of LSST", "shift", "observations"), bands)
    yield from _table(("not used, or special", "rows"), _special(report).items())
    yield from _table(("E(B-V)", "objects"), report["E(B-V)"].items())
    for note in report["taken for granted"]:
        yield f"Taken for granted: {note}."
        yield ""
    counts = count_flags(flag_mask(text) for text in flags)
    yield from _table(("flag", "objects", "meaning"), [(name, n, FLAGS[name]) for name, n in counts.items()])
    yield from _table(OBJECT_COLUMNS, objects[:MOST_LISTED])
    if report["objects"] > MOST_LISTED:
        yield f"{report['objects'] - MOST_LISTED} more objects in objects.csv"


def _refused(report: Mapping[str, Any]) -> Iterator[str]:
    """Files that could not be read, before all else."""
    refused = [*report["files refused"].values()]
    refused += [f"{file}: NOT READ, of no format that is known" for file in report["files not read"]]
    if not refused:
        return
    yield f"**{refusal_words(report)}**"
    yield ""
    yield from (f"- {_cell(reason)}" for reason in refused[:MOST_LISTED])
    if len(refused) > MOST_LISTED:
        yield f"- {len(refused) - MOST_LISTED} more in reading.json"
    yield ""


def _special(report: Mapping[str, Any]) -> dict[str, int]:
    """Rows that were not simply used."""
    names = (
        "rows without a value", "rows after the date", "upper limits", "repeated rows",
        "alerts replaced by forced photometry", "names with blanks",
    )  # fmt: skip
    found = {name: report[name] for name in names if report[name]}
    found |= {f"left out: {reason}": n for reason, n in report["rows left out"].items()}
    return found | {f"left out: band {band}": n for band, n in report["rows in bands that cannot be used"].items()}


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A Markdown table with columns of even width; nothing if there is no row."""
    cells = [[_cell(cell) for cell in row] for row in rows]
    if not cells:
        return
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    for line in (header, ["-" * width for width in widths], *cells):
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
    yield ""


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")
