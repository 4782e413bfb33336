"""How the user's light curves are written down: the block ``predict`` of config.yaml."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from tde.errors import InputError
from tde.predict.bands import BandMap, band_map

FLUX_UNITS = {"uJy": 1.0, "nJy": 1e-3, "mJy": 1e3, "Jy": 1e6}
"""Micro-Jansky in one of each."""

UNITS = (*FLUX_UNITS, "zero_point", "AB")


@dataclass(frozen=True)
class Columns:
    """Names of the columns of the light curves; empty where there is none.

    Attributes
    ----------
    object_id, time, band : str
    value, error : str
        Flux and its error, or magnitude and its error.
    limit : str
        AB magnitude of the limit where nothing was detected.
    unit : str
        Unit of each row; all must be the unit set.
    zero_point : str
        AB zero point of each row, for ``unit: zero_point``.
    """

    object_id: str = "object_id"
    time: str = "mjd"
    value: str = "flux"
    error: str = "flux_err"
    band: str = "band"
    limit: str = ""
    unit: str = ""
    zero_point: str = ""


@dataclass(frozen=True)
class ObjectColumns:
    """Names of the columns of the object table; empty where there is none."""

    object_id: str = "object_id"
    z: str = "z"
    z_err: str = ""
    ebv: str = "ebv"
    label: str = ""


@dataclass(frozen=True)
class Settings:
    """Where the light curves lie and how to read them.

    Attributes
    ----------
    lightcurves : str
        A CSV or Parquet file, a folder of them, or a pattern such as ``night_*.csv``.
    objects : str
        The object table; empty for none.
    survey : str
        Key of `tde.predict.bands.SURVEYS`.
    bands : dict
        Further names of bands: a band of the survey or a wavelength in Angstrom.
    time : str
        ``mjd`` or ``jd``.
    unit : str
        One of `UNITS`.
    zero_point : float
        AB magnitude of a flux of 1, for ``unit: zero_point`` without a column.
    dereddened : bool
        Whether Milky Way extinction is already undone.
    limit_sigma : float
        Upper limits are this many standard deviations.
    until_mjd : float or None
        Later observations are left out.
    columns : Columns
    object_columns : ObjectColumns
    """

    lightcurves: str
    objects: str = ""
    survey: str = "lsst"
    bands: dict[str, str | float] = field(default_factory=dict)
    time: str = "mjd"
    unit: str = "uJy"
    zero_point: float = 23.9
    dereddened: bool = False
    limit_sigma: float = 5.0
    until_mjd: float | None = None
    columns: Columns = field(default_factory=Columns)
    object_columns: ObjectColumns = field(default_factory=ObjectColumns)

    def band_map(self) -> BandMap:
        """The bands' names and what they mean."""
        return band_map(self.survey, self.bands)


def parse_settings(block: dict[str, Any]) -> Settings:
    """Settings from the block ``predict`` of config.yaml; keys that are not about reading are ignored.

    Raises
    ------
    InputError
        If settings contradict each other.
    """
    known = {item.name for item in fields(Settings)}
    given = {key: value for key, value in block.items() if key in known}
    given["columns"] = Columns(**given.get("columns") or {})
    given["object_columns"] = ObjectColumns(**given.get("object_columns") or {})
    settings = Settings(**given)
    if settings.unit not in UNITS:
        raise InputError(f"predict.unit: got {settings.unit!r}; allowed: {', '.join(UNITS)}")
    if settings.columns.limit and settings.unit != "AB":
        raise InputError(f"predict.columns.limit: got a column with unit {settings.unit}; allowed: only with unit AB")
    if settings.columns.zero_point and settings.unit != "zero_point":
        raise InputError(
            f"predict.columns.zero_point: got a column with unit {settings.unit}; allowed: only with unit zero_point"
        )
    return settings
