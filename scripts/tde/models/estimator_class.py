"""The class of an estimator by its name in config.yaml."""

from __future__ import annotations

import importlib

from tde.errors import InputError
from tde.models.estimator import Estimator
from tde.models.estimator_names import ESTIMATORS


def estimator_class(estimator: str, where: str = "estimator") -> type[Estimator]:
    """The class of an estimator.

    Parameters
    ----------
    estimator : str
    where : str
        The block that names it, for the message.

    Raises
    ------
    InputError
        If there is no such estimator.
    """
    if estimator not in ESTIMATORS:
        raise InputError(f"{where}: unknown estimator {estimator!r}; allowed are {', '.join(sorted(ESTIMATORS))}")
    module, name = ESTIMATORS[estimator]
    return getattr(importlib.import_module(module), name)
