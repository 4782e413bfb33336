"""Names in config.yaml that point to another block or to a package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tde.features.registry import curves_read, learns
from tde.models.extra_packages import missing_package

RESERVED = ("simulated", "mallorn", "compiled")
"""Names of folders of results that no collection can have."""


def reference_errors(config: dict[str, Any]) -> list[str]:
    """List the names that point to a block or a package that is not there.

    Parameters
    ----------
    config : dict
        A configuration whose blocks have passed their own checks, defaults filled in.

    Returns
    -------
    list of str
        One line per problem.
    """
    dangling = [
        *_reserved_names(config),
        *_dangling_families(config),
        *_dangling_blends(config),
        *_dangling_reports(config),
    ]
    return dangling or [*_misplaced_views(config)]


def _reserved_names(config: dict[str, Any]) -> Iterator[str]:
    for name in config["datasets"]:
        if name in RESERVED:
            yield f"datasets: got the name {name!r}; allowed: others than {', '.join(RESERVED)}"


def _dangling_families(config: dict[str, Any]) -> Iterator[str]:
    families = list(config["features"])
    for family in families:
        for needed in curves_read(family):
            if needed not in families:
                yield f"features: got {family!r} without {needed!r}, whose curves it reads; allowed: both or neither"
    for name, model in config["models"].items():
        for family in model["features"]:
            if family not in families:
                yield f"models.{name}.features: got {family!r}; allowed: the keys of features: {', '.join(families)}"
        missing = missing_package(model["estimator"])
        if missing:
            yield f"models.{name}.estimator: got {model['estimator']!r}; it needs {missing}"


def _dangling_blends(config: dict[str, Any]) -> Iterator[str]:
    models = ", ".join(config["models"])
    for blend, block in config["blends"].items():
        for name in block["models"]:
            if name not in config["models"]:
                yield f"blends.{blend}.models: got {name!r}; allowed: the keys of models: {models}"
        weights = block["weights"]
        if isinstance(weights, dict) and set(weights) != set(block["models"]):
            yield f"blends.{blend}.weights: got weights of {', '.join(weights)}; allowed: one for each of its models"


def _dangling_reports(config: dict[str, Any]) -> Iterator[str]:
    submitted, reported = config["submission"]["blend"], config["report"]["blends"]
    blends, early = ", ".join(config["blends"]), list(filter(None, [config["early"]["blend"]]))
    for key, names in (("submission.blend", [submitted]), ("report.blends", reported), ("early.blend", early)):
        for name in names:
            if name not in config["blends"]:
                yield f"{key}: got {name!r}; allowed: the keys of blends: {blends}"
    ablated = config["ablation"]["model"]
    if ablated not in config["models"]:
        yield f"ablation.model: got {ablated!r}; allowed: the keys of models: {', '.join(config['models'])}"
    for name in config["leaderboard"]["only"]:
        if name not in config["models"] and name not in config["blends"]:
            known = ", ".join([*config["blends"], *config["models"]])
            yield f"leaderboard.only: got {name!r}; allowed: the keys of blends and models: {known}"


def _misplaced_views(config: dict[str, Any]) -> Iterator[str]:
    """Models that learn from views belong into the blend of `early` and nowhere else."""
    learning = [name for name, block in config["models"].items() if block["views"]]
    without = [name for name in config["models"] if name not in learning]
    for name in learning:
        for family in filter(learns, config["models"][name]["features"]):
            yield f"models.{name}.features: got {family!r} with views: true; allowed: families that do not learn"
    early = config["early"]["blend"]
    for blend, block in config["blends"].items():
        allowed, words = (learning, "with") if blend == early else (without, "without")
        for name in block["models"]:
            if name not in allowed:
                yield f"blends.{blend}.models: got {name!r}; allowed: models {words} views: true: {', '.join(allowed)}"
    places = {"submission.blend": [config["submission"]["blend"]], "report.blends": config["report"]["blends"]}
    places |= {"leaderboard.only": config["leaderboard"]["only"], "ablation.model": [config["ablation"]["model"]]}
    for key, names in places.items():
        for name in names:
            if name in (early, *learning):
                yield f"{key}: got {name!r}, which learns from views; allowed: what learns from whole light curves"
