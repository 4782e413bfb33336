"""Statistics of the fluxes against numpy, scipy and astropy, known processes, and invariances."""

import time as clock
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mallorn_files import MALLORN_DATA, read_split
from scipy import stats
from simulated_objects import build, fallback, odd_objects, transient, transients

from tde.features import statistics
from tde.features.statistics import pairs
from tde.lightcurves import LightCurves
from tde.photometry import BANDS

COLUMNS = {column.name: column for column in statistics.columns()}
NAMES = list(COLUMNS)

SEED_OF_SERIES = [
    "n_obs", "mean", "std", "min", "max", "median", "skew", "kurtosis", "amplitude", "mad", "iqr", "beyond_1std",
    "beyond_2std", "max_slope", "mean_snr", "time_span", "cadence_mean",
]  # fmt: skip
SEED_OF_OBJECT = [
    "flux_ratio_g_r", "flux_ratio_r_i", "flux_ratio_i_z", "peak_band", "stetson_j_gr", "stetson_j_ri", "stetson_j_gi",
    "stetson_k_g", "stetson_k_r", "stetson_k_i", "r_sf_tau_1", "r_sf_tau_5", "r_sf_tau_10", "r_sf_tau_30",
    "r_sf_tau_100", "r_sf_slope", "mean_snr", "median_snr", "excess_variance", "flux_p10", "flux_p25", "flux_p75",
    "flux_p90", "flux_concentration",
]  # fmt: skip


def features(lightcurves: LightCurves) -> dict[str, np.ndarray]:
    return dict(zip(NAMES, statistics.compute(lightcurves).T, strict=True))


def of_one(curve) -> dict[str, float]:
    return {name: values[0] for name, values in features(build([curve])).items()}


@pytest.fixture(scope="module")
def curve():
    """A transient seen in 70 nights, in three of the six bands each."""
    rng = np.random.default_rng(1)
    night = np.repeat(60000.0 + np.sort(rng.choice(700, 70, replace=False)), 3)
    band = np.concatenate([rng.choice(6, 3, replace=False) for _ in range(70)])
    flux_err = rng.uniform(0.3, 1.0, 210)
    return night + 0.02 * band, band, 8.0 * fallback(night) + flux_err * rng.normal(size=210), flux_err


@pytest.fixture(scope="module")
def series(curve):
    """Time, flux and error of each band and of all bands, in order of time."""
    order = np.lexsort((curve[1], curve[0]))
    time, band, flux, flux_err = (column[order] for column in curve)
    groups = {name: (time[band == b], flux[band == b], flux_err[band == b]) for b, name in enumerate(BANDS)}
    return groups | {"all": (time, flux, flux_err)}


def test_has_the_columns_of_the_public_table():
    wanted = [f"{group}_{name}" for group in [*BANDS, "all"] for name in SEED_OF_SERIES] + SEED_OF_OBJECT
    assert set(wanted) <= set(NAMES)


