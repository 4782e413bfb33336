"""Known colours and temperatures are recovered from curves, and nothing is made of noise."""

import numpy as np
import pytest
from astropy import units as u
from astropy.modeling.physical_models import BlackBody
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from simulated_objects import COLOURS, build, transients

from tde.black_body import temperature
from tde.curves import Curves
from tde.features import colour
from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH, ab_flux

COLUMNS = {column.name: column for column in colour.columns()}
NAMES = list(COLUMNS)
PEAK = 60100.0
GRID = np.arange(-80.0, 320.0, 4.0)

SEED_PAIRS = ("g_r", "r_i", "u_g", "i_z")
SEED_OF_PAIR = [
    "peak", "post_10d", "post_20d", "post_30d", "post_50d", "post_75d", "post_100d", "post_150d", "pre_10d", "pre_20d",
    "slope_50d", "slope_100d", "std", "range", "peak_flux_ratio",
]  # fmt: skip
SEED = [
    *(f"{pair}_{name}" for pair in SEED_PAIRS for name in SEED_OF_PAIR),
    *(f"{pair}_{name}" for pair in ("g_r", "r_i") for name in ("peak_lag", "curvature", "late_stability", "late_mean")),
    *(f"{band}_peak_flux" for band in BANDS),
    *(f"temp_{name}" for name in ("peak", "post_30d", "post_75d", "post_150d", "stability")),
    *(f"temp_slope_{name}" for name in ("early", "mid", "late")),
]


def one_curve(flux, flux_err=None, grid=GRID, peak=PEAK) -> Curves:
    """Curves of one object: flux of shape (len(grid), 6)."""
    flux = np.broadcast_to(flux, (len(grid), 6))
    flux_err = 0.01 * np.abs(flux) if flux_err is None else np.broadcast_to(flux_err, flux.shape)
    offsets = np.array([0, len(grid)])
    return Curves(np.array(["object_0"]), {"peak_mjd": np.array([peak])}, offsets, PEAK + grid, flux, flux_err)


def features(curves: Curves, z=0.3) -> dict[str, float]:
    """Features of one object; its visits do not matter to the family."""
    time = np.array([PEAK, PEAK + 1.0])
    lightcurves = build([(time, np.array([1, 2]), np.ones(2), np.ones(2))], z=[z])
    return dict(zip(NAMES, colour.compute(lightcurves, gp2d=curves)[0], strict=True))


def magnitudes(g_r, r_i=0.0, u_g=0.0, i_z=0.0):
    """Fluxes on the grid of a source of r = 20 with these colours at each grid point."""
    r = np.full(len(GRID), 20.0)
    return ab_flux(np.stack([r + g_r + u_g, r + g_r, r, r - r_i, r - r_i - i_z, r - r_i - i_z], axis=1))


def black_body(kelvin, z, scale=3.0) -> np.ndarray:
    """Fluxes of a black body in the six bands, ``scale`` micro-Jansky in r, by astropy."""
    spectrum = BlackBody(kelvin * u.K)(EFFECTIVE_WAVELENGTH / (1.0 + z) * u.AA).value
    return scale * spectrum / spectrum[2]


def fitted(flux, flux_err, z):
    """`fit_temperature` with the tables it needs."""
    wavelength = EFFECTIVE_WAVELENGTH / (1.0 + z)
    tables = np.empty((2, temperature.N_NODES, 6))
    temperature.node_colours(wavelength, tables[0], tables[1])
    return temperature.fit_temperature(wavelength, flux, flux_err, tables[0], tables[1])


def test_has_the_columns_of_the_public_table():
    assert len(set(SEED)) == 82  # all but the peak's date, which no feature may hold
    assert set(SEED) <= set(NAMES)


