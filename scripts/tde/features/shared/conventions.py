"""One convention for each thing that columns are about, and what a column's row must say of it.

A row leans on the conventions that head the catalogue, but is never silent: it names the frame of
its times, the logarithm, the divisor of a standard deviation, and so on. `lacking` says what a
row keeps to itself.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tde.features.table import Column

OBSERVER = "observer frame"
REST = "rest frame"

NOT_DETERMINED = "NaN if not determined"
"""Edge policy of maximum-likelihood fits: see `tde.gp.unit_series.Fits.determined`."""

BOUND = "at an edge the bound itself"
PUBLISHED_BOUND = f"{BOUND}, as published"
UNSEEN = "NaN if the curve ends before"
CENSORED = "at the data's end that time, to 0.1 d, and a flag"
FLAGGED = "at an edge the bound, and a flag"
UNBOUNDED = "no bounds"

LIKELIHOOD_GAIN = "likelihood gain >= 0, no penalty"
EITHER_SIGN = "either sign"
"""What a gain of one model over another can be: of nested models, and of others."""


def nan_at_edge(box: str = "") -> str:
    """Edge policy of a quantity that is NaN at an edge of a range such as ``3..80 kK``."""
    return f"NaN at an edge of {box}" if box else "NaN at an edge"


def flag_of(name: str, **more: str) -> Column:
    """The column that says whether a fitted quantity ended at an edge of its range.

    Parameters
    ----------
    name : str
        Column of the quantity.
    **more : str
        Label and source, as in `Column`.
    """
    return Column(f"{name}_edge", "", f"1 at the upper edge of the range of {name}, -1 at the lower, 0 between", **more)


class Convention(NamedTuple):
    """What all columns of a kind have in common, and how it is told that a row says so.

    Patterns are looked for in a column's name, unit and meaning, in this order with blanks between
    them; underscores count as blanks.

    Attributes
    ----------
    subject : str
        What it is about, in the catalogue and in messages.
    rule : str
        For the head of the catalogue; empty for a rule that follows from another.
    asked : str
        Pattern of a column whose row must say more.
    said : str
        Pattern of one that has said it.
    example : str
        What a row may say.
    spared : str
        Pattern of one that need not say it though it looks so.
    """

    subject: str
    rule: str
    asked: str
    said: str
    example: str
    spared: str = "(?!)"


FRAME = Convention(
    "frame of times",
    "Days, rates, wavelengths and temperatures are those of the frame that the row names: observer frame, or rest frame"
    " (divided or multiplied by 1 + z). Phases count from the object's peak.",
    asked=r"\b(d2?|days?|phases?|t|t0|tau|T|temperature|(time|length|wavelength) scale|Angstrom)\b",
    said="",
    example="rest frame (frame=REST)",
    spared=r"\b1 at the upper edge|/ mean of (drw|bazin)|/ tau fall of that fit|standard error of (that|ln|log10)",
)

_FITTED = r"""random[ ]walk | Matern | process | fit | fitted | best | black[ -]body | T | t0 | tau | alpha | l[ ][tw]
    | ln\(c | (time|length|wavelength)[ ]scale | (damping|rise|fall|fade)[ ]time | (rise|fade|duration)[ ]\d\d
    | time[ ](above|after|before|from) | full[ ]width | t50"""
"""What a fit finds or the end of the data can cut short."""

_NO_PARAMETER = r"""likelihood|posterior|\bln[ ]L\b|chi-squared|chisq|chi2|misfit|\bloss|\brms\b|residual
    |weighted[ ]R\^2|SF,[ ]signed|SF\^2|1[ ]if|1[ ]at[ ]the[ ]upper[ ]edge"""
"""How well something fits, and flags."""

EDGE = Convention(
    "policy at an edge",
    "What the data do not determine is NaN, and so is a fitted parameter at an edge of the range it was looked for in,"
    " except where the row says that it is the bound itself. A time at an edge, or cut short by the data's end, is NaN,"
    " or that of the edge or end with a flag beside it (NaN if the data end at the peak). NaN if not determined: at"
    " an edge, or not known to within a factor of e^5.",
    asked=rf"(?x)\b({_FITTED})\b",
    said="",
    example="NaN at an edge of 3..80 kK (edge=nan_at_edge('3..80 kK'))",
    spared=f"(?x){_NO_PARAMETER}",
)

CONVENTIONS = (
    FRAME,
    Convention(
        "logarithm",
        "Logarithms are natural and written ln, likelihoods and posteriors among them, unless the unit is dex: there"
        " they are decimal, as the literature has temperatures, radii, luminosities and energies.",
        asked=r"\blog\b|logarithm|\blog1p\b",
        said=r"\bln\b|\blog10\b",
        example="ln(tau / d)",
        spared=r"\b1 at the upper edge",
    ),
    Convention(
        "unit of a logarithm",
        "",
        asked=r"\bdex\b.*\bln\b|^(?!.* (dex|mag)\b).*\blog(10\b| (temperature|radius|luminosity)\b)",
        said="(?!)",
        example="dex(K) for log10(T / K), none for ln(tau / d)",
    ),
    Convention(
        "standard deviation",
        "Standard deviations and variances are divided by n - 1 or by n (the sum of the weights, where there are any),"
        " as the row says. sd is the standard deviation of a posterior.",
        asked=r"standard deviation|\bvariance|\b(std|var|cv|consistency|dispersion)\b",
        said=r"\(n( - 1)?\)",
        example="standard deviation (n - 1) of the fluxes",
    ),
    Convention(
        "kurtosis",
        "Kurtosis is the excess m4 / m2^2 - 3, which is 0 for a normal distribution.",
        asked="kurtosis",
        said=r"m4 / m2\^2 - 3",
        example="m4 / m2^2 - 3 of the fluxes",
    ),
    Convention(
        "skewness",
        "Skewness is m3 / m2^1.5, the moments m divided by n.",
        asked="skew",
        said=r"m3 / m2\^1\.5",
        example="m3 / m2^1.5 of the fluxes",
    ),
    Convention(
        "sign of an index",
        "alpha is the exponent of F ~ t^alpha, negative in a decline; a decay index is -alpha, positive in a decline.",
        asked=r"\balpha\b|\bdecay index\b",
        said=r"negative|positive",
        example="index alpha of A (t - t0)^alpha, negative in a decline",
        spared=r"standard error|reduced chi",
    ),
    Convention(
        "signal to noise",
        "Signal to noise is flux / flux_err with its sign; where it is the absolute value, the row says so.",
        asked=r"\b(mean|median) snr|snr (mean|median)\b",
        said=r"signed|absolute",
        example="mean of flux / flux_err, signed",
    ),
    Convention(
        "excess variance",
        "Excess variance is the variance (n - 1) less the mean squared error, in uJy2; normalised, it is divided by the"
        " squared mean flux.",
        asked=r"^(\w )?(all )?(normalised )?excess variance",
        said=r"normalised:",
        example="not normalised: variance (n - 1) of the fluxes - mean flux_err^2",
    ),
    Convention(
        "gain",
        "A likelihood gain compares a model with one that it contains: no penalty and no prior volume is taken off, so"
        " that it is never negative. Of models that do not contain each other the difference has either sign.",
        asked=r"\bgain\b",
        said=r">= 0, no penalty|either sign",
        example="likelihood gain >= 0, no penalty",
    ),
    EDGE,
)
"""In the order of the catalogue."""

PUBLISHED = (
    "as published",
    "Tables rebuilt from public systems keep the names, and where a row says so the definitions, of their authors.",
)


def _asks(column: Column, convention: Convention) -> bool:
    text = f"{column.name} {column.unit} {column.meaning}".replace("_", " ")
    return re.search(convention.asked, text) is not None and re.search(convention.spared, text) is None


def _says(column: Column, convention: Convention) -> bool:
    if convention is FRAME:
        return column.frame in (OBSERVER, REST)
    if convention is EDGE:
        return column.edge != ""
    return re.search(convention.said, f"{column.unit} {column.meaning}") is not None


def lacking(column: Column) -> list[Convention]:
    """Conventions that a column's row must name and does not."""
    return [convention for convention in CONVENTIONS if _asks(column, convention) and not _says(column, convention)]
