"""Rise, fade and decline of curves whose shape is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_objects import build

from tde.curves import Curves
from tde.features import shape
from tde.photometry import BANDS

COLUMNS = {column.name: column for column in shape.columns()}
NAMES = list(COLUMNS)
PEAK = 60100.0
GRID = np.arange(-200.0, 600.0, 4.0)
CURVES = [*BANDS, "all"]

SEED = [
    *(f"{band}_{name}" for band in BANDS for name in (
        "rise_time", "fade_time_50", "fade_time_25", "asymmetry", "duration_50", "duration_25", "power_law_alpha",
        "power_law_residual")),
    *(f"all_{name}" for name in ("rise_time", "fade_time_50", "asymmetry", "power_law_alpha", "power_law_residual")),
    "peak_time_spread", "peak_time_std", "optical_mean_rise_time", "optical_mean_fade_time",
    "optical_mean_power_alpha", "rise_time_consistency", "fade_time_consistency",
]  # fmt: skip


def features(flux, flux_err=0.01, grid=GRID, z=0.3, peak=PEAK, days=0.0) -> dict[str, float]:
    """Features of one object; flux of shape (len(grid),) is that of all bands."""
    flux = np.asarray(flux, dtype=float)
    flux = np.broadcast_to(flux if flux.ndim == 2 else flux[:, None], (len(grid), 6))
    curves = Curves(np.array(["object_0"]), {"peak_mjd": np.array([peak + days])}, np.array([0, len(grid)]),
                    PEAK + days + grid, flux, np.broadcast_to(flux_err, flux.shape))  # fmt: skip
    time = np.array([PEAK, PEAK + 1.0])
    lightcurves = build([(time, np.array([1, 2]), np.ones(2), np.ones(2))], z=[z])
    return dict(zip(NAMES, shape.compute(lightcurves, gp2d=curves)[0], strict=True))


def triangle(grid=GRID, rise=100.0, fade=200.0):
    return 50.0 * np.clip(np.minimum(1.0 + grid / rise, 1.0 - grid / fade), 0.0, None)


def declining(index):
    """A power law from 4 d after the peak on; before it, a rise as steep as the fall."""
    flux = 100.0 * (np.maximum(np.abs(GRID), 4.0) / 4.0) ** index
    return np.where(GRID == 0.0, 1.01 * flux, flux)


def test_has_the_columns_of_the_public_table():
    """All but the percentiles of the flux, which are among the statistics."""
    assert len(SEED) == 60
    assert set(SEED) <= set(NAMES)


@pytest.mark.parametrize("curve", CURVES)
def test_triangle(curve):
    table = features(triangle())
    expected = {"rise_time": 50.0, "fade_time_50": 100.0, "fade_time_25": 150.0, "duration_50": 150.0,
                "duration_25": 225.0, "asymmetry": 1.0 / 3.0}  # fmt: skip
    for name, value in expected.items():
        assert table[f"{curve}_{name}"] == pytest.approx(value, abs=0.02 if name == "asymmetry" else 0.7), name


def test_rest_frame():
    table = features(triangle(), z=1.0)
    assert table["all_rise_time_rest"] == pytest.approx(25.0, abs=0.4)
    assert table["all_fade_time_50_rest"] == pytest.approx(50.0, abs=0.4)
    assert table["all_duration_25_rest"] == pytest.approx(112.5)
    unknown = features(triangle(), z=np.nan)
    assert [name for name in NAMES if np.isnan(unknown[name])] == [name for name in NAMES if name.endswith("_rest")]


@pytest.mark.parametrize("index", [-5.0 / 3.0, -1.0, -0.4])
def test_power_law(index):
    table = features(declining(index), flux_err=1e-3)
    for curve in CURVES:
        assert table[f"{curve}_power_law_alpha"] == pytest.approx(index, rel=1e-4)
        assert table[f"{curve}_power_law_residual"] == pytest.approx(0.0, abs=1e-4)
    assert table["optical_mean_power_alpha"] == pytest.approx(index, rel=1e-4)


def test_an_exponential_is_no_power_law():
    flux = 100.0 * np.exp(-np.abs(GRID) / 60.0)
    table = features(flux, flux_err=1e-4)
    used = (GRID >= 8.0) & (GRID <= 300.0)
    line, residual, *_ = np.polyfit(np.log(GRID[used]), np.log(flux[used]), 1, full=True)
    assert table["r_power_law_alpha"] == pytest.approx(line[0], rel=1e-4)
    assert table["r_power_law_residual"] == pytest.approx(np.sqrt(residual[0] / used.sum()), rel=1e-4)


def test_faint_points_do_not_enter_the_power_law():
    flux = declining(-1.0)
    late = GRID > 100.0
    flux[late] = 0.001
    assert features(flux, flux_err=0.01)["g_power_law_alpha"] == pytest.approx(-1.0, rel=1e-4)


def test_peaks_of_the_bands_and_their_agreement():
    centre = np.array([-20.0, -10.0, 0.0, 10.0, 20.0, 30.0])
    width = np.array([20.0, 20.0, 30.0, 40.0, 40.0, 40.0])
    flux = np.exp(-0.5 * ((GRID[:, None] - centre) / width) ** 2)
    table = features(flux, flux_err=1e-3)
    assert table["peak_time_spread"] == pytest.approx(50.0, abs=0.15)
    assert table["peak_time_std"] == pytest.approx(np.std(centre, ddof=1), abs=0.1)
    half = width[1:4] * np.sqrt(2.0 * np.log(2.0))
    assert table["optical_mean_rise_time"] == pytest.approx(half.mean(), abs=1.0)
    assert table["optical_mean_fade_time"] == pytest.approx(half.mean(), abs=1.0)
    assert table["rise_time_consistency"] == pytest.approx(half.std(ddof=1) / half.mean(), abs=0.03)
    assert table["fade_time_consistency"] == pytest.approx(half.std(ddof=1) / half.mean(), abs=0.03)


def test_what_the_curve_does_not_cover_is_missing():
    inside = (GRID >= -20.0) & (GRID <= 120.0)
    table = features(triangle()[inside], grid=GRID[inside])
    assert np.isnan(table["r_rise_time"])
    assert table["r_fade_time_50"] == pytest.approx(100.0, abs=0.7)
    for name in ("r_fade_time_25", "r_duration_50", "r_asymmetry", "optical_mean_rise_time", "all_duration_25_rest"):
        assert np.isnan(table[name]), name


def test_noise_has_no_shape():
    table = features(np.ones(len(GRID)), flux_err=0.4)
    assert all(np.isnan(table[name]) for name in NAMES if not name.startswith("all_"))


@given(seed=st.integers(0, 1000), power=st.integers(-10, 10), days=st.integers(-20_000, 20_000))
@settings(max_examples=20, deadline=None)
def test_neither_brightness_nor_date_matter(seed, power, days):
    rng = np.random.default_rng(seed)
    flux = triangle(rise=rng.uniform(20, 150), fade=rng.uniform(20, 400))[:, None] * rng.uniform(0.5, 2.0, 6)
    before = features(flux, flux_err=0.5)
    after = features(2.0**power * flux, flux_err=2.0**power * 0.5, days=days)
    for name in NAMES:
        np.testing.assert_allclose(after[name], before[name], rtol=1e-6, atol=1e-6, err_msg=name)


@pytest.mark.parametrize(
    ("grid", "peak"), [(np.empty(0), np.nan), (np.zeros(1), PEAK), (GRID, np.nan), (np.array([0.0, 4.0]), PEAK)]
)
@pytest.mark.parametrize("flux", [0.0, -1.0, 1e-30, 1.0, np.nan])
@pytest.mark.parametrize("flux_err", [0.0, 1e-9, 1e6, np.nan])
def test_odd_curves_give_no_infinity(grid, peak, flux, flux_err):
    values = np.array(list(features(np.full(len(grid), flux), flux_err, grid=grid, peak=peak).values()))
    assert not np.isinf(values).any()
    if not np.isfinite(peak):
        assert np.isnan(values).all()
