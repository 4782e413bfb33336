"""From the files of one night to its part of the state."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.filters import filters_with
from tde.nights.night_names import end_of
from tde.nights.night_pieces import joined_reports
from tde.nights.night_state import OBJECTS, part_of, write_state
from tde.sources.chunk_files import chunk_name
from tde.sources.flags import flag_text
from tde.sources.judge import Judge, Usable
from tde.sources.object_table import Objects
from tde.sources.parsing.described import NUMBERS
from tde.sources.readers.long_table import own_bands
from tde.sources.road import Sorted, sort_files, usable_rows
from tde.sources.spilling import collected, held, spill
from tde.workflow.configuration.predict_settings import Predict

SPILLED = ".reading"
"""Folder beside the parts of a night, for what is not yet in order."""


def read_night(
    settings: Predict, files: Sequence[Path], night: str, rows_paths: Sequence[str], objects_paths: Sequence[str]
) -> dict[str, Any]:
    """Read all files of a night and write what they say, in parts by object.

    Observations that the night cannot have seen yet are left out and counted.

    Parameters
    ----------
    settings : Predict
    files : sequence of path
    night : str
    rows_paths, objects_paths : sequence of str
        A file for each part of the state.

    Returns
    -------
    dict
        Files, formats, rows by what became of them; objects touched.

    Raises
    ------
    InputError
        If a file cannot be read and ``settings.refuse`` says that this ends the run.
    """
    # always the same place: what a killed process has left there is cleared away
    folder = Path(rows_paths[0]).parent / SPILLED
    read = _Night(settings, files, night, folder, len(rows_paths))
    touched = np.zeros(len(read.objects), dtype=bool)
    for part, paths in enumerate(zip(rows_paths, objects_paths, strict=True)):
        rows = collected(folder / chunk_name(part))
        touched[rows.row_object] = True
        write_state(read.table(rows), read.object_table(np.flatnonzero(touched & (read.part == part))), *paths)
    shutil.rmtree(folder, ignore_errors=True)
    return joined_reports([{**read.report, "night": night, "objects": int(touched.sum())}])


class _Night:
    """The files of a night, gone through once, or once more where one of them had to be refused."""

    def __init__(self, settings: Predict, files: Sequence[Path], night: str, folder: Path, n_parts: int) -> None:
        self.night, self.folder, self.n_parts = night, folder, n_parts
        self.bands = filters_with(own_bands(settings))
        self.until = end_of(night)
        try:
            found = sort_files(settings, files)
            judge = self._go_through(found)
            self.report = {**found.report(), **judge.report()}
        except InputError as error:
            if settings.refuse == "run":
                raise
            # not one file of the night can be read: the night is told of, and empty
            judge = Judge(Objects(np.nan), self.bands)
            nothing = Sorted({}, {}, refused={file: self._reason(settings, file) or str(error) for file in files})
            self.report = {**nothing.report(), **judge.report()}
        self.objects = judge.objects
        self.part = part_of(self.objects.object_id, n_parts)
        self.references = judge.references

    def _go_through(self, found: Sorted) -> Judge:
        while True:
            found.leave_out_refused()
            refused = len(found.refused)
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            judge = Judge(Objects(np.nan), self.bands, self.until)
            for number, rows in enumerate(held(usable_rows(found, judge))):
                part = part_of(judge.objects.object_id, self.n_parts)
                spill(self.folder, number, rows, part[rows.row_object])
            if len(found.refused) == refused:
                return judge

    def _reason(self, settings: Predict, file: Path) -> str:
        """Why a file cannot be read."""
        alone = settings.model_copy(update={"lightcurves": str(file)})
        try:
            for _ in usable_rows(sort_files(alone, [file]), Judge(Objects(np.nan), self.bands)):
                pass
        except InputError as error:
            return str(error)
        return ""

    def table(self, rows: Usable) -> pa.Table:
        """Observations with names instead of numbers."""
        references = pa.array([*self.references, None], pa.string())
        return pa.table(
            {
                "object_id": pa.array(self.objects.object_id, pa.string()).take(pa.array(rows.row_object)),
                "band": pa.array(self.bands.keys, pa.string()).take(pa.array(rows.band)),
                "mjd": rows.mjd,
                "flux": rows.flux,
                "flux_err": rows.flux_err,
                "kind": rows.kind,
                "reference": references.take(pa.array(rows.reference % len(references))),
                "score": pa.array(rows.score, mask=np.isnan(rows.score)),
            }
        )

    def object_table(self, mine: np.ndarray) -> pa.Table:
        """What is said of some objects."""
        known = [self.objects.known[k] for k in mine]
        numbers = {
            name: pa.array([getattr(each, name) for each in known], pa.float64(), from_pandas=True) for name in NUMBERS
        }
        return pa.table(
            {
                "object_id": pa.array([self.objects.object_id[k] for k in mine], pa.string()),
                "night": pa.repeat(self.night, len(mine)),
                **numbers,
                "label": pa.array([each.label or None for each in known], pa.string()),
                "flags": pa.array([flag_text(int(self.objects.masks[k])) for k in mine], pa.string()),
            }
        ).select(OBJECTS.names)
