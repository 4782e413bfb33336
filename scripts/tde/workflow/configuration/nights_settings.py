"""The block ``nights`` of config.yaml: files that come in night by night, and the list of each morning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from tde.sources.formats import LONG_TABLE
from tde.workflow.configuration.predict_settings import ObjectColumns, Predict
from tde.workflow.configuration.reading_settings import Reading
from tde.workflow.configuration.typed_block import Block, Contradiction

REPLAY_FILES, REPLAY_OBJECTS, REPLAY_TRUTH = "files", "objects.parquet", "truth.parquet"
"""What is made from a data set: a folder of nights, redshifts and E(B-V), and classes."""

PLACEHOLDERS = ("object_id", "ra", "dec")

Days = Annotated[float, Field(gt=0)]


class FirstCut(Block):
    """What an object needs so that its features are computed: cheap to tell from its detections."""

    fewest_detections: int = Field(
        default=2, ge=0, description="Detections of at least 5 sigma, brighter than the reference image."
    )
    brighter_share: float = Field(
        default=0.5, ge=0, le=1, description="Least share of the detections that are brighter than the reference image."
    )
    oldest: Days = Field(default=1000, description="Most days since the first detection.")
    faded: Days = Field(default=100, description="Most days since the last detection.")
    least_score: float = Field(
        default=0,
        ge=0,
        le=1,
        description="Least score (real 1, bogus 0) that the survey gives the best detection; objects without one pass.",
    )
    star_score: float = Field(
        default=1,
        ge=0,
        le=1,
        description="Highest star score (star 1, galaxy 0) of the catalogued source within 1.5 arcsec that the alert"
        " names (ZTF: `sgscore1`). 1: all pass, since compact galaxies have high scores, too.",
    )
    parallax: float = Field(
        default=5,
        ge=0,
        description="Greatest parallax of the catalogued source at this place in units of its error, where the alert"
        " tells (Fink); what has one is a star of the Milky Way.",
    )
    moving: float = Field(
        default=2,
        ge=0,
        description="Least distance in arcsec of a known moving object from the newest alert, where it tells (ZTF:"
        " `ssdistnr`). The object comes back with its next alert.",
    )


class MorningList(Block):
    """What the morning page shows."""

    keep_above: float = Field(
        default=0.02, ge=0, le=1, description="P(TDE) from which on an object has a history on the list."
    )
    change: float = Field(
        default=0.1, gt=0, le=1, description="Change of P(TDE) since the last time that is told as a rise or a fall."
    )
    near: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Distance of P(TDE) from the threshold below which it is near the decision.",
    )
    forget: Days = Field(default=200, description="Days without news after which an object leaves the list.")
    most: int = Field(default=25, ge=1, le=500, description="Objects in each part of the page, the first by P(TDE).")


class Site(Block):
    """Where one observes from."""

    name: str = Field(default="Cerro Pachon", min_length=1, description="Name of the site.")
    latitude: float = Field(default=-30.2446, ge=-90, le=90, description="Geographic latitude in degrees.")
    longitude: float = Field(default=-70.7494, ge=-180, le=360, description="Longitude in degrees, to the east.")
    least_altitude: float = Field(
        default=30, ge=0, lt=90, description="Degrees above the horizon that an object has to reach."
    )
    least_sun_distance: float = Field(default=60, ge=0, le=180, description="Degrees from the Sun.")


class Replay(Block):
    """Nights made from the data set itself, where no files come in."""

    set: Literal["train", "test"] = Field(
        default="test", description="Which objects: those that the bundle has not learnt from, or has."
    )
    n_nights: int = Field(default=30, ge=1, le=1000, description="How many nights.")
    step: int = Field(default=1, ge=1, le=1000, description="Days that one night stands for.")
    start: int | None = Field(
        default=None,
        description="MJD of the first night. Empty: so that as many detections as can be fall into the nights.",
    )
    n_objects: int = Field(default=3000, ge=1, description="Objects at most, by a hash of their names.")
    period: int | None = Field(
        default=120,
        ge=1,
        description="Days. Objects that came over years are moved by whole periods so that all first detections fall"
        " into one, which makes nights as full as those of a survey. Empty: as they came.",
    )


class NightFiles(Block):
    """Which files come in."""

    name: str = Field(
        default="stream",
        pattern=r"^[A-Za-z0-9_-]+$",
        description="Results lie in `results/nights/` under this name.",
    )
    files: str = Field(
        default="",
        description="Folder that files come into, of any [format](formats.md). A date in the name of a file or of a"
        " folder in it (2026-11-27, 20261127, mjd61371) is its night; without, the newest observation tells. Empty:"
        " nights made from the data set itself, to try it (`nights.replay`).",
    )
    parts: int = Field(
        default=1,
        ge=1,
        le=1000,
        description="Parts of the state by a hash of the object, each a job of every night. Another number reads all"
        " nights again.",
    )
    megabytes: float = Field(
        default=1000,
        gt=0,
        description="Avro files of a night that one job reads, in MB. A larger night is read by several jobs, with the"
        " same result.",
    )
    following: str = Field(
        default="",
        description="Text table with the columns object_id and status (`follow` or `drop`), as the morning page writes"
        " it. Empty: nothing is followed or dropped.",
    )
    classes: str = Field(
        default="",
        description="Text table of spectroscopic classes that came back: object_id and type, and date (of the spectrum)"
        " if it is known. Empty: nothing is scored.",
    )


class Nights(Reading, NightFiles):
    """Files that come in night by night, and a list each morning: the target `nights`.

    The keys from `format` on say how the files are written down, as in `predict`; which bundle classifies and how is
    said there.
    """

    example: ClassVar[str] = """\
nights:
  name: rubin
  files: incoming
  parts: 8
  first_cut: {fewest_detections: 3, least_score: 0.5}
  site: {name: La Palma, latitude: 28.76, longitude: -17.88}
  following: following.csv
"""

    object_columns: ObjectColumns = Field(default_factory=ObjectColumns)
    first_cut: FirstCut = Field(default_factory=FirstCut)
    morning: MorningList = Field(default_factory=MorningList)
    site: Site = Field(default_factory=Site)
    links: dict[str, str] = Field(
        default={},
        description="Links out of the page: a name and an address with `{object_id}`, `{ra}` or `{dec}` for the object."
        " Empty: the page needs no network.",
    )
    replay: Replay = Field(default_factory=Replay)

    def contradictions(self) -> Iterator[Contradiction]:
        """As for all files of light curves; links without a place for the object."""
        yield from super().contradictions()
        for name, address in self.links.items():
            try:
                filled = address.format(**dict.fromkeys(PLACEHOLDERS, "1"))
            except (KeyError, IndexError, ValueError):
                filled = address
            if filled == address:
                allowed = ", ".join(f"{{{word}}}" for word in PLACEHOLDERS)
                yield Contradiction(f"links.{name}", f"got {address!r}; allowed: an address with {allowed}")

    def as_predict(self, replay: str) -> Predict:
        """The same files as the readers are told of new light curves.

        Parameters
        ----------
        replay : str
            Folder of the nights that are made from the data set, which are read where no files come in.
        """
        if not self.files:
            objects = f"{replay}/{REPLAY_OBJECTS}"
            return Predict(lightcurves=f"{replay}/{REPLAY_FILES}", objects=objects, format=LONG_TABLE, dereddened=True)
        given = {key: getattr(self, key) for key in Reading.model_fields if key in self.model_fields_set}
        columns = ObjectColumns(**self.object_columns.model_dump())
        return Predict(**given | {"lightcurves": self.files, "object_columns": columns})
