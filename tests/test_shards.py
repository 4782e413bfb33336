"""Splits with many rows are divided into shards; what comes out does not depend on it."""

import csv

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mallorn_files import light_curves, train_log

import make_shard
import read_object_list
from tde.errors import InputError
from tde.ingest.sharding import batches, count_shards, shard_names, split_of
from tde.ingest.shards import place_in_shards
from tde.lightcurves import read_shards
from tde.simulation.data_set import simulate
from tde.tables import read_json, read_parquet


def test_number_and_names():
    assert [count_shards(rows, 100) for rows in (0, 1, 100, 101, 250.5)] == [1, 1, 1, 2, 3]
    assert shard_names("split_01", 1) == ["split_01"]
    assert shard_names("split_01", 3) == ["split_01-1", "split_01-2", "split_01-3"]
    assert [split_of(name) for name in ("split_07", "split_07-12")] == ["split_07"] * 2


def test_batches_hold_what_fits_in_their_order():
    rows = {"split_01": 60, "split_02": 30, "split_03": 20, "split_04": 500, "split_05": 1}
    assert batches(rows, 100) == {
        "batch_01": ["split_01", "split_02"],
        "batch_02": ["split_03"],
        "batch_03": ["split_04"],
        "batch_04": ["split_05"],
    }
    assert batches(rows, 1000) == {"batch_01": list(rows)}


def ingest(data, folder, n_shards):
    """Object table and all shards of a data set's test part."""
    objects = str(folder / "objects.parquet")
    read_object_list.main(
        object_list=str(data / "test_log.csv"),
        n_shards=n_shards,
        labelled=False,
        objects=objects,
        report=str(folder / "objects.json"),
    )
    paths, counts = [], []
    for split, number in n_shards.items():
        for name in shard_names(split, number):
            path, report = str(folder / f"{name}.parquet"), str(folder / f"{name}.json")
            make_shard.main(
                lightcurves={"test": str(data / split / "test_full_lightcurves.csv")},
                objects={"test": objects},
                name=name,
                shards={"test": path},
                reports={"test": report},
            )
            paths.append(path)
            counts.append(read_json(report))
    return objects, paths, counts


def test_light_curves_are_the_same_in_one_shard_or_many(tmp_path):
    data = tmp_path / "data"
    simulate(data, 60, 2, 4)
    results = [ingest(data, tmp_path / name, {"split_01": k, "split_02": 1}) for name, k in (("one", 1), ("many", 4))]
    one, many = (read_shards(paths, read_parquet(objects)) for objects, paths, _ in results)
    for name in ("object_id", "z", "ebv", "offsets", "mjd", "band", "flux", "flux_err"):
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name))
    totals = [sum(report["rows read"] for report in counts) for _, _, counts in results]
    with (
        (data / "split_01/test_full_lightcurves.csv").open() as first,
        (data / "split_02/test_full_lightcurves.csv").open() as second,
    ):
        assert totals == [len(list(csv.DictReader(first))) + len(list(csv.DictReader(second)))] * 2
    sizes = [pq.read_table(path)["object_id"].unique() for path in results[1][1][:4]]
    assert max(map(len, sizes)) - min(map(len, sizes)) <= 1


def test_lines_are_those_of_the_file_in_every_shard(tmp_path):
    train_log(tmp_path / "train_log.csv")
    light_curves(tmp_path / "curves.csv", "quiet_elm,61000.0,1.5,0.25,y", "bright_oak,61001.5,2.0,0,g")
    objects = str(tmp_path / "objects.parquet")
    read_object_list.main(
        object_list=str(tmp_path / "train_log.csv"),
        n_shards={"split_01": 2},
        labelled=True,
        objects=objects,
        report=str(tmp_path / "objects.json"),
    )
    arguments = {"lightcurves": {"train": str(tmp_path / "curves.csv")}, "objects": {"train": objects}}
    outputs = [
        {"shards": {"train": str(tmp_path / f"{k}.parquet")}, "reports": {"train": str(tmp_path / f"{k}.json")}}
        for k in (1, 2)
    ]
    make_shard.main(**arguments, name="split_01-1", **outputs[0])
    with pytest.raises(InputError, match=r"line 3: Flux_err is 0\.0"):
        make_shard.main(**arguments, name="split_01-2", **outputs[1])


def test_fewer_objects_than_shards_are_refused():
    objects = pa.table({"object_id": ["a", "b"], "split": ["split_01", "split_02"]})
    with pytest.raises(InputError, match=r"split_01 has 1 objects, fewer than the 2 shards .* shards\.rows"):
        place_in_shards(objects, {"split_01": 2, "split_02": 1}, "train_log.csv")
