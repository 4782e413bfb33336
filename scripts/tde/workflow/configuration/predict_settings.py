"""The block ``predict`` of config.yaml: new light curves, how they are written down, and how they are classified."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from tde.errors import InputError
from tde.evaluation.classes import CLASSES
from tde.sources.dates import mjd_of
from tde.workflow.configuration.reading_settings import PlainObjectColumns, Reading
from tde.workflow.configuration.typed_block import EITHER, Block, Contradiction

Wish = Literal["purity", "completeness", "budget"]
Number = Annotated[float, Field(gt=0)]
Rate = Annotated[float, Field(ge=0, le=1)]

SUM_TO_ONE = 1e-3
"""Rates of classes may miss 1 by so much: a user writes few digits."""


class ObjectColumns(PlainObjectColumns):
    """Names of the columns of the object table; `""` for one that is not there."""

    label: str = Field(
        default="",
        description="Where the class is known: 1 or TDE for a TDE, anything else for another object. The predictions"
        " are then scored.",
    )


class NewLightCurves(Block):
    """Which light curves are classified, and with what."""

    name: str = Field(
        default="new",
        pattern=r"^[A-Za-z0-9_-]+$",
        description="Results lie in `results/predict/` under this name.",
    )
    bundle: str = Field(
        default="",
        description="A trained blend: a folder (target `bundle`), or one file (target `packed`). Empty: that of the"
        " data set, which is trained if need be; with `dataset: simulated` the one that comes with the repository,"
        " which was trained on MALLORN.",
    )
    lightcurves: Annotated[str | list[str], EITHER] = Field(
        default="",
        description="Files of light curves: a path, a folder, a pattern such as `new/*.csv`, or a list of these.",
    )


class Predict(Reading, NewLightCurves):
    """New light curves to classify with a trained blend: the target `predict`."""

    example: ClassVar[str] = """\
predict:
  name: night_12
  lightcurves: [new/first.csv, new/more]
  objects: new/objects.csv
  survey: ztf
  unit: AB
  columns: {value: mag, error: mag_err, limit: limiting_mag}
  object_columns: {z: redshift}
"""

    object_columns: ObjectColumns = Field(default_factory=ObjectColumns)
    learnt_from: Literal["both", "whole", "views"] = Field(
        default="both",
        description="Whose P(TDE) it is: that of models which learnt from `whole` light curves (the submitted blend),"
        " of those which learnt from `views` of unfinished ones, or of `both`, as far as the light curve has come.",
    )
    choose: Annotated[Literal["f1"] | dict[Wish, Number], EITHER] = Field(
        default="f1",
        description="Which objects are called TDEs: those above the threshold of the highest F1, which depends on the"
        " days since the trigger, or those that make a list as asked: `{purity: 0.8}`, `{completeness: 0.9}`,"
        " `{budget: 20}` (the 20 most probable).",
    )
    prior: Annotated[Literal["training", "estimated"] | dict[str, Rate], EITHER] = Field(
        default="training",
        description="How common the classes are where the light curves come from: as among the `training` objects; as"
        " `estimated` from what the models say of the run's objects whose calibration is `as_trained` (100 or more, of"
        " no other classes than the models know); or a rate for each class, which sum to 1, such as `{AGN: 0.2,"
        " Ia: 0.58, CC: 0.2, SLSN: 0.01, TDE: 0.01}`. Probabilities, intervals, thresholds and histories are then"
        " those under these rates; `resample_above` and `history_above` go by the training objects'.",
    )
    history: Annotated[bool | list[float | str], EITHER] = Field(
        default=False,
        description="Also give P(TDE) as a history: for each night on which an object was observed, or for each date of"
        " a list (MJD or ISO, UTC), what the blend says with the data until then.",
    )
    history_above: float = Field(
        default=0, ge=0, le=1, description="P(TDE) of the whole light curve from which on an object gets a history."
    )
    chunk_size: int = Field(default=4000, ge=1, le=100_000, description="Objects per job.")
    n_redshifts: int = Field(
        default=5,
        ge=1,
        le=99,
        description="Redshifts, taken from the training objects, over which an object without one is averaged.",
    )
    n_resamples: int = Field(
        default=5,
        ge=0,
        le=1000,
        description="Draws of half the nights behind the interval; with 0 it is the spread of the models alone.",
    )
    resample_above: float = Field(default=0.2, ge=0, le=1, description="P(TDE) from which on nights are drawn.")

    def contradictions(self) -> Iterator[Contradiction]:
        """As for all files of light curves; dates that are none, and wishes that cannot be met."""
        yield from super().contradictions()
        yield from self._wrong_dates()
        yield from self._wrong_choice()
        yield from self._wrong_prior()

    def _wrong_dates(self) -> Iterator[Contradiction]:
        """Entries of ``history`` that are no dates."""
        if self.history == []:
            yield Contradiction("history", "got []; allowed: true, false or a list of at least one date")
        for k, given in enumerate([] if isinstance(self.history, bool) else self.history):
            try:
                mjd_of(given)
            except InputError as error:
                yield Contradiction(f"history.{k}", str(error))

    def _wrong_choice(self) -> Iterator[Contradiction]:
        """Wishes of which there are several, none, or that cannot be met."""
        if isinstance(self.choose, str):
            return
        if len(self.choose) != 1:
            yield Contradiction(
                "choose", f"got {dict(self.choose)}; allowed: f1, or one of purity, completeness, budget"
            )
        for wish, number in self.choose.items():
            if wish == "budget":
                if number % 1:
                    yield Contradiction("choose.budget", f"got {number:g}; allowed: a whole number of objects")
                continue
            if number >= 1:
                yield Contradiction(f"choose.{wish}", f"got {number:g}; allowed: a share below 1")
            if self.learnt_from != "both":
                words = f"got {wish} with learnt_from: {self.learnt_from}; allowed: with learnt_from: both"
                yield Contradiction(f"choose.{wish}", words)

    def _wrong_prior(self) -> Iterator[Contradiction]:
        """Rates that are none of classes, and models for which none but the training objects' are known."""
        if self.prior == "training":
            return
        if self.learnt_from != "both":
            words = f"got {self.prior} with learnt_from: {self.learnt_from}; allowed: with learnt_from: both"
            yield Contradiction("prior", words)
        if isinstance(self.prior, str):
            return
        unknown = [name for name in self.prior if name not in (*CLASSES, "rest")]
        total = sum(self.prior.values())
        if unknown:
            yield Contradiction(f"prior.{unknown[0]}", f"unknown class; allowed: {', '.join(CLASSES)}")
        elif abs(total - 1.0) > SUM_TO_ONE:
            yield Contradiction("prior", f"got rates that sum to {total:.4g}; allowed: rates of all classes, sum 1")
        elif self.prior.get("TDE", 0.0) == 0.0:
            yield Contradiction("prior.TDE", "got 0; allowed: more than 0, or nothing can be a TDE")
