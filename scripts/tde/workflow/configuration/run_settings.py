"""Blocks of config.yaml about the run as a whole: data, folds, blends, report and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from tde.filters import SURVEYS
from tde.workflow.configuration.typed_block import EITHER, Block, Contradiction, EachOnce, Names, OneOf, Seed

Weight = Annotated[float, Field(ge=0)]
Magnitudes = Annotated[float, Field(ge=0)]
Days = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
BandSet = Annotated[str, Field(pattern=r"^u?g?r?i?z?y?$", min_length=1)]


class Simulated(Block):
    """The simulated data set: how large it is, and the seed it is drawn with."""

    example: ClassVar[str] = "simulated: {n_objects: 500, n_splits: 2}"

    n_objects: int = Field(
        default=2000, ge=200, le=10_000_000, description="Number of objects, training and test set together (3:7)."
    )
    n_splits: int = Field(
        default=5, ge=1, le=99, description="Number of folders over which the light curves are spread."
    )
    seed: Seed = Field(default=42, description="Seed of the random numbers; the same seed gives the same files.")


class Shards(Block):
    """How the light curves are divided among jobs.

    A shard is the part of the data that is validated at once, a batch the shards whose features one job computes.
    """

    example: ClassVar[str] = "shards: {rows: 200000, batch_rows: 1000000}"

    rows: int = Field(
        default=1_000_000,
        ge=1000,
        le=100_000_000,
        description="Observations in a shard, roughly, training and test set together. A split folder that holds more"
        " is divided.",
    )
    batch_rows: int = Field(
        default=4_000_000,
        ge=1000,
        le=1_000_000_000,
        description="Observations in a batch, roughly. With larger batches there are fewer jobs, and each takes more"
        " memory and time: at 4 million some seconds for a family and up to 1 GB.",
    )


class PhotometricRedshifts(Block):
    """Held-out objects are scored a second time with redshifts as uncertain as those of the test set.

    The models still learn from exact ones.
    """

    example: ClassVar[str] = "photometric_redshifts: {sigma: 0.03}"

    sigma: float = Field(default=0.02, gt=0, le=1, description="Standard deviation of the redshifts in units of 1 + z.")
    seed: Seed = Field(default=7, description="Seed of the scatter.")


class Folds(Block):
    """The folds of the cross-validation, the same for all models."""

    example: ClassVar[str] = "folds: {n_folds: 10, n_repeats: 2}"

    n_folds: int = Field(default=5, ge=2, le=20, description="Folds of one repeat.")
    n_repeats: int = Field(
        default=5, ge=2, le=100, description="Repeats with other seeds; standard errors are taken over them."
    )
    seed: Seed = Field(default=1000, description="Seed of the first repeat; the next ones count up from it.")


class Blend(Block):
    """Models whose probabilities are averaged."""

    example: ClassVar[str] = """\
blends:
  trees: {models: [no_rocket_lgbm, no_rocket_xgb], weights: {no_rocket_lgbm: 2, no_rocket_xgb: 1}}
