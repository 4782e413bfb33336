"""A small survey with labels, as a user has it: a folder of ZTF's forced photometry and a table of objects."""

from pathlib import Path

import numpy as np
import pandas as pd
from test_sources_text import ztf_forced, ztf_row

JD_OF_MJD_ZERO = 2400000.5
KINDS = {"TDE": 12, "TDE-H": 4, "SN Ia": 18, "SN II": 12, "bogus": 2, "": 6}
"""Objects of each label; none for those that are to be found."""
SIBLINGS = 2
"""Objects of each of the first events."""

G_R = {"TDE": -0.2, "TDE-H": -0.2, "SN Ia": 0.3, "SN II": 0.5, "bogus": 0.0, "": -0.2}


def shape_of(label, phase):
    """Flux over that of the peak; phase in days."""
    if label.startswith("SN Ia"):
        return np.where(phase < 0, np.exp(-((phase / 9) ** 2)), np.exp(-phase / 22))
    if label.startswith("SN II"):
        return np.where(phase < 0, np.exp(-((phase / 5) ** 2)), 1 / (1 + np.exp((phase - 90) / 6)))
    return np.where(phase < 0, np.exp(-((phase / 14) ** 2)), (1 + np.maximum(phase, 0) / 30) ** (-5 / 3))


def write_light_curve(path, label, rng, n=36):
    """One file of the service: g and r in turn, with a quiet time before the outburst."""
    phase = np.sort(rng.uniform(-120, 140, n))
    peak = 10 ** rng.uniform(2.6, 3.1) * shape_of(label, phase)
    rows = []
    for k, day in enumerate(phase):
        flux = peak[k] * 10 ** (0.4 * G_R[label] * (k % 2)) + rng.normal(0, 15)
        rows.append(ztf_row(JD_OF_MJD_ZERO + 59200 + day, round(flux, 3), 15.0, band=f"ZTF_{'gr'[k % 2]}"))
    ztf_forced(path, rows)


def write_survey(folder, labels=KINDS, seed=3):
    """Write ``survey/*.txt``, ``labels.csv`` and, without labels, ``tonight/*.txt`` into a folder.

    Returns
    -------
    pandas.DataFrame
        The table of objects.
    """
    rng = np.random.default_rng(seed)
    kinds = [label for label, number in labels.items() for _ in range(number)]
    (folder / "survey").mkdir(parents=True)
    rows = []
    for k, label in enumerate(kinds):
        name = f"ZTF21{k:04d}"
        write_light_curve(folder / f"survey/{name}_fp_lc.txt", label, rng)
        event = f"event {k // SIBLINGS}" if k < 6 * SIBLINGS else ""
        z = round(float(rng.uniform(0.03, 0.2)), 4)
        rows.append({"object_id": name, "type": label, "redshift": z, "ebv": 0.03, "event": event})
    (folder / "tonight").mkdir()
    for k, label in enumerate(("TDE", "SN Ia", "SN II")):
        write_light_curve(folder / f"tonight/ZTF22{k:04d}_fp_lc.txt", label, rng)
    table = pd.DataFrame(rows)
    write_labels(table, folder)
    return table


def write_labels(table, folder):
    table.to_csv(Path(folder) / "labels.csv", index=False)