class TestAgainstReferences:
    @pytest.mark.parametrize("group", [*BANDS, "all"])
    def test_moments_and_quantiles(self, curve, series, group):
        flux = series[group][1]
        percentiles = np.percentile(flux, [5, 10, 25, 75, 90, 95])
        beyond = np.abs(flux - flux.mean()) / flux.std(ddof=1)
        expected = {
            "mean": flux.mean(),
            "std": flux.std(ddof=1),
            "skew": stats.skew(flux),
            "kurtosis": stats.kurtosis(flux),
            "beyond_1std": np.mean(beyond > 1),
            "beyond_2std": np.mean(beyond > 2),
            "min": flux.min(),
            "max": flux.max(),
            "median": np.median(flux),
            "amplitude": np.ptp(flux),
            "mad": stats.median_abs_deviation(flux),
            "iqr": stats.iqr(flux),
            "p5": percentiles[0],
            "p95": percentiles[5],
        }
        table = of_one(curve)
        for name, value in expected.items():
            assert table[f"{group}_{name}"] == pytest.approx(value, rel=1e-9), name

    def test_percentiles_of_all_bands_bear_the_public_names(self, curve, series):
        table = of_one(curve)
        p10, p25, p75, p90 = np.percentile(series["all"][1], [10, 25, 75, 90])
        assert [table[f"flux_p{p}"] for p in (10, 25, 75, 90)] == pytest.approx([p10, p25, p75, p90])
        assert table["flux_concentration"] == pytest.approx((p75 - p25) / (p90 - p10))

    @pytest.mark.parametrize("group", [*BANDS, "all"])
    def test_signal_to_noise(self, curve, series, group):
        _, flux, error = series[group]
        table = of_one(curve)
        assert table[f"{group}_mean_snr"] == pytest.approx(np.mean(np.abs(flux) / error))
        assert table[f"{group}_median_snr"] == pytest.approx(np.median(np.abs(flux) / error))
        assert table[f"{group}_max_snr"] == pytest.approx(np.max(flux / error))
        assert table[f"{group}_n_snr5"] == np.sum(flux > 5 * error)
        assert table[f"{group}_weighted_mean"] == pytest.approx(np.average(flux, weights=error**-2.0))
        if group == "all":
            assert table["mean_snr"] == pytest.approx(np.mean(flux / error))
            assert table["median_snr"] == pytest.approx(np.median(flux / error))

    @pytest.mark.parametrize("group", [*BANDS, "all"])
    def test_variability(self, curve, series, group):
        bands = [series[name] for name in (BANDS if group == "all" else group)]
        flux = np.concatenate([band[1] for band in bands])
        error = np.concatenate([band[2] for band in bands])
        free = sum(len(band[1]) - 1 for band in bands)
        square = sum(np.sum((band[1] - band[1].mean()) ** 2) for band in bands)
        steps = sum(np.sum(np.diff(band[1]) ** 2) for band in bands)
        chi2 = sum(np.sum(((f - np.average(f, weights=e**-2.0)) / e) ** 2) for _, f, e in bands)
        excess = square / free - np.mean(error**2)
        table = of_one(curve)
        assert table[f"{group}_reduced_chi2"] == pytest.approx(chi2 / free)
        assert table[f"{group}_von_neumann"] == pytest.approx((steps / free) / (square / len(flux)))
        assert table[f"{group}_excess_variance"] == pytest.approx(excess)
        name = "excess_variance" if group == "all" else f"{group}_normalised_excess_variance"
        assert table[name] == pytest.approx(excess / flux.mean() ** 2)
        slopes = []
        for t, f, _ in bands:
            gap = np.diff(t)
            far = gap >= 0.5
            slopes += list(np.abs(np.diff(f))[far] / np.round(gap[far], 1))
        assert table[f"{group}_max_slope"] == pytest.approx(max(slopes))

    @pytest.mark.parametrize("group", [*BANDS, "all"])
    def test_sampling(self, curve, series, group):
        time = series[group][0]
        table = of_one(curve)
        assert table[f"{group}_n_obs"] == len(time)
        assert table[f"{group}_time_span"] == pytest.approx(np.round(np.ptp(time), 1))
        assert table[f"{group}_cadence_mean"] == pytest.approx(np.round(np.mean(np.diff(time)), 1))

    def test_peak_band_and_flux_ratios(self, curve, series):
        table = of_one(curve)
        assert table["peak_band"] == np.argmax([series[band][1].max() for band in BANDS])
        for a, b in ("gr", "ri", "iz"):
            assert table[f"flux_ratio_{a}_{b}"] == pytest.approx(series[a][1].mean() / series[b][1].mean())

    def test_stetsons_indices(self, curve, series):
        def delta(group):
            time, flux, error = series[group]
            n = len(flux)
            return time, np.sqrt(n / (n - 1)) * (flux - np.average(flux, weights=error**-2.0)) / error

        table = of_one(curve)
        for a, b in ("gr", "ri", "gi"):
            (time_a, delta_a), (time_b, delta_b) = delta(a), delta(b)
            _, i, j = np.intersect1d(np.floor(time_a), np.floor(time_b), return_indices=True)
            product = delta_a[i] * delta_b[j]
            assert len(product) > 5
            expected = np.mean(np.sign(product) * np.sqrt(np.abs(product)))
            assert table[f"stetson_j_{a}{b}"] == pytest.approx(expected)
        for band in BANDS:
            _, d = delta(band)
            assert table[f"stetson_k_{band}"] == pytest.approx(np.mean(np.abs(d)) / np.sqrt(np.mean(d**2)))

    def test_structure_functions(self, curve, series):
        def sums(group):
            time, flux, error = series[group]
            i, j = np.triu_indices(len(time), 1)
            lag, square = time[j] - time[i], (flux[j] - flux[i]) ** 2 - error[i] ** 2 - error[j] ** 2
            far = lag >= 0.5
            u = np.log(lag[far] / np.array(pairs.LAGS)[:, None]) / np.log(10.0)
            weight = np.where(np.abs(u) < 1, (1 - u**2) ** 2, 0.0)
            return weight.sum(axis=1), weight @ square[far], weight @ np.log(lag[far])

        table = of_one(curve)
        weight, square, lag = sums("r")
        sf2 = square / weight
        found = [table[f"r_sf_tau_{tau:.0f}"] for tau in pairs.LAGS]
        np.testing.assert_allclose(found, np.sign(sf2) * np.sqrt(np.abs(sf2)), rtol=1e-8)
        up = sf2 > 0
        assert up.sum() >= 3
        slope = np.polyfit((lag / weight)[up], 0.5 * np.log(sf2[up]), 1)[0]
        assert table["r_sf_slope"] == pytest.approx(slope)
        weight, square, _ = np.sum([sums(band) for band in BANDS], axis=0)
        expected = square / weight / (2.0 * table["all_excess_variance"])
        np.testing.assert_allclose([table[f"all_decorrelation_{tau:.0f}"] for tau in pairs.LAGS], expected, rtol=1e-8)

    def test_moments_of_a_series_far_from_zero(self):
        flux = 1e6 + np.random.default_rng(3).normal(size=200)
        table = of_one((np.arange(200.0), np.ones(200), flux, np.ones(200)))
        assert table["g_skew"] == pytest.approx(stats.skew(flux), rel=1e-4)
        assert table["g_von_neumann"] == pytest.approx(np.mean(np.diff(flux) ** 2) / flux.var(), rel=1e-6)