class TestColours:
    def test_constant_colours(self):
        table = features(one_curve(magnitudes(0.3, r_i=0.1, u_g=-0.2, i_z=0.05)))
        for pair, value in zip(SEED_PAIRS, (0.3, 0.1, -0.2, 0.05), strict=True):
            for name in ("peak", "pre_20d", "post_150d", "post_50d_rest", "late_mean", "late_mean_rest"):
                assert table[f"{pair}_{name}"] == pytest.approx(value, abs=1e-6), (pair, name)
            for name in ("slope_50d", "slope_100d_rest", "std", "range_rest", "curvature", "late_stability"):
                assert table[f"{pair}_{name}"] == pytest.approx(0.0, abs=1e-6), (pair, name)
            assert table[f"{pair}_peak_flux_ratio"] == pytest.approx(10 ** (-0.4 * value), rel=1e-6)

    def test_steady_reddening_in_both_frames(self):
        z = 0.5
        table = features(one_curve(magnitudes(0.1 + 0.01 * GRID)), z=z)
        for days in (10, 20, 30, 50, 75, 100, 150):
            assert table[f"g_r_post_{days}d"] == pytest.approx(0.1 + 0.01 * days, abs=2e-4)
            assert table[f"g_r_post_{days}d_rest"] == pytest.approx(0.1 + 0.01 * days * (1 + z), abs=2e-4)
        assert table["g_r_pre_20d_rest"] == pytest.approx(0.1 - 0.01 * 20 * (1 + z), abs=2e-4)
        assert table["g_r_slope_50d"] == pytest.approx(0.01, rel=1e-3)
        assert table["g_r_slope_100d_rest"] == pytest.approx(0.01 * (1 + z), rel=1e-3)
        assert table["g_r_range"] == pytest.approx(0.01 * 170, rel=1e-3)
        assert table["g_r_std"] == pytest.approx(0.01 * np.std(np.arange(-20, 151, 5), ddof=1), rel=1e-3)
        assert table["g_r_late_mean"] == pytest.approx(0.1 + 0.01 * 112.5, rel=1e-3)
        assert table["g_r_late_stability"] == pytest.approx(0.01 * np.std(np.arange(75, 151, 5), ddof=1), rel=1e-3)
        assert table["g_r_curvature"] == pytest.approx(0.0, abs=1e-6)

    def test_curvature_is_the_second_derivative(self):
        table = features(one_curve(magnitudes(1e-4 * GRID**2)))
        assert table["g_r_curvature"] == pytest.approx(2e-4, rel=0.01)

    @pytest.mark.parametrize("band", range(5))
    def test_a_faint_band_has_no_colour(self, band):
        flux = np.array(magnitudes(0.2))
        error = 0.01 * flux
        error[:, band] = flux[:, band] / 2.9
        table = features(one_curve(flux, error))
        for pair in SEED_PAIRS:
            assert np.isnan(table[f"{pair}_post_20d"]) == (BANDS[band] in pair.split("_")), pair

    def test_negative_flux_has_no_colour(self):
        flux = np.array(magnitudes(0.2))
        flux[:, 1] *= -1.0
        table = features(one_curve(flux, np.full(flux.shape, 1e-3)))
        assert all(np.isnan(table[name]) for name in NAMES if name.startswith(("g_r", "u_g")) or name == "g_peak_flux")
        assert np.isfinite(table["r_i_peak"])

    def test_nothing_is_known_outside_the_covered_time(self):
        inside = (GRID >= -12.0) & (GRID <= 48.0)
        table = features(one_curve(magnitudes(0.3)[inside], grid=GRID[inside]), z=1.0)
        known = {name for name in NAMES if name.startswith("g_r_p") and np.isfinite(table[name])}
        epochs = {"g_r_peak", "g_r_post_10d", "g_r_post_20d", "g_r_post_30d", "g_r_pre_10d"}
        assert known == epochs | {"g_r_post_10d_rest", "g_r_post_20d_rest", "g_r_peak_flux_ratio"}
        assert np.isfinite(table["g_r_slope_50d"])
        assert np.isnan(table["g_r_slope_100d"])
        assert np.isnan(table["g_r_late_mean"])
        assert np.isnan(table["temp_slope_mid"])

    def test_peaks_and_their_lags(self):
        centre = np.array([-9.0, -6.3, 0.0, 7.1, 8.0, 9.0])
        flux = (1.0 + np.arange(6)) * np.exp(-0.5 * ((GRID[:, None] - centre) / 25.0) ** 2)
        table = features(one_curve(flux, np.full(flux.shape, 0.01)))
        assert table["g_r_peak_lag"] == pytest.approx(-6.3, abs=0.15)
        assert table["r_i_peak_lag"] == pytest.approx(-7.1, abs=0.15)
        for b, band in enumerate(BANDS):
            assert table[f"{band}_peak_flux"] == pytest.approx(1.0 + b, rel=0.01)

    def test_a_later_brighter_outburst_is_not_the_peak(self):
        flux = np.exp(-0.5 * (GRID / 20.0) ** 2) + 5.0 * np.exp(-0.5 * ((GRID - 200.0) / 20.0) ** 2)
        table = features(one_curve(np.repeat(flux[:, None], 6, axis=1), np.full((len(GRID), 6), 0.01)))
        assert table["r_peak_flux"] == pytest.approx(1.0, rel=0.01)


