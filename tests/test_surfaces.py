"""Colour surfaces of the classes: against dense algebra, finite differences and known colours."""

import numpy as np
import pytest

from tde.curves import Curves, read_curves_of_set, write_curves
from tde.errors import InputError
from tde.features import rank1
from tde.features.shared.learning import OUTSIDE, Sample, draw_halves, read_learnt, write_learnt
from tde.features.surfaces import columns, compute, learn
from tde.lightcurves import from_rows
from tde.photometry import EFFECTIVE_WAVELENGTH
from tde.surfaces.learnt_surfaces import pack_surfaces, unpack_surfaces
from tde.surfaces.outbursts import MODEL_ERROR, select_outbursts
from tde.surfaces.surface import N_PHASES, N_WAVELENGTHS, black_body, penalty
from tde.surfaces.surface_fit import (
    SURFACE_CLASSES,
    class_log_likelihoods,
    fit_halves,
    fit_surface,
    surface_class,
)
from tde.surfaces.surface_likelihood import log_likelihoods, summed_log_likelihood

LENGTH_SCALE = 40.0


def planck_ratio(temperature, z):
    """Flux of each band over that of the r band for a black body, shape (6,)."""
    wavelength = EFFECTIVE_WAVELENGTH / (1.0 + z)
    flux = wavelength**-3 / np.expm1(1.438776877e8 / (wavelength * temperature))
    return flux / flux[2]


def outbursts_of(temperatures, z=0.3, n_points=90, noise=0.4, seed=0):
    """Smooth outbursts whose colours are black bodies, and what a perfect fit of F would say."""
    rng = np.random.default_rng(seed)
    n = len(temperatures)
    mjd = np.sort(rng.uniform(-45.0, 180.0, (n, n_points)), axis=1) + 60000.0
    band = rng.integers(0, 6, (n, n_points))
    shape = 20.0 * np.exp(-0.5 * ((mjd - 60030.0) / 35.0) ** 2)
    colours = np.array([planck_ratio(t, z) for t in temperatures])
    flux = shape * np.take_along_axis(colours, band, axis=1) + noise * rng.normal(size=(n, n_points))
    lightcurves = from_rows(
        np.array([f"object {i}" for i in range(n)]),
        np.full(n, z),
        np.zeros(n),
        np.repeat(np.arange(n), n_points),
        mjd.ravel(),
        band.ravel(),
        flux.ravel(),
        np.full(n * n_points, noise),
    )
    parameters = {
        "peak_mjd": np.full(n, 60030.0),
        "evolving_log_s": np.full(n, np.log(10.0)),
        "evolving_log_length_scale": np.full(n, np.log(LENGTH_SCALE)),
    }
    return lightcurves, parameters


def dense_log_likelihood(lightcurves, i, log_colour):
    """Log-likelihood of one object by Cholesky decomposition of the whole covariance."""
    rows = lightcurves.rows(i)
    t, flux = lightcurves.mjd[rows], lightcurves.flux[rows]
    phase = (t - 60030.0) / (1.0 + lightcurves.z[i])
    near = (phase >= -50.0) & (phase <= 150.0)
    t, flux, error = t[near], flux[near], lightcurves.flux_err[rows][near]
    c = np.exp(log_colour[lightcurves.band[rows][near]])
    u = np.sqrt(3.0) * np.abs(t[:, None] - t[None, :]) / LENGTH_SCALE
    K = 100.0 * (1.0 + u) * np.exp(-u) * c[:, None] * c[None, :] + np.diag(error**2 + (MODEL_ERROR * flux) ** 2)
    L = np.linalg.cholesky(K)
    half = np.linalg.solve(L, flux)
    return -0.5 * half @ half - np.log(np.diag(L)).sum() - 0.5 * len(t) * np.log(2.0 * np.pi)


def test_likelihood_agrees_with_dense_algebra():
    lightcurves, parameters = outbursts_of([12000.0, 20000.0])
    outbursts = select_outbursts(lightcurves, parameters)
    grey = log_likelihoods(np.zeros((N_WAVELENGTHS, N_PHASES)), outbursts)
    for i in range(2):
        assert grey[i] == pytest.approx(dense_log_likelihood(lightcurves, i, np.zeros(6)), rel=1e-9)


