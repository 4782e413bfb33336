"""What a run computes, worked out from its configuration: the questions that the rules ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tde.evaluation.feature_recovery import QUANTITIES
from tde.evaluation.looks import FAMILIES
from tde.features.registry import curves_read, fits_curves, learns
from tde.workflow.configuration.model_settings import NOT_LEARNT

NOT_READ = (
    "bundle", "name", "learnt_from", "choose", "prior", "n_redshifts", "n_resamples", "resample_above", "history",
    "history_above",
)  # fmt: skip
"""Keys of ``predict`` that do not decide how light curves are read."""

NOT_READ_OF_NIGHTS = (
    "name", "parts", "megabytes", "following", "classes", "first_cut", "morning", "site", "links", "replay",
)  # fmt: skip
"""Keys of ``nights`` that do not decide how files are read."""

NOT_OF_THE_RUN = ("predict", "nights", "candidates", "submit", "datasets")
"""Blocks about what follows a run, and collections, of which a run has one or none."""

LABELS = ("label", "classes", "group", "set", "weights")
"""Keys of a collection that do not decide how its light curves are read."""

SHIPPED = "resources/bundles/mallorn.tar.xz"
"""The packed bundle that comes with the repository."""

SUFFIX = ".tar.xz"
"""Of packed bundles."""

FIGURES = (
    "classes.png",
    "light_curves.png",
    "scores.png",
    "precision_recall.png",
    "calibration.png",
    "strata.html",
    "types.html",
    "mistakes.png",
    "metrics.html",
    "missing.html",
    "features.html",
)
"""What every report shows, in its order."""


class Plan:
    """Answers from one configuration.

    Parameters
    ----------
    config : mapping
        The checked configuration, defaults filled in.

    Attributes
    ----------
    submitted : str
        The blend that is submitted.
    reported_blends, reported_models : list of str
        What every run measures.
    families : list of str
        Families that every run computes; those that only further models of the leaderboard read are left to it.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.submitted: str = config["submission"]["blend"]
        self.reported_blends = _unique([self.submitted, *config["report"]["blends"]])
        self.reported_models = _unique(m for blend in self.reported_blends for m in self.members(blend))
        self.families = [name for name in config["features"] if self._is_computed(name)]

    def _is_computed(self, family: str) -> bool:
        of_run = (*self.reported_models, *self.early_models)
        reported = any(family in self.model_families(model) for model in of_run)
        return reported or not any(family in block["features"] for block in self.config["models"].values())

    # --- data ---

    @property
    def collection(self) -> dict[str, Any] | None:
        """The block of the collection that the run works on, if it is one."""
        return self.config["datasets"].get(self.config["dataset"])

    @property
    def collection_reading(self) -> dict[str, Any]:
        """The keys of the collection that decide how its light curves are read."""
        return {key: value for key, value in (self.collection or {}).items() if key not in LABELS}

    # --- families ---

    @property
    def curve_families(self) -> list[str]:
        """Families of the run that fit curves."""
        return [name for name in self.families if fits_curves(name)]

    @property
    def plain_families(self) -> list[str]:
        """Configured families that neither fit curves nor learn."""
        return [name for name in self.config["features"] if not fits_curves(name) and not learns(name)]

    @property
    def learning_families(self) -> list[str]:
        """Configured families that learn from training objects."""
        return [name for name in self.config["features"] if learns(name)]

    @property
    def recovered_families(self) -> list[str]:
        """Families of the run that measure something the simulation knows."""
        measured = {quantity.family for quantity in QUANTITIES}
        return [name for name in self.families if name in measured]

    @property
    def looked_at(self) -> list[str]:
        """Families of the run that say what a light curve looks like."""
        return [name for name in self.families if name in FAMILIES]

    def options(self, families: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Options of some families."""
        return {name: self.config["features"][name] for name in families}

    # --- models ---

    def model_families(self, model: str) -> list[str]:
        """Families a model reads."""
        return self.config["models"][model]["features"]

    def fixed_families(self, model: str) -> list[str]:
        """Families a model reads that are the same in every fold."""
        return [name for name in self.model_families(model) if not learns(name)]

    def fold_families(self, model: str) -> list[str]:
        """Families a model reads that are fitted inside each fold."""
        return [name for name in self.model_families(model) if learns(name)]

    def fitted_block(self, model: str) -> dict[str, Any]:
        """What a model's fits read of its block."""
        return {key: value for key, value in self.config["models"][model].items() if key not in NOT_LEARNT}

    def asks_for(self, model: str, key: str) -> bool:
        """Whether a model's block has a key, and it is not empty or false."""
        return bool(self.config["models"][model].get(key))

    def estimator_module(self, model: str) -> str:
        """The library module of a model's estimator."""
        return f"tde.models.{self.config['models'][model]['estimator']}_model"

    def compared(self, names: Iterable[str]) -> list[str]:
        """Those of some models or blends that the leaderboard shows: they learn from whole light curves."""
        only, early = self.config["leaderboard"]["only"], (self.early, *self.early_models)
        return [name for name in names if name not in early and (not only or name in (*only, self.submitted))]

    @property
    def compared_names(self) -> list[str]:
        """Blends, then models, of the leaderboard."""
        return [*self.compared(self.config["blends"]), *self.compared(self.config["models"])]

    @property
    def reported_figures(self) -> dict[str, dict[str, Any]]:
        """What others report for the models that are compared."""
        models = self.compared(self.config["models"])
        return {name: self.config["models"][name]["reported"] for name in models if self.asks_for(name, "reported")}

    # --- blends ---

    @property
    def early(self) -> str:
        """The blend that learns from views; empty if there is none."""
        return self.config["early"]["blend"]

    @property
    def early_models(self) -> list[str]:
        """Models of the blend that learns from views."""
        return self.members(self.early) if self.early else []

    @property
    def early_repeats(self) -> list[str]:
        """Cross-validations of what learns from views, ``{kind}_{repeat}``; the first is that of the hand-over."""
        early, there = self.config["early"], self.config["folds"]["n_repeats"]
        kinds = sorted(early["repeats"], key=lambda kind: kind != early["folds"])
        n_repeats = [min(max(early["repeats"][kind], kind == early["folds"]), there) for kind in kinds]
        return [f"{kind}_{k}" for kind, n in zip(kinds, n_repeats, strict=True) for k in range(n)]

    def members(self, blend: str) -> list[str]:
        """Models of a blend."""
        return self.config["blends"][blend]["models"]

    @property
    def bundled_models(self) -> list[str]:
        """Models that new light curves are classified with: of the submitted blend, and those that learn from views."""
        return [*self.members(self.submitted), *self.early_models]

    @property
    def view_families(self) -> list[str]:
        """Families computed for views: all that a bundle needs, but for those that learn from training objects."""
        return [name for name in self.blend_families if not learns(name)]

    @property
    def blend_families(self) -> list[str]:
        """Families that a bundle's models need, those whose curves they read included."""
        wanted = {family for model in self.bundled_models for family in self.model_families(model)}
        wanted |= {read for family in wanted for read in curves_read(family)}
        return [family for family in self.config["features"] if family in wanted]

    @property
    def blend_modules(self) -> list[str]:
        """Library modules of a bundle's families and estimators."""
        estimators = sorted({self.estimator_module(model) for model in self.bundled_models})
        return [*family_modules(self.blend_families), *estimators]

    @property
    def peak_family(self) -> list[str]:
        """The family of the submitted blend whose curves show whether a decline was seen, if there is one."""
        return [name for name in self.blend_families if fits_curves(name)][:1]

    # --- what new light curves are classified with ---

    @property
    def packed_bundle(self) -> str:
        """The packed bundle, if it is one; of simulated light curves one learns to use the workflow, and no more."""
        given = self.config["predict"]["bundle"]
        if not given and self.config["dataset"] == "simulated":
            return SHIPPED
        return given if given.endswith(SUFFIX) else ""

    @property
    def bundle(self) -> str:
        """Folder of the bundle."""
        if self.packed_bundle:
            return f"results/bundles/{Path(self.packed_bundle).name.removesuffix(SUFFIX)}"
        return self.config["predict"]["bundle"] or "<results>/bundle"

    # --- ablation, predictions, report ---

    @property
    def ablated(self) -> str:
        """The model that is ablated."""
        return self.config["ablation"]["model"]

    @property
    def reading_settings(self) -> dict[str, Any]:
        """The keys of ``predict`` that decide how light curves are read, and into what chunks."""
        return {key: value for key, value in self.config["predict"].items() if key not in NOT_READ}

    @property
    def night_reading(self) -> dict[str, Any]:
        """The keys of ``nights`` that decide how its files are read."""
        return {key: value for key, value in self.config["nights"].items() if key not in NOT_READ_OF_NIGHTS}

    @property
    def page_of_nights(self) -> dict[str, Any]:
        """The keys of ``nights`` that the morning page reads."""
        return {key: self.config["nights"][key] for key in ("morning", "site", "links")}

    @property
    def run_configuration(self) -> dict[str, Any]:
        """The configuration without what follows a run."""
        kept = {key: value for key, value in self.config.items() if key not in NOT_OF_THE_RUN}
        return kept | ({"collection": self.collection} if self.collection else {})

    @property
    def figures(self) -> list[str]:
        """Figures and tables of the report, but for the summary of benchmarks and the versions."""
        names = [*FIGURES, *(f"fits_{family}.png" for family in self.curve_families)]
        if self.config["report"]["ablation"]:
            names.append("ablation.html")
        if self.config["dataset"] == "simulated":
            names += ["truth.html", "recovery.png", "simulation.png"]
            names += ["feature_recovery.png"] if self.recovered_families else []
        return names


def family_modules(families: Iterable[str]) -> list[str]:
    """Library modules of some families."""
    return [f"tde.features.{family}" for family in families]


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