class TestKnownProcesses:
    def test_pairs_within_a_night_and_no_others(self):
        """Two bands that rise together in the same nights correlate; half a day later there are no pairs."""
        night = np.arange(0.0, 300.0, 3.0)
        flux = np.linspace(-10.0, 10.0, 100)

        def j(delay):
            time = np.concatenate([night, night + delay])
            return of_one((time, np.repeat([1, 2], 100), np.tile(flux, 2), np.ones(200)))["stetson_j_gr"]

        delta = np.sqrt(100 / 99) * flux
        assert j(0.0) == pytest.approx(np.mean(np.abs(delta)))
        assert j(0.3) == pytest.approx(np.mean(np.abs(delta)))
        assert np.isnan(j(0.6))

    def test_stetson_j_pairs_each_visit_once(self):
        time = np.array([0.0, 0.1, 5.0, 10.0, 0.2, 5.2, 20.0])
        band = np.array([1, 1, 1, 1, 2, 2, 2])
        flux = np.array([3.0, 7.0, 1.0, -2.0, 4.0, 2.0, -1.0])
        table = of_one((time, band, flux, np.ones(7)))
        g = np.sqrt(4 / 3) * (flux[:4] - flux[:4].mean())
        r = np.sqrt(3 / 2) * (flux[4:] - flux[4:].mean())
        product = np.array([g[0] * r[0], g[2] * r[1]])
        assert table["stetson_j_gr"] == pytest.approx(np.mean(np.sign(product) * np.sqrt(np.abs(product))))

    def test_noise_is_what_noise_should_be(self):
        rng = np.random.default_rng(4)
        curves = []
        for _ in range(100):
            error = rng.uniform(0.5, 2.0, 400)
            curves.append((np.sort(rng.uniform(0, 2000, 400)), rng.integers(0, 6, 400), error * rng.normal(size=400),
                           error))  # fmt: skip
        table = features(build(curves))
        assert np.mean(table["r_reduced_chi2"]) == pytest.approx(1.0, abs=0.05)
        assert np.mean(table["all_reduced_chi2"]) == pytest.approx(1.0, abs=0.03)
        assert np.mean(table["r_von_neumann"]) == pytest.approx(2.0, abs=0.1)
        assert np.mean(table["all_von_neumann"]) == pytest.approx(2.0, abs=0.1)
        assert np.mean(table["r_excess_variance"]) == pytest.approx(0.0, abs=0.1)
        assert np.mean(table["stetson_k_r"]) == pytest.approx(np.sqrt(2 / np.pi), abs=0.01)
        squares = np.sign(table["r_sf_tau_30"]) * table["r_sf_tau_30"] ** 2
        assert np.mean(squares) == pytest.approx(0.0, abs=0.15)

    def test_structure_function_of_a_random_walk_and_of_a_line(self):
        rng = np.random.default_rng(5)
        time = np.arange(0.0, 1500.0, 3.0)
        walks = [(time, np.full(500, 2), np.cumsum(rng.normal(size=500)), np.full(500, 0.01)) for _ in range(60)]
        assert np.mean(features(build(walks))["r_sf_slope"]) == pytest.approx(0.5, abs=0.05)
        line = of_one((time, np.full(500, 2), 0.1 * time, np.full(500, 1e-3)))
        assert line["r_sf_slope"] == pytest.approx(1.0, abs=0.1)
        assert line["r_von_neumann"] < 1e-3

    def test_excess_variance_is_the_intrinsic_one(self):
        rng = np.random.default_rng(6)
        curves = [(np.arange(200.0), np.full(200, 3), 50 + 4 * rng.normal(size=200) + 3 * rng.normal(size=200),
                   np.full(200, 3.0)) for _ in range(100)]  # fmt: skip
        table = features(build(curves))
        assert np.mean(table["i_excess_variance"]) == pytest.approx(16.0, rel=0.05)
        assert np.mean(table["i_normalised_excess_variance"]) == pytest.approx(16.0 / 2500.0, rel=0.05)


