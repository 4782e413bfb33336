"""The five classes of the protocol, from the spectroscopic types of the object table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from tde.errors import InputError

CLASSES = ("AGN", "Ia", "CC", "SLSN", "TDE")
"""Names of the five classes; a class's code is its index here."""

TDE = CLASSES.index("TDE")
"""Code of the class that is looked for."""


def five_class(spec_type: str) -> str:
    """The class of one spectroscopic type, e.g. ``SN Ia-91T-like`` is ``Ia``.

    Raises
    ------
    InputError
        If the type belongs to none of the five classes.
    """
    if spec_type in ("AGN", "TDE"):
        return spec_type
    if "SLSN" in spec_type:
        return "SLSN"
    if spec_type.startswith("SN Ia"):
        return "Ia"
    if spec_type.startswith(("SN Ib", "SN Ic", "SN II")):
        return "CC"
    raise InputError(f"unknown SpecType {spec_type!r}; allowed are AGN, TDE, SLSN-*, SN Ia*, SN Ib*, SN Ic* and SN II*")


def class_codes(spec_types: Sequence[str]) -> np.ndarray:
    """Codes of the five classes.

    Parameters
    ----------
    spec_types : sequence of str, length n

    Returns
    -------
    ndarray of int64, shape (n,)
        Indices into `CLASSES`.
    """
    code = {spec_type: CLASSES.index(five_class(spec_type)) for spec_type in sorted(set(spec_types))}
    return np.array([code[spec_type] for spec_type in spec_types], dtype=np.int64)


def told_apart(models: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Classes that a blend gives probabilities for: all five if one of its models tells them apart.

    Parameters
    ----------
    models : iterable of sequence of str
        Classes of each model.
    """
    return CLASSES if any(len(classes) == len(CLASSES) for classes in models) else ("rest", "TDE")
