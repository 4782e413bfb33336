"""A model's block of config.yaml, ``models.<name>``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from tde.features.shared.labels import LABELS
from tde.models.estimator_names import ESTIMATORS
from tde.workflow.configuration.typed_block import (
    EITHER,
    Block,
    Contradiction,
    EachOnce,
    IfGiven,
    Names,
    OneOf,
    Parameters,
    Seed,
)

Label = Annotated[str, OneOf(LABELS)]
Target = Literal["binary", "classes"]
Objective = Literal["pooled_f1", "average_precision", "log_loss"]

NOT_LEARNT = ("tuning", "reported")
"""Keys that say where a model's parameters come from and what others report; its fits do not read them."""


class EarlyStopping(Block):
    """Choose the number of boosting rounds on held-out data; without this block all rounds are used."""

    rounds: int = Field(ge=1, le=10_000, description="Stop when the log-loss has not improved for this many rounds.")
    validation_fraction: float = Field(
        default=0.2, gt=0, le=0.5, description="Part of the training objects on which the rounds are judged."
    )
    watch: Literal["inner", "fold"] = Field(
        default="inner",
        description="`inner`: a part of the training fold, then all of it is fitted with the number of rounds found"
        " (honest). `fold`: the very fold that is scored afterwards, as some public systems do; it flatters the score"
        " and is there for comparison only. The final fit has no such fold and uses `inner`.",
    )


class Selection(Block):
    """Keep the most important features, chosen anew in each fit from its training objects."""

    n_features: int = Field(ge=1, description="Features kept of those that compete.")
    max_correlation: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="Of two features whose ranks correlate more than this, the less important one is dropped first.",
    )
    n_rounds: int = Field(
        default=200, ge=1, le=10_000, description="Rounds of the boosted trees whose gain ranks the features."
    )
    among: list[str] = Field(
        default=["*"], min_length=1, description="Patterns of the features that compete; all others are kept."
    )


class SearchRange(Block):
    """Where a search looks for a number."""

    fill_in: ClassVar[bool] = False

    low: int | float
    high: int | float
    log: bool = False
    integer: bool = False


Choices = Annotated[list[Any], Field(min_length=1)]


class Tuning(Block):
    """Search for parameters with Optuna, on folds of its own; the best ones join `parameters`."""

    n_trials: int = Field(ge=1, le=10_000, description="Sets of parameters that are tried.")
    seed: Seed = Field(default=42, description="Seed of the search and of its folds.")
    objective: Objective = Field(
        default="pooled_f1", description="Score of the out-of-fold predictions that the search makes as high as it can."
    )
    space: Annotated[dict[str, Annotated[Choices | SearchRange, EITHER]], Field(min_length=1)] = Field(
        description="For each parameter a list of choices, or `{low, high}` with optional `log` and `integer`."
    )


class Reported(Block):
    """What others report of this model, shown beside what is measured here."""

    f1: Annotated[float | None, IfGiven()] = Field(default=None, description="F1 of their cross-validation.")
    statistic: Literal["pooled", "per_fold"] = Field(
        default="pooled",
        description="Whether their threshold is the best of the pooled predictions or of each fold.",
    )
    leaderboard: Annotated[float | None, IfGiven()] = Field(default=None, description="F1 on the public leaderboard.")


class ModelSettings(Block):
    """One model: what it reads, what learns, and how."""

    example: ClassVar[str] = """\
models:
  shape_alone:
    features: [gp2d, shape]
    estimator: lightgbm
    target: classes
    labels: [physics]
    early_stopping: {rounds: 50}
    parameters: {n_estimators: 400, learning_rate: 0.05, num_leaves: 8}
"""

    features: Names = Field(description="Feature families the model reads.")
    estimator: Annotated[str, OneOf(ESTIMATORS)] = Field(description="What does the learning.")
    target: Target = Field(
        default="binary", description="`binary`: TDE against the rest. `classes`: AGN, Ia, CC, SLSN and TDE."
    )
    labels: Annotated[EachOnce[Label], Field(min_length=1)] = Field(
        default=list(LABELS),
        description="Keep columns with these labels. `physics` holds for any survey; `generator-aware` uses how MALLORN"
        " was simulated and is worth nothing on the sky.",
    )
    include: list[str] = Field(
        default=["*"],
        min_length=1,
        description="Keep only columns `family.column` that match one of these patterns, as in `gp_drw.*tau*`.",
    )
    exclude: list[str] = Field(default=[], description="Leave out columns that match one of these patterns.")
    balance_classes: bool = Field(
        default=False, description="Weight each TDE by the number of other objects over the number of TDEs."
    )
    tde_weight: float = Field(default=1.0, gt=0, description="Weight of a TDE where the classes are not balanced.")
    n_seeds: int = Field(
        default=1, ge=1, le=100, description="Fits with different seeds that are averaged for the test set."
    )
    early_stopping: Annotated[EarlyStopping | None, IfGiven()] = None
    selection: Annotated[Selection | None, IfGiven()] = None
    adversarial_weights: bool = Field(
        default=False,
        description="Weight training objects by how much they look like the test set (its features are read, not its"
        " labels).",
    )
    views: bool = Field(
        default=False,
        description="Learn from `views` of the training objects, for light curves that are not finished.",
    )
    tuning: Annotated[Tuning | None, IfGiven()] = None
    reported: Annotated[Reported | None, IfGiven()] = None
    parameters: Parameters = Field(
        default={},
        description="Passed on to the estimator under the names that scikit-learn's interface gives them; unknown names"
        " stop the run.",
    )

    def contradictions(self) -> Iterator[Contradiction]:
        """A weight for TDEs beside balanced classes."""
        if self.balance_classes and self.tde_weight != 1.0:
            yield Contradiction(
                "tde_weight", f"got {self.tde_weight} with balance_classes: true; allowed: one or the other"
            )
