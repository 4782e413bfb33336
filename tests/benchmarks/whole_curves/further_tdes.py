"""Further TDEs: the joint fits of real ones, stretched about the peak, seen at the same visits; simulated events.

The TDEs that are missed fade in less than 25 or more than 120 days, and few real ones do; temperature and luminosity
do not depend on how fast one fades. Copies stand on the same side of a fold as their event and share its weight.
Simulated events stem from none, but the numbers of their population were chosen with all of MALLORN's TDEs in view.
"""

from __future__ import annotations

from contextlib import ExitStack
from unittest import mock

import numpy as np
import yaml
from harness import LEARNT_FAMILY, MEMBERS, N_FOLDS, ROOT, Fold, Idea, Probabilities, Study, mean

from tde.evaluation.classes import TDE
from tde.features.shared.learning import OUTSIDE, Sample, draw_halves
from tde.features.table import compute_table, learn
from tde.lightcurves import LightCurves, from_rows
from tde.models.training import Learner, fit
from tde.photometry import BANDS, Z_FLOOR, dereddening_factor
from tde.plots.fits import PHASE_UNIT, PHASES
from tde.predict.matrix import FeatureTables, feature_tables, matrix
from tde.simulation import colours, intrinsic, population, siblings
from tde.simulation.data_set import draw_catalogue, redraw

N_COPIES, SPREAD, SEED = 2, 0.6, 8
"""Copies of each light curve, and the standard deviation of the logarithm of the stretch."""

N_SIMULATED, SHARE = 10_000, 0.3
"""Objects of the simulated data set whose TDEs are learnt from, and their share of the weight of all TDEs."""

MOVED = 1.3
"""Factor of the time scales of the population that is moved."""

WINDOW = (-50.0, 150.0)
"""Rest-frame days from the peak between which the simulation has colours."""


