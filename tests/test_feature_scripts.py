"""The scripts of the feature stage: compile once, compute per shard, gather in order."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from simulated_objects import transients

from gather_features import gather
from tde.errors import InputError
from tde.features import domain
from tde.features.shared.own_clock import on_own_clock
from tde.lightcurves import read_shard, write_shard
from tde.tables import write_parquet

SCRIPTS = Path(__file__).parents[1] / "scripts"


def run_main(script: str, **arguments) -> str:
    """Call a script's main in a fresh interpreter, as a job does."""
    code = f"from {script} import main; main(**{arguments!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=SCRIPTS, capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return done.stdout


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compiled")
    return folder, run_main(
        "compile_family", family="domain", options={}, reads=[], learns=False, needed=[], folder=str(folder)
    )


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Two shards whose objects alternate in the object table."""
    folder = tmp_path_factory.mktemp("shards")
    lightcurves = transients(31, n_objects=6)
    shard = np.array(["split_01", "split_02"] * 3)
    objects = pa.table(
        {"object_id": lightcurves.object_id, "z": lightcurves.z, "ebv": lightcurves.ebv, "shard": shard,
         "distance_modulus": lightcurves.distance_modulus,
         "class": np.array(["TDE"] * 6)}
    )  # fmt: skip
    write_parquet(folder / "objects.parquet", objects)
    for name in ("split_01", "split_02"):
        write_shard(folder / f"{name}.parquet", lightcurves.select(np.flatnonzero(shard == name)))
    return folder


def cache_files(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*.nb*")}


class TestComputeFeatures:
    def test_nothing_is_compiled_after_compile_family(self, compiled, shards, tmp_path):
        folder, words = compiled
        before = cache_files(folder)
        assert before
        assert f"{sum(name.endswith('.nbc') for name in before)} compiled functions" in words
        run_main("compute_features", **self.arguments(shards, folder, "split_01", tmp_path / "a.parquet"))
        assert cache_files(folder) == before

    def test_table_is_that_of_the_family(self, compiled, shards, tmp_path):
        output = tmp_path / "split_02.parquet"
        run_main("compute_features", **self.arguments(shards, compiled[0], "split_02", output))
        objects = pq.read_table(shards / "objects.parquet").take([1, 3, 5])
        lightcurves = read_shard(shards / "split_02.parquet", objects)
        table = pq.read_table(output)
        assert table["object_id"].to_pylist() == ["object_1", "object_3", "object_5"]
        values = np.column_stack([table[column.name].to_numpy() for column in domain.columns()])
        np.testing.assert_array_equal(values, domain.compute(on_own_clock(lightcurves)))

    @staticmethod
    def arguments(shards, compiled, shard, output):
        return {
            "shards": {"train": [str(shards / f"{shard}.parquet")]},
            "objects": {"train": str(shards / "objects.parquet")},
            "curves": {"train": {}},
            "family": "domain",
            "options": {},
            "compiled": str(compiled),
            "features": {"train": str(output)},
        }


class TestGatherFeatures:
    @pytest.fixture
    def objects(self, tmp_path):
        write_parquet(tmp_path / "objects.parquet", pa.table({"object_id": ["c", "a", "b"], "z": [3.0, 1.0, 2.0]}))
        return str(tmp_path / "objects.parquet")

    @staticmethod
    def table(path, **columns):
        write_parquet(path, pa.table(columns))
        return str(path)

    def test_order_is_the_object_tables(self, objects, tmp_path):
        first = self.table(tmp_path / "1.parquet", object_id=["a", "c"], f=[1.0, float("nan")])
        second = self.table(tmp_path / "2.parquet", object_id=["b"], f=[2.0])
        for tables in ([first, second], [second, first]):
            gather(tables=tables, objects=objects, output=str(tmp_path / "all.parquet"))
            gathered = pq.read_table(tmp_path / "all.parquet")
            assert gathered["object_id"].to_pylist() == ["c", "a", "b"]
            np.testing.assert_array_equal(gathered["f"].to_numpy(), [np.nan, 1.0, 2.0])

    def test_blocks_and_shards_in_any_order_give_one_table(self, tmp_path):
        """A large table is gathered a block at a time, each block a row group."""
        rng = np.random.default_rng(5)
        names = [f"object_{k:03d}" for k in rng.permutation(100)]
        objects = self.table(tmp_path / "objects.parquet", object_id=names)
        parts = [
            self.table(tmp_path / f"{k}.parquet", object_id=list(part), f=[float(name[-3:]) for name in part])
            for k, part in enumerate(np.split(rng.permutation(names), [7, 40, 60]))
        ]
        gather(tables=parts, objects=objects, output=str(tmp_path / "all.parquet"), block=30)
        gathered = pq.read_table(tmp_path / "all.parquet")
        assert gathered["object_id"].to_pylist() == names
        assert gathered["f"].to_pylist() == [float(name[-3:]) for name in names]
        assert pq.ParquetFile(tmp_path / "all.parquet").num_row_groups == 4

    @pytest.mark.parametrize(
        ("identifiers", "message"),
        [
            (["a", "c"], "object 'b' is in none of the 1 feature tables"),
            (["a", "c", "b", "d"], "1.parquet: object 'd' is not in the object table"),
            (["a", "c", "b", "a"], "1.parquet: object 'a' is already in"),
        ],
    )
    def test_identifiers_must_match(self, objects, tmp_path, identifiers, message):
        table = self.table(tmp_path / "1.parquet", object_id=identifiers, f=[0.0] * len(identifiers))
        with pytest.raises(InputError, match=message):
            gather(tables=[table], objects=objects, output=str(tmp_path / "all.parquet"))
        assert not (tmp_path / "all.parquet").exists()

    def test_tables_must_have_the_same_columns(self, objects, tmp_path):
        first = self.table(tmp_path / "1.parquet", object_id=["a", "c"], f=[1.0, 3.0])
        second = self.table(tmp_path / "2.parquet", object_id=["b"], g=[2.0])
        with pytest.raises(InputError, match=r"2\.parquet: columns differ"):
            gather(tables=[first, second], objects=objects, output=str(tmp_path / "all.parquet"))
