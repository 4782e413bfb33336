"""Files appear whole or not at all."""

import json
import os

import pyarrow as pa
import pytest

from tde.tables import read_json, read_objects, read_parquet, write_atomically, write_json, write_parquet


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.txt"
    path.write_text("old")

    def fail(name):
        name.write_text("half")
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        write_atomically(path, fail)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["table.txt"]


def test_json_is_sorted_and_refuses_what_json_cannot_say(tmp_path):
    write_json(tmp_path / "a.json", {"b": 1, "a": [0.1]})
    assert (tmp_path / "a.json").read_text().index('"a"') < (tmp_path / "a.json").read_text().index('"b"')
    assert read_json(tmp_path / "a.json") == {"a": [0.1], "b": 1}
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "b.json", {"a": float("nan")})
    assert not (tmp_path / "b.json").exists()


def test_features_see_nothing_of_the_objects_but_redshift_and_extinction(tmp_path):
    """Class, target, photometric redshift error and split never reach a feature family."""
    columns = {
        "object_id": ["a", "b"],
        "shard": ["split_01", "split_02"],
        "z": [0.1, 0.2],
        "distance_modulus": [38.0, 40.0],
        "ebv": [0.0, 0.1],
    }
    hidden = {"z_err": [0.02, 0.03], "spec_type": ["AGN", "TDE"], "target": [0, 1]}
    write_parquet(tmp_path / "objects.parquet", pa.table(columns | hidden))
    table = read_objects(tmp_path / "objects.parquet", "split_02")
    assert table.to_pylist() == [{"object_id": "b", "z": 0.2, "distance_modulus": 40.0, "ebv": 0.1}]


def test_parquet_bytes_are_reproducible(tmp_path):
    table = pa.table({"x": [1.0, 2.0], "name": ["a", "b"]})
    for name in ("a", "b"):
        write_parquet(tmp_path / name, table)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert read_parquet(tmp_path / "a", ["name"]).to_pydict() == {"name": ["a", "b"]}
    assert json.dumps(read_parquet(tmp_path / "a").column_names) == '["x", "name"]'
