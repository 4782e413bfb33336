"""The feature families, one row each: what the workflow must know of a family without importing it.

A family is a module or a package of `tde.features` with the row's name; `tde.features.table`
says what it must define. Nothing else knows a family by its name: rules, configuration,
catalogue, reasons, figures, predictions and bundles ask the rows.
"""

from __future__ import annotations

from typing import NamedTuple

COLOUR = "Colour and temperature"
LUMINOSITY = "Redshift and luminosity"
DECLINE = "Rise and decline"
SHAPE = "Shape of the light curve"
VARIABILITY = "Variability"
OTHER = "Other features"


class Family(NamedTuple):
    """One family of features.

    Attributes
    ----------
    name : str
        Its key under ``features`` in config.yaml, and its module.
    title : str
        What it measures, in a line.
    group : str
        What its features are about, where reasons for and against a candidate are sorted.
    reads : tuple of str
        Families whose fitted curves it computes its features from, its own among them.
    curves : str
        What the curves are called that it fits to all bands of an object; empty if it fits none.
    learns : bool
        Whether it learns from training objects, and is therefore fitted anew inside each fold.
    """

    name: str
    title: str
    group: str = OTHER
    reads: tuple[str, ...] = ()
    curves: str = ""
    learns: bool = False


FAMILIES = (
    Family("domain", "Statistics, decay, smoothness, quality and colours per band", VARIABILITY),
    Family("gp_drw", "Damped-random-walk and Matern-3/2 fits, per band and for the bands combined", VARIABILITY),
    Family("statistics", "Moments, quantiles, signal to noise, variability and sampling, per band and of all bands",
           VARIABILITY),
    Family("gp2d", "One Gaussian process in time and wavelength per object, and the shape of its curves", SHAPE,
           reads=("gp2d",), curves="Gaussian process in time and wavelength"),
    Family("rank1", "One curve for all bands, fitted as a Gaussian process with its colours, and what follows from it",
           SHAPE, reads=("rank1",), curves="One curve times colours, constant (solid) or evolving (dashed)"),
    Family("hypotheses", "Free colours, black bodies of constant and changing temperature, and parametric light curves"
           " times a black body against each other", SHAPE, reads=("rank1",)),
    Family("bazin", "Bazin fits per band: a rise, a fall and a baseline", DECLINE),
    Family("shape", "Rise, fade, asymmetry and power-law decline of the peak along the curves of `gp2d`", DECLINE,
           reads=("gp2d",)),
    Family("tde_physics", "Colour and temperature trends, late emission, rise and decline along the curves of `gp2d`,"
           " in the observer's and the rest frame", DECLINE, reads=("gp2d",)),
    Family("colour", "Colours and black-body temperatures along the curves of `gp2d`, and how they evolve", COLOUR,
           reads=("gp2d",)),
    Family("powerlaw", "Nine laws of decline after the peak in g, r and i, and the free power-law index", DECLINE),
    Family("luminosity", "Absolute magnitudes, black bodies and radiated energies of the curves of `gp2d` at rest-frame"
           " phases", LUMINOSITY, reads=("gp2d",)),
    Family("surfaces", "Log-likelihoods of the outburst's colours under colour surfaces of seven classes, learnt from"
           " training objects inside each fold", COLOUR, reads=("rank1",), learns=True),
    Family("gp2d_george", "Radial Gaussian process over time and wavelength with george, under the names of a public"
           " table; slow, about 30 ms an object", SHAPE),
    Family("rocket", "Random convolutions (ROCKET) of the curves of `gp2d`, two columns for each convolution and band",
           reads=("gp2d",)),
    Family("rocket_linear", "Random convolutions (ROCKET) of fluxes joined by lines, as a public system did it"),
    Family("minirocket", "Fixed convolutions (MiniRocket) of the curves of `gp2d`, one column for each bias",
           reads=("gp2d",)),
    Family("multirocket", "Four columns for each convolution and bias (MultiRocket), of the curves of `gp2d` and of"
           " their differences", reads=("gp2d",)),
    Family("sequences", "The observations themselves, up to 48 of each band, for networks"),
)  # fmt: skip
"""In the order of the data: a family comes after those whose curves it reads."""

_BY_NAME = {row.name: row for row in FAMILIES}


def family_row(name: str) -> Family:
    """The row of a family, by its name."""
    return _BY_NAME[name]


def curves_read(name: str) -> tuple[str, ...]:
    """Families whose curves a family needs."""
    return _BY_NAME[name].reads


def fits_curves(name: str) -> bool:
    """Whether a family fits curves that it keeps for others to read."""
    return bool(_BY_NAME[name].curves)


def learns(name: str) -> bool:
    """Whether a family learns from training objects, inside each fold."""
    return _BY_NAME[name].learns
