"""Posterior curves go to file and come back the same."""

import numpy as np
import pytest

from tde.curves import Curves, read_curves, write_curves
from tde.errors import InputError


def curves(n_bands=6):
    rng = np.random.default_rng(1)
    return Curves(
        np.array(["a", "b", "c"]),
        {"log_likelihood": np.array([1.0, np.nan, 3.0]), "length_scale": np.array([10.0, np.nan, 30.0])},
        np.array([0, 4, 4, 9]),
        np.arange(9.0),
        rng.normal(size=(9, n_bands)),
        rng.uniform(size=(9, n_bands)),
    )


@pytest.mark.parametrize("n_bands", [1, 6])
def test_round_trip(tmp_path, n_bands):
    before = curves(n_bands)
    write_curves(tmp_path / "curves.parquet", before)
    after = read_curves(tmp_path / "curves.parquet", before.object_id)
    assert list(after.object_id) == list(before.object_id)
    assert list(after.parameters) == list(before.parameters)
    for name, values in before.parameters.items():
        np.testing.assert_array_equal(after.parameters[name], values)
    for name in ("offsets", "mjd", "flux", "flux_err"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))


def test_no_objects(tmp_path):
    empty = np.empty(0)
    none = Curves(np.array([], dtype=str), {"x": empty}, np.zeros(1, int), empty, np.empty((0, 6)), np.empty((0, 6)))
    write_curves(tmp_path / "curves.parquet", none)
    after = read_curves(tmp_path / "curves.parquet")
    assert len(after) == 0
    assert after.flux.shape == (0, 6)


def test_other_objects_are_refused(tmp_path):
    write_curves(tmp_path / "curves.parquet", curves())
    with pytest.raises(InputError, match=r"curves\.parquet: holds 3 objects, not the 2 expected"):
        read_curves(tmp_path / "curves.parquet", np.array(["a", "b"]))
