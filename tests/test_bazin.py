"""Bazin fits by variable projection, and the family of features made of them."""

import os

import numpy as np
import pytest
from mallorn_sample import read_objects
from simulated_objects import build, odd_objects, transients

from tde.features import bazin as family
from tde.features.table import compute_table
from tde.lightcurves import from_rows
from tde.numerics.lanes import padded
from tde.parametric.bazin_fit import SHORTEST, fit_series, standardise
from tde.parametric.bazin_model import N_ROWS, TIME_UNIT, ShapeSums, box_minimum, gradient
from tde.photometry import BANDS

TRUTH = {"A": 8.0, "t0": 120.0, "rise": 6.0, "fall": 45.0, "B": 0.4}


def function(t, A, t0, rise, fall, B):
    """The formula of the paper, written down plainly."""
    with np.errstate(over="ignore", invalid="ignore"):
        return A * np.exp(-(t - t0) / fall) / (1.0 + np.exp(-(t - t0) / rise)) + B


def flat(series):
    """Offsets and flat arrays of a list of (time, flux, flux_err)."""
    offsets = np.concatenate([[0], np.cumsum([len(one[0]) for one in series])])
    return offsets, *(np.concatenate([one[k] for one in series]) for k in range(3))


def simulated(rng, n=40, error=0.2, span=400.0, **truth):
    t = np.sort(rng.uniform(0.0, span, n))
    t[0], t[-1] = 0.0, span
    flux_err = error * rng.uniform(0.7, 1.3, n)
    return t, function(t, *(TRUTH | truth).values()) + flux_err * rng.normal(size=n), flux_err


def projected(series, theta):
    """Value, gradient and matrix at a point, for one series of unit scale."""
    work = np.empty((N_ROWS, padded(len(series[0]))))
    scale = standardise(*series, work)
    g, F = np.empty(3), np.empty((3, 3))
    return gradient(np.asarray(theta, dtype=float), work, g, F), g, F, scale


def test_truth_is_recovered_within_the_errors():
    rng = np.random.default_rng(1)
    fits = fit_series(*flat([simulated(rng) for _ in range(300)]))
    estimate = np.column_stack([fits.t0, np.log(fits.tau_rise), np.log(fits.tau_fall)])
    pulls = (estimate - [TRUTH["t0"], np.log(TRUTH["rise"]), np.log(TRUTH["fall"])]) / fits.error
    assert np.isfinite(pulls).mean() > 0.97
    np.testing.assert_allclose(np.nanmedian(pulls, axis=0), 0.0, atol=0.25)
    width = np.nanpercentile(np.abs(pulls), 68.3, axis=0)
    assert (width > 0.8).all()
    assert (width < 1.25).all()
    assert abs(np.median(fits.amplitude) - TRUTH["A"]) < 0.2
    assert abs(np.median(fits.baseline) - TRUTH["B"]) < 0.05


def test_chi2_is_that_of_the_curve_and_follows_its_distribution():
    rng = np.random.default_rng(2)
    series = [simulated(rng) for _ in range(200)]
    fits = fit_series(*flat(series))
    for k, (t, flux, flux_err) in enumerate(series):
        curve = function(t, *(getattr(fits, name)[k] for name in ("amplitude", "t0", "tau_rise", "tau_fall")), 0.0)
        expected = (((flux - curve - fits.baseline[k]) / flux_err) ** 2).sum()
        assert fits.chi2[k] == pytest.approx(expected, rel=1e-6)
    assert fits.chi2.mean() == pytest.approx(40 - 5, abs=2.5)


def test_gradient_is_that_of_the_value():
    rng = np.random.default_rng(3)
    for _ in range(20):
        series = simulated(rng, error=1.0)
        theta = np.array([rng.uniform(1.0, 8.0), rng.uniform(0.0, 4.0), rng.uniform(1.0, 5.0)])
        _, g, _, _ = projected(series, theta)
        step = 1e-5
        for i in range(3):
            up, down = theta.copy(), theta.copy()
            up[i] += step
            down[i] -= step
            numerical = (projected(series, up)[0] - projected(series, down)[0]) / (2.0 * step)
            assert g[i] == pytest.approx(numerical, rel=1e-4, abs=1e-4)


def test_matrix_is_the_schur_complement_of_all_five_parameters():
    series = simulated(np.random.default_rng(4), error=0.05)
    theta = np.array([TRUTH["t0"] / TIME_UNIT, np.log(TRUTH["rise"]), np.log(TRUTH["fall"])])
    _, _, F, scale = projected(series, theta)
    t, flux, flux_err = series
    shape = function(t, 1.0, TRUTH["t0"], TRUTH["rise"], TRUTH["fall"], 0.0)
    A, _ = np.linalg.lstsq(np.column_stack([shape, np.ones_like(t)]) / flux_err[:, None], flux / flux_err)[0]

    def curve(theta):
        return function(t, A, TIME_UNIT * theta[0], np.exp(theta[1]), np.exp(theta[2]), 0.0)

    steps = 1e-5 * np.eye(3)
    J = np.column_stack([shape, np.ones_like(t), *((curve(theta + h) - curve(theta - h)) / 2e-5 for h in steps)])
    J /= flux_err[:, None]
    full = J.T @ J
    schur = full[2:, 2:] - full[2:, :2] @ np.linalg.solve(full[:2, :2], full[:2, 2:])
    assert scale == flux.max()
    np.testing.assert_allclose(F, schur, rtol=1e-5)


