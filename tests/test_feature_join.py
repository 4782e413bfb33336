"""Features of several families are joined, chosen by label and read in blocks of rows."""

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tde.errors import InputError
from tde.models.features import check_same_columns, family_tables, read_features, stream_features


def write_family(path, ids, **columns):
    pq.write_table(pa.table({"object_id": ids, **columns}), path)
    return path


def test_families_are_joined_under_their_names(tmp_path):
    ids = ["a", "b"]
    tables = {
        "first": write_family(tmp_path / "f.parquet", ids, z=[1.0, 2.0], peak=[np.nan, np.nan]),
        "second": write_family(tmp_path / "s.parquet", ids, z=[3.0, 4.0]),
    }
    matrix = read_features(tables, ["second", "first"], np.array(ids))
    assert matrix.names == ["second.z", "first.z", "first.peak"]
    assert matrix.values[:, :2].tolist() == [[3.0, 1.0], [4.0, 2.0]]
    assert np.isnan(matrix.values[:, 2]).all()
    assert read_features(tables, ["first", "second"], include=["*.z"], exclude=["first.*"]).names == ["second.z"]


def test_columns_are_chosen_by_label(tmp_path):
    fields = [
        pa.field("object_id", pa.string()),
        pa.field("z", pa.float64(), metadata={"label": "physics"}),
        pa.field("window", pa.float64(), metadata={"label": "generator-aware"}),
    ]
    table = pa.table([pa.array(["a", "b"]), pa.array([1.0, 2.0]), pa.array([3.0, 4.0])], schema=pa.schema(fields))
    pq.write_table(table, tmp_path / "f.parquet")
    tables = {"f": tmp_path / "f.parquet"}
    assert read_features(tables, ["f"]).names == ["f.z", "f.window"]
    assert read_features(tables, ["f"], labels=["physics"]).names == ["f.z"]
    assert read_features(tables, ["f"], labels=["generator-aware"]).names == ["f.window"]
    with pytest.raises(InputError, match=r"labels \['other'\] leave no feature of f"):
        read_features(tables, ["f"], labels=["other"])


@given(st.integers(1, 40), st.integers(1, 12), st.lists(st.integers(1, 15), min_size=2, max_size=2))
def test_blocks_of_rows_make_up_the_matrix(n, rows, row_groups):
    """Whatever the row groups of the tables are."""
    ids = [f"o{i}" for i in range(n)]
    with tempfile.TemporaryDirectory() as folder:
        tables = {}
        for family, size in zip(("first", "second"), row_groups, strict=True):
            table = pa.table({"object_id": ids, "x": np.arange(n) * 1.5, "y": np.arange(n) - 0.5})
            tables[family] = Path(folder) / f"{family}.parquet"
            pq.write_table(table, tables[family], row_group_size=size)
        choice = (("*",), ("second.x",))
        blocks = list(stream_features(tables, ["second", "first"], *choice, rows=rows))
        whole = read_features(tables, ["second", "first"], np.array(ids), *choice)
    assert [len(block.object_id) for block in blocks[:-1]] == [rows] * (len(blocks) - 1)
    assert np.concatenate([block.object_id for block in blocks]).tolist() == ids
    assert all(block.names == whole.names for block in blocks)
    np.testing.assert_array_equal(np.concatenate([block.values for block in blocks]), whole.values)


def test_blocks_end_with_an_error_where_tables_differ(tmp_path):
    tables = {
        "long": write_family(tmp_path / "long.parquet", ["a", "b", "c"], x=[1.0, 2.0, 3.0]),
        "short": write_family(tmp_path / "short.parquet", ["a", "b"], x=[1.0, 2.0]),
    }
    for families in (["long", "short"], ["short", "long"]):
        with pytest.raises(InputError, match=r"(0|1) objects, expected (0|1)"):
            list(stream_features(tables, families, rows=2))


def test_tables_that_cannot_be_joined_are_named(tmp_path):
    good = write_family(tmp_path / "good.parquet", ["a", "b"], x=[1.0, 2.0])
    swapped = write_family(tmp_path / "swapped.parquet", ["b", "a"], x=[1.0, 2.0])
    short = write_family(tmp_path / "short.parquet", ["a"], x=[1.0])
    infinite = write_family(tmp_path / "infinite.parquet", ["a", "b"], x=[1.0, np.inf])
    with pytest.raises(InputError, match="unknown feature family 'third'; there are tables of first"):
        read_features({"first": good}, ["third"])
    with pytest.raises(InputError, match=r"swapped.parquet: object 'b' in row 0, expected 'a'"):
        read_features({"first": good, "second": swapped}, ["first", "second"])
    with pytest.raises(InputError, match=r"short.parquet: 1 objects, expected 2"):
        read_features({"first": short}, ["first"], np.array(["a", "b"]))
    with pytest.raises(InputError, match=r"infinite.parquet: column 'x' of object 'b' is inf"):
        read_features({"first": infinite}, ["first"])
    with pytest.raises(InputError, match=r"pattern 'frist\.\*' .* matches none"):
        read_features({"first": good}, ["first"], include=["frist.*"])
    with pytest.raises(InputError, match="leave none of 1 features"):
        read_features({"first": good}, ["first"], exclude=["*"])
    with pytest.raises(InputError, match=r"2 feature families .* but 1 tables"):
        family_tables(["first", "second"], ["good.parquet"])


def test_other_columns_in_the_test_set_are_refused(tmp_path):
    known = read_features({"f": write_family(tmp_path / "a.parquet", ["a"], x=[1.0])}, ["f"])
    new = read_features({"f": write_family(tmp_path / "b.parquet", ["b"], y=[1.0])}, ["f"])
    with pytest.raises(InputError, match=r"differ in features: f\.x, f\.y"):
        check_same_columns(known, new)
