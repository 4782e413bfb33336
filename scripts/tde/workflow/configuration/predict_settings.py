"""The block ``predict`` of config.yaml: new light curves, how they are written down, and how they are classified."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from tde.errors import InputError
from tde.filters import SURVEYS
from tde.sources.dates import mjd_of
from tde.sources.formats import FORMAT_KEYS
from tde.workflow.configuration.typed_block import EITHER, Block, Contradiction, OneOf

TOTAL = (
    "scienceFlux", "totFlux", "magpsf_corr", "mag_corr", "magpsf_corr_ext", "mag_corr_ext", "magap", "phot_g_mean_flux",
)  # fmt: skip
"""Columns of surveys that hold the light of source and host together."""

Column = Annotated[str, Field(min_length=1)]

Wish = Literal["purity", "completeness", "budget"]
Number = Annotated[float, Field(gt=0)]


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


class ObjectColumns(Block):
    """Names of the columns of the object table; `""` for one that is not there."""

    object_id: Column = Field(default="object_id", description="Object.")
    z: str = Field(default="z", description="Redshift.")
    z_err: str = Field(default="", description="Error of the redshift, for the interval.")
    ebv: str = Field(default="ebv", description="Milky Way E(B-V) in magnitudes.")
    ra: str = Field(default="", description="Right ascension in degrees (ICRS), for `dust_map`.")
    dec: str = Field(default="", description="Declination in degrees.")
    label: str = Field(
        default="",
        description="Where the class is known: 1 or TDE for a TDE, anything else for another object. The predictions"
        " are then scored.",
    )


class Predict(Block):
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

    name: str = Field(
        default="new",
        pattern=r"^[A-Za-z0-9_-]+$",
        description="Results lie in `results/{dataset}/predict/` under this name.",
    )
    bundle: str = Field(
        default="",
        description="Folder of a trained blend (target `bundle`). Empty: that of the data set, which is trained if"
        " need be.",
    )
    lightcurves: Annotated[str | list[str], EITHER] = Field(
        default="",
        description="Files of light curves: a path, a folder, a pattern such as `new/*.csv`, or a list of these.",
    )
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
        description="Draws of the noise behind the interval; with 0 it is the spread of the models alone.",
    )
    resample_above: float = Field(default=0.2, ge=0, le=1, description="P(TDE) from which on the noise is drawn.")

    @property
    def describes_a_table(self) -> bool:
        """Whether a key is set that says how a long table is laid out."""
        keys = ("columns", "unit", "time", "bands", "zero_point")
        return any(
            getattr(self, key) != type(self).model_fields[key].get_default(call_default_factory=True) for key in keys
        )

    def contradictions(self) -> Iterator[Contradiction]:
        """Columns that only one unit has, total fluxes, and dates that are none."""
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
        yield from self._wrong_dates()
        yield from self._wrong_choice()

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
