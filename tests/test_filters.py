"""Filters of other surveys: their place in fits, files and tables, and what they say of temperatures."""

import numpy as np
import pyarrow as pa
import pytest
from families import family_values
from foreign_objects import ATLAS, SECOND_RADIATION_CONSTANT, ZTF, black_bodies, stood_in_for

from tde.black_body.lsst_fluxes import log_lsst_fluxes, lsst_curves, lsst_weights
from tde.features import hypotheses, luminosity, rank1
from tde.features.registry import FAMILIES
from tde.filters import FILTERS, LSST_BANDS, SURVEYS, filters_with
from tde.gp.rank_one_colours import REFERENCE
from tde.gp.slots import find_slots
from tde.lightcurves import from_rows, joined, read_shard, write_shard
from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH

OWN = {"own:q": 5000.0}


def seen_through(keys, filters=FILTERS, n=3):
    """Slots of one object with ``n`` observations in each filter."""
    codes = np.tile([filters.keys.index(key) for key in keys], n).astype(np.int8)
    return find_slots(np.array([0, len(codes)]), codes, filters), codes


def one_object(filters=FILTERS, keys=("lsst:u", "ztf:g", "own:q")):
    code = np.array([filters.keys.index(key) for key in keys], dtype=np.int8)
    numbers = np.arange(1.0, 1.0 + len(code))
    return from_rows(np.array(["a"], dtype=object), [0.1], [0.0], np.zeros(len(code), int), 60000.0 + numbers, code,
                     numbers, np.ones(len(code)), filters=filters)  # fmt: skip


def objects_of(lightcurves):
    columns = {"object_id": pa.array(lightcurves.object_id, pa.string()), "z": lightcurves.z, "ebv": lightcurves.ebv,
               "distance_modulus": lightcurves.distance_modulus}  # fmt: skip
    return pa.table(columns)


class TestTable:
    def test_lsst_comes_first_and_every_survey_says_where_its_wavelengths_are_from(self):
        assert "".join(key[-1] for key in FILTERS.keys[:6]) == LSST_BANDS == BANDS
        np.testing.assert_array_equal(FILTERS.wavelength[:6], EFFECTIVE_WAVELENGTH)
        assert all(survey.source for survey in SURVEYS.values())
        assert FILTERS.nearest[:6].tolist() == list(range(6))

    def test_more_filters_than_a_byte_counts_are_refused(self):
        with pytest.raises(ValueError, match="at most 127"):
            filters_with({f"own:{k}": 5000.0 for k in range(100)})


class TestFiles:
    def test_filters_come_back_from_a_shard_with_ones_own_wavelengths(self, tmp_path):
        before = one_object(filters_with(OWN))
        write_shard(tmp_path / "a.parquet", before)
        after = read_shard(tmp_path / "a.parquet", objects_of(before))
        assert after.wavelength.tolist() == before.wavelength.tolist() == [3641.0, 4722.7, 5000.0]
        assert after.band.tolist() == [0, 1, 1]
        assert [after.filters.keys[code] for code in after.filter] == ["lsst:u", "ztf:g", "own:q"]

    def test_sets_with_other_tables_are_not_joined(self):
        one, other = one_object(filters_with(OWN)), one_object(filters_with({"own:w": 4000.0, "own:q": 5000.0}))
        lsst = one_object(keys=("lsst:g",))
        assert joined([lsst, one]).wavelength.tolist() == [4704.0, 3641.0, 4722.7, 5000.0]
        with pytest.raises(ValueError, match="different tables of filters"):
            joined([one, other])


class TestSlots:
    def test_lsst_bands_are_their_slots(self):
        slots, codes = seen_through([f"lsst:{band}" for band in "yug"])
        assert slots.slot.tolist() == codes.tolist()
        np.testing.assert_array_equal(slots.wavelength[0], EFFECTIVE_WAVELENGTH)
        assert len(slots.foreign) == 0

    def test_every_filter_of_two_surveys_has_its_own(self):
        slots, codes = seen_through([*ATLAS, *ZTF])
        assert len(np.unique(slots.slot)) == 5
        np.testing.assert_array_equal(slots.wavelength[0, slots.slot], FILTERS.wavelength[codes])
        assert slots.wavelength[0, REFERENCE] == 6339.6

    def test_the_slot_of_r_stays_empty_without_a_filter_near_it(self):
        slots, _ = seen_through(["ztf:g", "ztf:i"])
        assert REFERENCE not in slots.slot

    def test_neighbours_share_a_slot_where_there_are_too_many(self):
        keys = [*(f"sdss:{band}" for band in "ugriz"), *(f"ps1:{band}" for band in "grizy"), *ZTF]
        slots, codes = seen_through(keys)
        assert sorted(np.unique(slots.slot)) == [0, 1, 2, 3, 4, 5]
        shift = slots.wavelength[0, slots.slot] / FILTERS.wavelength[codes] - 1.0
        assert np.abs(shift).max() < 0.04

    def test_objects_do_not_mix(self):
        codes = np.array([1, 2, *(FILTERS.keys.index(key) for key in ZTF), 3], dtype=np.int8)
        slots = find_slots(np.array([0, 2, 2, 5, 6]), codes, FILTERS)
        assert slots.foreign.tolist() == [2]
        assert slots.slot[[0, 1, 5]].tolist() == [1, 2, 3]