def test_gradient_agrees_with_finite_differences():
    lightcurves, parameters = outbursts_of([9000.0, 15000.0, 30000.0])
    outbursts = select_outbursts(lightcurves, parameters)
    surface = np.random.default_rng(1).normal(0.0, 0.3, (N_WAVELENGTHS, N_PHASES))
    objects = np.arange(3)
    value, gradient = summed_log_likelihood(surface, outbursts, objects)
    assert value == pytest.approx(log_likelihoods(surface, outbursts).sum())
    _, prior_gradient = penalty(surface)
    step = 1e-5
    for node in ((4, 2), (6, 5), (3, 3), (8, 6)):
        up, down = surface.copy(), surface.copy()
        up[node] += step
        down[node] -= step
        slope = (log_likelihoods(up, outbursts).sum() - log_likelihoods(down, outbursts).sum()) / (2.0 * step)
        assert gradient[node] == pytest.approx(slope, rel=1e-4, abs=1e-4)
        prior_slope = (penalty(up)[0] - penalty(down)[0]) / (2.0 * step)
        assert prior_gradient[node] == pytest.approx(prior_slope, rel=1e-6, abs=1e-6)


def test_a_fitted_surface_finds_the_colours_it_was_made_of():
    lightcurves, parameters = outbursts_of([14000.0] * 40)
    surface = fit_surface(select_outbursts(lightcurves, parameters), np.arange(40))
    truth = black_body(14000.0)
    # wavelengths that the bands cover at z = 0.3, phases with signal
    covered = slice(3, 8)
    found, expected = (s[covered, 2:5] - s[covered, 2:5].mean(axis=0) for s in (surface, truth))
    assert np.abs(found - expected).max() < 0.15


def test_classes_are_told_apart_by_their_colours():
    temperatures = [8000.0] * 20 + [25000.0] * 20
    lightcurves, parameters = outbursts_of(temperatures)
    outbursts = select_outbursts(lightcurves, parameters)
    kind = surface_class(np.array(["SN Ia"] * 20 + ["TDE"] * 20))
    half = draw_halves(np.arange(40), seed=3)
    surfaces = fit_halves(outbursts, kind, half)
    value = class_log_likelihoods(outbursts, surfaces, half)
    names = list(SURFACE_CLASSES)
    margin = value[:, names.index("TDE")] - value[:, names.index("Ia")]
    assert (margin[:20] < 0).all()
    assert (margin[20:] > 0).all()
    assert np.isnan(value[:, names.index("SLSN")]).all()  # no object to learn from


def test_an_object_is_never_compared_with_a_surface_it_helped_to_make():
    lightcurves, parameters = outbursts_of([10000.0 + 500.0 * i for i in range(12)])
    outbursts = select_outbursts(lightcurves, parameters)
    kind = surface_class(np.array(["TDE"] * 12))
    half = np.arange(12) % 2
    surfaces = fit_halves(outbursts, kind, half)
    ruined = surfaces.copy()
    ruined[0] = 0.7 * surfaces[0]
    before, after = (class_log_likelihoods(outbursts, s, half)[:, 5] for s in (surfaces, ruined))
    assert np.array_equal(before[half == 0], after[half == 0])
    assert not np.array_equal(before[half == 1], after[half == 1])
    held_out = class_log_likelihoods(outbursts, surfaces)[:, 5]
    each = [log_likelihoods(surfaces[h, 5], outbursts) for h in (0, 1)]
    assert held_out == pytest.approx(np.mean(each, axis=0))


def test_training_never_sees_what_is_held_out():
    lightcurves, parameters = outbursts_of([12000.0] * 6 + [40000.0] * 6)
    outbursts = select_outbursts(lightcurves, parameters)
    kind = surface_class(np.array(["TDE"] * 12))
    half = np.where(np.arange(12) < 6, np.arange(12) % 2, OUTSIDE)
    surfaces = fit_halves(outbursts, kind, half)
    lonely, more = outbursts_of([12000.0] * 6 + [6000.0] * 6)
    assert np.array_equal(surfaces, fit_halves(select_outbursts(lonely, more), kind, half), equal_nan=True)


def test_siblings_share_a_half():
    parents = np.repeat(np.arange(30), 3)
    half = draw_halves(parents, seed=0)
    assert (half.reshape(30, 3) == half[::3, None]).all()
    assert 0.3 < half.mean() < 0.7


