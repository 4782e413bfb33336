"""Flags of an object: what is unusual about its data, and what was done about it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

FLAGS = {
    "no_observations": "no usable observation: no probability is given",
    "not_in_table": "the object table does not list the object: redshift and E(B-V) are unknown",
    "z_missing": "redshift unknown: probabilities are averaged over redshifts of the training objects",
    "z_from_catalogue": "redshift is that of the nearest galaxy of the catalogue, at the distance host_arcsec",
    "z_floor": "redshift below the smallest that is used; set to it",
    "z_outside_training": "redshift outside the central 99 % of the training objects",
    "ebv_missing": "E(B-V) unknown: the training objects' median was used",
    "ebv_from_map": "E(B-V) is that of the dust map at the object's position",
    "ebv_negative": "E(B-V) below 0; set to 0",
    "ebv_large": "E(B-V) above 1: its error alone changes the colours",
    "few_bands": "observed in fewer bands than 99 % of the light curves learnt from",
    "few_points": "fewer observations than 99 % of the light curves learnt from have",
    "foreign_bands": "bands of another survey: what is measured band by band takes them as the nearest LSST bands",
    "distant_bands": "bands of another survey that are measured as LSST bands more than 7.5 % from their wavelengths",
    "unusable_bands": "observations in bands below 3200 or above 10500 Angstrom were left out",
    "marked_bad": "observations that their source marks as bad were left out",
    "partial": "observations after the date asked for were left out",
    "no_decline": "the fitted curve is highest within 10 days of the last observation",
    "upper_limits": "upper limits were used as a flux of 0 with the error that the limit implies",
    "sign_assumed": "magnitudes without a sign were taken for positive differences",
    "limits_only": "nothing but upper limits",
    "missing_values": "observations without a value were dropped",
    "repeated_rows": "rows that repeat another one in all values were dropped",
    "duplicated_epochs": "several different values of one visit in one band; all were used",
    "two_lists": "visits measured both in alerts and in forced photometry: only the forced ones were used",
    "nightly": "the observations of a night in one band were combined",
    "baseline_subtracted": "the level before the outburst was subtracted from forced photometry",
    "no_baseline": "too little forced photometry before the outburst to know its level: it was taken as 0",
    "baseline_offset": "the level before the outburst is not 0, in at least one band",
    "no_signal": "nothing but noise: no band, nor all together, differs from 0 and from a constant",
    "repeats": "a band falls back to nearly nothing between two outbursts: a star, or an active nucleus",
    "restless_before": "the source varied long before its outburst: an active nucleus, or a star",
    "unlike_training": "further from the training objects than 99 % of comparable light curves of theirs (outlier_p)",
    "tiny_errors": "errors too small for any survey",
    "odd_scale": "errors of another order of magnitude than a survey's: are the units right?",
    "outlier": "one observation is far off the others: a wrong unit or a bad image?",
    "relative_times": "times are not dates; only their differences count",
    "looks_like_magnitudes": "all fluxes lie between 12 and 28 and none below: are they magnitudes?",
}
"""Name and meaning of each flag, in the order in which they are listed."""

BIT = {name: 1 << k for k, name in enumerate(FLAGS)}

REDUCED = (
    "few_bands",
    "partial",
    "no_decline",
    "z_missing",
    "few_points",
    "z_outside_training",
    "no_observations",
    "no_signal",
    "limits_only",
    "ebv_large",
    "unlike_training",
    "distant_bands",
    "duplicated_epochs",
    "baseline_offset",
    "no_baseline",
    "tiny_errors",
    "odd_scale",
    "outlier",
    "looks_like_magnitudes",
)
"""Flags under which P(TDE) does not mean what cross-validation says it does."""

LEARNT_FROM_VIEWS = ("partial", "no_decline")
"""Those of them under which it does if models that learnt from unfinished light curves were asked."""


def flag_text(mask: int, separator: str = ";") -> str:
    """Names of the flags of a bit mask, joined."""
    return separator.join(name for name, bit in BIT.items() if mask & bit)


def flag_mask(text: str) -> int:
    """Bit mask of names joined by semicolons."""
    return sum(BIT[name] for name in text.split(";") if name)


def calibration_note(mask: int, with_views: bool = True) -> str:
    """Whether P(TDE) means what cross-validation says: ``as_trained``, or ``reduced:`` and the reasons.

    Parameters
    ----------
    mask : int
        Flags.
    with_views : bool
        Whether models that learnt from unfinished light curves were asked.
    """
    fine = LEARNT_FROM_VIEWS if with_views else ()
    reasons = [name for name in REDUCED if mask & BIT[name] and name not in fine]
    return f"reduced:{'+'.join(reasons)}" if reasons else "as_trained"


def set_flag(masks: np.ndarray, name: str, where: np.ndarray) -> None:
    """Set a flag of some objects, in place.

    Parameters
    ----------
    masks : ndarray of int, shape (n,)
        Flags of all objects.
    name : str
        Key of `FLAGS`.
    where : ndarray of bool, shape (n,), or of int
        Mask or indices of the objects.
    """
    masks[where] |= BIT[name]


def count_flags(masks: Iterable[int]) -> dict[str, int]:
    """Number of objects with each flag that occurs."""
    flags = np.asarray(list(masks), dtype=np.int64)
    counts = {name: int(((flags & bit) > 0).sum()) for name, bit in BIT.items()}
    return {name: count for name, count in counts.items() if count}