"""

    models: Names = Field(description="Names of models.")
    weights: Annotated[Literal["mean", "best", "logistic"] | dict[str, Weight], EITHER] = Field(
        default="mean",
        description="`mean` (as good as learnt weights, and honest), a weight for each model, `best` (the weights of"
        " the highest average precision) or `logistic` (logistic stacking). The last two learn from the other folds"
        " only.",
    )

    def contradictions(self) -> Iterator[Contradiction]:
        """Weights that leave no model."""
        if isinstance(self.weights, dict) and not any(self.weights.values()):
            yield Contradiction("weights", f"got {self.weights}; allowed: at least one weight above 0")


class Submission(Block):
    """What is submitted."""

    example: ClassVar[str] = "submission: {blend: blend_physics}"

    blend: str = Field(description="The blend whose candidates are submitted.")


class Report(Block):
    """What every run measures and reports. The target `leaderboard` does so for all models and blends."""

    example: ClassVar[str] = "report: {blends: [blend_physics]}"

    blends: EachOnce[str] = Field(
        default=[], description="Blends that are measured beside the submitted one, together with their models."
    )
    ablation: bool = Field(
        default=False,
        description="Whether to add what each feature family is worth, as the target `ablation` does. It makes the"
        " run several times as long.",
    )


class Nearer(Block):
    """Views of the training objects as a survey that is not as deep would have had them: nearer and brighter.

    Flux, time and wavelengths are moved together, and errors with the fluxes: signal to noise stays what it was.
    Objects that other filters than LSST's have observed, or without a redshift, have no such views.
    """

    example: ClassVar[str] = "views: {nearer: {per_object: 4, survey: atlas, bands: {co: 1}, magnitudes: [4, 5.5]}}"

    per_object: int = Field(default=0, ge=0, le=100, description="Such views of each training object; 0 for none.")
    magnitudes: Annotated[list[Magnitudes], Field(min_length=2, max_length=2)] = Field(
        default=[3.3, 4.8],
        description="Least and largest amount by which the distance modulus becomes smaller; drawn evenly between them."
        " MALLORN's light curves are those of ZTF made 4.1 magnitudes deeper.",
    )
    survey: Annotated[str, OneOf(sorted(SURVEYS))] = Field(
        default="ztf", description="Through whose filters they are seen."
    )
    bands: Annotated[dict[str, Weight], Field(min_length=1)] = Field(
        default={"gr": 1, "gri": 1}, description="Sets of its filters, and how often a view has these, as weights."
    )
    detections: Share = Field(default=0.7, description="Share of the views that have detections of 5 sigma alone.")
    points: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=2, max_length=2)] = Field(
        default=[8, 40],
        description="A view has at most so many observations: least and largest such number, drawn evenly in its"
        " logarithm.",
    )
    ages: Annotated[list[Days], Field(min_length=2, max_length=2)] = Field(
        default=[5.0, 200.0], description="Youngest and oldest age at which a view ends, as those of the other views."
    )

    def contradictions(self) -> Iterator[Contradiction]:
        """Ranges the wrong way round, and filters that the survey does not have."""
        yield from _ranges(self, ("magnitudes", "points", "ages"))
        known = [name for name in SURVEYS[self.survey].wavelengths if len(name) == 1]
        for letters in self.bands:
            if not letters or not set(letters) <= set(known) or len(set(letters)) < len(letters):
                allowed = f"some of {', '.join(known)}, each once" if known else "a survey with one-letter filters"
                yield Contradiction(f"bands.{letters}", f"got {letters!r}; allowed: {allowed}")
        if not any(self.bands.values()):
            yield Contradiction("bands", f"got {self.bands}; allowed: at least one weight above 0")


def _ranges(block: Block, keys: Sequence[str]) -> Iterator[Contradiction]:
    """Ranges of a block that are the wrong way round."""
    for key in keys:
        lowest, highest = getattr(block, key)
        if lowest > highest:
            yield Contradiction(key, f"got [{lowest:g}, {highest:g}]; allowed: the smaller number first")


class Views(Block):
    """Views of the training objects: light curves with less in them, for models that learn what is not finished yet.

    The draws of an object depend on its name and the seed alone. All views of an object, and of its siblings, are in
    one fold.
    """

    example: ClassVar[str] = "views: {per_object: 12, bands: {ugrizy: 1, gr: 1}, visits: [0.5, 1]}"

    per_object: int = Field(default=7, ge=1, le=100, description="Views of each training object that end at some age.")
    ages: Annotated[list[Days], Field(min_length=2, max_length=2)] = Field(
        default=[2.0, 600.0],
        description="Youngest and oldest age at which a view ends: days since the trigger in the observer's frame,"
        " drawn evenly in their logarithm.",
    )
    bands: Annotated[dict[BandSet, Weight], Field(min_length=1)] = Field(
        default={"ugrizy": 6, "gri": 1.5, "gr": 2.5},
        description="Sets of bands, and how often a view keeps these alone, as weights.",
    )
    complete: EachOnce[BandSet] = Field(
        default=["gri", "gr"],
        description="Sets of bands in which each object is seen once more, its whole light curve.",
    )
    visits: Annotated[list[Share], Field(min_length=2, max_length=2)] = Field(
        default=[1.0, 1.0],
        description="Least and largest share of the visits that a view keeps; drawn evenly between them.",
    )
    redshift_error: float = Field(
        default=0.0, ge=0, le=1, description="Standard deviation of the redshifts' scatter in units of 1 + z."
    )
    without_redshift: Share = Field(default=0.0, description="Share of the views whose redshift is forgotten.")
    seed: Seed = Field(default=11, description="Seed of the draws.")
    nearer: Nearer = Field(default_factory=Nearer)

    def contradictions(self) -> Iterator[Contradiction]:
        """Ranges the wrong way round, and band sets of which none is ever drawn."""
        yield from _ranges(self, ("ages", "visits"))
        if not any(self.bands.values()):
            yield Contradiction("bands", f"got {self.bands}; allowed: at least one weight above 0")


class Repeats(Block):
    """Repeats of cross-validation, at most `folds.n_repeats`."""

    parent: Annotated[int, Field(ge=0)] = Field(default=1, description="Of folds by parent.")
    random: Annotated[int, Field(ge=0)] = Field(default=0, description="Of folds at random.")


class Early(Block):
    """Light curves that are not finished: what learns from them, and on which folds that is measured."""

    example: ClassVar[str] = "early: {repeats: {parent: 5, random: 5}}"

    blend: str = Field(
        default="",
        description="A blend whose models learn from `views`. It becomes part of the bundle, and the target `early`"
        " compares it with the submitted one. Empty: there is none, and nothing to measure.",
    )
    folds: Literal["parent", "random"] = Field(
        default="parent",
        description="Folds of the hand-over and of thresholds. `parent`: nothing has learnt from a sibling of what it"
        " is applied to. `random`: folds as those of the challenge's test set.",
    )
    repeats: Repeats = Field(
        default_factory=Repeats,
        description="How many repeats of either kind of folds the target `early` measures; of the kind `folds` at least"
        " one, and never more than `folds.n_repeats`.",
    )


class Ablation(Block):
    """What each feature family is worth to a model: the target `ablation`."""

    example: ClassVar[str] = "ablation: {model: physics_logistic, n_repeats: 5}"

    model: str = Field(description="The model that is fitted without each family in turn, and on each family alone.")
    n_repeats: int = Field(
        default=2, ge=2, le=100, description="Repeats of the cross-validation, at most as many as `folds.n_repeats`."
    )


class Leaderboard(Block):
    """What the target `leaderboard` compares."""

    example: ClassVar[str] = "leaderboard: {only: [v34a, v112, v113]}"

    only: EachOnce[str] = Field(
        default=[], description="Models and blends to compare, beside the submitted blend. Empty: all of them."
    )


class Threshold(Block):
    """The probability above which an object is called a TDE."""

    example: ClassVar[str] = "threshold: {n_resamples: 200}"

    n_resamples: int = Field(
        default=60, ge=1, le=10_000, description="Bootstrap resamples; the threshold is the median over them."
    )


class Candidates(Block):
    """The ranked list of candidates."""

    example: ClassVar[str] = "candidates: {n: 25}"

    n: int = Field(
        default=100,
        ge=1,
        le=1000,
        description="How many objects, those of the highest P(TDE), are explained on the page and in the tables.",
    )


class Submit(Block):
    """Sending the submission to Kaggle: the target `submit`, never part of a run."""

    example: ClassVar[str] = 'submit: {confirm: true, message: "all features, mean of three models"}'

    confirm: bool = Field(
        default=False,
        description="`true` sends the file; otherwise the target says what it would do and stops.",
    )
    message: str = Field(default="mallorn-tde", min_length=1, description="Description of the submission on Kaggle.")