def test_objects_without_redshift_fit_or_points_are_undefined():
    lightcurves, parameters = outbursts_of([15000.0] * 4, n_points=20)
    z = np.array([np.nan, 0.3, 0.3, 0.3])
    parameters["evolving_log_s"][1] = np.nan
    parameters["peak_mjd"][2] = 50000.0  # all observations long after it
    lightcurves = lightcurves.__class__(**{**vars(lightcurves), "z": z})
    assert select_outbursts(lightcurves, parameters).usable.tolist() == [False, False, False, True]
    nothing = np.empty(0)
    curves = Curves(lightcurves.object_id, parameters, np.zeros(5), nothing, nothing, nothing)
    surfaces = np.zeros((2, len(SURFACE_CLASSES), N_WAVELENGTHS, N_PHASES))
    values = compute(lightcurves, curves, pack_surfaces(surfaces))
    assert values.shape == (4, len(columns()))
    assert np.isnan(values[:3]).all()
    assert np.isfinite(values[3]).all()


def test_types_of_the_challenge_have_their_class():
    types = ["SN Ia-91bg", "SN IIP", "SN IIn", "SN Ic-BL", "SLSN-II", "TDE", "AGN", "SN Iax", "unheard of"]
    names = [*SURFACE_CLASSES, "none"]
    found = [names[k] for k in surface_class(np.array(types))]
    assert found == ["Ia", "II", "IIn", "Ibc", "SLSN", "TDE", "AGN", "Ia", "none"]


def test_surfaces_come_back_from_their_file(tmp_path):
    surfaces = np.random.default_rng(0).normal(size=(2, len(SURFACE_CLASSES), N_WAVELENGTHS, N_PHASES))
    write_learnt(tmp_path / "surfaces.npz", pack_surfaces(surfaces))
    learnt = read_learnt(tmp_path / "surfaces.npz")
    assert np.array_equal(unpack_surfaces(learnt), surfaces)
    with pytest.raises(InputError, match="learn them again"):
        unpack_surfaces(learnt | {"surfaces": surfaces[:, :3]})


def test_the_family_learns_from_its_sample_alone():
    lightcurves, _ = outbursts_of([9000.0] * 8 + [30000.0] * 8, n_points=40)
    curves = rank1.fit(lightcurves)
    spec_type = np.array(["TDE", "SN Ia"] * 8)
    half = np.where(np.arange(16) < 12, (np.arange(16) // 2) % 2, OUTSIDE)
    learnt = learn(lightcurves, Sample(spec_type, half), curves)
    others = np.where(half == OUTSIDE, "SLSN-I", spec_type)
    again = learn(lightcurves, Sample(others, half), curves)
    assert np.array_equal(unpack_surfaces(learnt), unpack_surfaces(again), equal_nan=True)
    values, blind = compute(lightcurves, curves, learnt, half), compute(lightcurves, curves, learnt)
    assert np.array_equal(values[12:], blind[12:], equal_nan=True)
    assert not np.array_equal(values[:12], blind[:12], equal_nan=True)


def test_curves_of_a_set_are_read_in_the_order_wanted(tmp_path):
    lightcurves, _ = outbursts_of([15000.0] * 4, n_points=30)
    curves = rank1.fit(lightcurves)
    for k, objects in enumerate(([0, 2], [1, 3])):
        write_curves(tmp_path / f"{k}.parquet", rank1.fit(lightcurves.select(np.array(objects))))
    paths = [tmp_path / "0.parquet", tmp_path / "1.parquet"]
    read = read_curves_of_set(paths, lightcurves.object_id)
    for name in ("object_id", "offsets", "mjd", "flux", "flux_err"):
        assert np.array_equal(getattr(read, name), getattr(curves, name)), name
    assert all(
        np.array_equal(read.parameters[name], curves.parameters[name], equal_nan=True) for name in curves.parameters
    )
    with pytest.raises(InputError, match="no curve of object 'nobody'"):
        read_curves_of_set(paths, np.array(["object 0", "nobody"]))
    surfaces = np.zeros((2, len(SURFACE_CLASSES), N_WAVELENGTHS, N_PHASES))
    assert np.isfinite(compute(lightcurves, read, pack_surfaces(surfaces))).any(axis=1).all()
