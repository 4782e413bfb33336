"""The block ``features`` of config.yaml: the families of the registry, and the options of those that have any."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field, create_model

from tde.features.registry import FAMILIES
from tde.gp.fewest_points import MIN_POINTS
from tde.photometry import BANDS
from tde.workflow.configuration.typed_block import Block, Contradiction, EachOnce, IfGiven, OneOf, Seed

Band = Annotated[str, OneOf(BANDS)]


class NoOptions(Block):
    """Options of a family that has none."""


class GpDrwOptions(Block):
    """Options of `gp_drw`."""

    bands: Annotated[EachOnce[Band], Field(min_length=1)] = Field(
        default=["g", "r", "i"],
        description="Bands that are fitted in every object; the columns across bands are about these.",
    )
    optional_bands: dict[Band, Annotated[int, Field(ge=MIN_POINTS, le=10_000)]] = Field(
        default={"u": 15},
        description="Further bands, each with the fewest points at which it is fitted. They have columns of their own.",
    )

    def contradictions(self) -> Iterator[Contradiction]:
        """Bands that are named twice."""
        for band in self.optional_bands:
            if band in self.bands:
                yield Contradiction("optional_bands", f"got {band!r}, which is one of bands; allowed: other bands")


N_CONVOLUTIONS = "Convolutions of each band; for minirocket and multirocket pairs of a convolution and a bias."


class RandomConvolutions(Block):
    """Options of ROCKET."""

    n_convolutions: int = Field(default=500, ge=1, le=100_000, description=N_CONVOLUTIONS)
    seed: Seed = Field(default=42, description="Seed of the convolutions.")


class MiniRocketOptions(RandomConvolutions):
    """Options of MiniRocket."""

    n_convolutions: int = Field(default=10_000, ge=1, le=100_000, description=N_CONVOLUTIONS)


class MultiRocketOptions(RandomConvolutions):
    """Options of MultiRocket."""

    n_convolutions: int = Field(default=1680, ge=1, le=100_000, description=N_CONVOLUTIONS)


OPTIONS: dict[str, type[Block]] = {
    "gp_drw": GpDrwOptions,
    "rocket": RandomConvolutions,
    "rocket_linear": RandomConvolutions,
    "minirocket": MiniRocketOptions,
    "multirocket": MultiRocketOptions,
}
"""Options by family; a family that is not named here has none."""


class FamiliesInUse(Block):
    """The feature families to compute; each is a package `scripts/tde/features/<name>`.

    A family is in use if its name is there, with `{}` where nothing is to be set.
    """

    example: ClassVar[str] = """\
features:
  domain: {}
  gp_drw: {bands: [g, r], optional_bands: {u: 20, i: 10}}
"""

    def contradictions(self) -> Iterator[Contradiction]:
        """No family at all."""
        if not self.model_fields_set:
            yield Contradiction("", "got no family; allowed: one or more")


def _given(title: str, options: type[Block]) -> Any:
    """Kind and default of a family's key: nothing, or its options."""
    return Annotated[options | None, IfGiven()], Field(default=None, description=title)


Features: type[FamiliesInUse] = create_model(
    "Features",
    __base__=FamiliesInUse,
    __doc__=FamiliesInUse.__doc__,
    **{family.name: _given(family.title, OPTIONS.get(family.name, NoOptions)) for family in FAMILIES},
)
"""The class of the block, made from the registry: a family registered there needs no line here."""