def test_amplitude_and_baseline_stay_in_their_box_and_are_its_best():
    """The box minimum against a fine grid of the box."""
    rng = np.random.default_rng(5)
    A, B = np.meshgrid(np.linspace(0.0, 3.0, 301), np.linspace(-1.0, 2.0, 301))
    on_edge = 0
    for _ in range(200):
        shape, flux = rng.uniform(0.0, 1.0, 8), rng.normal(0.0, 2.0, 8)
        weight = 10.0 ** rng.uniform(-1, 1, 8)
        total, mean_y, mean_f = weight.sum(), np.average(flux, weights=weight), np.average(shape, weights=weight)
        ff = (weight * (shape - mean_f) ** 2).sum()
        fy = (weight * (shape - mean_f) * (flux - mean_y)).sum()
        a, b, _ = box_minimum(ShapeSums(total, mean_y, mean_f, ff, fy))
        assert 0.0 <= a <= 3.0
        assert -1.0 <= b <= 2.0
        chi2 = sum(w * (y - A * s - B) ** 2 for w, y, s in zip(weight, flux, shape, strict=True))
        mine = (weight * (flux - a * shape - b) ** 2).sum()
        assert mine <= chi2.min() + 1e-9
        on_edge += a in (0.0, 3.0) or b in (-1.0, 2.0)
    assert on_edge > 50


def curve_fit_chi2(t, flux, flux_err):
    """SciPy's bounded least squares from one start, as a public classifier uses it; NaN if it fails."""
    from scipy.optimize import curve_fit

    span, peak = t[-1] - t[0], flux.max()
    start = [peak - np.median(flux), t[np.argmax(flux)], 0.2 * span, 0.3 * span, np.median(flux)]
    bounds = ([0, t[0], 0.1, 0.1, -peak], [3 * peak, t[-1], span, span, 2 * peak])
    try:
        best, _ = curve_fit(
            function, t, flux, p0=start, bounds=bounds, sigma=flux_err, absolute_sigma=True, maxfev=2000
        )
    except (RuntimeError, ValueError):
        return np.nan
    return (((flux - function(t, *best)) / flux_err) ** 2).sum()


def share_as_good(series):
    """Share of the series whose chi-squared is at most 1 % above SciPy's."""
    theirs = np.array([curve_fit_chi2(*one) for one in series])
    ours = fit_series(*flat(series)).chi2
    known = np.isfinite(theirs)
    assert np.isfinite(ours[known]).all()
    return (ours[known] <= 1.01 * theirs[known]).mean()


def test_as_good_as_scipy_on_simulated_series():
    rng = np.random.default_rng(6)
    series = [
        simulated(rng, n=rng.integers(8, 60), error=rng.choice([0.2, 1.0, 4.0]), t0=rng.uniform(0.0, 400.0),
                  rise=rng.uniform(1.0, 30.0), fall=rng.uniform(10.0, 150.0))
        for _ in range(120)
    ]  # fmt: skip
    assert share_as_good(series) >= 0.98


@pytest.mark.mallorn
def test_as_good_as_scipy_on_real_series():
    lightcurves = read_objects(os.environ["MALLORN_DATA"], 60, seed=5)
    series = []
    for rows in lightcurves:
        for b in range(len(BANDS)):
            mine = np.arange(rows.start, rows.stop)[lightcurves.band[rows] == b]
            if mine.size >= 5:
                series.append((lightcurves.mjd[mine], lightcurves.flux[mine], lightcurves.flux_err[mine]))
    assert share_as_good(series) >= 0.97


def test_scales_stay_within_their_bounds():
    rng = np.random.default_rng(7)
    noise = [(np.sort(rng.uniform(0.0, 300.0, 20)), rng.normal(size=20), np.ones(20)) for _ in range(100)]
    fits = fit_series(*flat(noise))
    span = np.array([one[0][-1] - one[0][0] for one in noise])
    for tau in (fits.tau_rise, fits.tau_fall):
        assert (tau >= SHORTEST * (1 - 1e-12)).all()
        assert (tau <= span * (1 + 1e-12)).all()
    highest = np.array([one[1].max() for one in noise])
    assert (fits.amplitude <= 3.0 * highest * (1 + 1e-12)).all()
    assert fits.at_bound.any()
    assert np.isnan(fits.error[fits.at_bound[:, :3]]).all()