class TestTemperatures:
    @pytest.mark.parametrize("kelvin", [5e3, 9e3, 2e4, 3.5e4])
    @pytest.mark.parametrize("z", [0.05, 0.4, 1.2])
    def test_black_body_is_recovered(self, kelvin, z):
        table = features(one_curve(black_body(kelvin, z)), z=z)
        for name in ("temp_peak", "temp_post_30d", "temp_post_150d", "temp_post_75d_rest"):
            assert table[name] == pytest.approx(1e-3 * kelvin, rel=0.01), name
        assert table["temp_stability"] == pytest.approx(0.0, abs=1e-6)
        assert table["temp_peak_chi2"] == pytest.approx(0.0, abs=0.05)

    def test_cooling(self):
        kelvin = 3e4 * np.exp(-np.clip(GRID, 0.0, None) / 150.0)
        table = features(one_curve(np.array([black_body(t, 0.2) for t in kelvin])), z=0.2)
        at = {days: 30.0 * np.exp(-days / 150.0) for days in (0, 30, 75, 150)}
        for days, name in ((30, "post_30d"), (75, "post_75d"), (150, "post_150d")):
            assert table[f"temp_{name}"] == pytest.approx(at[days], rel=0.03)
        for name, first, last in (("early", 0, 30), ("mid", 30, 75), ("late", 75, 150)):
            expected = (at[last] - at[first]) / (last - first)
            assert table[f"temp_slope_{name}"] == pytest.approx(expected, rel=0.1), name
            rest = [30.0 * np.exp(-1.2 * days / 150.0) for days in (first, last)]
            assert table[f"temp_slope_{name}_rest"] == pytest.approx(np.diff(rest)[0] / (last - first), rel=0.1), name
        assert 0.2 < table["temp_stability"] < 0.5

    def test_fit_is_the_most_probable_temperature(self):
        """Against a bounded scalar minimiser on astropy's Planck function, with amplitude solved for."""
        rng = np.random.default_rng(1)
        for _ in range(30):
            z, kelvin = rng.uniform(0.01, 1.5), np.exp(rng.uniform(np.log(5e3), np.log(3e4)))
            error = rng.uniform(0.03, 0.3, 6)
            flux = black_body(kelvin, z, 2.0) + error * rng.normal(size=6)
            floored = np.maximum(error, 0.02 * np.abs(flux))

            def cost(log_kelvin, flux=flux, floored=floored, z=z):
                model = black_body(np.exp(log_kelvin), z, 1.0)
                amplitude = max(np.sum(model * flux / floored**2), 0.0) / np.sum((model / floored) ** 2)
                return np.sum(((flux - amplitude * model) / floored) ** 2) + (log_kelvin - np.log(1e4)) ** 2

            nodes = np.linspace(np.log(2.6e3), np.log(9.9e4), 60)
            start = nodes[np.argmin([cost(x) for x in nodes])]
            best = minimize_scalar(cost, bounds=(start - 0.1, start + 0.1), method="bounded", options={"xatol": 1e-9})
            log_kelvin, log_error, chi2 = fitted(flux, error, z)
            assert log_kelvin == pytest.approx(best.x, abs=1e-4)
            assert chi2 + (log_kelvin - np.log(1e4)) ** 2 == pytest.approx(best.fun, rel=1e-6)
            assert 0.0 < log_error < 1.0

    def test_standard_errors_are_honest(self):
        rng = np.random.default_rng(2)
        flux = black_body(1.5e4, 0.3)
        fits = np.array([fitted(flux * (1 + 0.05 * rng.normal(size=6)), 0.05 * flux, 0.3) for _ in range(500)])
        pull = (fits[:, 0] - np.log(1.5e4)) / fits[:, 1]
        assert np.std(pull) == pytest.approx(1.0, abs=0.15)
        assert abs(np.mean(pull)) < 0.3
        assert np.mean(fits[:, 2]) == pytest.approx(4.0, rel=0.15)

    def test_what_is_no_black_body_shows(self):
        flux = black_body(1e4, 0.3)
        flux[0] *= 0.2
        assert features(one_curve(flux))["temp_peak_chi2"] > 20.0

    def test_no_temperature_from_one_band_or_from_noise(self):
        faint = features(one_curve(black_body(1e4, 0.3), np.array([9.0, 9.0, 0.1, 9.0, 9.0, 9.0])))
        assert np.isnan(faint["temp_peak"])
        assert np.isnan(faint["temp_stability"])
        impossible = features(one_curve(np.array([1.0, 0.3, 0.1, 0.05, 0.02, 0.01])))  # bluer than any black body
        assert np.isnan(impossible["temp_peak"])

    def test_no_temperature_without_redshift_but_colours(self):
        table = features(one_curve(black_body(1e4, 0.3)), z=np.nan)
        for name in NAMES:
            assert np.isnan(table[name]) == (name.startswith("temp") or name.endswith("_rest")), name


