"""Convolutions against their definitions and against another library's."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_objects import transients

from tde.convolutions import fixed_convolutions
from tde.convolutions.curve_series import FIRST, N_EPOCHS, STEP, linear_series, posterior_series
from tde.convolutions.fixed_convolutions import (
    TAPS,
    FixedConvolutions,
    convolution,
    convolve_fixed,
    draw_fixed_convolutions,
)
from tde.convolutions.random_convolutions import convolve_random, draw_random_convolutions
from tde.curves import Curves
from tde.features import gp2d, minirocket, multirocket, rocket, rocket_linear

REFERENCE = Path(__file__).parent / "data/minirocket_aeon.npz"


def walks(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).cumsum(axis=-1).astype(np.float32)


class TestRandomConvolutions:
    @settings(deadline=None)  # the first case compiles
    @given(st.integers(0, 10_000))
    def test_share_and_largest_value_are_those_of_the_definition(self, seed):
        series = walks(seed, 3, 60)
        drawn = draw_random_convolutions(4, 60, np.random.default_rng(seed))
        out = np.empty((3, 4, 2), dtype=np.float32)
        convolve_random(series, *drawn, out)
        for i, k in np.ndindex(3, 4):
            taps = drawn.weights[k, : drawn.length[k]].astype(np.float64)
            wide = np.zeros((len(taps) - 1) * drawn.dilation[k] + 1)
            wide[:: drawn.dilation[k]] = taps
            padded = np.pad(series[i].astype(np.float64), drawn.padding[k])
            values = np.correlate(padded, wide, "valid") + drawn.bias[k]
            sure = np.abs(values) > 1e-4  # rounding decides about the others
            assert (values[sure] > 0).sum() <= out[i, k, 0] * len(values) + 1e-3
            assert out[i, k, 0] * len(values) <= (values[sure] > 0).sum() + (~sure).sum() + 1e-3
            assert out[i, k, 1] == pytest.approx(values.max(), rel=1e-4, abs=1e-4)

    def test_weights_dilations_and_paddings_are_as_published(self):
        drawn = draw_random_convolutions(3000, 100, np.random.default_rng(0))
        assert set(drawn.length) == {7, 9, 11}
        np.testing.assert_allclose(drawn.weights.sum(axis=1), 0.0, atol=1e-5)
        assert (drawn.weights[drawn.length == 7, 7:] == 0.0).all()
        assert drawn.dilation.min() == 1
        assert ((drawn.length - 1) * drawn.dilation < 100).all()
        assert np.abs(drawn.bias).max() <= 1.0
        padded = drawn.padding > 0
        assert 0.45 < padded.mean() < 0.55
        np.testing.assert_array_equal(drawn.padding[padded], ((drawn.length - 1) * drawn.dilation // 2)[padded])


def pooled(values, bias):
    """The four numbers by their definition."""
    above = values > bias
    runs = "".join("x" if a else " " for a in above).split()
    return [
        above.mean(),
        (values[above] - bias).mean() if above.any() else 0.0,
        np.flatnonzero(above).mean() if above.any() else -1.0,
        max(map(len, runs), default=0),
    ]


class TestFixedConvolutions:
    def test_a_convolution_is_that_with_weights_2_and_minus_1(self):
        series = walks(1, 6, 100)
        bands = np.array([True, False, True, False, False, True])
        for which, dilation in ((0, 1), (40, 5), (83, 12)):
            weights = np.full(9, -1.0)
            weights[TAPS[which]] = 2.0
            wide = np.zeros(8 * dilation + 1)
            wide[::dilation] = weights
            expected = np.correlate(np.pad(series[bands].sum(axis=0).astype(np.float64), 4 * dilation), wide, "valid")
            np.testing.assert_allclose(convolution(series, dilation, which, bands), expected, atol=1e-3)

    @pytest.mark.parametrize("n_pooled", [1, 4])
    def test_pooled_numbers_are_those_of_their_definitions(self, n_pooled):
        series = walks(2, 3, 6, 100)
        drawn = draw_fixed_convolutions(walks(3, 10, 6, 100), 84 * 15, np.random.default_rng(0))
        out = np.empty((3, n_pooled, *drawn.bias.shape), dtype=np.float32)
        convolve_fixed(series, TAPS, *drawn, out)
        for d, k in np.ndindex(len(drawn.dilation), 84):
            for i in range(3):
                values = convolution(series[i], int(drawn.dilation[d]), k, drawn.bands[d, k])
                if (d + k) % 2:
                    edge = 4 * drawn.dilation[d]
                    values = values[edge:-edge]
                for j in range(drawn.first[d], drawn.first[d + 1]):
                    expected = pooled(values, drawn.bias[k, j])[:n_pooled]
                    np.testing.assert_allclose(out[i, :, k, j], expected, rtol=1e-4, atol=1e-4)

    def test_biases_divide_the_outbursts(self):
        """Shares of made-up outbursts above the biases are spread evenly."""
        rng = np.random.default_rng(0)
        outbursts = fixed_convolutions.draw_outbursts(200, rng)
        drawn = draw_fixed_convolutions(outbursts, 84 * 20, rng)
        out = np.empty((len(outbursts), 1, *drawn.bias.shape), dtype=np.float32)
        convolve_fixed(outbursts, TAPS, *drawn, out)
        assert 0.3 < out.mean() < 0.7
        assert drawn.n_features == 84 * 20
        assert set(drawn.bands.sum(axis=2).ravel()) <= {1, 2, 3, 4, 5, 6}
        assert drawn.dilation.tolist() == sorted(set(drawn.dilation))
        assert drawn.dilation.max() * 8 < N_EPOCHS

    @pytest.mark.parametrize("name", ["one", "four"])
    def test_shares_are_another_librarys(self, name):
        """With the dilations, bands and biases that it drew."""
        with np.load(REFERENCE) as reference:
            series, values = reference[f"{name}_series"], reference[f"{name}_values"]
            n_chosen, chosen, dilation, count, bias = (reference[f"{name}_parameter_{k}"] for k in range(5))
        bands = np.zeros((len(dilation), 84, series.shape[1]), dtype=bool)
        ends = np.cumsum(n_chosen)
        for place, (start, end) in enumerate(zip(ends - n_chosen, ends, strict=True)):
            bands[place // 84, place % 84, chosen[start:end]] = True
        first = np.concatenate([[0], np.cumsum(count)])
        ours = np.empty((84, first[-1]), dtype=np.float32)
        for d, n in enumerate(count):
            ours[:, first[d] : first[d + 1]] = bias[84 * first[d] : 84 * first[d + 1]].reshape(84, n)
        out = np.empty((len(series), 1, *ours.shape), dtype=np.float32)
        drawn = FixedConvolutions(dilation.astype(np.int64), bands, first.astype(np.int64), ours)
        convolve_fixed(series, TAPS, *drawn, out)
        theirs = np.empty_like(out[:, 0])
        for d, n in enumerate(count):
            mine = slice(first[d], first[d + 1])
            theirs[:, :, mine] = values[:, 84 * first[d] : 84 * first[d + 1]].reshape(len(series), 84, n)
        assert (out[:, 0] != theirs).mean() < 1e-3  # sums in another order: a value may cross a bias


@pytest.fixture(scope="module")
def lightcurves():
    return transients(5, n_objects=6)


@pytest.fixture(scope="module")
def curves(lightcurves):
    return gp2d.fit(lightcurves)


class TestSeries:
    def test_posterior_series_are_the_curves_about_the_peak(self, curves):
        series = posterior_series(curves)
        assert series.shape == (6, 6, N_EPOCHS)
        assert series.dtype == np.float32
        np.testing.assert_allclose(series.mean(axis=(1, 2)), 0.0, atol=1e-5)
        np.testing.assert_allclose(series.std(axis=(1, 2)), 1.0, rtol=1e-5)
        rows = curves.rows(2)
        epochs = curves.parameters["peak_mjd"][2] + FIRST + STEP * np.arange(N_EPOCHS)
        expected = np.array([np.interp(epochs, curves.mjd[rows], curves.flux[rows, b]) for b in range(6)])
        np.testing.assert_allclose(np.corrcoef(series[2].ravel(), expected.ravel())[0, 1], 1.0)

    def test_linear_series_go_through_the_observations(self, lightcurves):
        series = linear_series(lightcurves)
        rows = lightcurves.rows(1)
        mjd, band, flux = lightcurves.mjd[rows], lightcurves.band[rows], lightcurves.flux[rows]
        epochs = np.linspace(mjd[0], mjd[-1], N_EPOCHS)
        mine = band == 2
        expected = np.interp(epochs, mjd[mine], flux[mine])
        np.testing.assert_allclose(np.corrcoef(series[1, 2], expected)[0, 1], 1.0, rtol=1e-5)

    def test_objects_without_a_curve_have_no_features(self, lightcurves, curves):
        nothing = Curves(
            curves.object_id,
            curves.parameters | {"peak_mjd": np.full(6, np.nan)},
            curves.offsets,
            curves.mjd,
            curves.flux,
            curves.flux_err,
        )
        for family in (rocket, minirocket, multirocket):
            assert np.isnan(family.compute(lightcurves, nothing, 90, 42)).all()


class TestFamilies:
    @pytest.mark.parametrize("family", [rocket, minirocket, multirocket, rocket_linear])
    def test_columns_are_declared_and_objects_do_not_touch(self, family, lightcurves, curves):
        read = () if family is rocket_linear else (curves,)
        values = family.compute(lightcurves, *read, 90, 42)
        assert values.shape == (6, len(family.columns(90, 42)))
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
        alone = lightcurves.select(np.array([3]))
        read = () if family is rocket_linear else (gp2d.fit(alone),)
        np.testing.assert_array_equal(family.compute(alone, *read, 90, 42)[0], values[3])

    @pytest.mark.parametrize("family", [rocket, minirocket])
    def test_the_same_seed_gives_the_same_features(self, family, lightcurves, curves):
        first = family.compute(lightcurves, curves, 90, seed=1)
        np.testing.assert_array_equal(first, family.compute(lightcurves, curves, 90, seed=1))
        assert (first != family.compute(lightcurves, curves, 90, seed=2)).any()
