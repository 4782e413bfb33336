"""Packages that some estimators need beyond the workflow's own.

Kept apart from the estimators, so that the workflow can plan without importing them.
"""

from __future__ import annotations

import importlib.util

EXTRA = {"cnn": "torch", "transformer": "torch"}
"""Package by estimator."""

REQUIREMENTS = "envs/requirements-networks.txt"


def missing_package(estimator: str) -> str | None:
    """What to install before an estimator can be used, in words; None if nothing is missing."""
    package = EXTRA.get(estimator)
    if package is None or importlib.util.find_spec(package) is not None:
        return None
    return f"{package}, which is not installed: run `.venv/bin/pip install -r {REQUIREMENTS}`"
