"""Views, the states of unfinished light curves, the hand-over between models, and the scores of all these."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.special import expit
from simulated_objects import build, odd_objects, transients

from tde.black_body.constants import SECOND_RADIATION_CONSTANT
from tde.compiled.warm_up import warm_up_lightcurves
from tde.evaluation.handover import SHRINKAGE, fit_handover
from tde.lightcurves import joined
from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH, distance_modulus
from tde.trigger import trigger_mjd
from tde.views.cut import at_most, detected, in_bands, keep_rows, thinned, until, without_redshift
from tde.views.draw import draw_views
from tde.views.feature_files import FeatureFiles
from tde.views.nearer import filter_codes, fitted_colours, redshift_at, seen_nearer
from tde.views.nearer_views import FEWEST_POINTS, draw_nearer
from tde.views.states import STATES, Moments, progress

SETTINGS = {
    "per_object": 6,
    "ages": [2, 400],
    "bands": {"ugrizy": 1, "gr": 1},
    "complete": [],
    "visits": [1.0, 1.0],
    "redshift_error": 0.0,
    "without_redshift": 0.0,
    "seed": 3,
    "nearer": {"per_object": 0},
}

NEARER = {
    "per_object": 5,
    "magnitudes": [3.0, 5.0],
    "survey": "ztf",
    "bands": {"gr": 1, "gri": 1},
    "detections": 0.5,
    "points": [8, 30],
    "ages": [5, 200],
}


@pytest.fixture(scope="module")
def many():
    return transients(seed=5, n_objects=40)


def rows_of(lightcurves, index):
    rows = lightcurves.rows(index)
    return list(zip(lightcurves.mjd[rows], lightcurves.band[rows], lightcurves.flux[rows], strict=True))


class TestCut:
    def test_bands_are_those_of_each_object(self):
        curves = warm_up_lightcurves()
        cut = in_bands(curves, ["gr"] * len(curves))
        assert set(cut.band) == {1, 2}
        assert np.diff(cut.offsets)[0] == np.isin(curves.band[curves.rows(0)], [1, 2]).sum()
        np.testing.assert_array_equal(cut.flux[cut.rows(2)], curves.flux[curves.rows(2)])  # observed in r alone
        mixed = in_bands(curves, ["gr", *["ugrizy"] * (len(curves) - 1)])
        assert rows_of(mixed, 0) == rows_of(cut, 0)
        assert rows_of(mixed, 1) == rows_of(curves, 1)

    def test_nothing_later_is_left(self):
        curves = warm_up_lightcurves()
        cut = until(curves, np.full(len(curves), 60110.0))
        assert cut.mjd.max() <= 60110.0
        assert len(cut) == len(curves)
        assert len(cut.mjd) == (curves.mjd <= 60110.0).sum()
        assert len(until(curves, np.full(len(curves), np.nan)).mjd) == len(curves.mjd)
        assert len(until(curves, np.full(len(curves), 0.0)).mjd) == 0

    def test_visits_are_kept_whole_or_not_at_all(self, many):
        rows = np.repeat(np.arange(len(many.mjd)), 2)  # every visit saw two bands
        twice = replace(
            many,
            offsets=2 * many.offsets,
            mjd=many.mjd[rows],
            filter=many.filter[rows],
            flux=many.flux[rows],
            flux_err=many.flux_err[rows],
        )
        share = np.linspace(0.0, 1.0, len(many))
        cut = thinned(twice, share, np.arange(len(many)))
        kept = np.diff(cut.offsets) / np.diff(twice.offsets)
        assert kept[0] == 0.0
        assert kept[-1] == 1.0
        np.testing.assert_allclose(kept, share, atol=4 * np.sqrt(0.25 / 180))
        assert all(np.unique(cut.mjd[cut.rows(i)], return_counts=True)[1].min(initial=2) == 2 for i in range(len(cut)))

    def test_detections_of_some_and_at_most_so_many(self, many):
        which = np.arange(len(many)) % 2 == 0
        found = detected(many, which)
        for i in range(len(many)):
            rows = many.rows(i)
            expected = np.sum(many.flux[rows] >= 5.0 * many.flux_err[rows]) if which[i] else rows.stop - rows.start
            assert np.diff(found.offsets)[i] == expected
        most = np.arange(len(many)) * 10
        few = at_most(many, most, np.arange(len(many)))
        np.testing.assert_array_equal(np.diff(few.offsets), np.minimum(np.diff(many.offsets), most))
        assert set(rows_of(few, 3)) <= set(rows_of(many, 3))

    def test_a_redshift_is_forgotten_with_its_distance(self):
        curves = without_redshift(warm_up_lightcurves())
        assert np.isnan(curves.z).all()
        assert np.isnan(curves.distance_modulus).all()


class TestDraw:
    def test_views_hold_observations_of_their_object_and_no_others(self, many):
        views = draw_views(many, SETTINGS)
        trigger = trigger_mjd(many)
        assert np.bincount(views.owner).max() <= 6
        np.testing.assert_allclose(np.bincount(views.owner, views.weight), len(views.owner) / len(many))
        for i, owner in enumerate(views.owner):
            mine = rows_of(views.lightcurves, i)
            assert views.lightcurves.object_id[i] == many.object_id[owner]
            assert set(mine) <= set(rows_of(many, owner))
            assert mine[-1][0] <= trigger[owner] + 400.0
            if len({band for _, band, _ in mine}) > 2:  # all that was there until its end
                assert mine == [row for row in rows_of(many, owner) if row[0] <= mine[-1][0]]

    def test_ages_are_spread_over_their_range(self, many):
        views = draw_views(many, {**SETTINGS, "per_object": 40, "bands": {"ugrizy": 1}})
        last = np.array([views.lightcurves.mjd[rows.stop - 1] for rows in views.lightcurves])
        age = last - trigger_mjd(many)[views.owner]
        # half of the logarithms lie below the middle; a visit comes every four days, so that views end a bit early
        assert 0.5 <= np.mean(age < np.sqrt(2 * 400)) < 0.6
        assert 300 < age.max() <= 400

    def test_a_view_that_leaves_nothing_out_keeps_fewer_bands(self, many):
        late = {**SETTINGS, "ages": [5000, 6000], "bands": {"ugrizy": 3, "gri": 1, "gr": 1}}
        sets = {
            frozenset(band for _, band, _ in rows_of(views, i))
            for views in [draw_views(many, late).lightcurves]
            for i in range(len(views))
        }
        assert sets == {frozenset({1, 2}), frozenset({1, 2, 3})}
        only = draw_views(many, {**late, "bands": {"ugrizy": 1}})
        assert len(only.lightcurves.mjd) == 6 * len(many.mjd)
        half = draw_views(
            many, {**late, "visits": [0.5, 0.5], "bands": {"ugrizy": 1, "gr": 1}}
        )  # these leave visits out
        assert any(len({band for _, band, _ in rows_of(half.lightcurves, i)}) > 3 for i in range(len(half.owner)))

    def test_draws_depend_on_the_name_and_the_seed_alone(self, many):
        together = draw_views(many, SETTINGS)
        alone = draw_views(many.select(np.array([7])), SETTINGS)
        mine = np.flatnonzero(together.owner == 7)
        assert [rows_of(together.lightcurves, i) for i in mine] == [
            rows_of(alone.lightcurves, i) for i in range(len(mine))
        ]
        other = draw_views(many.select(np.array([7])), {**SETTINGS, "seed": 4})
        assert len(other.lightcurves.mjd) != len(alone.lightcurves.mjd)

    def test_redshifts_are_scattered_and_forgotten(self, many):
        views = draw_views(many, {**SETTINGS, "per_object": 50, "redshift_error": 0.05, "without_redshift": 0.3})
        z = views.lightcurves.z
        assert np.isnan(z).mean() == pytest.approx(0.3, abs=0.05)
        assert np.nanstd(z) == pytest.approx(0.05 * 1.3, rel=0.1)
        np.testing.assert_array_equal(views.lightcurves.distance_modulus, distance_modulus(z))
        np.testing.assert_array_equal(draw_views(many, SETTINGS).lightcurves.z, 0.3)

    def test_odd_objects_lose_views_and_nothing_breaks(self):
        curves = joined(list(odd_objects().values()))
        views = draw_views(curves, SETTINGS)
        assert (np.diff(views.lightcurves.offsets) > 0).all()
        assert set(np.unique(views.owner)) <= set(np.flatnonzero(np.diff(curves.offsets) > 0))


def black_bodies(z, kelvin, scale=1e-3):
    """Sources of one luminosity that rise and fade in their own time; also their flux at any time and wavelength."""
    rng = np.random.default_rng(8)

    def flux(i, mjd, wavelength, at):
        rest = wavelength / (1.0 + at)
        spectrum = rest**-3.0 / np.expm1(SECOND_RADIATION_CONSTANT / (rest * kelvin[i]))
        dimming = (1.0 + at) * 10.0 ** (-0.4 * (distance_modulus(at) - 40.0))
        outburst = np.exp(-0.5 * ((mjd - 60000.0) / (1.0 + at) / 30.0 - 2.0) ** 2)
        return 1e15 * spectrum * dimming * outburst

    curves = []
    for i in range(len(z)):
        mjd = np.append(60000.0, np.sort(rng.uniform(60000.0, 60180.0, 120)))
        band = rng.integers(0, 6, len(mjd))
        true = flux(i, mjd, EFFECTIVE_WAVELENGTH[band], z[i])
        curves.append((mjd, band, true, np.full(len(mjd), scale * true.max())))
    return build(curves, z=z), flux

    def test_complete_views_are_whole_but_for_bands_and_only_where_that_leaves_something_out(self, many):
        blue = in_bands(many, ["gr" if k == 3 else BANDS for k in range(len(many))])
        views = draw_views(blue, {**SETTINGS, "complete": ["gri", "gr"]})
        new = range(len(views.owner) - 2 * (len(many) - 1), len(views.owner))
        others = [k for k in range(len(many)) if k != 3]
        assert views.owner[new.start :].tolist() == 2 * others
        for k, bands in zip(new, ["gri"] * len(others) + ["gr"] * len(others), strict=True):
            mine = in_bands(many.select(views.owner[[k]]), [bands])
            assert rows_of(views.lightcurves, k) == rows_of(mine, 0)
        np.testing.assert_allclose(np.bincount(views.owner, views.weight), len(views.owner) / len(many))


class TestNearer:
    def test_black_bodies_are_what_they_would_be_there(self):
        """Fluxes of Planck's law at the new redshift, distance and time, from the old ones and no knowledge of them."""
        z, kelvin = np.array([0.4, 0.6, 0.9]), np.array([9000.0, 15000.0, 28000.0])
        curves, flux = black_bodies(z, kelvin)
        wanted = filter_codes("ztf", "gr")
        near = seen_nearer(curves, fitted_colours(curves), np.full(3, 4.0), [wanted] * 3)
        np.testing.assert_allclose(near.distance_modulus, distance_modulus(z) - 4.0, atol=1e-4)
        assert set(near.filter) == set(wanted)
        for i in range(3):
            rows = near.rows(i)
            assert rows.stop - rows.start > 20
            places = zip(near.mjd[rows], near.wavelength[rows], strict=True)
            expected = np.array([flux(i, mjd, wavelength, near.z[i]) for mjd, wavelength in places])
            np.testing.assert_allclose(near.flux[rows] / expected, 1.0, atol=0.04)
        # no observation is any better than it was
        assert set(np.round(near.flux / near.flux_err, 6)) <= set(np.round(curves.flux / curves.flux_err, 6))

    def test_redshifts_of_distances(self):
        z = np.array([0.002, 0.05, 0.5, 3.0])
        np.testing.assert_allclose(redshift_at(distance_modulus(z)), z, rtol=1e-4)

    def test_views_are_of_the_survey_and_keep_what_was_drawn(self, many):
        views = draw_nearer(many, NEARER, 3)
        curves, counts = views.lightcurves, np.diff(views.lightcurves.offsets)
        assert set(curves.filter) == set(filter_codes("ztf", "gri"))
        assert (counts >= FEWEST_POINTS).all()
        assert counts.max() <= 30
        assert curves.z.max() < 0.3
        low = np.minimum.reduceat(curves.flux / curves.flux_err, curves.offsets[:-1])
        assert 0.3 < np.mean(low >= 5.0) < 0.9  # half of them, and some that were bright throughout

    def test_draws_depend_on_the_name_and_the_seed_alone(self, many):
        together, alone = draw_nearer(many, NEARER, 3), draw_nearer(many.select(np.array([7])), NEARER, 3)
        mine = np.flatnonzero(together.owner == 7)
        assert len(mine) == len(alone.owner) > 0
        assert [rows_of(together.lightcurves, i) for i in mine] == [
            rows_of(alone.lightcurves, i) for i in range(len(mine))
        ]

    def test_they_follow_the_other_views_and_share_the_weight_of_their_object(self, many):
        before = draw_views(many, SETTINGS)
        views = draw_views(many, {**SETTINGS, "nearer": NEARER})
        n = len(before.owner)
        np.testing.assert_array_equal(views.owner[:n], before.owner)
        np.testing.assert_array_equal(views.lightcurves.flux[: len(before.lightcurves.mjd)], before.lightcurves.flux)
        assert len(views.owner) > n
        np.testing.assert_allclose(np.bincount(views.owner, views.weight), len(views.owner) / len(many))

    def test_other_surveys_objects_and_those_without_redshift_have_none(self, many):
        filters = np.where(many.owner == 0, filter_codes("ztf", "r")[0], many.filter).astype(np.int8)
        z = np.where(np.arange(len(many)) == 1, np.nan, many.z)
        odd = replace(many, filter=filters, z=z, distance_modulus=distance_modulus(z))
        assert not {0, 1} & set(draw_nearer(odd, NEARER, 3).owner)
        assert len(draw_nearer(joined(list(odd_objects().values())), NEARER, 3).owner) >= 0