def test_peak_flux_is_the_highest_point_of_the_curve():
    rng = np.random.default_rng(8)
    series = [simulated(rng, error=2.0, t0=t0) for t0 in rng.uniform(0.0, 400.0, 50)]
    fits = fit_series(*flat(series))
    for k, (t, _, _) in enumerate(series):
        fine = np.linspace(t[0], t[-1], 20001)
        curve = function(fine, fits.amplitude[k], fits.t0[k], fits.tau_rise[k], fits.tau_fall[k], fits.baseline[k])
        curve = curve[np.isfinite(curve)]
        assert fits.peak_flux[k] == pytest.approx(curve.max(), rel=2e-2)
        assert fits.peak_flux[k] >= curve.max() - 1e-6


@pytest.mark.parametrize(
    ("t", "flux", "flux_err"),
    [
        ([0.0, 1.0, 2.0, 3.0], [1.0, 2.0, 1.0, 0.5], [0.1] * 4),
        (np.arange(9.0), -np.ones(9), np.ones(9)),
        (np.zeros(9), np.ones(9), np.ones(9)),
        (np.arange(9.0), np.ones(9), np.zeros(9)),
        (np.arange(9.0), np.full(9, np.nan), np.ones(9)),
    ],
    ids=["four points", "no positive flux", "one time", "no error", "nan"],
)
def test_impossible_series_have_no_fit(t, flux, flux_err):
    good = simulated(np.random.default_rng(9))
    fits = fit_series(*flat([(np.asarray(t), np.asarray(flux), np.asarray(flux_err)), good]))
    for values in (fits.amplitude, fits.t0, fits.tau_rise, fits.tau_fall, fits.baseline, fits.peak_flux, fits.chi2):
        assert np.isnan(values[0])
        assert np.isfinite(values[1])


@pytest.mark.parametrize("name", odd_objects())
def test_odd_objects_give_numbers_or_nan(name):
    values = family.compute(odd_objects()[name])
    assert values.shape == (1, len(family.columns()))
    assert not np.isinf(values).any()


def features(lightcurves):
    table = compute_table("bazin", lightcurves, {})
    return {name: table[name].to_numpy() for name in table.column_names[1:]}


def test_public_columns_are_there():
    per_band = ("A", "t0", "tau_rise", "tau_fall", "B", "fit_chi2", "rise_fall_ratio", "peak_flux")
    public = {f"{b}_bazin_{name}" for b in BANDS for name in per_band}
    public |= {f"bazin_{name}" for name in ("rise_consistency", "fall_consistency", "avg_fit_chi2")}
    public |= {"bazin_fit_quality_dispersion"}
    assert len(public) == 52
    assert public <= {column.name for column in family.columns()}


def test_features_of_a_known_transient():
    """Six bands of the same curve: same times, amplitudes as put in, no scatter between the bands."""
    rng = np.random.default_rng(10)
    time = np.sort(rng.uniform(60000.0, 60400.0, 400))
    band = np.arange(400) % 6
    flux = (1.0 + band) * function(time - 60000.0, *TRUTH.values())
    values = features(build([(time, band, flux, np.full(400, 0.02))], z=[0.5]))
    peak = time[np.argmax(flux)] - 60000.0
    for b, name in enumerate(BANDS):
        assert values[f"{name}_bazin_A"][0] == pytest.approx((1.0 + b) * TRUTH["A"], rel=0.01)
        assert values[f"{name}_bazin_t0"][0] == pytest.approx(TRUTH["t0"] - peak, abs=0.2)
        assert values[f"{name}_bazin_tau_fall"][0] == pytest.approx(TRUTH["fall"], rel=0.01)
        assert values[f"{name}_bazin_tau_fall_rest"][0] == pytest.approx(TRUTH["fall"] / 1.5, rel=0.01)
        assert values[f"{name}_bazin_tau_rise_rest"][0] == pytest.approx(TRUTH["rise"] / 1.5, rel=0.05)
    assert values["bazin_fall_consistency"][0] < 0.01
    assert values["bazin_avg_fit_chi2"][0] < 0.1


def test_a_shift_in_time_changes_nothing_and_brightness_only_fluxes():
    lightcurves = transients(11, n_objects=5)
    before = features(lightcurves)
    row_object = np.repeat(np.arange(5), np.diff(lightcurves.offsets))
    after = features(
        from_rows(lightcurves.object_id, lightcurves.z, lightcurves.ebv, row_object, lightcurves.mjd + 1024.0,
                  lightcurves.band, 4.0 * lightcurves.flux, 4.0 * lightcurves.flux_err)
    )  # fmt: skip
    for name, values in before.items():
        factor = 4.0 if name.endswith(("_A", "_B", "peak_flux")) else 1.0
        np.testing.assert_allclose(after[name], factor * values, rtol=1e-9, err_msg=name)