class TestInvariance:
    @given(seed=st.integers(0, 10_000))
    @settings(max_examples=20)
    def test_order_of_the_input_does_not_matter(self, seed):
        rng = np.random.default_rng(seed)
        columns = transient(rng)
        order = rng.permutation(len(columns[0]))
        shuffled = statistics.compute(build([tuple(column[order] for column in columns)]))
        np.testing.assert_array_equal(shuffled, statistics.compute(build([columns])))

    @given(seed=st.integers(0, 10_000), power=st.integers(-20, 20))
    @settings(max_examples=20)
    def test_columns_scale_as_their_units_say(self, seed, power):
        lightcurves = transients(seed, n_objects=2, amplitude=5.0)
        factor = 2.0**power
        curves = [(lightcurves.mjd[rows], lightcurves.band[rows], factor * lightcurves.flux[rows],
                   factor * lightcurves.flux_err[rows]) for rows in lightcurves]  # fmt: skip
        values, scaled = features(lightcurves), features(build(curves))
        powers = {"uJy": factor, "uJy / d": factor, "uJy2": factor**2}
        for name, column in COLUMNS.items():
            expected = values[name] * powers.get(column.unit, 1.0)
            np.testing.assert_allclose(scaled[name], expected, rtol=1e-9, atol=1e-12, err_msg=name)

    @given(seed=st.integers(0, 10_000), shift=st.integers(-30_000, 30_000))
    @settings(max_examples=20)
    def test_no_column_knows_the_date(self, seed, shift):
        time, band, flux, flux_err = transient(np.random.default_rng(seed))
        time = np.round(time * 1024.0) / 1024.0  # shifts exactly
        values = statistics.compute(build([(time, band, flux, flux_err)]))
        np.testing.assert_array_equal(statistics.compute(build([(time + shift, band, flux, flux_err)])), values)

    @pytest.mark.parametrize("step", [1.5, 2.1, 2.4, 3.3, 5.0])
    def test_the_step_of_a_time_grid_neither_makes_nor_hides_a_value(self, step):
        """All but a few columns are known of well-observed objects, whether their visits are 1.5 or 5 d apart."""
        rng = np.random.default_rng(7)
        curves = []
        for _ in range(20):
            time, band, flux, flux_err = transient(rng, n=300, span=(60000.0, 61000.0))
            curves.append((60000.0 + step * np.floor((time - 60000.0) / step), band, flux, flux_err))
        assert np.isfinite(statistics.compute(build(curves))).mean() > 0.99

    def test_days_are_whole_tenths(self):
        table = features(transients(13, n_objects=20))
        for name, column in COLUMNS.items():
            if column.unit == "d":
                np.testing.assert_allclose(10 * table[name], np.round(10 * table[name]), atol=1e-6)