class TestStates:
    def test_each_state_leaves_out_what_its_words_say(self, many):
        moments = Moments(trigger_mjd(many), np.full(len(many), 60200.0))
        cut = {state.words: state.cut(many, moments) for state in STATES}
        assert cut["whole"] is many
        assert cut["until 15 d after the peak"].mjd.max() <= 60215.0
        assert cut["until 10 d before the peak"].mjd.max() <= 60190.0
        assert cut["until the peak"].mjd.max() <= 60200.0
        last = np.array(
            [cut["until 30 d after the trigger"].mjd[s.stop - 1] for s in cut["until 30 d after the trigger"]]
        )
        assert (last <= moments.trigger + 30.0).all()
        assert set(cut["g, r, i only"].band) == {1, 2, 3}
        both = cut["g, r only, until 30 d after the peak"]
        assert set(both.band) == {1, 2}
        assert both.mjd.max() <= 60230.0
        assert np.isnan(cut["without redshift"].z).all()

    def test_an_object_without_trigger_or_peak_is_left_whole(self):
        curves = build([(np.array([60000.0, 60400.0]), np.array([1, 1]), np.array([1.0, 1.0]), np.array([1.0, 1.0]))])
        moments = Moments(trigger_mjd(curves), np.array([np.nan]))
        assert all(len(state.cut(curves, moments).mjd) == 2 for state in STATES if state.counted)

    def test_progress(self, many):
        young = until(many, trigger_mjd(many) + 20.0)
        told = progress(keep_rows(young, np.isin(young.band, [1, 2])))
        assert (np.exp(told[:, 0]) <= 20.0).all()
        assert (told[:, 1] <= 2).all()
        whole = progress(many)
        for i in range(len(many)):
            mjd, flux = many.mjd[many.rows(i)], (many.flux - many.flux_err)[many.rows(i)]
            assert np.expm1(whole[i, 2]) == pytest.approx(mjd[-1] - mjd[np.argmax(flux)])
            assert whole[i, 3] == pytest.approx(max(flux[mjd >= mjd[-1] - 15].max() / flux.max(), 0.0))
        assert np.isfinite(progress(joined(list(odd_objects().values())))).all()


