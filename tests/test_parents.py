"""Classes and parents of objects: who is whose sibling."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sklearn.metrics

import recover_parents as recover_parents_script
from tde.errors import InputError
from tde.evaluation.classes import CLASSES, class_codes, five_class
from tde.evaluation.objects import read_training_objects
from tde.evaluation.parents import grid_spacing, recover_parents, spacings
from tde.lightcurves import from_rows, write_shard


# ---------------------------------------------------------------- classes
@pytest.mark.parametrize(
    ("spec_type", "expected"),
    [
        ("AGN", "AGN"),
        ("TDE", "TDE"),
        ("SN Ia", "Ia"),
        ("SN Ia-91T-like", "Ia"),
        ("SN Iax[02cx-like]", "Ia"),
        ("SLSN-II", "SLSN"),
        ("SN II", "CC"),
        ("SN IIn", "CC"),
        ("SN Ic-BL", "CC"),
        ("SN Ib", "CC"),
    ],
)
def test_five_class(spec_type, expected):
    assert five_class(spec_type) == expected
    assert class_codes([spec_type]) == CLASSES.index(expected)


def test_unknown_type_is_named():
    with pytest.raises(InputError, match=r"'kilonova'.*allowed"):
        class_codes(["AGN", "kilonova"])


# ---------------------------------------------------------------- parents
def four_digits(z):
    return float(f"{z:.4g}")


def siblings(rng, n_parents=40, n_children=3, types=("TDE", "SN Ia")):
    """Light curves of simulated siblings: times on a grid stretched by (1 + z) / (1 + z_parent)."""
    z, times, spec_type, truth = [], [], [], []
    for parent in range(n_parents):
        # spacings of different parents differ by 1 % or more, those of siblings only by the rounding of z
        rest_step = 0.4 * 1.01 ** (parent + 0.2 * rng.random())
        for _ in range(n_children):
            z_true = rng.uniform(0.02, 3.0)
            step = rest_step * (1.0 + z_true)
            nights = np.sort(rng.choice(1000, rng.integers(12, 150), replace=False))
            times.append(np.round(60000.0 + rng.uniform(0, 900) + step * nights, 4))
            z.append(four_digits(z_true))
            spec_type.append(types[parent % len(types)])
            truth.append(parent)
    order = rng.permutation(len(z))
    times = [times[i] for i in order]
    lengths = [len(t) for t in times]
    lightcurves = from_rows(
        np.array([f"o{i}" for i in order]),
        np.array(z)[order],
        np.zeros(len(z)),
        np.repeat(np.arange(len(z)), lengths),
        np.concatenate(times),
        rng.integers(0, 6, sum(lengths)),
        np.zeros(sum(lengths)),
        np.ones(sum(lengths)),
    )
    return lightcurves, np.array(spec_type)[order], np.array(truth)[order]


@pytest.mark.parametrize("seed", range(3))
def test_siblings_are_recovered_exactly(seed):
    lightcurves, spec_type, truth = siblings(np.random.default_rng(seed))
    parents = recover_parents(lightcurves, spec_type)
    assert sklearn.metrics.adjusted_rand_score(truth, parents) == 1.0
    # labels count up in order of first appearance, so the same objects give the same labels
    assert list(dict.fromkeys(parents)) == list(range(parents.max() + 1))


def test_spacing_is_measured_to_a_millionth():
    rng = np.random.default_rng(1)
    nights = np.sort(rng.choice(1000, 80, replace=False))
    for step in (0.31, 1.0, 2.7182818, 9.9):
        times = np.round(61000.123 + step * nights, 4)
        # a subset of even nights only would double the step; 80 of 1000 random nights never are
        assert grid_spacing(times) == pytest.approx(step, abs=1e-6)


def test_objects_without_a_grid_are_groups_of_their_own():
    rng = np.random.default_rng(2)
    times = [np.sort(np.round(rng.uniform(60000, 61000, 60), 4)) for _ in range(4)]
    times += [np.array([60000.0, 60001.0, 60002.0])] * 2 + [np.array([60000.0])] + [np.array([])]
    lengths = [len(t) for t in times]
    n = len(times)
    lightcurves = from_rows(
        np.array([f"o{i}" for i in range(n)]),
        np.full(n, 0.5),
        np.zeros(n),
        np.repeat(np.arange(n), lengths),
        np.concatenate(times),
        np.zeros(sum(lengths), dtype=int),
        np.zeros(sum(lengths)),
        np.ones(sum(lengths)),
    )
    assert np.isnan(spacings(lightcurves)).all()
    assert np.array_equal(recover_parents(lightcurves, ["TDE"] * n), np.arange(n))


def test_one_spacing_in_two_types_is_two_parents():
    lightcurves, _, _ = siblings(np.random.default_rng(3), n_parents=1, n_children=4)
    parents = recover_parents(lightcurves, ["TDE", "AGN", "TDE", "AGN"])
    assert parents.tolist() == [0, 1, 0, 1]


def object_table(lightcurves, spec_type, split):
    return pa.table(
        {
            "object_id": lightcurves.object_id,
            "z": lightcurves.z,
            "ebv": lightcurves.ebv,
            "distance_modulus": lightcurves.distance_modulus,
            "spec_type": spec_type,
            "target": (np.array(spec_type) == "TDE").astype(np.int8),
            "shard": split,
        }
    )


def test_parents_are_recovered_across_shards(tmp_path):
    """Siblings lie in different shards, as in the real files."""
    lightcurves, spec_type, truth = siblings(np.random.default_rng(4), n_parents=20)
    split = np.array([f"split_{i % 3:02d}" for i in range(len(lightcurves))])
    pq.write_table(object_table(lightcurves, spec_type, split), tmp_path / "objects.parquet")
    shards = [str(tmp_path / f"{name}.parquet") for name in np.unique(split)]
    for name, path in zip(np.unique(split), shards, strict=True):
        write_shard(path, lightcurves.select(np.flatnonzero(split == name)))
    output = tmp_path / "training.parquet"
    recover_parents_script.main(shards=shards, objects=str(tmp_path / "objects.parquet"), output=str(output))
    table = pq.read_table(output)
    assert table["object_id"].to_pylist() == list(lightcurves.object_id)
    assert sklearn.metrics.adjusted_rand_score(truth, table["parent"].to_numpy()) == 1.0
    training = read_training_objects(output)
    assert np.array_equal(training.parents, recover_parents(lightcurves, spec_type))
    assert np.array_equal(training.positive, spec_type == "TDE")
    write_shard(tmp_path / "split_09.parquet", lightcurves)
    with pytest.raises(InputError, match="no object of shard 'split_09'"):
        recover_parents_script.main(
            shards=[str(tmp_path / "split_09.parquet")], objects=str(tmp_path / "objects.parquet"), output=str(output)
        )


def test_unknown_types_in_the_training_table_are_refused(tmp_path):
    table = pa.table({"object_id": ["a"], "spec_type": ["Kilonova"], "parent": [0]})
    pq.write_table(table, tmp_path / "training.parquet")
    with pytest.raises(InputError, match="unknown SpecType 'Kilonova'"):
        read_training_objects(tmp_path / "training.parquet")


@pytest.mark.mallorn
def test_parents_of_the_real_training_set():
    import pandas as pd

    folder = Path(os.environ["MALLORN_DATA"])
    log = pd.read_csv(folder / "train_log.csv")
    curves = pd.concat(
        [pd.read_csv(path, usecols=[0, 1, 4]) for path in sorted(folder.glob("split_*/train_full_lightcurves.csv"))]
    )
    row_object = pd.Index(log["object_id"]).get_indexer(curves["object_id"])
    band = curves["Filter"].map("ugrizy".index).to_numpy()
    ones = np.ones(len(curves))
    lightcurves = from_rows(
        log["object_id"].to_numpy(str),
        log["Z"].to_numpy(),
        log["EBV"].to_numpy(),
        row_object,
        curves["Time (MJD)"].to_numpy(),
        band,
        ones,
        ones,
    )
    parents = recover_parents(lightcurves, log["SpecType"].tolist())
    sizes = Counter(Counter(parents[log["target"] == 1]).values())
    assert sizes == {3: 44, 6: 2, 2: 2}