class TestInvariance:
    @given(seed=st.integers(0, 1000), power=st.integers(-10, 10), days=st.integers(-20_000, 20_000))
    @settings(max_examples=25, deadline=None)
    def test_scale_and_date(self, seed, power, days):
        rng = np.random.default_rng(seed)
        flux = np.exp(rng.normal(0.5, 0.5, 6)) * (
            0.2 + np.exp(-0.5 * ((GRID[:, None] - rng.normal(0, 9, 6)) / 40) ** 2)
        )
        error = rng.uniform(0.01, 0.3, flux.shape)
        before = features(one_curve(flux, error))
        factor = 2.0**power
        scaled = one_curve(factor * flux, factor * error)
        moved = Curves(scaled.object_id, {"peak_mjd": np.array([PEAK + days])}, scaled.offsets, scaled.mjd + days,
                       scaled.flux, scaled.flux_err)  # fmt: skip
        after = features(moved)
        for name, column in COLUMNS.items():
            expected = before[name] * (factor if column.unit == "uJy" else 1.0)
            np.testing.assert_allclose(after[name], expected, rtol=1e-6, atol=1e-9, err_msg=name)


class TestOddCurves:
    @pytest.mark.parametrize(
        ("grid", "peak"), [(np.empty(0), np.nan), (np.zeros(1), PEAK), (GRID, np.nan), (np.array([0.0, 4.0]), PEAK)]
    )
    def test_little_or_no_curve(self, grid, peak):
        values = np.array(list(features(one_curve(np.ones((len(grid), 6)), grid=grid, peak=peak)).values()))
        assert not np.isinf(values).any()
        if not np.isfinite(peak):
            assert np.isnan(values).all()

    @pytest.mark.parametrize("flux", [0.0, -1.0, 1e-30, 1e6, np.nan])
    @pytest.mark.parametrize("flux_err", [0.0, 1e-9, 1e6, np.nan])
    def test_any_flux_and_error(self, flux, flux_err):
        values = np.array(list(features(one_curve(np.full((len(GRID), 6), flux), flux_err)).values()))
        assert not np.isinf(values).any()


def test_known_colours_through_the_fit_of_the_curves():
    """The process in time and wavelength draws neighbouring bands together a little, hence 0.05 mag."""
    from tde.features import gp2d

    lightcurves = transients(3, n_objects=30, n=400, shape=lambda time: np.exp(-0.5 * ((time - 60200.0) / 40.0) ** 2))
    table = dict(zip(NAMES, colour.compute(lightcurves, gp2d=gp2d.fit(lightcurves)).T, strict=True))
    magnitude = dict(zip(BANDS, COLOURS, strict=True))
    for pair in SEED_PAIRS:
        blue, red = pair.split("_")
        for epoch in ("peak", "post_20d", "post_50d"):
            values = table[f"{pair}_{epoch}"]
            assert np.median(values) == pytest.approx(magnitude[blue] - magnitude[red], abs=0.05), (pair, epoch)