class TestHandover:
    def test_it_finds_who_is_right_and_when(self):
        rng = np.random.default_rng(8)
        n = 20_000
        age = rng.uniform(0.0, 6.0, (n, 1))
        truth = rng.random(n)
        positive = rng.random(n) < truth
        guess = np.full(n, 0.5)
        whole, unfinished = np.where(age[:, 0] > 3, truth, guess), np.where(age[:, 0] > 3, guess, truth)
        gate = fit_handover(age, whole, unfinished, positive, np.ones(n))
        share = gate.share(np.array([[0.5], [3.0], [5.5]]))
        assert share[0] > 0.9
        assert share[1] == pytest.approx(0.5, abs=0.15)
        assert share[2] < 0.1
        mixed = gate.mixed(age, whole, unfinished)
        loss = [-np.mean(np.log(np.where(positive, p, 1.0 - p))) for p in (mixed, whole, unfinished)]
        assert loss[0] < min(loss[1:]) - 0.02

    def test_its_coefficients_are_at_the_least_loss(self):
        rng = np.random.default_rng(9)
        progress_, positive = rng.normal(size=(500, 2)), rng.random(500) < 0.3
        whole, unfinished, weight = rng.random(500), rng.random(500), rng.random(500)
        gate = fit_handover(progress_, whole, unfinished, positive, weight)

        def loss(coefficients):
            share = expit(np.column_stack([np.ones(500), (progress_ - gate.centre) / gate.scale]) @ coefficients)
            p = share * unfinished + (1.0 - share) * whole
            penalty = SHRINKAGE * np.sum(coefficients[1:] ** 2)
            return -np.average(np.log(np.where(positive, p, 1.0 - p)), weights=weight) + penalty

        least = loss(gate.coefficients)
        for step in 0.02 * np.vstack([np.eye(3), -np.eye(3)]):
            assert loss(gate.coefficients + step) > least - 1e-9


def test_features_in_files_are_one_matrix(tmp_path):
    rng = np.random.default_rng(5)
    whole, views = rng.normal(size=(4, 2)), rng.normal(size=(7, 2))
    whole[1, 0] = np.nan
    for name, values in {"whole": whole, "views": views}.items():
        for column, family in enumerate(("first", "second")):
            table = pa.table({"object_id": [str(i) for i in range(len(values))], "a": values[:, column]})
            pq.write_table(table, tmp_path / f"{name}_{family}.parquet")
    paths = {
        family: [tmp_path / f"{name}_{family}.parquet" for name in ("whole", "views")] for family in ("first", "second")
    }
    features = FeatureFiles(paths)
    np.testing.assert_array_equal(features.matrix(["second.a", "first.a"], 11), np.vstack([whole, views])[:, ::-1])
    np.testing.assert_array_equal(features.beginning().matrix(["first.a"], 4), whole[:, :1])
