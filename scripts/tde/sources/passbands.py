"""The names that filters go by in files: letters, numbers, with and without their survey."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from tde.filters import SURVEYS

OWN = "own"
"""Survey of the bands that the user gives a wavelength for: ``own:c``."""


def names_of(survey: str) -> dict[str, str]:
    """The bands of a survey under all names they go by: name to key (``ztf:g``)."""
    known, _, prefixes, others = SURVEYS[survey]
    names = {band: band for band in known} | dict(others)
    for prefix in prefixes:
        names |= {f"{prefix}{name}": band for name, band in names.items() if f"{prefix}{name}" not in names}
    return {name: f"{survey}:{band}" for name, band in names.items()}


def names_anywhere() -> dict[str, str]:
    """Names that say their survey themselves (``ztfg``, ``atlaso``, ``uvot::uvw2``): name to key."""
    return {
        name: key
        for survey, row in SURVEYS.items()
        for name, key in names_of(survey).items()
        if any(name.startswith(prefix) and len(prefix) > 1 for prefix in row.prefixes)
    }


def renamed(bands: pa.Array, known: dict[str, str]) -> pa.Array:
    """Bands under their keys, as ``ztf:g``; a name that is not known stays as it is.

    Parameters
    ----------
    bands : pyarrow.Array of str
    known : dict of str to str
        Name to key.
    """
    coded = pc.dictionary_encode(bands)
    keys = [name if name is None else known.get(name.strip(), name) for name in coded.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(coded.indices, pa.array(keys, pa.string())).cast(pa.string())
