"""Filters of other surveys: their place in fits, files and tables, and what they say of temperatures."""

import numpy as np
import pyarrow as pa
import pytest
from families import family_values
from foreign_objects import ATLAS, ZTF

from tde.features import hypotheses, luminosity, rank1
from tde.filters import FILTERS, LSST_BANDS, SURVEYS, filters_with
from tde.gp.filter_colours import lsst_weights
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


class TestColours:
    @pytest.mark.parametrize("keys", [ZTF, ATLAS, (*ZTF, *ATLAS), ("ps1:g", "sdss:g", "ztf:r")])
    def test_a_power_law_is_the_same_in_the_lsst_bands(self, keys):
        """The line in ln wavelength through any two filters is the law itself."""
        slots, codes = seen_through(keys)
        band = np.unique(FILTERS.nearest[codes])
        weights = lsst_weights(slots.wavelength[0], np.unique(slots.slot), band)
        law = -1.7 * np.log(slots.wavelength[0] / slots.wavelength[0, REFERENCE])
        found = weights @ law
        expected = -1.7 * np.log(EFFECTIVE_WAVELENGTH / slots.wavelength[0, REFERENCE])
        np.testing.assert_allclose(found[band], expected[band], atol=1e-12)
        assert not weights[np.setdiff1d(np.arange(6), band)].any()

    def test_two_near_filters_say_nothing_of_the_slope_beyond_them(self):
        slots, codes = seen_through(["gaia:BP", "atlas:c"])
        weights = lsst_weights(slots.wavelength[0], np.unique(slots.slot), np.unique(FILTERS.nearest[codes]))
        assert sorted(weights[1]) == [0.0] * 5 + [1.0]


def temperatures(lightcurves):
    """Median temperature in K of the objects, by family."""
    found = {}
    for family, module, column in (
        ("rank1", rank1, "temperature"),
        ("hypotheses", hypotheses, "bb_log_temperature"),
        ("luminosity", luminosity, "bb_log_temperature_0d"),
    ):
        names = [each.name for each in module.columns()]
        found[family] = 10.0 ** np.median(family_values(family, lightcurves)[:, names.index(column)])
    return found
