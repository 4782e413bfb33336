"""A small file, or the few that belong together, of each format that cannot be shown as text on a page."""

import json

import numpy as np
from alert_files import (
    elasticc_record,
    elasticc_schema,
    rubin_alert_of,
    rubin_schema,
    rubin_source,
    write_avro,
    ztf_record,
    ztf_row,
    ztf_schema,
)
from test_sources_fits import long_table, write_pair, write_table
from test_sources_json import DOCUMENTS
from test_sources_parquet import TABLES, VISITS, forced_table, write

OBJECT = 170028485706776699


def rubin_night(folder, n=28):
    """A folder of alerts of one object that brightens and fades within 130 days, each with the one before it."""
    folder.mkdir()
    phase = np.arange(n) * 130.0 / n - 30
    flux = 25e3 * np.where(phase < 0, np.exp(-((phase / 15) ** 2)), np.exp(-phase / 60))
    rows = [
        rubin_source(k, OBJECT, float(flux[k]), 400.0, "gri"[k % 3], midpointMjdTai=61030.0 + float(phase[k]))
        for k in range(n)
    ]
    for k in range(n):
        previous = {"prvDiaSources": rows[max(k - 1, 0) : k], "prvDiaForcedSources": None}
        alert = rubin_alert_of(OBJECT, diaSource=rows[k]) | previous
        write_avro(folder / f"alert_{k:02d}.avro", rubin_schema(), [alert])


def write_examples(key, paths):
    """Write the files of a format.

    Parameters
    ----------
    key : str
    paths : list of path
        As the page calls them.
    """
    first = paths[0]
    if key == "rubin_alert":
        rubin_night(first)
    elif key == "elasticc_alert":
        write_avro(first, elasticc_schema(), [elasticc_record()])
    elif key == "ztf_alert":
        write_avro(first, ztf_schema(), [ztf_record(previous=[ztf_row(1)])])
    elif key == "snana_fits":
        write_pair(first.parent)
    elif key == "astropy_table":
        write_table(first, long_table()[:1])
    elif key == "rubin_forced":
        write(first, forced_table(2))
        write(paths[1], VISITS)
    elif first.suffix == ".json":
        first.write_text(json.dumps(DOCUMENTS[key]))
    else:
        write(first, TABLES[key]())
