"""Which night each incoming file is of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tde.errors import InputError
from tde.filters import filters_with
from tde.nights.night_names import dated_night, named_night
from tde.sources.judge import Judge
from tde.sources.object_table import Objects
from tde.sources.readers.long_table import own_bands
from tde.sources.road import sort_files, usable_rows
from tde.workflow.configuration.predict_settings import Predict


def nights_of_files(settings: Predict, files: Sequence[Path]) -> dict[str, Any]:
    """Put files into nights: by their names, and where these tell no night, by the newest observation in them.

    Parameters
    ----------
    settings : Predict
        ``lightcurves`` is the folder that the files come into.
    files : sequence of path

    Returns
    -------
    dict
        ``nights``: the files of each night, in order; ``refused``: files of no night, and why.

    Raises
    ------
    InputError
        If a file is of no night and ``settings.refuse`` says that this ends the run.
    """
    folder = Path(str(settings.lightcurves)).expanduser()
    nights: dict[str, list[str]] = {}
    refused: dict[str, str] = {}
    for file in files:
        try:
            night = named_night(file, folder) or dated_night(file, _newest_mjd(settings, file))
        except InputError as error:
            if settings.refuse == "run":
                raise
            refused[str(file)] = str(error)
        else:
            nights.setdefault(night, []).append(str(file))
    return {"nights": {night: sorted(nights[night]) for night in sorted(nights)}, "refused": refused}


def _newest_mjd(settings: Predict, file: Path) -> float:
    """Time of the newest observation in a file that is used; minus infinity if there is none."""
    alone = settings.model_copy(update={"lightcurves": str(file)})
    judge = Judge(Objects(0.0), filters_with(own_bands(settings)))
    for _ in usable_rows(sort_files(alone, [file]), judge):
        pass
    return judge.last