def _seen(study: Study, index: int, stretch: float, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Visits, bands, fluxes and errors of one stretched copy."""
    light_curves, fitted = study.lightcurves, study.rank1
    rows, at = light_curves.rows(index), {name: of[index] for name, of in fitted.parameters.items()}
    mjd, band, error = light_curves.mjd[rows], light_curves.band[rows], light_curves.flux_err[rows]
    since, of_curve = mjd - at["peak_mjd"], fitted.rows(index)
    flux = np.interp(since / stretch, fitted.mjd[of_curve] - at["peak_mjd"], fitted.flux[of_curve, 0], 0.0, 0.0)
    phase = since / (1.0 + light_curves.z[index])
    colour = np.zeros(len(mjd))
    for code, name in enumerate(BANDS):
        if name != "r":
            line = np.clip(phase / stretch, *PHASES) / PHASE_UNIT * at[f"evolving_slope_{name}"]
            colour[band == code] = (at[f"evolving_colour_{name}"] + line)[band == code]
    colour[(phase < WINDOW[0]) | (phase > WINDOW[1])] = 0.0
    return mjd, band, rng.normal(flux * np.exp(np.clip(colour, -3.0, 3.0)), error), error


def copies(study: Study) -> tuple[LightCurves, np.ndarray]:
    """Light curves of all copies, and the object that each was made from."""
    rng = np.random.default_rng(SEED)
    usable = study.training.positive & np.isfinite(study.rank1.parameters["evolving_log_s"])
    owner = np.repeat(np.flatnonzero(usable), N_COPIES)
    stretch = np.exp(np.clip(rng.normal(0.0, SPREAD, len(owner)), -1.2, 1.2))
    parts = [_seen(study, int(i), float(k), rng) for i, k in zip(owner, stretch, strict=True)]
    number = np.repeat(np.arange(len(owner)), [len(part[0]) for part in parts])
    mjd, band, flux, error = (np.concatenate(column) for column in zip(*parts, strict=True))
    about = study.lightcurves
    names = np.array([f"{about.object_id[i]}_{j}" for j, i in enumerate(owner)])
    return from_rows(names, about.z[owner], about.ebv[owner], number, mjd, band, flux, error), owner


def moved_population() -> ExitStack:
    """TDEs of another population while the stack is open: longer, hotter, fainter by two errors of 48 events."""
    brightness = population.BRIGHTNESS["TDE"]
    stack = ExitStack()
    fainter = brightness._replace(absolute=brightness.absolute + 0.4)
    stack.enter_context(mock.patch.dict(population.BRIGHTNESS, TDE=fainter))
    stack.enter_context(mock.patch.object(colours, "TDE_TEMPERATURE", 1.1 * colours.TDE_TEMPERATURE))
    usual = intrinsic.TRANSIENTS["TDE"]
    longer = {"TDE": lambda phase, rng: usual(phase / MOVED, rng)}
    stack.enter_context(mock.patch.dict(intrinsic.TRANSIENTS, longer))
    return stack


def simulated(seed: int) -> LightCurves:
    """TDEs of the workflow's own simulation, de-reddened: events that stem from no real one."""
    siblings.draw_parent.cache_clear()  # it knows nothing of the population
    rows = [row for row in draw_catalogue(N_SIMULATED, seed) if row["spec_type"] == "TDE"]
    drawn = list(redraw(rows, seed, N_SIMULATED))
    owner = np.repeat(np.arange(len(drawn)), [len(of.flux) for of in drawn])
    mjd, band, error = (
        np.concatenate([getattr(of.visits, name) for of in drawn]) for name in ("mjd", "band", "flux_err")
    )
    flux, ebv = np.concatenate([of.flux for of in drawn]), np.array([of.ebv for of in drawn])
    factor, known = dereddening_factor(band, ebv[owner]), ~np.isnan(flux)
    z = np.array([max(of.redshift, Z_FLOOR) for of in drawn])
    names = np.array([f"simulated_{k}" for k in range(len(drawn))])
    columns = (values[known] for values in (owner, mjd, band, flux * factor, error * factor))
    return from_rows(names, z, ebv, *columns)


class Further:
    """Light curves that are learnt from besides, and members of the blend that do so.

    Parameters
    ----------
    study : Study
    lightcurves : LightCurves
        Of TDEs.
    owner : ndarray of int, shape (n,), optional
        The object each was made from: it is learnt from with that.
    share : float
        Of the weight of all TDEs.
    """

    def __init__(self, study: Study, lightcurves: LightCurves, owner: np.ndarray | None, share: float) -> None:
        self.lightcurves, self.owner, self.share = lightcurves, owner, share
        options = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["features"]
        families = {name: options[name] for name in study.blocks["all_lgbm"].features if name != LEARNT_FAMILY}
        self.made: FeatureTables = feature_tables(lightcurves, families)
        self._X: dict[tuple[str, int], np.ndarray] = {}

    def of_fold(self, study: Study, fold: Fold) -> np.ndarray:
        """Their features, shape (n, n_features); surfaces have learnt from MALLORN's light curves inside."""
        key = (fold.kind, fold.place)
        if key not in self._X:
            half = np.where(fold.inside, draw_halves(study.training.parents, seed=fold.place // N_FOLDS), OUTSIDE)
            sample = Sample(study.spec_type, half)
            learnt = learn(LEARNT_FAMILY, study.lightcurves, sample, {}, {"rank1": study.rank1})
            curves = {"rank1": self.made.curves["rank1"]}
            own = None if self.owner is None else half[self.owner]
            table = compute_table(LEARNT_FAMILY, self.lightcurves, {}, curves, learnt, own)
            self._X[key] = matrix({**self.made.tables, LEARNT_FAMILY: table}, study.names)
        return self._X[key]

    def member(self, name: str) -> Idea:
        """A member of the blend."""

        def fitted(study: Study, fold: Fold) -> np.ndarray:
            about, inside = study.training, fold.inside
            more = np.ones(len(self.lightcurves), dtype=bool) if self.owner is None else inside[self.owner]
            X = np.vstack([fold.X[inside], self.of_fold(study, fold)[more]])
            real = about.codes[inside]
            codes = np.concatenate([real, np.full(int(more.sum()), TDE)])
            weight = np.ones(len(codes))
            weight[: len(real)][real == TDE] = 1.0 - self.share
            weight[len(real) :] = self.share * (real == TDE).sum() / more.sum()
            model = fit(Learner(study.blocks[name], study.names), X, codes, None, fold.place, weight)
            return model.predict_proba(fold.X[~inside])

        return fitted


def ideas(study: Study) -> dict[str, Probabilities]:
    """Blends to compare, by what is different."""
    of_real = Further(study, *copies(study), N_COPIES / (1.0 + N_COPIES))
    of_none = Further(study, simulated(SEED), None, SHARE)
    with moved_population():
        moved = Further(study, simulated(SEED), None, SHARE)
    found = {"stretched": of_real, "simulated": of_none, "moved": moved}
    parts = {
        tag: mean([study.out_of_fold(f"{name}_{tag}", more.member(name)) for name in MEMBERS])
        for tag, more in found.items()
    }
    return {
        "two copies of each TDE, stretched in time": parts["stretched"],
        "simulated TDEs": parts["simulated"],
        "the same, their population moved by two errors": parts["moved"],
    }