def in_lsst(keys, spectrum, moved):
    """Fluxes of a spectrum in the LSST bands near some filters: as found from those of the filters, and as they are."""
    slots, codes = seen_through(keys)
    wavelength, observed, seen = slots.wavelength[0], np.unique(slots.slot), np.unique(FILTERS.nearest[codes])
    return moved(spectrum(wavelength), wavelength, observed, seen)[:, seen], spectrum(EFFECTIVE_WAVELENGTH)[seen]


def by_logarithm(flux, wavelength, observed, seen):
    weights = lsst_weights(wavelength, observed, seen)
    return np.exp(log_lsst_fluxes(np.log(flux)[None], wavelength, observed, weights))


def by_curve(flux, wavelength, observed, seen):
    return lsst_curves(np.tile(flux, (3, 1)), np.tile(0.1 * flux, (3, 1)), wavelength, observed, seen).mean


@pytest.mark.parametrize("moved", [by_logarithm, by_curve])
@pytest.mark.parametrize("keys", [ZTF, ATLAS, (*ZTF, *ATLAS), ("ps1:g", "sdss:g", "ztf:r")])
class TestSpectra:
    @pytest.mark.parametrize("kelvin", [3000.0, 8000.0, 20000.0, 60000.0])
    def test_a_black_body_is_the_same_in_the_lsst_bands(self, moved, keys, kelvin):
        def spectrum(wavelength):
            return 1e12 * wavelength**-3.0 / np.expm1(SECOND_RADIATION_CONSTANT / (wavelength * kelvin))

        found, expected = in_lsst(keys, spectrum, moved)
        np.testing.assert_allclose(found, np.tile(expected, (len(found), 1)), rtol=0.01)

    @pytest.mark.parametrize("index", [-1.0, 0.5])
    def test_a_power_law_is_nearly_the_same(self, moved, keys, index):
        found, expected = in_lsst(keys, lambda wavelength: (wavelength / 5000.0) ** index, moved)
        np.testing.assert_allclose(found, np.tile(expected, (len(found), 1)), rtol=0.08)


def test_two_near_filters_say_nothing_of_the_slope_beyond_them():
    slots, codes = seen_through(["gaia:BP", "atlas:c"])
    weights = lsst_weights(slots.wavelength[0], np.unique(slots.slot), np.unique(FILTERS.nearest[codes]))
    assert sorted(weights[1]) == [0.0] * 5 + [1.0]


def test_faint_curves_are_moved_as_when_they_are_bright():
    """The factor of a black body whose flux is lost in its errors is that of the time at which it was seen."""
    slots, _ = seen_through(ATLAS)
    wavelength, observed = slots.wavelength[0], np.unique(slots.slot)
    flux = wavelength**-2.0 / wavelength[observed].min() ** -2.0
    mean = np.array([10.0 * flux, -0.1 * flux, 0.0 * flux])
    found = lsst_curves(mean, np.full_like(mean, 0.5), wavelength, observed, np.array([1, 2])).mean
    np.testing.assert_allclose(found[1], -0.01 * found[0], rtol=1e-12)
    assert found[2, 1] == 0.0
    assert found[0, 1] > 1.2 * 10.0 * flux[observed].max() * 0.9


COLUMNS = {
    "rank1": (rank1, "temperature"),
    "hypotheses": (hypotheses, "bb_log_temperature"),
    "luminosity": (luminosity, "bb_log_temperature_0d"),
}
"""Features that are the logarithm of a temperature, of each family."""


def bias(family, lightcurves, kelvin):
    """Median of the temperatures over the true one, minus 1."""
    module, name = COLUMNS[family]
    column = [each.name for each in module.columns()].index(name)
    return 10.0 ** np.median(family_values(family, lightcurves)[:, column]) / kelvin - 1.0


@pytest.mark.parametrize("family", COLUMNS)
@pytest.mark.parametrize(("keys", "kelvin"), [(ZTF, 20000.0), ((*ZTF, *ATLAS), 12000.0)])
def test_temperatures_through_filters_as_they_are(family, keys, kelvin):
    lightcurves = black_bodies(keys, kelvin)
    found = bias(family, lightcurves, kelvin)
    assert abs(found) < 0.05
    if keys == ZTF:
        assert bias(family, stood_in_for(lightcurves), kelvin) > abs(found) + 0.05


def test_temperatures_of_two_filters():
    assert abs(bias("hypotheses", black_bodies(ATLAS, 20000.0), 20000.0)) < 0.05
    assert abs(bias("rank1", black_bodies(ATLAS, 20000.0), 20000.0)) < 0.05


@pytest.mark.parametrize("family", [row.name for row in FAMILIES])
def test_every_family_takes_two_surveys_of_one_object(family):
    """Joint fits and what is measured band by band; three LSST bands are near the five filters."""
    lightcurves = black_bodies((*ZTF, *ATLAS), 15000.0, n_objects=2)
    assert set(lightcurves.band) == {1, 2, 3}
    values = family_values(family, lightcurves)
    assert len(values) == 2
    assert np.isfinite(values).mean() > 0.3
