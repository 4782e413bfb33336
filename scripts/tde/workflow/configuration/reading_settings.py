"""How files of light curves are written down: keys that new light curves and collections to train on have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from tde.filters import SURVEYS
from tde.sources.formats import FORMAT_KEYS
from tde.workflow.configuration.typed_block import EITHER, Block, Contradiction, OneOf

TOTAL = (
    "scienceFlux", "totFlux", "magpsf_corr", "mag_corr", "magpsf_corr_ext", "mag_corr_ext", "magap", "phot_g_mean_flux",
)  # fmt: skip
"""Columns of surveys that hold the light of source and host together."""

Column = Annotated[str, Field(min_length=1)]


class LightCurveColumns(Block):
    """Names of the columns of the light curves; `""` for one that is not there."""

    object_id: str = Field(default="object_id", description="Object. Empty: the file's name.")
    time: Column = Field(default="mjd", description="Time of the observation.")
    value: Column = Field(default="flux", description="Flux or magnitude.")
    error: Column = Field(default="flux_err", description="Error of the flux or magnitude.")
    band: Column = Field(default="band", description="Band.")
    limit: str = Field(default="", description="AB magnitude of the upper limit, where nothing was detected.")
    unit: str = Field(default="", description="Unit of each row, checked to be the one unit that is set.")
    zero_point: str = Field(default="", description="AB zero point of each row.")
    sign: str = Field(
        default="",
        description="Whether the source is brighter (1, t, true) or fainter (-1, 0, f, false) than in the reference"
        " image, where value is the size of the difference: `isdiffpos`.",
    )
    is_limit: str = Field(
        default="", description="Whether the value is an upper limit (1, t, true) and no measurement."
    )
    reference: str = Field(
        default="",
        description="Reference image of each row; the level before the outburst is subtracted for each image and band.",
    )
    ra: str = Field(default="", description="Right ascension of the object in degrees, for `dust_map`.")
    dec: str = Field(default="", description="Declination of the object in degrees.")


class PlainObjectColumns(Block):
    """Names of the columns of the object table; `""` for one that is not there."""

    object_id: Column = Field(default="object_id", description="Object.")
    z: str = Field(default="z", description="Redshift.")
    z_err: str = Field(default="", description="Error of the redshift, for the interval.")
    ebv: str = Field(default="ebv", description="Milky Way E(B-V) in magnitudes.")
    ra: str = Field(default="", description="Right ascension in degrees (ICRS), for `dust_map`.")
    dec: str = Field(default="", description="Declination in degrees.")


class Catalogue(Block):
    """Galaxies with redshifts, for objects with a position and without a redshift."""

    file: str = Field(
        default="",
        description="Text table or Parquet file with one row per galaxy. Empty: no redshift is looked up.",
    )
    radius: float = Field(
        default=2, gt=0, le=3600, description="Greatest distance of the galaxy from the object in arcsec; the nearest"
        " one with a redshift counts, and the predictions give its distance as `host_arcsec`."
    )  # fmt: skip
    ra: Column = Field(default="ra", description="Column of the right ascension in degrees (ICRS).")
    dec: Column = Field(default="dec", description="Column of the declination in degrees.")
    z: Column = Field(default="z", description="Column of the redshift, spectroscopic or photometric.")
    z_err: str = Field(default="", description="Column of its error, for the interval; empty: there is none.")


class Reading(Block):
    """How files of light curves are written down."""

    format: Annotated[str, OneOf(["", *FORMAT_KEYS])] = Field(
        default="",
        description="Format of the files ([which there are](formats.md)). Empty: found from what is in them, or"
        " `long_table` where columns, unit, time or bands below are set.",
    )
    objects: str = Field(
        default="",
        description="Text table or Parquet file with one row per object. Empty: redshifts and E(B-V) are those in the"
        " files of light curves, or unknown.",
    )
    dust_map: str = Field(
        default="",
        description="Folder with the dust maps of Schlegel, Finkbeiner & Davis (`SFD_dust_4096_ngp.fits`,"
        " `SFD_dust_4096_sgp.fits`). Objects with a position and without E(B-V) get it from them, times 0.86. Empty: it"
        " stays unknown.",
    )
    catalogue: Catalogue = Field(default_factory=Catalogue)
    refuse: Literal["file", "run"] = Field(
        default="file",
        description="What ends when one of several files cannot be read: the use of that file, which is named with"
        " the reason, or the run.",
    )
    survey: Annotated[str, OneOf(SURVEYS)] = Field(
        default="lsst",
        description="Whose bands they are, where names do not tell.",
    )
    bands: dict[str, Annotated[str | float, EITHER]] = Field(
        default={},
        description="Further names of bands, each with a band of the survey or an effective wavelength in Angstrom.",
    )
    time: Literal["mjd", "jd"] = Field(default="mjd", description="Modified or plain Julian Dates.")
    unit: Literal["uJy", "nJy", "mJy", "Jy", "zero_point", "AB"] = Field(
        default="uJy",
        description="Unit of the difference fluxes; `zero_point` for counts with an AB zero point, `AB` for"
        " magnitudes.",
    )
    zero_point: float = Field(
        default=23.9, ge=0, le=60, description="AB magnitude of a flux of 1, for unit `zero_point`."
    )
    dereddened: bool = Field(default=False, description="Whether Milky Way extinction is already undone.")
    limit_sigma: float = Field(
        default=5, gt=0, description="An upper limit is this many standard deviations of the noise."
    )
    nightly: bool = Field(default=False, description="Combine the observations of a night in one band.")
    until_mjd: float | None = Field(
        default=None, description="Leave out observations after this MJD, to classify as on that night."
    )
    columns: LightCurveColumns = Field(default_factory=LightCurveColumns)
    object_columns: PlainObjectColumns = Field(default_factory=PlainObjectColumns)

    @property
    def describes_a_table(self) -> bool:
        """Whether a key is set that says how a long table is laid out."""
        keys = ("columns", "unit", "time", "bands", "zero_point")
        return any(
            getattr(self, key) != type(self).model_fields[key].get_default(call_default_factory=True) for key in keys
        )

    def contradictions(self) -> Iterator[Contradiction]:
        """Columns that only one unit has, and total fluxes."""
        if self.columns.value in TOTAL:
            words = f"got {self.columns.value!r}, a total flux; allowed: the flux of a difference image"
            yield Contradiction("columns.value", words)
        for names, block in ((self.columns, "columns"), (self.object_columns, "object_columns")):
            if bool(names.ra) != bool(names.dec):
                yield Contradiction(f"{block}.{'dec' if names.ra else 'ra'}", "got ''; allowed: both ra and dec")
        for key, unit in (("limit", "AB"), ("zero_point", "zero_point")):
            if getattr(self.columns, key) and self.unit != unit:
                words = f"got a column with unit {self.unit}; allowed: only with unit {unit}"
                yield Contradiction(f"columns.{key}", words)