class TestOddObjects:
    @pytest.mark.parametrize("name", list(odd_objects()))
    def test_is_finite_or_missing(self, name):
        assert not np.isinf(statistics.compute(odd_objects()[name])).any()

    def test_without_visits_only_the_counts_speak(self):
        table = features(odd_objects()["no points"])
        known = {name: value[0] for name, value in table.items() if np.isfinite(value[0])}
        assert known == {f"{group}_n_obs": 0.0 for group in [*BANDS, "all"]}

    def test_one_visit_has_a_level_and_no_spread(self):
        odd = odd_objects()["one point"]
        table = {name: value[0] for name, value in features(odd).items()}
        band = BANDS[odd.band[0]]
        assert table[f"{band}_mean"] == table[f"{band}_median"] == table["all_max"] == odd.flux[0]
        for name in ("std", "skew", "von_neumann", "reduced_chi2", "excess_variance", "max_slope", "cadence_mean"):
            assert np.isnan(table[f"{band}_{name}"]), name

    def test_constant_flux_has_no_shape(self):
        table = features(odd_objects()["constant flux"])
        assert all(np.isnan(table[f"r_{name}"][0]) for name in ("skew", "kurtosis", "beyond_1std", "von_neumann"))
        assert table["r_excess_variance"][0] < 0.0

    def test_a_ratio_needs_a_denominator_above_the_noise(self):
        time = np.arange(0.0, 100.0)
        flux = np.where(np.arange(100) % 2 == 0, 50.0, 0.1)
        table = of_one((time, np.where(np.arange(100) % 2 == 0, 1, 2), flux, np.ones(100)))
        assert np.isnan(table["flux_ratio_g_r"])
        assert np.isnan(table["r_normalised_excess_variance"])

    def test_errors_and_redshifts_that_are_unknown_touch_nothing(self):
        odd = odd_objects()
        for name in ("z not known", "ebv not known"):
            np.testing.assert_array_equal(statistics.compute(odd[name]), statistics.compute(odd["z = 0"]))


class TestMallorn:
    pytestmark = pytest.mark.mallorn

    def test_every_column_says_something(self):
        directory = Path(MALLORN_DATA)
        splits = sorted(path.name for path in directory.glob("split_*"))
        lightcurves, _ = read_split(directory, "train", "split_01", splits)
        statistics.compute(lightcurves.select(np.arange(2)))
        start = clock.process_time()
        values = statistics.compute(lightcurves)
        spent = (clock.process_time() - start) / len(lightcurves)
        assert not np.isinf(values).any()
        known = np.isfinite(values).mean(axis=0)
        assert known.min() > 0.2, NAMES[int(np.argmin(known))]
        assert (np.nanstd(values, axis=0) > 0.0).all()
        assert spent < 0.002, f"{1e3 * spent:.2f} ms per object"
