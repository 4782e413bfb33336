"""The blocks ``datasets`` of config.yaml: collections of labelled light curves to train on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from tde.evaluation.classes import CLASSES, TDE
from tde.workflow.configuration.predict_settings import ObjectColumns, Predict
from tde.workflow.configuration.reading_settings import Reading
from tde.workflow.configuration.typed_block import EITHER, Block, Contradiction, OneOf

Class = Annotated[str, OneOf(CLASSES)]


class LabelledLightCurves(Block):
    """Which light curves are learnt from, and where their labels are."""

    files: Annotated[str | list[str], EITHER] = Field(
        description="Files of light curves in any [format](formats.md): a path, a folder, a pattern such as"
        " `survey/*.txt`, or a list of these. Labelled objects are learnt from; the others are classified, as a test"
        " set is."
    )
    label: str = Field(
        default="",
        description="Column of `objects` with the labels. Empty: the labels are those in the files of light curves."
        " Nothing, `unknown` and a label that ends with `?` are no label, unless `classes` names them.",
    )
    classes: dict[str, Class | None] = Field(
        description="Class of each label, to the letter; null for objects that are to be classified, not learnt from."
    )
    group: str = Field(
        default="",
        description="Column of `objects` that is the same for objects of one event: they stay in one fold. Where it is"
        " empty, or there is none, each object is an event of its own.",
    )
    set: str = Field(
        default="",
        description="Column of `objects` with the name of the set that an object is of, where several are learnt from"
        " together: scores by stratum are given for each.",
    )
    weights: dict[str, Annotated[float, Field(gt=0.0)]] = Field(
        default_factory=dict,
        description="Weight in training of each object of a set, by its name; 1 where none is given. Ratios count.",
    )


class Collection(Reading, LabelledLightCurves):
    """Labelled light curves in any format to train on, a block for each collection: `dataset` names one of them.

    The keys from `format` on say how the files are written down, as in `predict`.
    """

    example: ClassVar[str] = """\
datasets:
  my_survey:
    files: [survey, more/*.csv]
    objects: labels.csv
    label: type
    classes: {TDE: TDE, TDE-H: TDE, SN Ia: Ia, SN II: CC, SLSN-I: SLSN, bogus: null}
    group: event
    object_columns: {z: redshift}
"""

    def contradictions(self) -> Iterator[Contradiction]:
        """As for all files of light curves; columns of no table, and classes that nothing can be learnt from."""
        yield from super().contradictions()
        for key in ("label", "group", "set"):
            column = getattr(self, key)
            if column and not self.objects:
                yield Contradiction(key, f"got {column!r}, a column of objects, which is not set; allowed: both or ''")
        if self.weights and not self.set:
            yield Contradiction("weights", "got weights of sets, and no column in set; allowed: both or neither")
        found = {name for name in self.classes.values() if name}
        if CLASSES[TDE] not in found or len(found) < 2:
            got = ", ".join(sorted(found)) or "none"
            yield Contradiction(
                "classes", f"got labels of {got}; allowed: of {CLASSES[TDE]} and another class at least"
            )

    def as_predict(self) -> Predict:
        """The same files as the readers are told of new light curves."""
        given = {key: getattr(self, key) for key in Reading.model_fields if key in self.model_fields_set}
        columns = ObjectColumns(**self.object_columns.model_dump())
        return Predict(**given | {"lightcurves": self.files, "object_columns": columns})
